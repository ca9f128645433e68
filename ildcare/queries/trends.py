"""Which trend charts a patient has, and what is drawn in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from ildcare.axes import Span, span_of
from ildcare.charts import Band, Chart, Given, Limit, Reading, trend
from monitoring.levels import BANDS
from monitoring.readings import baseline
from patients.clinical.drugs import DRUGS
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.poor_risk import FERRITIN_LIMIT, PAO2_LIMIT
from patients.clinical.regimen import StepStart
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth
from patients.wording import dose_text, number_text, short_day, short_name_of, translated, unit_symbol

CHARTED_PANELS = ("activity", "drug_levels", "respiration")  # and, from the blood count, what treatment lowers
CHARTED_BESIDES = ("lymphocytes",)
LEVELS = frozenset({"csa", "tac"})
LOGARITHMIC = frozenset({"ferritin", "mda5_titre"})
HOLDS = {"spo2": (Decimal(88), Decimal(100))}  # axes on which small movements must not look large
KL6_RATIO = Decimal("1.70")
FERRITIN_SECOND = Decimal(1500)
MOST_LANES = 6


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart with its heading, and the values as a table for those who cannot see it."""

    code: str
    name: str
    unit: str
    chart: Chart
    table: tuple[tuple[str, str], ...]
    summary: str


def charted() -> list[str]:
    """Measurements that have a chart: every entry of the charted panels of the catalogue, panel by panel."""
    of_panels = [code for panel in CHARTED_PANELS for code, kind in MEASUREMENTS.items() if kind.panel == panel]
    return [*of_panels, *CHARTED_BESIDES]


def figures(snapshot: Snapshot, first_d0: StepStart | None) -> tuple[Figure, ...]:
    """A chart for every charted measurement that has at least two values; the same time axis for all."""
    series = [(code, snapshot.series(code)) for code in charted()]
    shown = [(code, values) for code, values in series if len(values) > 1]
    if not shown:
        return ()
    span = span_of((x.day for _code, values in shown for x in values), snapshot.today)
    given = tuple(_given(snapshot))
    return tuple(_figure(code, values, snapshot, span, given, first_d0) for code, values in shown)


def _figure(
    code: str,
    values: tuple[Measurement, ...],
    snapshot: Snapshot,
    span: Span,
    given: tuple[Given, ...],
    first_d0: StepStart | None,
) -> Figure:
    limits = tuple(_limits(code, values, first_d0))
    band = _band(code, values, snapshot.sex)
    readings = [_reading(x, limits, snapshot) for x in values]
    chart = trend(
        readings,
        span,
        given=given,
        band=band,
        limits=limits,
        log=code in LOGARITHMIC,
        day_zero=first_d0.day if first_d0 else None,
        holds=_holds(code, band),
    )
    chart = _worded(chart, snapshot.today)
    table = tuple((short_day(x.day, snapshot.today), _text(x)) for x in reversed(values))
    unit = unit_symbol(code)
    summary = _("%(name)s: %(count)s values, newest %(value)s %(unit)s on %(day)s") % {
        "name": short_name_of(code),
        "count": len(values),
        "value": number_text(values[-1].quantity),
        "unit": unit,
        "day": short_day(values[-1].day, snapshot.today),
    }
    return Figure(code, short_name_of(code), unit, chart, table, summary)


def _holds(code: str, band: Band | None) -> tuple[Decimal, ...]:
    """A target is shown whole."""
    return tuple(x for x in band or () if x is not None) if code in LEVELS else HOLDS.get(code, ())


def _worded(chart: Chart, today: date) -> Chart:
    """Labels of the time axis as the reader's language writes days."""
    ticks = tuple(replace(x, label=short_day(date.fromisoformat(x.label), today)) for x in chart.x_ticks)
    return replace(chart, x_ticks=ticks)


def _reading(x: Measurement, limits: tuple[Limit, ...], snapshot: Snapshot) -> Reading:
    label = f"{short_day(x.day, snapshot.today)}: {_text(x)}"
    return Reading(x.day, x.quantity.value, x.quantity.comparator, label, _beyond(x, limits), _conditions(x))


def _conditions(x: Measurement) -> str | None:
    """What must be the same for two values to be joined by a line: FiO2, route and timing, or the kit if named."""
    if x.code in LEVELS:
        return f"{x.route} {x.timing}"
    return f"FiO2 {x.fio2:f}" if x.code in ("pao2", "spo2") and x.fio2 is not None else x.kit


def _text(x: Measurement) -> str:
    text = f"{number_text(x.quantity)} {unit_symbol(x.code)}"
    if x.fio2 is not None:
        text += f" (FiO2 {x.fio2:f})"
    if x.status == "preliminary":
        text += " " + _("(preliminary)")
    return text


def _beyond(x: Measurement, limits: tuple[Limit, ...]) -> bool:
    """Certainly beyond a limit: a censored value that leaves it open is not marked."""
    values = x.quantity.interval
    if x.code == "pao2":
        return x.on_air and values.below(PAO2_LIMIT) is Truth.YES
    if x.code in ("ferritin", "kl6"):
        return any(values.above(limit.value) is Truth.YES for limit in limits)
    band = BANDS.get((x.route, x.timing)) if x.code == "csa" else None
    return band is not None and Truth.YES in (values.below(band.low), values.above(band.high))


def _limits(code: str, values: tuple[Measurement, ...], first_d0: StepStart | None) -> Iterator[Limit]:
    """Thresholds of the rules, where they are the same for the whole chart."""
    if code == "ferritin":
        yield Limit(FERRITIN_LIMIT, number_text(FERRITIN_LIMIT))
        yield Limit(FERRITIN_SECOND, number_text(FERRITIN_SECOND))
    if code == "pao2":
        yield Limit(PAO2_LIMIT, number_text(PAO2_LIMIT))
    base = baseline(values, first_d0.day) if code == "kl6" and first_d0 else None
    if base is not None and not base.quantity.censored:
        limit = (base.quantity.value * KL6_RATIO).quantize(Decimal(1))
        yield Limit(limit, f"{number_text(limit)} ×1.70")


def _band(code: str, values: tuple[Measurement, ...], sex: str) -> Band | None:
    """Target of the newest level's route and timing, or the reference interval."""
    if code == "csa":
        band = BANDS.get((values[-1].route, values[-1].timing))
        return (band.low, band.high) if band else None
    reference = MEASUREMENTS[code].reference_for(sex, values[-1].kit)
    return (reference.low, reference.high) if reference else None


def _given(snapshot: Snapshot) -> Iterator[Given]:
    drugs = list(dict.fromkeys(x.drug for x in snapshot.treatments))
    for treatment in sorted(snapshot.treatments, key=lambda x: (drugs.index(x.drug), x.on)):
        if drugs.index(treatment.drug) < MOST_LANES:
            mark = treatment.drug == "ivcy" and treatment.stop == treatment.day
            dose = dose_text(treatment.dose, treatment.unit or "") if treatment.dose is not None else ""
            title = f"{_lane(treatment)} {dose}, {_days_of(treatment, snapshot.today)}"
            yield Given(_lane(treatment), treatment.day, treatment.stop, mark, dose, title)


def _days_of(treatment: Treatment, today: date) -> str:
    first = short_day(treatment.day, today)
    if treatment.stop is None:
        return _("from %(day)s") % {"day": first}
    last = short_day(treatment.stop, today)
    return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}


def _lane(treatment: Treatment) -> str:
    drug = DRUGS.get(treatment.drug)
    return translated(drug.short) if drug else treatment.drug
