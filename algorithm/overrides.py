"""A step that was not followed: what the chart said then, what it says now, and whether the choice still stands. Pure.

An override expires when the answer it departed from is another one: another step, another path, or another poor-risk
factor that is met [J]. A further value on the same side of every limit is no reason to ask again, nor is a factor that
was not known and turns out not to be met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from algorithm.chart import Flowchart
from algorithm.difference import Cause, Change, difference
from algorithm.opinion import opinion, output_of
from algorithm.record import inputs_of
from patients.clinical.facts import Decision
from patients.clinical.snapshot import Snapshot, rewind
from patients.clinical.versions import Version, snapshot_at

Json = Any
WITHIN_THE_MINUTE = timedelta(minutes=1, microseconds=-1)  # a decision's time is typed to the minute


@dataclass(frozen=True, slots=True)
class Override:
    """The newest decision about a step, if it was not to follow the chart. Steps are None where undecided."""

    decision: Decision
    step_then: str | None
    step_now: str | None
    changes: tuple[Change, ...]
    causes: tuple[Cause, ...]
    standing: bool


def override_of(chart: Flowchart, snapshot: Snapshot, versions: Sequence[Version] = ()) -> Override | None:
    """The override that was made last and followed by no other decision about a step; None if there is none.

    `versions`: every version of the patient's facts, so that a value corrected or withdrawn since still counts as what
    was known at the decision. Without them the decision is read with the corrections made since.
    """
    decided = [x for x in snapshot.decisions if x.step and x.accepted is not None]
    if not decided or decided[-1].accepted:
        return None
    decision = decided[-1]
    before = _decided_on(snapshot, decision, versions)
    then, now = output_of(opinion(chart, before)), output_of(opinion(chart, snapshot))
    stands = rested_on(then) == rested_on(now)
    moved = difference(inputs_of(before), then, inputs_of(snapshot), now)
    causes = () if stands else moved.deciding
    return Override(decision, then["step"], now["step"], moved.changes, causes, stands)


def rested_on(output: Json) -> tuple[Any, ...]:
    """What a decision about a step rests on, of an evaluation's record; the ward list asks the same in SQL."""
    return output["step"], output["path"], sorted(code for code, met in output["poor_risk"].items() if met)


def _decided_on(snapshot: Snapshot, decision: Decision, versions: Sequence[Version]) -> Snapshot:
    """What was known when it was decided."""
    moment = min(decision.on + WITHIN_THE_MINUTE, snapshot.known_at)
    if not versions:
        return rewind(snapshot, moment)
    return snapshot_at(snapshot, versions, moment)
