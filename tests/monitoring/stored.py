"""Stories told to the database, for the tests that evaluate stored patients."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from monitoring.models import Alert
from patients.actions import record_facts, register_patient
from patients.models import Patient
from tests.story import DAY_0, Story


def a_patient(mrn: str = "M-1") -> Patient:
    """A registered patient without facts."""
    return register_patient(by=None, mrn=mrn, family_name="Sato", given_name="Hana")


def tell(patient: Patient, story: Story, source: str = "laboratory") -> None:
    """Store the versions of a story; its day 0 stays 2024-03-01."""
    record_facts(patient=patient, facts=story.versions, by=None, source=source)


def today() -> int:
    """Today as a day of a story, so that facts can be about now."""
    return (timezone.localdate() - DAY_0).days


def yesterday() -> int:
    return today() - 1


def alert(patient: Patient, rule: str, subject: str = "") -> Alert:
    """The newest alert of a rule."""
    rows = Alert.objects.filter(patient=patient, rule=rule, subject=subject)
    return rows.order_by("-episode")[0]


def open_rules(patient: Patient) -> set[tuple[str, str, int]]:
    """Rule, subject and severity of the open alerts."""
    return set(Alert.objects.open().filter(patient=patient).values_list("rule", "subject", "severity"))


HOUR = timedelta(hours=1)
