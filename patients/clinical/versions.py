"""Versions of facts: append-only storage seen from the pure side.

A correction is a new version of the same identity; a cancellation is a version without content. What stood at a
moment is, for each identity, the version that was known last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from patients.clinical.facts import Fact
from patients.clinical.snapshot import Snapshot, freeze


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of one fact. `identity` is the same for all versions; `sequence` orders those known at one time."""

    identity: str
    fact: Fact
    cancelled: bool = False
    sequence: int = 0


def standing(versions: Iterable[Version], known_at: datetime) -> list[Fact]:
    """The facts that stood at `known_at`: of every identity its latest version known by then, unless cancelled.

    Each fact comes with `first_known` (of the first version of its identity) and `corrected` filled in.
    """
    histories: dict[str, list[Version]] = {}
    for version in versions:
        if version.fact.known <= known_at:
            histories.setdefault(version.identity, []).append(version)
    return [fact for history in histories.values() if (fact := _standing(history)) is not None]


def _standing(history: list[Version]) -> Fact | None:
    if len(history) == 1:
        return None if history[0].cancelled else _first(history[0].fact)
    ordered = sorted(history, key=lambda version: (version.fact.known, version.sequence))
    last = ordered[-1]
    if last.cancelled:
        return None
    return replace(last.fact, first_known=ordered[0].fact.known, corrected=len(ordered) > 1)


def _first(fact: Fact) -> Fact:
    """A fact that was told once: as a rule it says so already, and copying thousands of them is what costs."""
    if fact.first_known == fact.known and not fact.corrected:
        return fact
    return replace(fact, first_known=fact.known, corrected=False)


def snapshot_at(snapshot: Snapshot, versions: Iterable[Version], moment: datetime) -> Snapshot:
    """Of the same patient at the same site, the snapshot that was taken, or would have been, at another moment."""
    return freeze(
        standing(versions, moment),
        as_of=moment,
        known_at=moment,
        zone=snapshot.zone,
        sex=snapshot.sex,
        birth_date=snapshot.birth_date,
        settings=snapshot.settings,
    )
