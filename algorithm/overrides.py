"""A step that was not followed: what the chart said then, what it says now, and whether the choice still stands. Pure.

An override expires when the answer it departed from is another one: another step, another path, or another poor-risk
factor [J]. A further value on the same side of every limit is no reason to ask again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from algorithm.chart import Flowchart
from algorithm.difference import Cause, Change, difference
from algorithm.opinion import opinion, output_of
from algorithm.record import inputs_of
from patients.clinical.facts import Decision
from patients.clinical.snapshot import Snapshot, rewind

Json = Any
RESTED_ON = ("step", "path", "poor_risk")  # of an evaluation's record


@dataclass(frozen=True, slots=True)
class Override:
    """The newest decision about a step, if it was not to follow the chart. Steps are None where undecided."""

    decision: Decision
    step_then: str | None
    step_now: str | None
    changes: tuple[Change, ...]
    causes: tuple[Cause, ...]
    standing: bool


def override_of(chart: Flowchart, snapshot: Snapshot) -> Override | None:
    """The override that was made last and followed by no other decision about a step; None if there is none."""
    decided = [x for x in snapshot.decisions if x.step and x.accepted is not None]
    if not decided or decided[-1].accepted:
        return None
    decision = decided[-1]
    before = rewind(snapshot, decision.on)
    then, now = output_of(opinion(chart, before)), output_of(opinion(chart, snapshot))
    standing = all(then[key] == now[key] for key in RESTED_ON)
    moved = difference(inputs_of(before), then, inputs_of(snapshot), now)
    causes = () if standing else moved.deciding
    return Override(decision, then["step"], now["step"], moved.changes, causes, standing)
