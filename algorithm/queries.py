"""Stored evaluations: the latest of patients, the one that stood at a moment, and the replay of any."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import connection

from algorithm.charts import chart_of
from algorithm.fingerprints import fingerprint
from algorithm.models import Assessment
from algorithm.walk.chart import Flowchart
from patients.queries import site_settings

Json = Any
ROOT = Path(__file__).resolve().parent.parent


def chart_in_use() -> Flowchart:
    """The chart that the site has chosen."""
    return chart_of(site_settings().as_clinical())


def latest_assessments(patient_ids: Iterable[int]) -> dict[int, Assessment]:
    """The newest evaluation of each patient, in one query whatever their number; without the inputs (deferred)."""
    newest = Assessment.objects.filter(patient_id__in=list(patient_ids)).order_by("patient_id", "-id")
    return {x.patient_id: x for x in newest.distinct("patient_id").defer("inputs")}


@dataclass(frozen=True, slots=True)
class StoredBefore:
    """What is stored of a patient's evaluations: when the first one was known, and what the last one means ("" and None
    without any)."""

    first: datetime | None = None
    meaning: str = ""


STORED_BEFORE = f"""
SELECT patient.id,
    CASE WHEN patient.id = ANY(%(first_of)s) THEN (SELECT min(known_at) FROM {Assessment._meta.db_table} AS every
        WHERE every.patient_id = patient.id) END,
    coalesce((SELECT meaning FROM {Assessment._meta.db_table} AS last WHERE last.patient_id = patient.id
        ORDER BY id DESC LIMIT 1), '')
FROM unnest(%(patients)s::bigint[]) AS patient (id)
"""  # noqa: S608 - the same text always


def stored_before(patient_ids: Iterable[int], *, first_of: Iterable[int] = ()) -> dict[int, StoredBefore]:
    """Of each patient; when the first was known only of those in `first_of`. One query."""
    with connection.cursor() as cursor:
        cursor.execute(STORED_BEFORE, {"patients": list(patient_ids), "first_of": list(first_of)})
        return {pk: StoredBefore(first, meaning) for pk, first, meaning in cursor}


def assessment_at(patient_id: int, moment: datetime) -> Assessment | None:
    """The evaluation that stood at a moment: what was shown then."""
    return Assessment.objects.filter(patient_id=patient_id, created_at__lte=moment).order_by("-id").first()


def seal(assessment: Assessment) -> str:
    """Hash over chart, inputs and output."""
    return fingerprint(
        {
            "chart": assessment.chart,
            "version": assessment.chart_version,
            "inputs": assessment.inputs,
            "output": assessment.output,
        }
    )


# what an evaluation is made by; a test holds that `algorithm.opinion` imports this of the algorithm and nothing else
JUDGING = (
    "patients/clinical",
    "algorithm/flowcharts",
    "algorithm/walk",
    "algorithm/literature/notices.py",
    "algorithm/literature/prognosis.py",
    "algorithm/literature/response_facts.py",
    "algorithm/opinion.py",
    "algorithm/record.py",
)


def judging_sources() -> list[Path]:
    """The files of `JUDGING`, sorted."""
    places = [ROOT / name for name in JUDGING]
    return sorted(file for place in places for file in ([place] if place.suffix else place.rglob("*.py")))


@cache
def code_version() -> str:
    """Fingerprint of the source that judges: it changes exactly when the logic can have changed."""
    digest = sha256()
    for source in judging_sources():
        digest.update(source.relative_to(ROOT).as_posix().encode() + source.read_bytes())
    return digest.hexdigest()
