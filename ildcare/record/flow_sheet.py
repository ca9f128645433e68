"""The flow sheet: tests by days, each value as reported, with what was corrected or cancelled still readable. Pure.

Built from all versions of a patient's measurements; `position` is the one answer of "low, high or within" for display.
A sheet shows some days of all, by default the newest; `Sheet.older_until` and `newer_until` lead to the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from monitoring.limits import beyond, place_of
from patients.clinical.doubtful import doubts_among
from patients.clinical.drug_levels import is_level
from patients.clinical.facts import Measurement, Treatment, Unreadable
from patients.clinical.measurements import MEASUREMENTS, PANELS
from patients.clinical.moved import moved
from patients.clinical.reasons import Reason
from patients.clinical.snapshot import RuleChoices, in_order
from patients.clinical.truth import Truth
from patients.clinical.two_values import contradictions_among
from patients.clinical.versions import Version, in_standing_order, standing_of

Marks = Mapping[str, Sequence[Reason]]  # by fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One result: the standing measurement (None if cancelled), and earlier measurements of the same identity.

    `kit_break`: made with another kit than the value before, so the two must not be compared. `doubts`: why it waits
    for confirmation, what contradicts it, or that it may be another result with its time of sampling corrected.
    """

    standing: Measurement | None
    replaced: tuple[Measurement, ...]
    position: str = ""
    beyond: bool = False
    kit_break: bool = False
    doubts: tuple[Reason, ...] = ()

    @property
    def marked(self) -> bool:
        """Does the page mark the value?"""
        return self.beyond or self.position in ("low", "high")

    @property
    def newest(self) -> Measurement:
        """What stands, or stood until it was cancelled."""
        return self.standing or self.replaced[-1]

    @property
    def before(self) -> Measurement | None:
        """What stood there last, if it was corrected or cancelled."""
        return self.replaced[-1] if self.replaced else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextResult:
    """A result without a number ("haemolysed"). `name`: of a test outside the catalogue."""

    id: str
    code: str
    on: datetime
    day: date
    text: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One test: by column its values, and its results without a number.

    `name` and `typed`: of a test outside the catalogue its name, and a value with its unit as reported.
    """

    code: str
    cells: tuple[tuple[Value, ...], ...]
    texts: tuple[tuple[TextResult, ...], ...]
    name: str | None = None
    typed: str = ""

    @property
    def columns(self) -> Iterator[tuple[tuple[Value, ...], tuple[TextResult, ...]]]:
        """Values and texts of each column."""
        return zip(self.cells, self.texts, strict=True)


@dataclass(frozen=True, slots=True)
class Panel:
    """The rows of one panel."""

    code: str
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Days, newest first unless `oldest_first`, and rows in the order of the panels.

    `older` and `newer` count days that are not shown; `older_until` and `newer_until` are the last days of the sheets
    that show them. `unreadable`: entries of the record, of any kind, that cannot be read.
    """

    days: tuple[date, ...]
    rows: tuple[Row, ...]
    older: int
    newer: int = 0
    older_until: date | None = None
    newer_until: date | None = None
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The rows by panel."""
        codes = dict.fromkeys(MEASUREMENTS[row.code].panel for row in self.rows)
        of = {x: tuple(row for row in self.rows if MEASUREMENTS[row.code].panel == x) for x in codes}
        return tuple(Panel(code, PANELS[code], rows) for code, rows in of.items())


SPECIFIED = RuleChoices()  # the numbers of the specification


def flow_sheet(
    versions: Iterable[Version],
    sex: str,
    *,
    choices: RuleChoices = SPECIFIED,
    most_days: int = 21,
    until: date | None = None,
    panel: str = "",
    oldest_first: bool = False,
    texts: Iterable[TextResult] = (),
    marks: Marks | None = None,
) -> Sheet:
    """The sheet of one patient: the last `most_days` days with a result up to `until`, of one panel or of all.

    choices: numbers of rules at the site. marks: what stands beside each value, where that is known already. Only what
    is shown is judged and put into words.
    """
    wanted = {code for code, kind in MEASUREMENTS.items() if not panel or kind.panel == panel}
    versions = list(versions)
    values = sorted((x for x in _values(versions) if x.newest.code in wanted), key=lambda x: (x.newest.on, x.newest.id))
    texts = [x for x in texts if x.code in wanted]
    every = sorted({x.newest.day for x in values} | {x.day for x in texts}, reverse=True)
    newer = sum(1 for day in every if until is not None and day > until)
    days = every[newer : newer + most_days]
    older = every[newer + most_days :]
    columns = days[::-1] if oldest_first else days
    breaks = _kit_breaks(values)
    marks = _marks(values, versions) if marks is None else marks
    of_these = set(days)
    orders = _treatments(versions)
    levels = [x.standing for x in values if x.standing is not None and is_level(x.newest.code)]
    shown = [_judged(x, sex, orders, choices, levels, breaks, marks) for x in values if x.newest.day in of_these]
    return Sheet(
        days=tuple(columns),
        rows=tuple(_rows(shown, texts, columns)),
        older=len(older),
        newer=newer,
        older_until=older[0] if older else None,
        newer_until=every[max(newer - most_days, 0)] if newer else None,
    )


Place = tuple[str, str, date]  # code, name of a test outside the catalogue, day


def _rows(values: Sequence[Value], texts: Sequence[TextResult], days: Sequence[date]) -> Iterator[Row]:
    by_place: dict[Place, list[Value]] = defaultdict(list)
    for value in values:
        by_place[value.newest.code, value.newest.name or "", value.newest.day].append(value)
    noted: dict[Place, list[TextResult]] = defaultdict(list)
    for text in sorted(texts, key=lambda x: (x.on, x.id)):
        noted[text.code, text.name or "", text.day].append(text)
    panels = list(PANELS)
    tests = {(code, name) for code, name, day in (*by_place, *noted) if day in days}
    order = {code: number for number, code in enumerate(MEASUREMENTS)}
    for code, name in sorted(tests, key=lambda x: (panels.index(MEASUREMENTS[x[0]].panel), order[x[0]], x[1])):
        cells = tuple(tuple(by_place.get((code, name, day), ())) for day in days)
        yield Row(
            code,
            cells=cells,
            texts=tuple(tuple(noted.get((code, name, day), ())) for day in days),
            name=name or None,
            typed=next((x.newest.typed for values in cells for x in values), "") if name else "",
        )


def _kit_breaks(values: Iterable[Value]) -> set[str]:
    """Standing values made with another kit than the one before of the same test, both named."""
    last: dict[tuple[str, str | None], str] = {}
    found = set()
    for value in values:
        kit = value.standing.kit if value.standing else None
        if kit and value.standing:
            test = value.newest.code, value.newest.name
            if last.get(test, kit) != kit:
                found.add(value.standing.id)
            last[test] = kit
    return found


def _marks(values: Iterable[Value], versions: Iterable[Version]) -> Marks:
    """What is doubtful about standing values (specification 12 (46), (47), 13 (84))."""
    standing = sorted((x.standing for x in values if x.standing), key=in_order)
    notes: dict[str, list[Reason]] = defaultdict(list)
    for fact, doubt in doubts_among(standing).items():
        notes[fact].append(doubt.short)
    for two in contradictions_among(standing):
        for value in two.values:
            notes[value.id].append(two.reason)
    for fact, why in moved(versions).items():
        notes[fact].append(why)
    return notes


def _treatments(versions: Sequence[Version]) -> list[Treatment]:
    """The treatments that stand: the target of an order is the band of its levels."""
    identities = {x.identity for x in versions if isinstance(x.fact, Treatment)}
    histories: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        if version.identity in identities:
            histories[version.identity].append(version)
    return [x for history in histories.values() if isinstance(x := standing_of(history), Treatment)]


def _judged(
    value: Value,
    sex: str,
    treatments: Sequence[Treatment],
    choices: RuleChoices,
    levels: Iterable[Measurement],
    breaks: Collection[str],
    marks: Marks,
) -> Value:
    """With all that is said of a value that stands."""
    standing = value.standing
    if standing is None:
        return value
    return replace(
        value,
        position=place_of(standing, sex, treatments, [x for x in levels if x.code == standing.code], choices),
        beyond=beyond(standing) is Truth.YES,
        kit_break=standing.id in breaks,
        doubts=tuple(marks.get(standing.id, ())),
    )


def _values(versions: Iterable[Version]) -> list[Value]:
    histories: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        histories[version.identity].append(version)
    values = (_value(history) for history in histories.values())
    return [value for value in values if value is not None]


def _value(history: list[Version]) -> Value | None:
    """What stands, and stood, of a result; not judged yet."""
    ordered = in_standing_order(history) if len(history) > 1 else history
    contents = [x.fact for x in ordered if isinstance(x.fact, Measurement) and x.fact.code in MEASUREMENTS]
    if not contents:
        return None
    if ordered[-1].cancelled:
        return Value(standing=None, replaced=_differing(contents))
    return Value(standing=contents[-1], replaced=_differing(contents)[:-1])


def _differing(contents: Sequence[Measurement]) -> tuple[Measurement, ...]:
    """Successive contents; a version that repeats the one before is left out."""
    kept: list[Measurement] = []
    for fact in contents:
        if not kept or (kept[-1].quantity, kept[-1].typed, kept[-1].day) != (fact.quantity, fact.typed, fact.day):
            kept.append(fact)
        else:
            kept[-1] = fact
    return tuple(kept)
