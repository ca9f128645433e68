"""The door: who may acknowledge, for whom, once, and never what changed since it was seen (R01, R02, R06, R07, R42)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from monitoring.actions import wake_whose_time_is_up
from monitoring.cards import cards_of
from monitoring.forms import AcknowledgementForm, CardForm, SnoozeForm, alert_cards, cards_without_forms
from monitoring.models import Alert, AlertEvent, EventKind, OutboxEntry
from monitoring.queries import watch_of
from patients.actions import admit_patient
from patients.clinical.snapshot import Snapshot
from patients.models import Patient, Role, User, Ward, WardMembership
from patients.queries import take_snapshot
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


CARD = "course"  # where FERRITIN_HIGH is told


def of_card(patient: Patient, slug: str = CARD) -> list[Alert]:
    """The alerts of a unit of the cards that a page shows."""
    cards = cards_of(watch_of(patient.pk, timezone.now()).open, timezone.now())
    return [view.alert for card in cards for unit in card.units if unit.slug == slug for view in unit.views]


def fields(
    client: Client, patient: Patient, form: type[CardForm] = AcknowledgementForm, slug: str = CARD, **more: str
) -> dict[str, str]:
    """What the form on the page would send for this signed-in user."""
    request = RequestFactory().get("/")
    request.session = SessionStore(client.session.session_key)
    request.user = User.objects.get(pk=client.session["_auth_user_id"])
    made = form(request=request, patient=patient, slug=slug, alerts=of_card(patient, slug))
    named = {x: made.fields[x].initial for x in ("context_token", "alerts")} | more
    return {f"{form.verb}-{slug}-{name}": value for name, value in named.items()}


def address(patient: Patient, verb: str = "acknowledge", slug: str = CARD) -> str:
    return reverse(f"card_{verb}", args=[patient.pk, slug])


def acknowledgements() -> int:
    return AlertEvent.objects.filter(kind=EventKind.ACKNOWLEDGED).count()


def test_a_physician_acknowledges_and_gets_the_list_of_alerts_back(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    sent = fields(client, found.patient, doing="repeat_ordered")
    answer = client.post(address(found.patient), sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    found.refresh_from_db()
    assert found.doing == "repeat_ordered"
    assert found.acknowledged_by == User.objects.get(username="p")


def test_r07_the_same_form_twice_is_one_acknowledgement(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    sent = fields(client, found.patient, doing="repeat_ordered")
    answers = [client.post(address(found.patient), sent, headers={"HX-Request": "true"}).status_code for _ in range(2)]
    assert answers == [200, 200]
    assert acknowledgements() == 1


def test_a_critical_alert_without_a_deed_is_answered_with_its_form(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    answer = client.post(address(found.patient), fields(client, found.patient), headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert acknowledgements() == 0


def test_a_disagreement_needs_its_cause(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    sent = fields(client, found.patient, doing="another_cause", note=" ")
    assert client.post(address(found.patient), sent, headers={"HX-Request": "true"}).status_code == 422


def test_r06_an_alert_that_changed_since_it_was_seen_is_a_conflict(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    sent = fields(client, found.patient, doing="repeat_ordered")
    tell(found.patient, Story().ferritin(f"{yesterday()}T09:00", "2400", id="f2"))
    evaluate_patients([found.patient_id])
    assert client.post(address(found.patient), sent).status_code == 409
    assert acknowledgements() == 0


def test_r02_a_form_of_another_user_is_a_conflict(found: Alert, ward: Ward) -> None:
    theirs = fields(person("other", Role.PHYSICIAN, ward), found.patient, doing="repeat_ordered")
    assert person("p", Role.PHYSICIAN, ward).post(address(found.patient), theirs).status_code == 409
    assert acknowledgements() == 0


def test_r02_a_form_without_a_token_is_a_conflict(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    assert client.post(address(found.patient), {f"acknowledge-{CARD}-doing": "repeat_ordered"}).status_code == 409


def test_r42_the_alert_of_a_patient_of_another_ward_does_not_exist(found: Alert) -> None:
    client = person("p", Role.PHYSICIAN, None)
    assert client.post(address(found.patient), fields(client, found.patient, doing="repeat_ordered")).status_code == 404


def test_r01_a_card_sent_under_another_patients_address_is_a_conflict(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    other = a_patient("M-2")
    admit_patient(patient=other, ward=ward, by=None, admitted_at=timezone.now())
    assert client.post(address(other), fields(client, found.patient, doing="repeat_ordered")).status_code == 409
    assert acknowledgements() == 0


def test_r01_the_alert_of_another_patient_named_in_a_form_of_this_one_is_a_conflict(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    other = a_patient("M-2")
    admit_patient(patient=other, ward=ward, by=None, admitted_at=timezone.now())
    sent = fields(client, other, doing="repeat_ordered") | {f"acknowledge-{CARD}-alerts": f"{found.pk}:{found.version}"}
    assert client.post(address(other), sent).status_code == 409
    assert acknowledgements() == 0


@pytest.mark.parametrize("named", ["", "x", "1:2", ":", "0" * 32 + ":1"])
def test_r01_a_form_that_names_no_alert_of_the_patient_signs_none(found: Alert, ward: Ward, named: str) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    sent = fields(client, found.patient, doing="repeat_ordered") | {f"acknowledge-{CARD}-alerts": named}
    assert client.post(address(found.patient), sent).status_code in (409, 422)
    assert acknowledgements() == 0


@pytest.mark.parametrize(("role", "status"), [(Role.NURSE, 403), (Role.ADMINISTRATOR, 403), (Role.PHARMACIST, 200)])
def test_who_may_acknowledge(found: Alert, ward: Ward, role: Role, status: int) -> None:
    client = person("p", role, ward)
    sent = fields(client, found.patient, doing="dose_changed")
    assert client.post(address(found.patient), sent, headers={"HX-Request": "true"}).status_code == status
    assert acknowledgements() == (status == 200)


def test_it_is_never_done_by_a_get(found: Alert, ward: Ward) -> None:
    assert person("p", Role.PHYSICIAN, ward).get(address(found.patient)).status_code == 405


def test_who_is_not_signed_in_is_sent_to_sign_in(found: Alert) -> None:
    assert Client().post(address(found.patient)).status_code == 302


@pytest.mark.parametrize(("role", "form"), [(Role.PHYSICIAN, True), (Role.NURSE, False)])
def test_a_card_has_a_form_only_for_whom_it_is(found: Alert, ward: Ward, role: Role, form: bool, rf: object) -> None:
    client = person("p", role, ward)
    request = rf.get("/")  # type: ignore[attr-defined]
    request.session, request.user = client.session, User.objects.get(username="p")
    cards = alert_cards(request, found.patient, watch_of(found.patient_id, timezone.now()), known(found.patient))
    assert cards.waiting
    assert all(bool(card.forms) is form for card in cards.waiting)


# -- a card as one (12 (60), 13 (78)) ---------------------------------------------------------------------------------


@pytest.fixture
def two(ward: Ward) -> Patient:
    """A patient with two alerts on the card of drug levels and one on that of course and risk."""
    patient = a_patient("M-3")
    admit_patient(patient=patient, ward=ward, by=None, admitted_at=timezone.now())
    story = Story().ferritin(yesterday(), "1679").dyspnoea(yesterday(), True, "worse").drug(yesterday() - 9, "gc")
    tell(patient, story.pao2(yesterday(), "55").hrct(yesterday(), change="increased"))
    evaluate_patients([patient.pk])
    return patient


def known(patient: Patient) -> Snapshot:
    return take_snapshot(patient, timezone.now(), timezone.now())


def waiting(patient: Patient) -> set[str]:
    return set(Alert.objects.open().filter(patient=patient, acknowledged_at=None).values_list("rule", flat=True))


def test_60_a_card_is_acknowledged_as_one(two: Patient, ward: Ward) -> None:
    of_the_card = {x.rule for x in of_card(two, "respiration")}
    assert {"PAO2_LOW", "DYSPNOEA_WORSE", "HRCT_WORSE"} <= of_the_card
    client = person("p", Role.PHYSICIAN, ward)
    sent = fields(client, two, slug="respiration", doing="treatment_started")
    assert client.post(address(two, slug="respiration"), sent).status_code == 302
    assert not waiting(two) & of_the_card
    assert "FERRITIN_HIGH" in waiting(two)


def test_60_all_cards_of_a_patient_are_acknowledged_at_once(two: Patient, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    request = RequestFactory().get("/")
    request.session = SessionStore(client.session.session_key)
    request.user = User.objects.get(username="p")
    cards = alert_cards(request, two, watch_of(two.pk, timezone.now()), known(two))
    assert cards.all is not None
    form = cards.all.acknowledge
    named = {x: form.fields[x].initial for x in ("context_token", "alerts")} | {"doing": "review_at_round"}
    sent = {f"acknowledge-all-{name}": value for name, value in named.items()}
    assert client.post(address(two, slug="all"), sent).status_code == 302
    left = Alert.objects.open().filter(patient=two, acknowledged_at=None)
    # (78): an overdue count is acknowledged by itself
    assert {(x.rule, x.subject) for x in left} == {("OVERDUE", "wbc")}


def test_78_a_new_alert_on_a_card_was_not_signed_with_it(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    sent = fields(client, found.patient, doing="repeat_ordered") | {f"acknowledge-{CARD}-seen_news": ""}
    tell(found.patient, Story().mda5(yesterday(), "positive", id="m").dyspnoea(yesterday(), True, "worse", id="d"))
    evaluate_patients([found.patient_id])
    assert client.post(address(found.patient), sent).status_code == 422, "asks to see what is new first"
    fresh = fields(client, found.patient, doing="repeat_ordered")
    one = {**fresh, f"acknowledge-{CARD}-alerts": f"{found.pk}:{found.version}"}
    assert client.post(address(found.patient), one).status_code == 302
    assert "POOR_RISK_MET" in waiting(found.patient)
    assert "FERRITIN_HIGH" not in waiting(found.patient)


def test_a_card_of_which_one_alert_changed_is_signed_not_at_all(two: Patient, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    sent = fields(client, two, slug="respiration", doing="treatment_started")
    Alert.objects.filter(patient=two, rule="PAO2_LOW").update(version=9)
    assert client.post(address(two, slug="respiration"), sent).status_code == 409
    assert acknowledgements() == 0


# -- what can wait (R17) ----------------------------------------------------------------------------------------------


def in_hours(hours: float) -> str:
    return (timezone.now() + timedelta(hours=hours)).isoformat()


def snoozed(client: Client, patient: Patient, hours: float = 1, why: str = "echo first", slug: str = CARD) -> int:
    sent = fields(client, patient, SnoozeForm, slug, until=in_hours(hours), reason=why)
    return client.post(address(patient, "snooze", slug), sent, headers={"HX-Request": "true"}).status_code


def test_r17_a_snoozed_card_stays_listed_with_its_end_and_its_reason(found: Alert, ward: Ward) -> None:
    client = person("p", Role.PHYSICIAN, ward)
    assert snoozed(client, found.patient) == 200
    event = found.events.get(kind=EventKind.SNOOZED)
    assert (event.by, event.note) == (User.objects.get(username="p"), "echo first")
    cards = cards_without_forms(watch_of(found.patient_id, timezone.now()), timezone.now(), known(found.patient))
    assert CARD in {x.card.group for x in cards.snoozed}
    assert "FERRITIN_HIGH" in waiting(found.patient), "it is not acknowledged"


@pytest.mark.parametrize(("hours", "why", "status"), [(3.9, "x", 200), (4.1, "x", 422), (-1, "x", 422), (1, " ", 422)])
def test_r17_a_critical_card_waits_four_hours_at_most_and_for_a_reason(
    found: Alert, ward: Ward, hours: float, why: str, status: int
) -> None:
    assert snoozed(person("p", Role.PHYSICIAN, ward), found.patient, hours, why) == status
    found.refresh_from_db()
    assert (found.snoozed_until is not None) is (status == 200)


def test_r17_a_snooze_ends_by_itself_and_says_so(found: Alert, ward: Ward) -> None:
    snoozed(person("p", Role.PHYSICIAN, ward), found.patient)
    assert wake_whose_time_is_up() == 0
    with time_machine.travel(timezone.now() + timedelta(hours=1, minutes=1)):
        cards = cards_without_forms(watch_of(found.patient_id, timezone.now()), timezone.now(), known(found.patient))
        assert CARD not in {x.card.group for x in cards.snoozed}
        assert wake_whose_time_is_up() == len(of_card(found.patient))
    assert OutboxEntry.objects.filter(event=found.events.get(kind=EventKind.WOKEN)).exists()
    assert wake_whose_time_is_up() == 0


def test_a_worse_value_wakes_a_snoozed_card(found: Alert, ward: Ward) -> None:
    snoozed(person("p", Role.PHYSICIAN, ward), found.patient)
    tell(found.patient, Story().ferritin(f"{yesterday()}T09:00", "2400", id="f2"))
    evaluate_patients([found.patient_id])
    found.refresh_from_db()
    assert (found.snoozed_until, EventKind.WOKEN in set(found.events.values_list("kind", flat=True))) == (None, True)


def test_a_new_alert_of_the_group_wakes_the_whole_card(two: Patient, ward: Ward) -> None:
    snoozed(person("p", Role.PHYSICIAN, ward), two)
    tell(two, Story().mda5(yesterday(), "positive", id="m"))
    evaluate_patients([two.pk])
    assert not Alert.objects.filter(patient=two, snoozed_until__isnull=False).exists()


def test_what_is_new_about_another_card_wakes_nothing(two: Patient, ward: Ward) -> None:
    snoozed(person("p", Role.PHYSICIAN, ward), two)
    tell(two, Story().test(yesterday(), "csa", "120", route="iv", timing="pre_dose").drug(yesterday() - 5, "csa"))
    evaluate_patients([two.pk])
    asleep = Alert.objects.filter(patient=two, snoozed_until__isnull=False)
    assert {x.rule for x in asleep} == {x.rule for x in of_card(two)}


def test_an_alert_that_ends_while_it_is_snoozed_is_over(found: Alert, ward: Ward) -> None:
    snoozed(person("p", Role.PHYSICIAN, ward), found.patient)
    tell(found.patient, Story().ferritin(f"{yesterday()}T09:00", "300", id="f2"))
    evaluate_patients([found.patient_id])
    found.refresh_from_db()
    assert (found.closed_because, found.snoozed_until) == ("ended", None)
