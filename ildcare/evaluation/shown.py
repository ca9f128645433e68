"""The evaluation that a page showed when something on it was signed: stored, so that the signature refers to it."""

from __future__ import annotations

from datetime import datetime

from algorithm.actions import keep_evaluation_shown
from algorithm.charts import chart_for
from algorithm.models import Assessment
from algorithm.opinion import opinion
from algorithm.walk.engine import Pathway, walk
from patients.models import Patient
from patients.queries import take_snapshot


def pathway_at(patient: Patient, moment: datetime) -> Pathway:
    """The chart's answer to what was known at a moment."""
    snapshot = take_snapshot(patient, moment, moment)
    return walk(chart_for(snapshot), snapshot)


def evaluation_shown(patient: Patient, moment: datetime) -> Assessment:
    """What a page of that moment showed, as a stored evaluation. Called inside the change that signs it."""
    snapshot = take_snapshot(patient, moment, moment)
    return keep_evaluation_shown(
        patient_id=patient.pk, snapshot=snapshot, opinion=opinion(chart_for(snapshot), snapshot)
    )
