"""What the chart said when a step was not followed, for decisions that were made before any evaluation was stored.

An imported course brings its decisions with it. Lists ask stored evaluations whether what a decision rested on has
changed since (`algorithm.overrides.STANDS_SQL`), so that of its time is stored too, before that of today.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Min

from algorithm.flowcharts import CURRENT
from algorithm.models import Assessment
from algorithm.opinion import Opinion, opinion
from algorithm.overrides import departure, moment_decided
from patients.clinical.snapshot import Snapshot
from patients.queries import take_snapshots


def as_decided(snapshots: Mapping[int, Snapshot]) -> dict[int, tuple[Snapshot, Opinion]]:
    """By patient id the answer at the decision, where no stored evaluation knows so little. One query if all do."""
    departures = {pk: x for pk, snapshot in snapshots.items() if (x := departure(snapshot)) is not None}
    if not departures:
        return {}
    stored = Assessment.objects.filter(patient__in=list(departures)).order_by()
    first = dict(stored.values("patient").annotate(first=Min("known_at")).values_list("patient", "first"))
    found = {}
    for pk, decision in departures.items():
        moment = min(moment_decided(decision), snapshots[pk].known_at)
        if pk not in first or first[pk] > moment:
            then = take_snapshots([pk], moment, moment)[pk]
            found[pk] = (then, opinion(CURRENT, then))
    return found
