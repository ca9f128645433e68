"""Two values of one moment that contradict each other, from two hands. Pure.

Source: specification 12 (46), 13 (83) [J]: same test, moment, kit, route and timing, another value. While both stand,
what either of them alone would say, holds: rules read the Snapshot with the lower and with the higher value, and the
reason names both. Nobody doses on either of two levels, potassium or glucose values.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, replace

from patients.clinical.doubtful import alike, doubts, how_taken, name_of
from patients.clinical.drug_levels import is_level
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import Snapshot, in_order, once

NOT_TO_DOSE_ON = frozenset({"potassium", "glucose"})  # [J] (83), besides drug levels

TWO = _("two values of %(test)s at one moment (%(day)s): %(one)s and %(other)s")
BOTH = _("two values: %(one)s and %(other)s")
TWO_NOT_TO_DOSE_ON = _("%(test)s %(one)s and %(other)s at one moment (%(day)s): two values, do not dose on either")


@dataclass(frozen=True, slots=True)
class TwoValues:
    """The values of one test and moment that contradict each other, from the lowest to the highest."""

    values: tuple[Measurement, ...]

    @property
    def reason(self) -> Reason:
        """The contradiction in a sentence, with the lowest and the highest value."""
        one, other = self.values[0], self.values[-1]
        return reason(
            TWO_NOT_TO_DOSE_ON if one.code in NOT_TO_DOSE_ON or is_level(one.code) else TWO,
            facts=tuple(x.id for x in self.values),
            basis="J",
            test=name_of(one),
            day=one.day,
            one=one.quantity,
            other=other.quantity,
        )

    @property
    def short(self) -> Reason:
        """The same beside one of the values, where its test and day stand."""
        one, other = self.values[0], self.values[-1]
        return reason(BOTH, facts=tuple(x.id for x in self.values), basis="J", one=one.quantity, other=other.quantity)


def contradict(a: Measurement, b: Measurement) -> bool:
    """Same test, moment and conditions, and another value?"""
    return a.on == b.on and alike(a, b) and a.quantity != b.quantity


@once
def two_values(snapshot: Snapshot) -> tuple[TwoValues, ...]:
    """Every contradiction of a snapshot, oldest first."""
    groups = sorted(snapshot.at_one_moment, key=lambda group: in_order(group[0]))
    return tuple(found for group in groups for found in _contradictions(group))


def contradictions_among(measurements: Iterable[Measurement]) -> tuple[TwoValues, ...]:
    """The same of measurements that stand, in the order in which they come."""
    groups: dict[Hashable, list[Measurement]] = {}
    for x in measurements:
        groups.setdefault((x.code, x.on), []).append(x)
    return tuple(found for group in groups.values() if len(group) > 1 for found in _contradictions(group))


def _contradictions(group: Iterable[Measurement]) -> Iterator[TwoValues]:
    """Those that compare with the first, then those left that compare with the first of them, and so on."""
    heads: dict[Hashable, str] = {}  # by how they were taken, the kit of the first: one without goes with it
    compared: dict[Hashable, list[Measurement]] = {}
    for x in group:
        taken = how_taken(x)
        head = heads.setdefault(taken, x.kit or "")
        compared.setdefault((taken, head and (x.kit or head)), []).append(x)
    for same in compared.values():
        if len({x.quantity for x in same}) > 1:
            yield TwoValues(tuple(sorted(same, key=lambda x: (x.quantity.value, x.quantity.comparator, x.id))))


def contradicted(snapshot: Snapshot) -> dict[str, TwoValues]:
    """By the id of each value, the contradiction it stands in."""
    return {x.id: found for found in two_values(snapshot) for x in found.values}


@once
def marks(snapshot: Snapshot) -> dict[str, tuple[Reason, ...]]:
    """What is to stand beside each value wherever it is shown, by its id: that it waits to be confirmed, that another
    one contradicts it. A value without a mark is not named."""
    doubted = {fact: (doubt.short,) for fact, doubt in doubts(snapshot).items()}
    return doubted | {fact: (*doubted.get(fact, ()), two.reason) for fact, two in contradicted(snapshot).items()}


def as_either_says(snapshot: Snapshot) -> tuple[Snapshot, ...]:
    """The snapshots with only the lowest, and only the highest, of values that contradict each other; or itself."""
    found = two_values(snapshot)
    if not found:
        return (snapshot,)
    return tuple(_keeping(snapshot, found, place) for place in (0, -1))


def _keeping(snapshot: Snapshot, found: Iterable[TwoValues], place: int) -> Snapshot:
    left_out = {x.id for two in found for x in two.values} - {two.values[place].id for two in found}
    return replace(snapshot, measurements=tuple(x for x in snapshot.measurements if x.id not in left_out))
