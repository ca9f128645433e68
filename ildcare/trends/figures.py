"""Which trend charts a patient has, and what is drawn in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from ildcare.drawing.axes import DayText, Room, Span
from ildcare.drawing.charts import Band, Chart, Reading, trend
from ildcare.drawing.marks import Flag
from ildcare.drawing.shared import SharedLanes, shared_lanes
from ildcare.moment.record_state import RecordState
from ildcare.moment.state_cache import StateCache
from ildcare.trends.events import drug_courses, left_out, missing_courses, oxygen_courses
from ildcare.trends.legend import LegendLine, legend_of, limits_of
from ildcare.trends.points import GASES, Row, reading_of, row_of
from ildcare.trends.ranges import MOVES, RANGES, Bounds, Range, RangeParams, moves, range_of
from ildcare.trends.ratio import RatioWindow, ratio_window, ratio_words
from monitoring.limits import expected
from patients.clinical.drug_levels import is_level
from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.regimen import regimen_of
from patients.clinical.snapshot import Snapshot
from patients.wording import day_text, number_text, short_day, short_name_of, translated, unit_symbol

CHARTED_PANELS = ("activity", "drug_levels", "respiration")  # and, from the blood count, what treatment lowers
CHARTED_BESIDES = ("lymphocytes",)
LOGARITHMIC = frozenset({"ferritin", "mda5_titre"})
HOLDS = {"spo2": (Decimal(88), Decimal(100))}  # axes on which small movements must not look large
USUAL_RANGE = RangeParams()
ROOM, SMALL_ROOM = Room(top=20, plot=96), Room(top=4, plot=34)  # of a chart of the page of trends, and of the overview
MOST_ROWS = 40  # of a table on a page that shows all charts; the rest is one step away


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One chart with its heading, and the values as a table for those who cannot see it.

    `outside`: values outside the range; `more`: values of the range that the table leaves out; `sentences` stand
    beside the chart; `legend`: what its lines and bands mean.
    """

    code: str
    name: str
    unit: str
    chart: Chart
    summary: str
    rows: tuple[Row, ...]
    legend: tuple[LegendLine, ...]
    sentences: tuple[str, ...]
    newest: str
    outside: int
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """All charts of a range. `shared`: days, treatments and events, once and above them; `silent`: tests that have
    values, but none in the range, with their newest."""

    figures: tuple[Figure, ...]
    shared: SharedLanes
    range: Range
    bounds: Bounds
    silent: tuple[str, ...]
    flags: tuple[Flag, ...]
    left_out: tuple[str, ...]

    @property
    def any(self) -> bool:
        """Is there a test that has a chart, in these days or in others?"""
        return bool(self.figures or self.silent)

    @property
    def first_day(self) -> str:
        """The first day shown, in the reader's language."""
        return short_day(self.range.span.first, self.bounds.today)

    @property
    def last_day(self) -> str:
        """The last day shown, in the reader's language."""
        return short_day(self.range.span.last, self.bounds.today)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Code and name of the ranges that can be chosen."""
        return [(code, translated(RANGES[code])) for code in self.bounds.codes]

    @property
    def moves(self) -> list[tuple[str, str, Span]]:
        """Code, name and days of the steps from here."""
        return [(code, translated(MOVES[code]), span) for code, span in moves(self.range.span, self.bounds)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What all charts of a patient share."""

    snapshot: Snapshot
    span: Span
    day_zero: date | None
    ratio: RatioWindow | None
    rows: int | None = None
    room: Room = ROOM


def charted() -> list[str]:
    """Measurements that have a chart: every entry of the charted panels of the catalogue, panel by panel."""
    of_panels = [code for panel in CHARTED_PANELS for code, kind in MEASUREMENTS.items() if kind.panel == panel]
    return [*of_panels, *CHARTED_BESIDES]


def trends_of(
    snapshot: Snapshot,
    *,
    params: RangeParams = USUAL_RANGE,
    flags: Sequence[Flag] = (),
    rows: int | None = MOST_ROWS,
    codes: Sequence[str] = (),
) -> Trends:
    """A chart for every charted measurement that has at least two values; the same time axis for all.

    `rows`: most values in a table, None for all; `codes`: of these tests only.
    """
    series = [(code, values) for code in codes or charted() if len(values := snapshot.series(code)) > 1]
    bounds = bounds_of(snapshot)
    chosen = range_of(bounds, params)
    drawing = drawing_of(snapshot, chosen.span, bounds.day_zero, rows)
    drawn = [(code, values) for code, values in series if _within(values, chosen.span)]
    silent = [(code, values[-1]) for code, values in series if not _within(values, chosen.span)]
    return Trends(
        figures=tuple(_figure(code, values, drawing) for code, values in drawn),
        shared=shared_of(drawing, flags),
        range=chosen,
        bounds=bounds,
        silent=tuple(f"{short_name_of('test', code)} ({short_day(x.day, snapshot.today)})" for code, x in silent),
        flags=tuple(x for x in flags if chosen.span.holds(x.day)),
        left_out=tuple(left_out(snapshot)),
    )


def drawing_of(
    snapshot: Snapshot, span: Span, day_zero: date | None, rows: int | None = MOST_ROWS, room: Room = ROOM
) -> Drawing:
    """What the charts of these days share."""
    return Drawing(
        snapshot=snapshot,
        span=span,
        day_zero=day_zero,
        ratio=ratio_window(snapshot) if snapshot.series("kl6") else None,
        rows=rows,
        room=room,
    )


def shared_of(drawing: Drawing, flags: Sequence[Flag] = ()) -> SharedLanes:
    """What stands once above the charts: treatments, with a lane for what should be given and is not; days; events."""
    snapshot = drawing.snapshot
    courses = [*drug_courses(snapshot), *missing_courses(snapshot)]
    return shared_lanes(
        courses,
        drawing.span,
        flags=flags,
        day_zero=drawing.day_zero,
        day_text=_day_text(drawing.span, snapshot.today),
    )


# Charts change with the record, the days that are asked for and the events above them.
_kept: StateCache[Trends] = StateCache(64)


def kept_trends(
    state: RecordState,
    snapshot: Snapshot,
    *,
    params: RangeParams = USUAL_RANGE,
    flags: tuple[Flag, ...] = (),
    rows: int | None = MOST_ROWS,
) -> Trends:
    """`trends_of` this snapshot, kept for the state of its record."""
    key = (state, params, flags, rows)
    return _kept.get(key, lambda: trends_of(snapshot, params=params, flags=flags, rows=rows))


def has_trends(snapshot: Snapshot) -> bool:
    """Does any charted measurement have two values?"""
    return any(len(snapshot.series(code)) > 1 for code in charted())


def bounds_of(snapshot: Snapshot) -> Bounds:
    """What the ranges of this patient are reckoned from."""
    days = [values[0].day for code in charted() if (values := snapshot.series(code))]
    first_d0 = regimen_of(snapshot).first_d0
    return Bounds(snapshot.today, min([*days, snapshot.today]), first_d0.day if first_d0 else None)


def _within(values: Sequence[Measurement], span: Span) -> list[Measurement]:
    return [x for x in values if span.holds(x.day)]


# -- one chart --------------------------------------------------------------------------------------------------------


def _figure(code: str, all_values: Sequence[Measurement], drawing: Drawing) -> Figure:
    values = _within(all_values, drawing.span)
    chart = chart_of(code, values, drawing)
    today, ratio = drawing.snapshot.today, drawing.ratio if code == "kl6" else None
    newest = values[-1]
    kept = list(reversed(values))[: drawing.rows]
    words = {"value": number_text(newest.quantity), "day": short_day(newest.day, today)}
    return Figure(
        code=code,
        name=short_name_of("test", code),
        unit=unit_symbol(code),
        chart=chart,
        summary=summary_of(code, values, today),
        rows=tuple(row_of(x, drawing.snapshot, ratio) for x in kept),
        legend=tuple(legend_of(code, values, chart, drawing.snapshot, ratio)),
        sentences=tuple(ratio_words(drawing.snapshot, ratio)) if ratio else (),
        newest=_("%(value)s on %(day)s") % words,
        outside=len(all_values) - len(values),
        more=len(values) - len(kept),
    )


def chart_of(code: str, values: Sequence[Measurement], drawing: Drawing) -> Chart:
    """The chart of one measurement; a gas with what was breathed below it."""
    today, ratio = drawing.snapshot.today, drawing.ratio if code == "kl6" else None
    band = band_of(values[-1], drawing.snapshot)
    return trend(
        _named(code, [reading_of(x, drawing.snapshot, ratio) for x in values]),
        drawing.span,
        courses=tuple(oxygen_courses(values, today)) if code in GASES else (),
        band=band,
        limits=tuple(limits_of(code)),
        log=code in LOGARITHMIC,
        day_zero=drawing.day_zero,
        holds=_holds(code, band),
        window=ratio.drawn() if ratio else None,
        newest=number_text(values[-1].quantity),
        room=drawing.room,
        days=False,
    )


def _named(code: str, readings: list[Reading]) -> list[Reading]:
    """A kit is named above the plot where it changes, route and timing always; what was breathed has a lane."""
    several = code not in GASES and len({x.kit for x in readings if x.kit}) > 1
    if is_level(code) or several:
        return readings
    return [replace(x, conditions="") for x in readings]


def _day_text(span: Span, today: date) -> DayText:
    """How the reader's language writes the days of the axis: with the year where there are several."""
    return day_text if span.first.year != span.last.year else lambda day: short_day(day, today)


def _holds(code: str, band: Band | None) -> tuple[Decimal, ...]:
    """A target is shown whole."""
    return tuple(x for x in band or () if x is not None) if is_level(code) else HOLDS.get(code, ())


def band_of(newest: Measurement, snapshot: Snapshot) -> Band | None:
    """The band of the newest level, or the reference interval of the newest kit."""
    reference = expected(newest, snapshot.sex, snapshot.treatments, snapshot.settings.rules)
    return (reference.low, reference.high) if reference else None


def summary_of(code: str, values: Sequence[Measurement], today: date) -> str:
    """The chart in one sentence, for those who hear it."""
    lowest, highest = (f(values, key=lambda x: x.quantity.value) for f in (min, max))
    parts = {
        "name": short_name_of("test", code),
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
