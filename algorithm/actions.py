"""Recording evaluations: the only writer of `Assessment`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from algorithm.flowcharts import CURRENT
from algorithm.models import Assessment, Trigger
from algorithm.opinion import Opinion, meaning_of, output_of
from algorithm.queries import code_version, seal
from algorithm.record import fingerprint, inputs_of
from algorithm.walk.chart import Flowchart
from patients.clinical.snapshot import Snapshot

Json = Any


@transaction.atomic
def record_assessments(
    *, opinions: Mapping[int, tuple[Snapshot, Opinion]], trigger: str, chart: Flowchart = CURRENT
) -> list[Assessment]:
    """Stores opinions by patient id where facts or answers differ from the last stored ones; returns the rows written.

    Two queries, whatever the number of patients.
    """
    drafts = [_draft(pk, snapshot, opinion, trigger, chart) for pk, (snapshot, opinion) in opinions.items()]
    newest = Assessment.objects.filter(patient_id__in=list(opinions)).order_by("patient_id", "-id")
    last = dict(newest.distinct("patient_id").values_list("patient_id", "meaning"))
    return Assessment.objects.bulk_create([x for x in drafts if last.get(x.patient_id) != x.meaning])


@transaction.atomic
def keep_evaluation_shown(
    *, patient_id: int, snapshot: Snapshot, opinion: Opinion, chart: Flowchart = CURRENT
) -> Assessment:
    """The stored evaluation that says what a page showed; written where none does. What is signed refers to it."""
    draft = _draft(patient_id, snapshot, opinion, Trigger.REQUEST, chart)
    known_by_then = Assessment.objects.filter(patient_id=patient_id, known_at__lte=snapshot.known_at)
    last = known_by_then.order_by("-id").first()
    if last is not None and last.meaning == draft.meaning:
        return last
    draft.save(force_insert=True)
    return draft


def _draft(patient_id: int, snapshot: Snapshot, opinion: Opinion, trigger: str, chart: Flowchart) -> Assessment:
    inputs, output = inputs_of(snapshot), output_of(opinion)
    draft = Assessment(
        patient_id=patient_id,
        chart=chart.name,
        chart_version=chart.version,
        code_version=code_version(),
        trigger=trigger,
        as_of=snapshot.as_of,
        known_at=snapshot.known_at,
        course=output["course"] or "",
        subtype=output["subtype"] or "",
        step=output["step"] or "",
        inputs=inputs,
        output=output,
        meaning=_meaning(chart, inputs, output),
    )
    draft.sha256 = seal(draft)
    return draft


def _meaning(chart: Flowchart, inputs: dict[str, Json], output: dict[str, Json]) -> str:
    facts = [[x["id"], x.get("stop")] for x in inputs["facts"]]
    person = [inputs[key] for key in ("zone", "sex", "birth_date", "settings")]
    return fingerprint([chart.name, chart.version, code_version(), person, facts, meaning_of(output)])
