"""A critical alert that nobody acknowledged in time is passed on to the next role: once each time it asks."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients, sweep
from monitoring.acknowledging import acknowledge_alert, snooze_alerts
from monitoring.actions import pass_on_unacknowledged
from monitoring.models import Alert, EventKind, OutboxEntry
from patients.changes import Refused
from patients.models import Patient, Role, SiteSettings, User
from tests.monitoring.stored import a_patient, alert, tell, yesterday
from tests.story import Story

pytestmark = pytest.mark.django_db
MINUTES = 60  # as delivered [J]


@pytest.fixture
def patient() -> Patient:
    found = a_patient()
    tell(found, Story().ferritin(yesterday(), "1679", id="f1").test(yesterday(), "kl6", "900"))
    evaluate_patients([found.pk])
    return found


@pytest.fixture
def physician() -> User:
    return User.objects.create_user("physician", role=Role.PHYSICIAN)


def high(patient: Patient) -> Alert:
    return alert(patient, "FERRITIN_HIGH")


def after(minutes: float) -> int:
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        return pass_on_unacknowledged()


def test_it_is_passed_on_when_the_time_is_up_and_not_before(patient: Patient) -> None:
    assert after(MINUTES - 1) == 0
    assert after(MINUTES + 1) == 1
    found = high(patient)
    event = found.events.get(kind=EventKind.ESCALATED)
    assert (found.escalated_at, event.note) == (event.at, Role.SENIOR)
    assert OutboxEntry.objects.filter(event=event, planned_at=None).exists()


def test_it_is_passed_on_once(patient: Patient) -> None:
    assert (after(MINUTES + 1), after(MINUTES + 2), after(5 * MINUTES)) == (1, 0, 0)


def test_what_somebody_acknowledged_is_not_passed_on(patient: Patient, physician: User) -> None:
    found = high(patient)
    acknowledge_alert(alert=found, by=physician, doing="repeat_ordered", expected_version=found.version)
    assert after(MINUTES + 1) == 0


def test_a_warning_is_not_passed_on(patient: Patient) -> None:
    Alert.objects.filter(patient=patient).update(severity=2)
    assert after(10 * MINUTES) == 0


def test_what_is_snoozed_is_passed_on_only_after_it_woke(patient: Patient, physician: User) -> None:
    found = high(patient)
    until = timezone.now() + timedelta(hours=3)
    snooze_alerts(patient=patient, versions={found.pk: found.version}, by=physician, until=until, note="echo first")
    assert after(2 * MINUTES) == 0
    with time_machine.travel(until + timedelta(minutes=1)):
        sweep()
    high(patient).refresh_from_db()
    assert high(patient).snoozed_until is None
    assert (after(3 * 60 + MINUTES - 5), after(3 * 60 + MINUTES + 5)) == (0, 1)


def test_an_alert_that_asks_again_is_passed_on_again_and_counted_from_then(patient: Patient, physician: User) -> None:
    assert after(MINUTES + 1) == 1
    with time_machine.travel(timezone.now() + timedelta(minutes=90)):
        tell(patient, Story().ferritin(yesterday(), "2400", id="f1"))
        evaluate_patients([patient.pk])
        assert high(patient).escalated_at is None
        assert pass_on_unacknowledged() == 0, "it was corrected just now"
    assert after(90 + MINUTES + 1) == 1


@pytest.mark.parametrize(("minutes", "passed"), [(0, 0), (15, 1), (600, 0)])
def test_a_site_says_after_how_many_minutes_and_to_whom(patient: Patient, minutes: int, passed: int) -> None:
    SiteSettings.objects.create(pk=1, escalation_minutes=minutes, escalation_role=Role.PHARMACIST)
    assert after(MINUTES + 1) == passed
    told = high(patient).events.filter(kind=EventKind.ESCALATED).values_list("note", flat=True)
    assert list(told) == [Role.PHARMACIST] * passed


@pytest.mark.parametrize(("severity", "name"), [(3, "snooze_critical_hours"), (2, "snooze_warning_hours")])
def test_R17_a_site_says_for_how_many_hours_an_alert_can_wait(
    patient: Patient, physician: User, severity: int, name: str
) -> None:
    SiteSettings.objects.create(pk=1, **{name: 2})
    Alert.objects.filter(patient=patient).update(severity=severity)
    found = high(patient)

    def wait(**time: int) -> None:
        until = timezone.now() + timedelta(**time)
        snooze_alerts(patient=patient, versions={found.pk: found.version}, by=physician, until=until, note="echo first")

    with pytest.raises(Refused, match="2"):
        wait(hours=2, minutes=1)
    wait(hours=1, minutes=59)


def test_who_has_the_card_open_can_still_acknowledge_it(patient: Patient, physician: User) -> None:
    shown = high(patient)
    assert after(MINUTES + 1) == 1
    done = acknowledge_alert(alert=shown, by=physician, doing="repeat_ordered", expected_version=shown.version)
    assert done.acknowledged_by == physician


def test_every_sweep_passes_on(patient: Patient) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=MINUTES + 1)):
        sweep()
    assert high(patient).escalated_at is not None
