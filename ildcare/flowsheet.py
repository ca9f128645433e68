"""The flow sheet: tests by days, each value as reported, with what was corrected or cancelled still readable. Pure.

Built from all versions of a patient's measurements; `position` is the one answer of "low, high or within" for display.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from monitoring.levels import BANDS
from patients.clinical.facts import Measurement
from patients.clinical.measurement_type import Reference
from patients.clinical.measurements import MEASUREMENTS, PANELS
from patients.clinical.poor_risk import FERRITIN_LIMIT, PAO2_LIMIT
from patients.clinical.truth import Truth
from patients.clinical.versions import Version


@dataclass(frozen=True, slots=True)
class Value:
    """One result: the standing measurement (None if cancelled), and earlier measurements of the same identity."""

    standing: Measurement | None
    replaced: tuple[Measurement, ...]
    position: str
    beyond: bool = False

    @property
    def marked(self) -> bool:
        """Does the page mark the value?"""
        return self.beyond or self.position in ("low", "high")

    @property
    def shown(self) -> Measurement:
        """What the cell is about."""
        return self.standing or self.replaced[-1]


@dataclass(frozen=True, slots=True)
class Row:
    """One test: its values by column (newest day first)."""

    code: str
    cells: tuple[tuple[Value, ...], ...]
    first_of_panel: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Days, newest first, and rows in the order of the panels. `older` counts days left out."""

    days: tuple[date, ...]
    rows: tuple[Row, ...]
    older: int


def flow_sheet(versions: Iterable[Version], sex: str, *, most_days: int = 21) -> Sheet:
    """The sheet of one patient."""
    values = _values(versions, sex)
    days = sorted({value.shown.day for value in values}, reverse=True)
    shown = days[:most_days]
    by_place: dict[tuple[str, date], list[Value]] = defaultdict(list)
    for value in sorted(values, key=lambda x: (x.shown.on, x.shown.id)):
        by_place[value.shown.code, value.shown.day].append(value)
    codes = [code for code in _ordered() if any((code, day) in by_place for day in shown)]
    rows, panel = [], ""
    for code in codes:
        own = MEASUREMENTS[code].panel
        cells = tuple(tuple(by_place.get((code, day), ())) for day in shown)
        rows.append(Row(code, cells, PANELS[own] if own != panel else ""))
        panel = own
    return Sheet(tuple(shown), tuple(rows), len(days) - len(shown))


def _ordered() -> list[str]:
    order = list(PANELS)
    return sorted(MEASUREMENTS, key=lambda code: order.index(MEASUREMENTS[code].panel))


def _values(versions: Iterable[Version], sex: str) -> list[Value]:
    histories: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        histories[version.identity].append(version)
    found = (_value(history, sex) for history in histories.values())
    return [value for value in found if value is not None]


def _value(history: list[Version], sex: str) -> Value | None:
    ordered = sorted(history, key=lambda x: (x.fact.known, x.sequence))
    told = [x.fact for x in ordered if isinstance(x.fact, Measurement) and x.fact.code in MEASUREMENTS]
    if not told:
        return None
    if ordered[-1].cancelled:
        return Value(None, _differing(told), "")
    standing = told[-1]
    return Value(standing, _differing(told)[:-1], position(standing, expected(standing, sex)), beyond(standing))


def _differing(told: Sequence[Measurement]) -> tuple[Measurement, ...]:
    """Successive contents; a version that repeats the one before is left out."""
    kept: list[Measurement] = []
    for fact in told:
        if not kept or (kept[-1].quantity, kept[-1].typed, kept[-1].day) != (fact.quantity, fact.typed, fact.day):
            kept.append(fact)
        else:
            kept[-1] = fact
    return tuple(kept)


def expected(measurement: Measurement, sex: str) -> Reference | None:
    """The reference interval, or for cyclosporine the target of the level's route and timing."""
    if measurement.code == "csa":
        band = BANDS.get((measurement.route, measurement.timing))
        return Reference(band.low, band.high) if band else None
    return MEASUREMENTS[measurement.code].reference_for(sex, measurement.kit)


def beyond(measurement: Measurement) -> bool:
    """Does the value meet a limit of node N2 for certain: ferritin above 1,000 ng/mL, PaO2 below 60 mmHg on air?"""
    values = measurement.quantity.interval
    if measurement.code == "ferritin":
        return values.above(FERRITIN_LIMIT) is Truth.YES
    return measurement.code == "pao2" and measurement.on_air and values.below(PAO2_LIMIT) is Truth.YES


def position(measurement: Measurement, reference: Reference | None) -> str:
    """low, high, within, or "" without a reference or where a censored value leaves it open. One-sided bounds count."""
    if reference is None:
        return ""
    values = measurement.quantity.interval
    answers = []
    if reference.high is not None:
        above = values.at_least(reference.high) if reference.strict_high else values.above(reference.high)
        if above is Truth.YES:
            return "high"
        answers.append(above)
    if reference.low is not None:
        below = values.below(reference.low)
        if below is Truth.YES:
            return "low"
        answers.append(below)
    return "within" if all(x is Truth.NO for x in answers) else ""
