"""Alerts in numbers: the page of who reviews, and the command."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.review.alert_load import load_of
from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert, AlertEvent
from patients.actions import record_facts
from patients.clinical import facts as f
from patients.models import Admission, AuditEntry, Role, Ward
from tests.monitoring.stored import yesterday
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def ill(physician, ward):
    """On the ward for ten days, with a critical ferritin that was acknowledged."""
    patient = make_patient("A-1", physician, ward)
    Admission.objects.filter(patient=patient).update(admitted_at=timezone.now() - timedelta(days=10))
    record_facts(patient=patient, facts=Story().ferritin(yesterday(), "1679").versions, by=None, source="test")
    evaluate_patients([patient.pk])
    alert = Alert.objects.get(patient=patient, rule="FERRITIN_HIGH")
    acknowledge_alert(alert=alert, by=physician, doing="not_relevant", expected_version=alert.version)
    return patient


def report(**options: object) -> dict:
    out = StringIO()
    call_command("alert_report", json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def test_the_command_counts_cards_and_patient_days(ill) -> None:
    found = report()
    high = next(x for x in found["rules"] if x["rule"] == "FERRITIN_HIGH")
    assert found["patient_days"] == pytest.approx(10, abs=0.01)
    assert (high["opened"], high["acknowledged"], high["without_action"], high["critical"]) == (1, 1, 1, 1)
    assert found["cards"]["critical"] == 1
    assert found["settled_cards_a_patient_day"] == pytest.approx(sum(found["cards"].values()) / 8, abs=0.01)


def test_the_text_says_the_same(ill) -> None:
    out = StringIO()
    call_command("alert_report", stdout=out)
    assert "10.0 patient-days" in out.getvalue()
    assert "FERRITIN_HIGH" in out.getvalue()


def test_a_ward_counts_its_own_patients_and_while_they_lie_there(ill, ward) -> None:
    other = Ward.objects.create(code="other", name="Other")
    assert report(ward=[other.code])["cards"] == {"critical": 0, "warning": 0, "info": 0}
    assert report(ward=[ward.code])["cards"]["critical"] == 1
    Admission.objects.filter(patient=ill).update(discharged_at=timezone.now() - timedelta(days=1))
    assert report(ward=[ward.code])["cards"]["critical"] == 0, "what came later came on no ward"


@pytest.mark.parametrize("options", [{"days": 0}, {"ward": ["nowhere"]}])
def test_what_cannot_be_is_refused_in_words(options) -> None:
    with pytest.raises(CommandError):
        report(**options)


@pytest.mark.parametrize(("until", "before"), [(None, 1), (2, 1), (0.5, 0)])
def test_the_period_before_counts_while_the_patient_lay_there_too(ill, ward, until: float | None, before: int) -> None:
    """`until`: days before the end of the period before on which the stay ended, after or before the alert."""
    now = timezone.now()
    opened = AlertEvent.objects.get(alert__rule="FERRITIN_HIGH", kind="opened").at
    begun = opened - timedelta(days=10)
    ended = None if until is None else opened + timedelta(days=until - 1)
    Admission.objects.filter(patient=ill).update(admitted_at=begun, discharged_at=ended)
    start = now + timedelta(days=1)
    found = load_of([ward], start, start + timedelta(days=10))
    assert next(x.before for x in found.rules if x.rule == "FERRITIN_HIGH") == before


def test_what_followed_is_a_judgement_a_higher_step_or_a_death(ill, ward) -> None:
    def told() -> tuple[int, int]:
        found = load_of([ward], timezone.now() - timedelta(days=30), timezone.now() + timedelta(days=1))
        line = next(x for x in found.rules if x.rule == "FERRITIN_HIGH")
        return line.followed, line.worse

    def add(kind: type[f.Fact], **content: object) -> None:
        story = Story().add(kind, 0, **content)
        at = timezone.now()
        versions = [replace(x, identity=f"{at}", fact=replace(x.fact, on=at, known=at)) for x in story.versions]
        record_facts(patient=ill, facts=versions, by=None, source="test")

    assert told() == (0, 0)
    add(f.Judgement, improvement="improved")
    assert told() == (1, 0)
    add(f.Decision, step="T2", accepted=True)
    assert told() == (1, 0), "the first step that is accepted is no higher one"
    add(f.Decision, step="T3", accepted=True)
    assert told() == (1, 1)


def test_it_is_read_in_seven_queries(ill, ward, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(7):  # the stays and the events of both periods; judgements, deaths, steps
        load_of([ward], timezone.now() - timedelta(days=30), timezone.now())


def test_a_reviewer_reads_numbers_and_no_name(client, ill, ward) -> None:
    client.force_login(make_user("senior", Role.SENIOR, ward))
    read = AuditEntry.objects.count()
    text = words_of(client.get("/review/numbers?days=7"))
    assert "patient-days" in text
    assert "Ferritin above 1,000 ng/mL" in text
    assert str(ill.family_name) not in text
    assert AuditEntry.objects.count() == read, "nobody's record was read"


def test_a_period_that_is_not_offered_is_the_usual_one(client, ill, ward) -> None:
    client.force_login(make_user("senior", Role.SENIOR, ward))
    with CaptureQueriesContext(connection) as asked:
        answer = client.get("/review/numbers?days=4000")
    assert answer.context["days"] == 30
    assert len(asked) < 20
