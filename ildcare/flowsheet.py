"""The flow sheet: tests by days, each value as reported, with what was corrected or cancelled still readable. Pure.

Built from all versions of a patient's measurements; `position` is the one answer of "low, high or within" for display.
A sheet shows some days of all, by default the newest; `Sheet.older_until` and `newer_until` lead to the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from monitoring.levels import BANDS
from patients.clinical.facts import Measurement
from patients.clinical.measurement_type import Reference
from patients.clinical.measurements import MEASUREMENTS, PANELS
from patients.clinical.poor_risk import FERRITIN_LIMIT, PAO2_LIMIT
from patients.clinical.truth import Truth
from patients.clinical.versions import Version


@dataclass(frozen=True, slots=True)
class Value:
    """One result: the standing measurement (None if cancelled), and earlier measurements of the same identity.

    `kit_break`: made with another kit than the value before, so the two must not be compared.
    """

    standing: Measurement | None
    replaced: tuple[Measurement, ...]
    position: str
    beyond: bool = False
    kit_break: bool = False

    @property
    def marked(self) -> bool:
        """Does the page mark the value?"""
        return self.beyond or self.position in ("low", "high")

    @property
    def shown(self) -> Measurement:
        """What the cell is about."""
        return self.standing or self.replaced[-1]

    @property
    def before(self) -> Measurement | None:
        """What stood there last, if it was corrected or cancelled."""
        return self.replaced[-1] if self.replaced else None


@dataclass(frozen=True, slots=True)
class Told:
    """A result without a number ("haemolysed")."""

    id: str
    code: str
    on: datetime
    day: date
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One test: its values by column, and what was told without a number."""

    code: str
    cells: tuple[tuple[Value, ...], ...]
    first_of_panel: str
    told: tuple[tuple[Told, ...], ...] = ()

    @property
    def columns(self) -> Iterator[tuple[tuple[Value, ...], tuple[Told, ...]]]:
        """Values and texts of each column."""
        return zip(self.cells, self.told or ((),) * len(self.cells), strict=True)


@dataclass(frozen=True, slots=True)
class Panel:
    """The rows of one panel."""

    code: str
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Days, newest first unless asked otherwise, and rows in the order of the panels.

    `older` and `newer` count days that are not shown; the other two are the last days of the sheets that show them.
    """

    days: tuple[date, ...]
    rows: tuple[Row, ...]
    older: int
    newer: int = 0
    older_until: date | None = None
    newer_until: date | None = None

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The rows by panel."""
        codes = dict.fromkeys(MEASUREMENTS[row.code].panel for row in self.rows)
        of = {x: tuple(row for row in self.rows if MEASUREMENTS[row.code].panel == x) for x in codes}
        return tuple(Panel(code, PANELS[code], rows) for code, rows in of.items())


def flow_sheet(
    versions: Iterable[Version],
    sex: str,
    *,
    most_days: int = 21,
    until: date | None = None,
    panel: str = "",
    oldest_first: bool = False,
    told: Iterable[Told] = (),
) -> Sheet:
    """The sheet of one patient: the last `most_days` days with a result up to `until`, of one panel or of all."""
    wanted = {code for code, kind in MEASUREMENTS.items() if not panel or kind.panel == panel}
    values = [x for x in _values(versions, sex) if x.shown.code in wanted]
    texts = [x for x in told if x.code in wanted]
    every = sorted({x.shown.day for x in values} | {x.day for x in texts}, reverse=True)
    shown, beside = _page(every, most_days, until)
    columns = shown[::-1] if oldest_first else shown
    return Sheet(tuple(columns), tuple(_rows(_with_breaks(values), texts, columns)), *beside)


def _page(
    every: Sequence[date], most: int, until: date | None
) -> tuple[list[date], tuple[int, int, date | None, date | None]]:
    """The days of one page out of all, newest first; how many are older and newer, and the last days of their pages."""
    newer = sum(1 for day in every if until is not None and day > until)
    shown = list(every[newer : newer + most])
    older = every[newer + most :]
    back = every[max(newer - most, 0)] if newer else None
    return shown, (len(older), newer, older[0] if older else None, back)


def _rows(values: Sequence[Value], texts: Sequence[Told], days: Sequence[date]) -> Iterator[Row]:
    by_place: dict[tuple[str, date], list[Value]] = defaultdict(list)
    for value in sorted(values, key=lambda x: (x.shown.on, x.shown.id)):
        by_place[value.shown.code, value.shown.day].append(value)
    noted: dict[tuple[str, date], list[Told]] = defaultdict(list)
    for text in sorted(texts, key=lambda x: (x.on, x.id)):
        noted[text.code, text.day].append(text)
    panel = ""
    for code in _ordered():
        if any((code, day) in by_place or (code, day) in noted for day in days):
            own = MEASUREMENTS[code].panel
            cells = tuple(tuple(by_place.get((code, day), ())) for day in days)
            told = tuple(tuple(noted.get((code, day), ())) for day in days) if noted else ()
            yield Row(code, cells, PANELS[own] if own != panel else "", told)
            panel = own


def _with_breaks(values: Iterable[Value]) -> list[Value]:
    """Standing values made with another kit than the one before of the same test, both named, are marked."""
    last: dict[str, str] = {}
    marked = []
    for value in sorted(values, key=lambda x: (x.shown.on, x.shown.id)):
        kit = value.standing.kit if value.standing else None
        code = value.shown.code
        marked.append(replace(value, kit_break=bool(kit) and last.get(code, kit) != kit))
        if kit:
            last[code] = kit
    return marked


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
