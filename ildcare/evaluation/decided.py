"""What the chart said when a step was not followed, for decisions that were made before any evaluation was stored.

An imported course brings its decisions with it. Lists ask stored evaluations whether what a decision rested on has
changed since (`algorithm.overrides.STANDS_SQL`), so that of its time is stored too, before that of today.
"""

from __future__ import annotations

from collections.abc import Mapping

from algorithm.charts import chart_for
from algorithm.opinion import Opinion, opinion
from algorithm.overrides import departure, moment_decided
from algorithm.queries import StoredBefore
from patients.clinical.facts import Decision
from patients.clinical.snapshot import Snapshot
from patients.queries import take_snapshots


def departures(snapshots: Mapping[int, Snapshot]) -> dict[int, Decision]:
    """By patient id the last decision about a step, of those who did not follow the chart."""
    return {pk: x for pk, snapshot in snapshots.items() if (x := departure(snapshot)) is not None}


def as_decided(
    snapshots: Mapping[int, Snapshot], departed: Mapping[int, Decision], before: Mapping[int, StoredBefore]
) -> dict[int, tuple[Snapshot, Opinion]]:
    """By patient id the answer at the decision, where no stored evaluation knows so little. No query if all do.

    `before`: what is stored, and of those who departed since when.
    """
    found = {}
    for pk, decision in departed.items():
        moment = min(moment_decided(decision), snapshots[pk].known_at)
        first = before[pk].first
        if first is None or first > moment:
            then = take_snapshots([pk], moment, moment)[pk]
            found[pk] = (then, opinion(chart_for(then), then))
    return found
