"""Recording evaluations: the only writer of `Assessment`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from algorithm.chart import Flowchart
from algorithm.flowcharts import CURRENT
from algorithm.models import Assessment
from algorithm.opinion import Opinion, meaning_of, output_of
from algorithm.queries import code_version, seal
from algorithm.record import fingerprint, inputs_of
from patients.clinical.snapshot import Snapshot

Json = Any


def record_assessment(
    *, patient_id: int, snapshot: Snapshot, given: Opinion, trigger: str, chart: Flowchart = CURRENT
) -> Assessment | None:
    """Store an evaluation if facts or answers differ from the patient's last; None if nothing changed."""
    stored = record_assessments(opinions={patient_id: (snapshot, given)}, trigger=trigger, chart=chart)
    return stored[0] if stored else None


@transaction.atomic
def record_assessments(
    *, opinions: Mapping[int, tuple[Snapshot, Opinion]], trigger: str, chart: Flowchart = CURRENT
) -> list[Assessment]:
    """The same for many patients by id, in two queries; returns the rows written."""
    drafts = [_draft(pk, snapshot, given, trigger, chart) for pk, (snapshot, given) in opinions.items()]
    last = _last_meanings(opinions)
    return Assessment.objects.bulk_create([x for x in drafts if last.get(x.patient_id) != x.meaning])


def _last_meanings(patient_ids: Iterable[int]) -> dict[int, str]:
    newest = Assessment.objects.filter(patient_id__in=list(patient_ids)).order_by("patient_id", "-id")
    return dict(newest.distinct("patient_id").values_list("patient_id", "meaning"))


def _draft(patient_id: int, snapshot: Snapshot, given: Opinion, trigger: str, chart: Flowchart) -> Assessment:
    inputs, output = inputs_of(snapshot), output_of(given)
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
