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
from patients.clinical.versions import Version, standing_of


def snapshots_at(snapshot: Snapshot, versions: Iterable[Version], moments: Iterable[datetime]) -> Iterator[Snapshot]:
    """Of the same patient at the same site, the snapshots that were taken, or would have been, at these moments.

    They ascend as a rule: at one that lies before the last everything begins anew.
    """
    every = sorted(versions, key=lambda x: x.fact.known)
    unfolding, known, before = _Unfolding(snapshot), 0, datetime.min.replace(tzinfo=UTC)
    for moment in moments:
        if moment < before:
            unfolding, known = _Unfolding(snapshot), 0
        by_then = bisect_right(every, moment, key=lambda x: x.fact.known)
        yield unfolding.at(moment, every[known:by_then])
        known, before = by_then, moment


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
