"""When a criterion of N1 was newly met: the facts that reopen a question of improvement. Pure.

Source: specification 12 (42), 13 (67), (70), (71), (74) [J]: dyspnoea worse, HRCT increased, a fall of VC or PaO2. A
fall is new where the value before it was none, or where the value fell that far since a judgement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from patients.clinical import facts as f
from patients.clinical.course import DYSPNOEA, finding_reason, increase, known_moment, scan_reason
from patients.clinical.physiology import fall_reason, falls, falls_in, physiology_series
from patients.clinical.reasons import Reason
from patients.clinical.snapshot import Snapshot, once
from patients.clinical.truth import YES

GAS_AS_INFO_FROM = Decimal(80)  # mmHg on air: a fall that leaves this much asks as info, 13 (74) [J]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worsening:
    """A criterion of N1 newly met by a fact: the time the fact is about, when it became known, and the sentence."""

    fact: f.Fact
    on: datetime
    known: datetime
    reason: Reason

    @property
    def day(self) -> date:
        """The day the fact is about."""
        return self.fact.day

    @property
    def mild(self) -> bool:
        """A fall of PaO2 that leaves at least 80 mmHg on air: by itself it asks as info."""
        x = self.fact
        if not isinstance(x, f.Measurement) or x.code != "pao2" or not x.on_air:
            return False
        return x.quantity.interval.at_least(GAS_AS_INFO_FROM) is YES


@once
def worsenings(snapshot: Snapshot) -> tuple[Worsening, ...]:
    """Every time that a criterion of N1 was newly met, oldest first."""
    return tuple(sorted((*_stated(snapshot), *_new_falls(snapshot)), key=lambda x: (x.on, x.fact.id)))


def _stated(snapshot: Snapshot) -> Iterator[Worsening]:
    for finding in snapshot.findings_of(DYSPNOEA):
        if finding.change == "worse":
            yield _of(finding, finding_reason(finding))
    for scan in snapshot.hrcts:
        if increase(scan) is YES:
            yield _of(scan, scan_reason(scan))


def _of(fact: f.Fact, why: Reason, known: datetime | None = None) -> Worsening:
    return Worsening(fact=fact, on=fact.on, known=known or known_moment(fact), reason=why)


def _new_falls(snapshot: Snapshot) -> Iterator[Worsening]:
    """Falls whose value before, of the same test, was no fall itself."""
    fallen = {fall.later.id for fall in falls(snapshot) if fall.answer is YES}
    before = {
        later.id: earlier.id for series, _compare in physiology_series(snapshot) for earlier, later in pairwise(series)
    }
    for fall in falls(snapshot):
        if fall.answer is YES and before.get(fall.later.id) not in fallen:
            yield _of(fall.later, fall_reason(fall), max(known_moment(fall.later), known_moment(fall.reference)))


def worsened_since(snapshot: Snapshot, judgement: f.Judgement, start: date) -> tuple[Worsening, ...]:
    """What was newly met after a judgement on a step that began on `start`, oldest first.

    After it in time, or first known after it (a report that the judgement could not know of).
    """
    told = known_moment(judgement)
    late = [x for x in worsenings(snapshot) if x.on > judgement.on or (x.known > told and x.day > start)]
    seen = {x.fact.id for x in late}
    deeper = [x for x in _falls_since(snapshot, judgement) if x.fact.id not in seen]
    return tuple(sorted((*late, *deeper), key=lambda x: (x.on, x.fact.id)))


def _falls_since(snapshot: Snapshot, judgement: f.Judgement) -> Iterator[Worsening]:
    """Values that fell as far as N1 asks from those since the judgement, or from the last before it."""
    for series, compare in physiology_series(snapshot):
        earlier = [x for x in series if x.on <= judgement.on]
        later = [x for x in series if x.on > judgement.on]
        since = [*earlier[-1:], *later]
        for fall in falls_in(since, compare):
            if fall.answer is YES and fall.later.on > judgement.on:
                yield _of(fall.later, fall_reason(fall), max(known_moment(fall.later), known_moment(fall.reference)))


def newly_met(snapshot: Snapshot, day: date, days: int) -> bool:
    """Was a criterion newly met on a day or in the `days` before it?"""
    return any(day - timedelta(days=days) <= x.day <= day for x in worsenings(snapshot))
