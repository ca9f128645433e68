"""The Snapshots of one record at moments that follow each other, each made of the one before and of what came since.

What they hold is what `snapshot_at` finds at each moment by itself. All of them together cost what the versions cost,
and not that as often as there are moments. Pure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from heapq import heappop, heappush

from patients.clinical.facts import Fact
from patients.clinical.snapshot import BESIDE, FIELD_OF, Snapshot, field_of, holding, in_order, masked
from patients.clinical.ticking import Turns
from patients.clinical.versions import Version, standing_of

NEVER = datetime.min.replace(tzinfo=UTC)


def snapshots_at(snapshot: Snapshot, versions: Iterable[Version], moments: Iterable[datetime]) -> Iterator[Snapshot]:
    """Of the same patient at the same site, the snapshots that were taken, or would have been, at these moments.

    They ascend as a rule: at one that lies before the last everything begins anew.
    """
    record = Unfolded(snapshot, versions)
    return (record.at(moment) for moment in moments)


class Unfolded:
    """The record, to be asked for its Snapshot at one moment after the other."""

    def __init__(self, snapshot: Snapshot, versions: Iterable[Version]) -> None:
        self._snapshot = snapshot
        self._every = sorted(versions, key=lambda x: x.fact.known)
        self._begin()

    def _begin(self) -> None:
        self._unfolding, self._known = _Unfolding(self._snapshot), 0
        self._last = replace(self._snapshot, as_of=NEVER, known_at=NEVER)

    def at(self, moment: datetime) -> Snapshot:
        """The Snapshot of a moment."""
        if moment == self._last.as_of:
            return self._last
        if moment < self._last.as_of:
            self._begin()
        by_then = bisect_right(self._every, moment, key=lambda x: x.fact.known)
        self._last = self._unfolding.at(moment, self._every[self._known : by_then])
        self._known = by_then
        return self._last

    def ask_ahead(self, turns: Turns) -> None:
        """Note when the Snapshot that was asked for last will hold something else though nothing becomes known."""
        self._unfolding.ask_ahead(turns)


class _Line:
    """The facts of one field of a Snapshot, in their order."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def add(self, fact: Fact) -> None:
        self.facts.insert(bisect_left(self.facts, in_order(fact), key=in_order), fact)

    def remove(self, fact: Fact) -> None:
        del self.facts[bisect_left(self.facts, in_order(fact), key=in_order)]


class _Unfolding:
    """A record as far as it was known at a moment that only goes forward."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._histories: dict[str, list[Version]] = {}
        self._standing: dict[str, Fact] = {}
        self._lines = {name: _Line() for name in (*FIELD_OF.values(), *BESIDE.values())}
        self._ahead: list[tuple[datetime, str]] = []  # times still to come that a fact was about, and its identity

    def at(self, moment: datetime, news: Iterable[Version]) -> Snapshot:
        """The next moment, with the versions that became known since the one before."""
        touched = dict[str, None]()
        for version in news:
            self._histories.setdefault(version.identity, []).append(version)
            touched[version.identity] = None
        while self._ahead and self._ahead[0][0] <= moment:
            touched[heappop(self._ahead)[1]] = None
        for identity in touched:
            self._place(identity, moment)
        then = replace(self._snapshot, as_of=moment, known_at=moment)
        facts = {name: tuple(line.facts) for name, line in self._lines.items()}
        facts["treatments"] = tuple(masked(x, then.today) for x in facts["treatments"])
        return holding(then, facts)

    def ask_ahead(self, turns: Turns) -> None:
        """What is about a time still to come; a last day, which is told when it is there."""
        for _on, identity in self._ahead:
            fact = standing_of(self._histories[identity])
            if fact is not None and fact.on > turns.now:
                turns.at(fact.on)
        if any(line.facts and line.facts[-1].on == turns.now for line in self._lines.values()):
            turns.tomorrow()
        for treatment in self._lines["treatments"].facts:
            stop = getattr(treatment, "stop", None)
            if stop is not None and stop >= turns.today:
                turns.in_days((stop - turns.today).days or 1)

    def _place(self, identity: str, moment: datetime) -> None:
        """Let that version of a fact stand which stands now, if it is about a time up to the moment."""
        before = self._standing.pop(identity, None)
        if before is not None:
            self._lines[field_of(before)].remove(before)
        fact = standing_of(self._histories[identity])
        if fact is None:
            return
        if fact.on > moment:
            heappush(self._ahead, (fact.on, identity))
            return
        self._standing[identity] = fact
        self._lines[field_of(fact)].add(fact)
