"""Which trend charts a patient has, and what is drawn in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from ildcare.axes import Span
from ildcare.charts import Band, Chart, Flag, Given, Reading, trend
from ildcare.flowsheet import expected
from ildcare.kl6 import RatioWindow, ratio_window
from ildcare.queries.keys import Key, keys_of, limits_of
from ildcare.queries.lanes import given_of, left_out
from ildcare.queries.ratio_words import limit_text, ratio_words
from ildcare.queries.readings import GASES, LEVELS, Row, reading_of, row_of, table_row
from ildcare.ranges import MOVES, RANGES, Asked, Course, Range, moves, range_of
from ildcare.zones import Judged
from monitoring.engine import Situation
from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.regimen import Regimen, StepStart
from patients.clinical.snapshot import Snapshot
from patients.wording import day_text, number_text, short_day, short_name_of, translated, unit_symbol

CHARTED_PANELS = ("activity", "drug_levels", "respiration")  # and, from the blood count, what treatment lowers
CHARTED_BESIDES = ("lymphocytes",)
LOGARITHMIC = frozenset({"ferritin", "mda5_titre"})
HOLDS = {"spo2": (Decimal(88), Decimal(100))}  # axes on which small movements must not look large
FIRST_LOOK = Asked()
MOST_ROWS = 40  # of a table on a page that shows all charts; the rest is one step away


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart with its heading, and the values as a table for those who cannot see it.

    `earlier`: values outside the range; `more`: values of the range that the table leaves out; `said`: sentences
    beside the chart; `keys`: what its lines and bands mean.
    """

    code: str
    name: str
    unit: str
    chart: Chart
    table: tuple[tuple[str, str], ...]
    summary: str
    rows: tuple[Row, ...] = ()
    keys: tuple[Key, ...] = ()
    said: tuple[str, ...] = ()
    newest: str = ""
    outside: int = 0
    more: int = 0


@dataclass(frozen=True, slots=True)
class Trends:
    """All charts of a range. `silent`: tests that have values, but none in the range, with their newest."""

    figures: tuple[Figure, ...]
    shown: Range
    course: Course
    silent: tuple[str, ...]
    flags: tuple[Flag, ...]
    left_out: tuple[str, ...]

    @property
    def first_day(self) -> str:
        """The first day shown, in the reader's language."""
        return short_day(self.shown.span.first, self.course.today)

    @property
    def last_day(self) -> str:
        """The last day shown, in the reader's language."""
        return short_day(self.shown.span.last, self.course.today)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Code and name of the ranges that can be chosen."""
        return [(code, translated(RANGES[code])) for code in self.course.codes]

    @property
    def moves(self) -> list[tuple[str, str, Span]]:
        """Code, name and days of the steps from here."""
        return [(code, translated(MOVES[code]), span) for code, span in moves(self.shown.span, self.course)]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What all charts of a patient share."""

    snapshot: Snapshot
    span: Span
    given: tuple[Given, ...]
    flags: tuple[Flag, ...]
    day_zero: date | None
    ratio: RatioWindow | None
    rows: int | None


def charted() -> list[str]:
    """Measurements that have a chart: every entry of the charted panels of the catalogue, panel by panel."""
    of_panels = [code for panel in CHARTED_PANELS for code, kind in MEASUREMENTS.items() if kind.panel == panel]
    return [*of_panels, *CHARTED_BESIDES]


def figures(
    snapshot: Snapshot,
    first_d0: StepStart | None,
    *,
    regimen: Regimen | None = None,
    asked: Asked = FIRST_LOOK,
    flags: Sequence[Flag] = (),
    rows: int | None = MOST_ROWS,
) -> tuple[Figure, ...]:
    """A chart for every charted measurement that has at least two values; the same time axis for all."""
    return trends_of(snapshot, first_d0, regimen=regimen, asked=asked, flags=flags, rows=rows).figures


def trends_of(
    snapshot: Snapshot,
    first_d0: StepStart | None,
    *,
    regimen: Regimen | None = None,
    asked: Asked = FIRST_LOOK,
    flags: Sequence[Flag] = (),
    rows: int | None = MOST_ROWS,
    codes: Sequence[str] = (),
) -> Trends:
    """The charts of a range, by default the one for a first look; `codes`: of these tests only."""
    series = [(code, values) for code in codes or charted() if len(values := snapshot.series(code)) > 1]
    course = course_of_charts(snapshot, first_d0)
    shown = range_of(course, asked)
    drawing = Drawing(
        snapshot,
        shown.span,
        tuple(given_of(snapshot)),
        tuple(flags),
        course.day_zero,
        ratio_window(snapshot, regimen or Situation(snapshot).regimen) if snapshot.series("kl6") else None,
        rows,
    )
    drawn = [(code, values) for code, values in series if _within(values, shown.span)]
    silent = [(code, values[-1]) for code, values in series if not _within(values, shown.span)]
    return Trends(
        tuple(_figure(code, values, drawing) for code, values in drawn),
        shown,
        course,
        tuple(f"{short_name_of(code)} ({table_row(x, snapshot.today)[0]})" for code, x in silent),
        tuple(x for x in flags if shown.span.holds(x.day)),
        tuple(left_out(snapshot)),
    )


def course_of_charts(snapshot: Snapshot, first_d0: StepStart | None) -> Course:
    """What the ranges of this patient are reckoned from."""
    days = [values[0].day for code in charted() if (values := snapshot.series(code))]
    return Course(snapshot.today, min([*days, snapshot.today]), first_d0.day if first_d0 else None)


def _within(values: Sequence[Measurement], span: Span) -> list[Measurement]:
    return [x for x in values if span.holds(x.day)]


# -- one chart --------------------------------------------------------------------------------------------------------


def _figure(code: str, all_values: Sequence[Measurement], drawing: Drawing) -> Figure:
    values = _within(all_values, drawing.span)
    chart = chart_of(code, values, drawing)
    today, ratio = drawing.snapshot.today, drawing.ratio if code == "kl6" else None
    newest = values[-1]
    table = tuple(table_row(x, today) for x in reversed(values))
    kept = list(reversed(values))[: drawing.rows]
    return Figure(
        code,
        short_name_of(code),
        unit_symbol(code),
        chart,
        table,
        _summary(code, values, today),
        tuple(row_of(x, today, drawing.snapshot.sex, ratio) for x in kept),
        tuple(keys_of(code, values, chart, drawing.snapshot.sex, ratio)),
        tuple(ratio_words(drawing.snapshot, ratio)) if ratio else (),
        _("%(value)s on %(day)s") % {"value": number_text(newest.quantity), "day": short_day(newest.day, today)},
        len(all_values) - len(values),
        len(values) - len(kept),
    )


def chart_of(code: str, values: Sequence[Measurement], drawing: Drawing) -> Chart:
    """The chart of one measurement, with its days in the reader's language."""
    today, ratio = drawing.snapshot.today, drawing.ratio if code == "kl6" else None
    band = band_of(values[-1], drawing.snapshot.sex)
    chart = trend(
        _named(code, [reading_of(x, today, ratio) for x in values]),
        drawing.span,
        given=drawing.given,
        band=band,
        limits=tuple(limits_of(code)),
        log=code in LOGARITHMIC,
        day_zero=drawing.day_zero,
        holds=_holds(code, band),
        judged=_judged(ratio) if ratio else None,
        flags=drawing.flags,
        newest=number_text(values[-1].quantity),
    )
    return _worded(chart, today)


def _named(code: str, readings: list[Reading]) -> list[Reading]:
    """A kit is named above the plot where it changes; FiO2, route and timing always."""
    if code in LEVELS | GASES or len({x.kit for x in readings if x.kit}) > 1:
        return readings
    return [replace(x, conditions="") for x in readings]


def _judged(ratio: RatioWindow) -> Judged | None:
    base = ratio.base.quantity if ratio.base else None
    return ratio.judged(number_text(base), limit_text(ratio)) if base else None


def _worded(chart: Chart, today: date) -> Chart:
    """Labels of the time axis as the reader's language writes days, with the year where there are several."""
    several = chart.span is not None and chart.span.first.year != chart.span.last.year
    days = [date.fromisoformat(x.label) for x in chart.x_ticks]
    labels = [day_text(day) if several else short_day(day, today) for day in days]
    return replace(chart, x_ticks=tuple(replace(x, label=y) for x, y in zip(chart.x_ticks, labels, strict=True)))


def _holds(code: str, band: Band | None) -> tuple[Decimal, ...]:
    """A target is shown whole."""
    return tuple(x for x in band or () if x is not None) if code in LEVELS else HOLDS.get(code, ())


def band_of(newest: Measurement, sex: str) -> Band | None:
    """Target of the newest level's route and timing, or the reference interval of the newest kit."""
    reference = expected(newest, sex)
    return (reference.low, reference.high) if reference else None


def _summary(code: str, values: Sequence[Measurement], today: date) -> str:
    """The chart in one sentence, for those who hear it."""
    lowest, highest = (f(values, key=lambda x: x.quantity.value) for f in (min, max))
    parts = {
        "name": short_name_of(code),
        "count": len(values),
        "unit": unit_symbol(code),
        "value": number_text(values[-1].quantity),
        "day": short_day(values[-1].day, today),
        "low": number_text(lowest.quantity),
        "low_day": short_day(lowest.day, today),
        "high": number_text(highest.quantity),
        "high_day": short_day(highest.day, today),
    }
    return (
        _(
            "%(name)s: %(count)s values, newest %(value)s %(unit)s on %(day)s, "
            "lowest %(low)s on %(low_day)s, highest %(high)s on %(high_day)s"
        )
        % parts
    )
