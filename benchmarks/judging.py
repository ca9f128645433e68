"""P3: everything that is said of a snapshot in memory, against the bare if/else on facts prepared before."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion
from algorithm.walk.engine import walk
from benchmarks.bare import Prepared, entry, prepared
from benchmarks.courses import Drawn, drawn
from benchmarks.report import Section, at_most, exactly
from benchmarks.run_of import Run
from benchmarks.story import snapshot_of
from patients.clinical.snapshot import Snapshot

PEOPLE, RESULTS, TURNS = 300, 18, 5  # with about 31 facts each
BARE_TIMES = 40  # an if/else is too quick to be timed once


def acute_people(number: int = PEOPLE) -> list[Drawn]:
    """Drawn patients with an acute course."""
    found: list[Drawn] = []
    n = 0
    while len(found) < number:
        n += 1
        person = drawn(n, RESULTS)
        if person.acute:
            found.append(person)
    return found


def differing(people: list[Drawn]) -> int:
    """How many the bare if/else answers otherwise."""
    return sum(walk(CURRENT, snapshot_of(x)).entry != entry(prepared(x)) for x in people)


def measure(run: Run) -> list[Section]:  # noqa: ARG001 - in memory alone
    """In turns, processor time; every snapshot is a new one, in which nothing is worked out yet."""
    section = Section("Judging a snapshot in memory", "P3")
    people = acute_people()
    facts = sum(len(snapshot_of(x).all_facts) for x in people) / len(people)
    ready = [prepared(x) for x in people]
    walked, said, bare = [], [], []
    for _ in range(TURNS):
        walked.append(_each(walk_all, [snapshot_of(x) for x in people]))
        said.append(_each(say_all, [snapshot_of(x) for x in people]))
        bare.append(_each(answer_all, ready * BARE_TIMES))
    least = median(bare)
    against = f"bare if/else {least:.2f} us"
    section.count("answers that differ from the bare if/else", differing(people), exactly(0), f"of {len(people)}")
    section.add(f"opinion, {facts:.0f} facts", median(said), "us", at_most(100), against)
    section.ratio("opinion : bare if/else", median(said) / least, None, against)
    section.ratio("walk : bare if/else", median(walked) / least, None, against)
    return [section]


def walk_all(snapshots: Sequence[Snapshot]) -> None:
    """The chart alone."""
    for x in snapshots:
        walk(CURRENT, x)


def say_all(snapshots: Sequence[Snapshot]) -> None:
    """Everything that is said."""
    for x in snapshots:
        opinion(CURRENT, x)


def answer_all(ready: Sequence[Prepared]) -> None:
    """The bare if/else."""
    for x in ready:
        entry(x)


def _each(work: Callable[[Sequence[Any]], None], things: Sequence[Any]) -> float:
    """Microseconds of processor time a thing; cycles are not looked for meanwhile, as `timeit` does it."""
    gc.collect()
    gc.disable()
    begun = time.process_time()
    work(things)
    spent = time.process_time() - begun
    gc.enable()
    return spent / len(things) * 1e6
