"""A step that was not followed: what the chart said then, what it says now, and whether the choice still stands. Pure.

An override expires when the answer it departed from is another one: another step, another path, or another poor-risk
factor that is met [J]. A further value on the same side of every limit is no reason to ask again, nor is a factor that
was not known and turns out not to be met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from algorithm.causes import RESTS_ON, parts_of
from algorithm.difference import Cause, Change, difference
from algorithm.opinion import opinion, output_of
from algorithm.record import inputs_of
from algorithm.walk.chart import Flowchart
from patients.clinical.facts import Decision
from patients.clinical.snapshot import Snapshot, rewind
from patients.clinical.versions import Version, snapshot_at

Json = Any
WITHIN_THE_MINUTE = timedelta(minutes=1, microseconds=-1)  # a decision's time is typed to the minute


@dataclass(frozen=True, slots=True, kw_only=True)
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
    decision = departure(snapshot)
    if decision is None:
        return None
    before = _decided_on(snapshot, decision, versions)
    then, now = output_of(opinion(chart, before)), output_of(opinion(chart, snapshot))
    stands = rested_on(then) == rested_on(now)
    moved = difference(inputs_of(before), then, inputs_of(snapshot), now, about=RESTS_ON)
    return Override(
        decision=decision,
        step_then=then["step"],
        step_now=now["step"],
        changes=moved.changes,
        causes=moved.causes,
        standing=stands,
    )


def departure(snapshot: Snapshot) -> Decision | None:
    """The last decision about a step, if it was not to follow the chart."""
    decided = [x for x in snapshot.decisions if x.step and x.accepted is not None]
    return decided[-1] if decided and not decided[-1].accepted else None


def moment_decided(decision: Decision) -> datetime:
    """When what is known was shown to the one who decided; where nobody told, the end of the decision's minute."""
    return decision.shown or decision.on + WITHIN_THE_MINUTE


def rested_on(output: Json) -> tuple[Any, ...]:
    """What a decision about a step rests on, of an evaluation's record: step, path, the poor-risk factors met."""
    parts = parts_of(output)
    return tuple(parts[name] for name in RESTS_ON)


# `rested_on` of a row of stored evaluations, for lists that cannot walk the chart for everybody.
RESTED_ON_SQL = """jsonb_build_array({row}.step, {row}.output -> 'path',
    jsonb_path_query_array({row}.output -> 'poor_risk', '$.keyvalue() ? (@.value == true).key'))"""

# Does the last `decision` (a row of decisions) still rest on what an evaluation says `now`? Compared with the stored
# evaluation that was shown, or that knew what was known in the minute of the decision; where the product had none yet,
# with the one that stood when the decision was recorded. NULL where there is neither.
_MADE = f"""(SELECT {RESTED_ON_SQL.format(row="made")} FROM algorithm_assessment AS made
    WHERE made.patient_id = {{decision}}.patient_id AND {{then}} ORDER BY made.id DESC LIMIT 1)"""  # noqa: S608 - the same text always
_KNEW = """CASE WHEN {decision}.shown IS NULL THEN made.known_at < {decision}.on + interval '1 minute'
    ELSE made.known_at <= {decision}.shown END"""
_IN_ITS_MINUTE = _MADE.replace("{then}", _KNEW)
_WHEN_RECORDED = _MADE.replace("{then}", "made.created_at <= {decision}.recorded_at")
STANDS_SQL = f"coalesce({_IN_ITS_MINUTE}, {_WHEN_RECORDED}) = {{now}}"


def _decided_on(snapshot: Snapshot, decision: Decision, versions: Sequence[Version]) -> Snapshot:
    """What was shown when it was decided; where nobody told, what was known in its minute."""
    moment = min(moment_decided(decision), snapshot.known_at)
    if not versions:
        return rewind(snapshot, moment)
    return snapshot_at(snapshot, versions, moment)
