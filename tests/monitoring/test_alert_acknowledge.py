"""The door: who may acknowledge, for whom, once, and never what changed since it was seen (R01, R02, R06, R07, R42)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from monitoring.forms import AcknowledgementForm, alert_cards
from monitoring.models import Alert, AlertEvent, EventKind
from monitoring.queries import watch_of
from patients.actions import admit_patient
from patients.models import Patient, Role, User, Ward, WardMembership
from tests.monitoring.stored import a_patient, alert, tell, yesterday
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _static_root(settings: Any) -> None:
    """Without the folder that only `collectstatic` makes, whitenoise warns, and a warning is an error."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture
def ward() -> Ward:
    return Ward.objects.create(code="w", name="Ward")


def person(name: str, role: Role, ward: Ward | None) -> Client:
    user = User.objects.create_user(name, role=role)
    if ward:
        WardMembership.objects.create(user=user, ward=ward)
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def found(ward: Ward) -> Alert:
    patient = a_patient()
    admit_patient(patient=patient, ward=ward, by=None, admitted_at=timezone.now())
    tell(patient, Story().ferritin(yesterday(), "1679", id="f1"))
    evaluate_patients([patient.pk])
    return alert(patient, "FERRITIN_HIGH")


def fields(client: Client, given: Alert, **more: str) -> dict[str, str]:
    """What the form on the page would send for this signed-in user."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.session = SessionStore(client.session.session_key)
    request.user = User.objects.get(pk=client.session["_auth_user_id"])
    form = AcknowledgementForm(request=request, patient=given.patient, alert=given)
    named = {"context_token": form.fields["context_token"].initial, **more}
    return {f"alert-{given.pk}-{name}": value for name, value in named.items()}


def address(given: Alert, patient: Patient | None = None) -> str:
    return reverse("alert_acknowledge", args=[(patient or given.patient).pk, given.pk])


def acknowledgements() -> int:
    return AlertEvent.objects.filter(kind=EventKind.ACKNOWLEDGED).count()


def test_a_physician_acknowledges_and_gets_the_list_of_alerts_back(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    sent = fields(client, found, doing="repeat_ordered")
    answer = client.post(address(found), sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    found.refresh_from_db()
    assert found.doing == "repeat_ordered"
    assert found.acknowledged_by == User.objects.get(username="p")


def test_r07_the_same_form_twice_is_one_acknowledgement(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    sent = fields(client, found, doing="repeat_ordered")
    answers = [client.post(address(found), sent, headers={"HX-Request": "true"}).status_code for _ in range(2)]
    assert answers == [200, 200]
    assert acknowledgements() == 1


def test_a_critical_alert_without_a_deed_is_answered_with_its_form(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    answer = client.post(address(found), fields(client, found), headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert acknowledgements() == 0


def test_a_disagreement_needs_its_cause(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    sent = fields(client, found, doing="another_cause", note=" ")
    assert client.post(address(found), sent, headers={"HX-Request": "true"}).status_code == 422


def test_r06_an_alert_that_changed_since_it_was_seen_is_a_conflict(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    sent = fields(client, found, doing="repeat_ordered")
    tell(found.patient, Story().ferritin(f"{yesterday()}T09:00", "2400", id="f2"))
    evaluate_patients([found.patient_id])
    assert client.post(address(found), sent).status_code == 409
    assert acknowledgements() == 0


def test_r02_a_form_of_another_user_is_a_conflict(found: Alert, ward: Ward) -> None:
    theirs = fields(person("other", Role.PHYSICIAN, ward), found, doing="repeat_ordered")
    assert person("p", Role.PHYSICIAN, ward).post(address(found), theirs).status_code == 409
    assert acknowledgements() == 0


def test_r02_a_form_without_a_token_is_a_conflict(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    assert client.post(address(found), {f"alert-{found.pk}-doing": "repeat_ordered"}).status_code == 409


def test_r42_the_alert_of_a_patient_of_another_ward_does_not_exist(found: Alert) -> None:
    client = person("p", Role.PHYSICIAN, None)
    assert client.post(address(found), fields(client, found, doing="repeat_ordered")).status_code == 404


def test_r01_an_alert_under_another_patients_address_does_not_exist(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    other = a_patient("M-2")
    admit_patient(patient=other, ward=ward, by=None, admitted_at=timezone.now())
    sent = fields(client, found, doing="repeat_ordered")
    assert client.post(address(found, other), sent).status_code == 404


@pytest.mark.parametrize(("role", "status"), [(Role.NURSE, 403), (Role.ADMINISTRATOR, 403), (Role.PHARMACIST, 200)])
def test_who_may_acknowledge(found: Alert, ward: Ward, role: Role, status: int) -> None:
    client = person("p", role, ward)
    sent = fields(client, found, doing="dose_changed")
    assert client.post(address(found), sent, headers={"HX-Request": "true"}).status_code == status
    assert acknowledgements() == (status == 200)


def test_it_is_never_done_by_a_get(found: Alert, ward: Ward) -> None:
    assert person("p", Role.PHYSICIAN, ward).get(address(found)).status_code == 405


def test_who_is_not_signed_in_is_sent_to_sign_in(found: Alert) -> None:
    assert Client().post(address(found)).status_code == 302


@pytest.mark.parametrize(("role", "form"), [(Role.PHYSICIAN, True), (Role.NURSE, False)])
def test_a_card_has_a_form_only_for_whom_it_is(found: Alert, ward: Ward, role: Role, form: bool, rf: object) -> None:
    client = person("p", role, ward)
    request = rf.get("/")  # type: ignore[attr-defined]
    request.session, request.user = client.session, User.objects.get(username="p")
    (card,) = alert_cards(request, found.patient, watch_of(found.patient_id, timezone.now()))
    assert (card.form is not None) is form
