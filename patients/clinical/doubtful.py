"""Doubtful values do not reassure: which measurements wait for a second value or for a person's word. Pure.

Source: specification 12 (47), 13 (82) [J]. A value is doubtful that differs from the last confirmed comparable one of
the 14 days before by a factor of 8 to 12 or its inverse ("tenfold?": a slip of the decimal point or of a digit), or
lies outside the catalogue's limits of warning. It is confirmed by a person, or by another sample within a factor of 2.

Unconfirmed it may raise an alert and meet a factor, while it is the newest of its kind; it closes and un-meets nothing,
and is never a baseline, highest or lowest of any rule: `with_newest` and `settled` are the two ways to read a Snapshot,
and what holds in either, holds. What really moves tenfold in 14 days is never doubted: CRP, CK, AST, ALT, CMV,
beta-D-glucan, drug levels, glucose; neutrophils and lymphocytes really fall, but do not rise.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from patients.clinical.bounds import FIRST_MOMENT
from patients.clinical.drug_levels import is_level
from patients.clinical.facts import Measurement
from patients.clinical.measurement_type import MeasurementType
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Part, Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot, by_test, in_order, once
from patients.clinical.units import usual_limits

LEAST_FACTOR, MOST_FACTOR = Decimal(8), Decimal(12)  # [J] (47), both included
NEVER_REACHED = Decimal("Infinity")
SECOND_WITHIN = Decimal(2)  # [J] (82): a second sample within this factor confirms
DAYS = 14  # [J] (47)
CMV = frozenset({"cmv_pp65", "cmv_c7hrp", "cmv_dna"})
NEVER_DOUBTED = frozenset({"crp", "ck", "ast", "alt", "bdg", "glucose", "other"}) | CMV  # [J] (82)
# the side on which a value meets a factor of node N2: such a value counts for the episode until it is corrected
MEETS_ABOVE, MEETS_BELOW = frozenset({"ferritin"}), frozenset({"pao2"})
FALL_IS_REAL = frozenset({"neutrophils", "lymphocytes"})  # [J] (82)

TENFOLD = _("unconfirmed: %(test)s %(value)s on %(day)s: tenfold? last %(last)s on %(last_day)s")
UNUSUAL = _("unconfirmed: %(test)s %(value)s on %(day)s is unusual; last %(last)s on %(last_day)s")
UNUSUAL_FIRST = _("unconfirmed: %(test)s %(value)s on %(day)s is unusual")
SHORT_TENFOLD = _("unconfirmed: tenfold? last %(last)s")
SHORT_UNUSUAL = _("unconfirmed: unusual; last %(last)s")
SHORT_UNUSUAL_FIRST = _("unconfirmed: unusual")
KEPT_OPEN = _("kept open until a second sample or a person confirms that value")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A value that waits for confirmation, the last confirmed one that compares with it, and whether it is tenfold."""

    value: Measurement
    last: Measurement | None
    tenfold: bool

    @property
    def reason(self) -> Reason:
        """The doubt in a sentence, with both values."""
        value, last = self.value, self.last
        parts: dict[str, Part] = {"test": name_of(value), "value": value.quantity, "day": value.day}
        if last is None:
            return reason(UNUSUAL_FIRST, facts=(value.id,), basis="J", **parts)
        message = TENFOLD if self.tenfold else UNUSUAL
        return reason(message, facts=(value.id, last.id), basis="J", **parts, last=last.quantity, last_day=last.day)

    @property
    def short(self) -> Reason:
        """The doubt as it stands beside its value."""
        if self.last is None:
            return reason(SHORT_UNUSUAL_FIRST, facts=(self.value.id,), basis="J")
        message = SHORT_TENFOLD if self.tenfold else SHORT_UNUSUAL
        return reason(message, facts=(self.value.id, self.last.id), basis="J", last=self.last.quantity)


def name_of(measurement: Measurement) -> Term:
    """The test as a sentence names it: its catalogue name, or the name of a test outside it."""
    kind = MEASUREMENTS.get(measurement.code)
    return Term(kind.name if kind is not None and not measurement.name else measurement.name or measurement.code)


def alike(a: Measurement, b: Measurement) -> bool:
    """Same test, taken in the same way: FiO2, flow, device, route, timing; and not two named kits that differ."""
    if a.kit and b.kit and a.kit != b.kit:
        return False
    return how_taken(a) == how_taken(b)


def how_taken(x: Measurement) -> tuple[object, ...]:
    """The test and what its value depends on, but for the kit."""
    return (x.code, x.name, x.fio2, x.flow, x.device, x.route, x.timing)


def may_be_doubted(code: str) -> bool:
    """Is a value of this measurement ever doubted?"""
    return code in MEASUREMENTS and code not in NEVER_DOUBTED and not is_level(code)


@once
def doubts(snapshot: Snapshot) -> dict[str, Doubt]:
    """Every unconfirmed doubtful value of a snapshot, by the id of its fact."""
    return _doubting(snapshot).waiting


def _doubting(snapshot: Snapshot) -> _Doubting:
    return snapshot.grown.over("doubts", snapshot.measurements, _Doubting)


def doubts_among(measurements: Iterable[Measurement]) -> dict[str, Doubt]:
    """The same of measurements that stand, oldest first."""
    doubting = _Doubting()
    doubting.take(measurements)
    return doubting.waiting


class _Doubting:
    """The values of a record, oldest first, by test."""

    def __init__(self) -> None:
        self._calm: dict[str, _Calm] = {}
        self.tests: dict[str, _Test] = {}  # in which a value could be doubted

    def take(self, values: Iterable[Measurement]) -> None:
        """The next values in time."""
        for code, following in by_test(values).items():
            if code in self.tests:
                self.tests[code].take(following)
            elif code in self._calm or may_be_doubted(code):
                calm = self._calm.setdefault(code, _Calm())
                if not calm.holds(following, MEASUREMENTS[code]):
                    self.tests[code] = _Test()
                    self.tests[code].take(calm.values)

    @property
    def waiting(self) -> dict[str, Doubt]:
        """What nothing confirms, by the id of the fact; tests in the order of their first values."""
        if not self.tests:
            return {}
        tests = [self.tests[code] for code in self._calm if code in self.tests]
        return {fact: doubt for test in tests for fact, doubt in test.waiting.items()}


class _Calm:
    """The values of one test as long as they are usual and near each other: none of them can be doubted."""

    __slots__ = ("_least", "_most", "values")

    def __init__(self) -> None:
        self.values: list[Measurement] = []
        self._least, self._most = NEVER_REACHED, -NEVER_REACHED

    def holds(self, values: Sequence[Measurement], kind: MeasurementType) -> bool:
        """Take in the next values in time: can none be doubted still?"""
        self.values += values
        sizes = [x.quantity.value for x in values]
        self._least = least = min(self._least, *sizes)
        self._most = most = max(self._most, *sizes)
        if most >= LEAST_FACTOR * least:
            return False
        if kind.warn_on_air is not None or kind.warn_by_timing:
            return not any(_is_unusual(x) for x in values)
        return kind.warn is None or (kind.warn.low <= least and most <= kind.warn.high)


class _Test:
    """The values of one test, oldest first: which of them are confirmed, and which nothing confirms."""

    def __init__(self) -> None:
        self.waiting: dict[str, Doubt] = {}
        self.newest: dict[Hashable, datetime] = {}  # when the newest was taken, by how: of each kit, and in all
        self._settled: dict[Hashable, _ByKit] = {}  # by how they were taken, in the order of time
        self._asked: dict[Hashable, _ByKit] = {}  # what waits, likewise, from the lowest to the highest

    def take(self, values: Iterable[Measurement]) -> None:
        """The next values in time."""
        for x in values:
            self._add(x)

    def _add(self, value: Measurement) -> None:
        taken = how_taken(value)
        self.newest[taken, value.kit or ""] = self.newest[taken, None] = value.on
        settled = self._settled.setdefault(taken, _ByKit(in_order))
        asked = self._asked.setdefault(taken, _ByKit(_by_size))
        doubt = _doubt(value, settled.last_before(value))
        seconded = asked.seconded_by(value)
        for x in seconded:
            asked.remove(x)
            settled.add(x)
            del self.waiting[x.id]
        if doubt is None or value.confirmed or seconded:
            settled.add(value)
        else:
            asked.add(value)
            self.waiting[value.id] = doubt


def _by_size(x: Measurement) -> tuple[Any, ...]:
    return (x.quantity.value, *in_order(x))


class _ByKit:
    """Values taken in one way, sorted, in all and by kit: one that names no kit compares with every other."""

    def __init__(self, order: Callable[[Measurement], Any]) -> None:
        self._order = order
        self._all: list[Measurement] = []
        self._of_kit: defaultdict[str, list[Measurement]] = defaultdict(list)

    def add(self, x: Measurement) -> None:
        """One value more."""
        for series in (self._all, self._of_kit[x.kit or ""]):
            insort(series, x, key=self._order)

    def remove(self, x: Measurement) -> None:
        """One that is among them."""
        for series in (self._all, self._of_kit[x.kit or ""]):
            del series[bisect_left(series, self._order(x), key=self._order)]

    def _comparing(self, x: Measurement) -> list[list[Measurement]]:
        return [self._of_kit.get(kit, []) for kit in (x.kit, "")] if x.kit else [self._all]

    def last_before(self, value: Measurement) -> Measurement | None:
        """Of those in the order of time, the last before a value that compares with it."""
        before = ((series, bisect_left(series, value.on, key=lambda x: x.on)) for series in self._comparing(value))
        return max((series[n - 1] for series, n in before if n), key=in_order, default=None)

    def seconded_by(self, value: Measurement) -> list[Measurement]:
        """Of those in the order of size, the ones of other samples within a factor of 2 of a value."""
        size, near = value.quantity.value, list[Measurement]()
        for series in self._comparing(value):
            first = bisect_left(series, size, key=lambda x: SECOND_WITHIN * x.quantity.value)
            last = bisect_right(series, SECOND_WITHIN * size, key=lambda x: x.quantity.value)
            near += [x for x in series[first:last] if x.on != value.on]
        return near


def _seconds(value: Measurement, other: Measurement) -> bool:
    """Is it another sample of the same kind, within a factor of 2?"""
    low, high = sorted((value.quantity.value, other.quantity.value))
    return value.on != other.on and alike(value, other) and high <= SECOND_WITHIN * low


def _doubt(value: Measurement, last: Measurement | None) -> Doubt | None:
    """The doubt about a value, given the last confirmed one before it that compares with it; None without one."""
    if last is not None and (value.day - last.day).days <= DAYS and _is_tenfold(value, last):
        return Doubt(value, last, tenfold=True)
    return Doubt(value, last, tenfold=False) if _is_unusual(value) else None


def doubt_about(snapshot: Snapshot, value: Measurement) -> Doubt | None:
    """The doubt about a value that is about to be added to a snapshot; None if a waiting one confirms it as well."""
    if not may_be_doubted(value.code):
        return None
    before = reversed(settled(snapshot).series(value.code))
    doubt = _doubt(value, next((x for x in before if x.on < value.on and alike(x, value)), None))
    if doubt is None or any(_seconds(value, x.value) for x in doubts(snapshot).values()):
        return None
    return doubt


def _is_tenfold(value: Measurement, last: Measurement) -> bool:
    low, high = sorted((value.quantity.value, last.quantity.value))
    if value.code in FALL_IS_REAL and value.quantity.value <= last.quantity.value:
        return False
    return low > 0 and LEAST_FACTOR * low <= high <= MOST_FACTOR * low


def _is_unusual(value: Measurement) -> bool:
    usual = usual_limits(MEASUREMENTS[value.code], value.timing, value.fio2)
    if usual is None or usual.low <= value.quantity.value <= usual.high:
        return False
    return value.code not in FALL_IS_REAL or value.quantity.value > usual.high


# -- the two ways to read ---------------------------------------------------------------------------------------------


@once
def settled(snapshot: Snapshot) -> Snapshot:
    """The snapshot without its unconfirmed doubtful values."""
    return without(snapshot, *doubts(snapshot))


@once
def with_newest(snapshot: Snapshot) -> Snapshot:
    """The snapshot without its unconfirmed doubtful values, but for the newest of their kind and what meets a factor.

    A factor is met by any value of the episode: what met it is not unmet by the next value, but by a correction.
    """
    waiting = doubts(snapshot)
    newest = {x.value.id for x in newest_doubts(snapshot)} if waiting else ()
    left_out = [fact for fact, x in waiting.items() if fact not in newest and not _is_on_the_side_of_risk(x)]
    return without(snapshot, *left_out)


def _is_on_the_side_of_risk(doubt: Doubt) -> bool:
    """Could the value meet a factor that the last confirmed one did not?"""
    value, last = doubt.value.quantity.value, doubt.last
    usual = usual_limits(MEASUREMENTS[doubt.value.code], doubt.value.timing, doubt.value.fio2)
    if doubt.value.code in MEETS_ABOVE:
        return (last is not None and value > last.quantity.value) or (usual is not None and value > usual.high)
    below = (last is not None and value < last.quantity.value) or (usual is not None and value < usual.low)
    return doubt.value.code in MEETS_BELOW and below


@once
def newest_doubts(snapshot: Snapshot) -> tuple[Doubt, ...]:
    """Doubts about values that are the newest of their kind: those that could have closed something."""
    waiting = doubts(snapshot).values()
    if not waiting:
        return ()
    tests = _doubting(snapshot).tests
    return tuple(x for x in waiting if x.value.on >= _newest_compared(x.value, tests[x.value.code]))


def _newest_compared(x: Measurement, test: _Test) -> datetime:
    """When the newest of what compares with a value was taken."""
    return max(test.newest.get(key, FIRST_MOMENT) for key in _compared(x))


def _compared(x: Measurement) -> list[Hashable]:
    """The keys of what compares with a value: its kit and those that name none, or all."""
    return [(how_taken(x), kit) for kit in (x.kit, "")] if x.kit else [(how_taken(x), None)]


def without(snapshot: Snapshot, *ids: str) -> Snapshot:
    """The snapshot without these measurements; itself without any."""
    left_out = frozenset(ids)
    if not left_out:
        return snapshot
    return replace(snapshot, measurements=tuple(x for x in snapshot.measurements if x.id not in left_out))
