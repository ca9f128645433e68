"""Alerts of patients on a ward, by the way that they really come: a result is stored and evaluated."""

from __future__ import annotations

from ildcare.evaluation.sweep import evaluate_patients
from monitoring.models import Alert
from patients.models import Patient, User, Ward
from tests.monitoring.stored import alert, tell, yesterday
from tests.patients.conftest import make_patient
from tests.story import Story

CRITICAL_FERRITIN, WARNING_RULE = "1679", "KL6_RISE"


def critical(mrn: str, by: User, ward: Ward | None, **names: str) -> Patient:
    """A patient with one critical alert, FERRITIN_HIGH."""
    patient = make_patient(mrn, by, ward, **names)
    tell(patient, Story().ferritin(yesterday(), CRITICAL_FERRITIN, id=f"f-{mrn}"))
    evaluate_patients([patient.pk])
    return patient


def warning(mrn: str, by: User, ward: Ward | None) -> Patient:
    """A patient with one alert, a warning."""
    patient = critical(mrn, by, ward)
    Alert.objects.filter(patient=patient).update(severity=2)
    return patient


def high(patient: Patient) -> Alert:
    """The critical one."""
    return alert(patient, "FERRITIN_HIGH")
