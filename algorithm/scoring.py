"""What a score of later literature says of a Snapshot: points by item, a range while facts are missing, and which
missing facts would settle it. Pure.

Nothing routes by a score and no alert rests on one. A value that is doubted, or contradicted by another one of the same
moment, settles an item only where both say the same. Scores of a patient at entry read values from 90 days before the
first treatment of the episode up to the day of its first dose [J].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from patients.clinical.doubtful import doubts, settled
from patients.clinical.facts import Measurement
from patients.clinical.findings import FINDINGS
from patients.clinical.judged import Judged
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.regimen import regimen_of
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import NO, UNKNOWN, YES, Truth

ENTRY_DAYS = 90  # [J] how old a value before treatment may be
ZERO = Decimal(0)

VALUE = _("%(test)s %(value)s %(unit)s on %(day)s")
PRESENT_ON = _("%(finding)s: present on %(day)s")
ABSENT_ON = _("%(finding)s: absent on %(day)s")
CONTRADICTED = _("two values of one moment that lie on both sides of the limit")

Ask = Callable[[Quantity], Truth]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a score. `possible`: the points that it has or can have, lowest first; one where it is settled.
    `missing`: the facts that would settle it."""

    code: str
    title: str
    possible: tuple[Decimal, ...]
    reasons: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def low(self) -> Decimal:
        """The least that it can be."""
        return self.possible[0]

    @property
    def high(self) -> Decimal:
        """The most that it can be."""
        return self.possible[-1]

    @property
    def open(self) -> bool:
        """Can it be more than one?"""
        return len(self.possible) > 1


class Band(NamedTuple):
    """What so many points or more mean, up to the next band."""

    least: Decimal
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The sum of the items. `floor`: it is never told lower. `remarks`: what is to be said beside it."""

    items: tuple[Item, ...]
    title: str = ""
    bands: tuple[Band, ...] = ()
    floor: Decimal | None = None
    remarks: tuple[Reason, ...] = ()

    @property
    def low(self) -> Decimal:
        """The least that the sum can be."""
        return min(_sums(self.items, self.floor))

    @property
    def high(self) -> Decimal:
        """The most that the sum can be."""
        return max(_sums(self.items, self.floor))

    @property
    def settled(self) -> bool:
        """Is the sum one number?"""
        return self.low == self.high

    @property
    def missing(self) -> tuple[str, ...]:
        """All facts that open items lack: together they settle the sum."""
        return tuple(dict.fromkeys(x for item in self.items for x in item.missing if item.open))

    @property
    def bands_possible(self) -> tuple[Band, ...]:
        """The bands in which the sum can lie; below the lowest one there is none."""
        return _bands(_sums(self.items, self.floor), self.bands)

    @property
    def decisive(self) -> tuple[str, ...]:
        """Facts each of which alone would settle the band, whatever it turns out to be."""
        if not self.bands or len(self.bands_possible) < 2:
            return ()
        alone = [x for x in self.items if x.open and self._settles(x)]
        return tuple(dict.fromkeys(code for item in alone for code in item.missing))

    def _settles(self, item: Item) -> bool:
        others = _sums((x for x in self.items if x is not item), None)
        outcomes = ({self._told(x + points) for x in others} for points in item.possible)
        return all(len(_bands(sums, self.bands)) == 1 for sums in outcomes)

    def _told(self, value: Decimal) -> Decimal:
        return value if self.floor is None else max(value, self.floor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A published score. `applies`: is the patient of its population? `says`: what its readers must know.
    `second_hand`: its points were read in another text than the publication."""

    code: str
    title: str
    citation: str
    doi: str
    population: str
    applies: Callable[[Snapshot], Judged]
    totals: Callable[[Snapshot], tuple[Total, ...]]
    says: tuple[str, ...] = ()
    second_hand: bool = False

    def of(self, snapshot: Snapshot) -> Scored:
        """What it says of a snapshot: nothing outside its population."""
        applies = self.applies(snapshot)
        return Scored(self, applies, () if applies.answer is NO else self.totals(snapshot))


class Scored(NamedTuple):
    """A score of a patient. `applies` unknown: the totals hold if the patient is of its population."""

    score: Score
    applies: Judged
    totals: tuple[Total, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What all totals lack, and what would tell whether the score is for this patient."""
        lacking = (*self.applies.missing, *(x for total in self.totals for x in total.missing))
        return tuple(dict.fromkeys(lacking))


def _sums(items: Iterable[Item], floor: Decimal | None) -> set[Decimal]:
    sums = {ZERO}
    for item in items:
        sums = {x + points for x in sums for points in item.possible}
    return sums if floor is None else {max(x, floor) for x in sums}


def _bands(sums: Iterable[Decimal], bands: Sequence[Band]) -> tuple[Band, ...]:
    found = {next((x for x in reversed(bands) if value >= x.least), Band(ZERO, "")) for value in sums}
    return tuple(sorted(found, key=lambda x: x.least if x.title else Decimal("-Infinity")))


# -- items ------------------------------------------------------------------------------------------------------------


def points(answer: Truth, worth: Decimal, otherwise: Decimal = ZERO) -> tuple[Decimal, ...]:
    """The points of a yes, of a no, or both while it is unknown."""
    if answer is UNKNOWN:
        return tuple(sorted({worth, otherwise}))
    return (worth if answer is YES else otherwise,)


def measured(
    snapshot: Snapshot, code: str, title: str, values: Sequence[Measurement], of: Callable[[Quantity], set[Decimal]],
    every: Iterable[Decimal],
) -> Item:  # fmt: skip
    """The item of a measurement: `of` gives the points that a value can have, `every` those that there are."""
    newest = [x for x in values if x.on == values[-1].on]
    if not newest:
        return Item(code=code, title=title, possible=tuple(sorted({*every})), missing=(code,))
    waiting = doubts(snapshot)
    possible = set[Decimal]().union(*(of(x.quantity) for x in newest))
    why = [value_reason(x) for x in newest]
    if any(x.id in waiting for x in newest):
        sure = [x for x in settled(snapshot).series(code) if x in values]
        possible |= of(sure[-1].quantity) if sure else {*every}
        why += [waiting[x.id].reason for x in newest if x.id in waiting]
    elif len(newest) > 1 and len(possible) > 1:
        why.append(reason(CONTRADICTED, facts=tuple(x.id for x in newest), basis="J"))
    sorted_points = tuple(sorted(possible))
    return Item(
        code=code,
        title=title,
        possible=sorted_points,
        reasons=tuple(why),
        missing=(code,) if len(sorted_points) > 1 else (),
    )


def reached(snapshot: Snapshot, code: str, title: str, values: Sequence[Measurement], ask: Ask, worth: Decimal) -> Item:
    """The item of a measurement that has its points where a limit is reached."""

    def of(quantity: Quantity) -> set[Decimal]:
        return {*points(ask(quantity), worth)}

    return measured(snapshot, code, title, values, of, (ZERO, worth))


def finding(snapshot: Snapshot, code: str, title: str, worth: Decimal, *, absent_by: str = "") -> Item:
    """The item of a finding: once present it counts; else as it was last told. `absent_by`: a finding that was never
    present, and so rules this one out."""
    entries = [x for x in snapshot.findings_of(code) if x.present is not None]
    told = latest([x for x in entries if x.present]) or latest(entries)
    if told is None and absent_by:
        wider = [x for x in snapshot.findings_of(absent_by) if x.present is not None]
        told = latest(wider) if wider and not any(x.present for x in wider) else None
    if told is None:
        return Item(code=code, title=title, possible=points(UNKNOWN, worth), missing=(code,))
    message = PRESENT_ON if told.present else ABSENT_ON
    why = reason(message, facts=(told.id,), basis="L", finding=Term(FINDINGS[told.code].name), day=told.day)
    return Item(code=code, title=title, possible=points(YES if told.present else NO, worth), reasons=(why,))


def value_reason(value: Measurement) -> Reason:
    """The value of an item in a sentence."""
    kind = MEASUREMENTS[value.code]
    test, unit = Term(kind.name), Term(kind.symbol)
    return reason(VALUE, facts=(value.id,), basis="L", test=test, value=value.quantity, unit=unit, day=value.day)


def at_entry(snapshot: Snapshot, code: str) -> list[Measurement]:
    """The values of a test at entry, oldest first: of the 90 days before the first dose, or before now."""
    return [x for x in snapshot.series(code) if is_at_entry(snapshot, x)]


def is_at_entry(snapshot: Snapshot, value: Measurement) -> bool:
    """Was it taken in the 90 days before the first dose, or before now where nothing was given?"""
    begun = regimen_of(snapshot).first_d0
    last = begun.day if begun else snapshot.today
    return 0 <= (last - value.day).days <= ENTRY_DAYS
