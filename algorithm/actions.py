"""Recording evaluations: the only writer of `Assessment`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from algorithm.charts import chart_for
from algorithm.fingerprints import fingerprint
from algorithm.models import Assessment, Trigger
from algorithm.opinion import Opinion, meaning_of, output_of
from algorithm.queries import StoredBefore, code_version, seal, stored_before
from algorithm.record import inputs_of, what_was_read
from patients.clinical.snapshot import Snapshot

Json = Any


@transaction.atomic(savepoint=False)  # whoever evaluates has one around reading, judging and storing
def record_assessments(
    *,
    opinions: Mapping[int, tuple[Snapshot, Opinion]],
    trigger: str,
    before: Mapping[int, StoredBefore] | None = None,
) -> list[Assessment]:
    """Stores opinions by patient id where facts or answers differ from the last stored ones; returns the rows written.

    Two queries, whatever the number of patients; one where it is known what was stored `before`.
    """
    before = stored_before(opinions) if before is None else before
    drafts = [
        _draft(pk, snapshot, opinion, trigger, meaning)
        for pk, (snapshot, opinion) in opinions.items()
        if (meaning := _meaning(snapshot, opinion)) != before[pk].meaning
    ]
    return Assessment.objects.bulk_create(drafts)


@transaction.atomic
def keep_evaluation_shown(*, patient_id: int, snapshot: Snapshot, opinion: Opinion) -> Assessment:
    """The stored evaluation that says what a page showed; written where none does. What is signed refers to it."""
    meaning = _meaning(snapshot, opinion)
    known_by_then = Assessment.objects.filter(patient_id=patient_id, known_at__lte=snapshot.known_at)
    last = known_by_then.order_by("-id").first()
    if last is not None and last.meaning == meaning:
        return last
    draft = _draft(patient_id, snapshot, opinion, Trigger.REQUEST, meaning)
    draft.save(force_insert=True)
    return draft


def _draft(patient_id: int, snapshot: Snapshot, opinion: Opinion, trigger: str, meaning: str) -> Assessment:
    inputs, output, chart = inputs_of(snapshot), output_of(opinion), chart_for(snapshot)
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
        meaning=meaning,
    )
    draft.sha256 = seal(draft)
    return draft


def _meaning(snapshot: Snapshot, opinion: Opinion) -> str:
    """A fingerprint of what makes an evaluation a new one: chart, program, person, facts read, answers."""
    chart = chart_for(snapshot)
    return fingerprint([chart.name, chart.version, code_version(), what_was_read(snapshot), meaning_of(opinion)])
