"""What came late for a patient on no ward, and no consultant will read: said on the row and at the head of the ward."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ildcare.ward.off_ward import AWAY_AFTER
from monitoring.acknowledging import acknowledge_alert
from monitoring.models import Alert
from patients import actions
from patients.models import Patient, Responsibility, Role, User
from tests.ildcare.admission.conftest import as_user
from tests.ildcare.admission.test_lists import gone, late_result, standing
from tests.patients.conftest import make_user
from tests.reading import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def consultant(ward) -> User:
    return make_user("consultant", Role.PHYSICIAN, ward)


@pytest.fixture
def late(ward, physician, consultant) -> Patient:
    """Gone home, of a consultant who never signed in; a result came since."""
    patient = gone("P-1", physician, ward)
    Responsibility.objects.create(patient=patient, user=consultant, kind="consultant", since=timezone.now())
    late_result(patient)
    return patient


def last_signed_in(user: User, ago: timedelta) -> None:
    User.objects.filter(pk=user.pk).update(last_login=timezone.now() - ago)


def why(reader: User) -> list[str]:
    return [x.unread for x in standing(reader)]


def head_of_the_ward(reader: User) -> str:
    page = as_user(reader).get(reverse("ward_list")).content.decode()
    return words_of(page.split('class="menu-links coming"')[1].split("</nav>")[0])


@pytest.mark.parametrize(("ago", "read"), [(timedelta(minutes=1), True), (timedelta(minutes=-1), False)])
def test_a_consultant_reads_who_signed_in_lately(physician, consultant, late, ago, read) -> None:
    last_signed_in(consultant, AWAY_AFTER - ago)
    (said,) = why(physician)
    assert said.startswith("unread: consultant last signed in") == (not read)
    assert ("1 unread" in head_of_the_ward(physician)) == (not read)


def test_who_never_signed_in_or_cannot_any_more_reads_nothing(physician, consultant, late) -> None:
    assert why(physician) == ["unread: consultant has never signed in"]
    last_signed_in(consultant, timedelta())
    assert why(physician) == [""]
    User.objects.filter(pk=consultant.pk).update(is_active=False)
    assert why(physician) == ["unread: consultant cannot sign in any more"]


def test_nobody_named_is_said(physician, late) -> None:
    Responsibility.objects.update(until=timezone.now())
    assert why(physician) == ["unread: no consultant who signs in"]


def test_seen_by_anybody_ends_it(physician, late) -> None:
    assert "1 unread" in head_of_the_ward(physician)
    actions.record_round_visit(patient=late, by=physician, shown_at=timezone.now())
    assert why(physician) == [""]
    assert "unread" not in head_of_the_ward(physician)


def test_an_alert_that_waits_is_unread_too(physician, late) -> None:
    late_result(late, "2400")
    actions.record_round_visit(patient=late, by=physician, shown_at=timezone.now())
    assert "1 unread" in head_of_the_ward(physician)
    for alert in Alert.objects.open().filter(patient=late):
        acknowledge_alert(alert=alert, by=physician, doing="repeat_ordered", note="", expected_version=alert.version)
    assert "unread" not in head_of_the_ward(physician)


def test_what_nobody_reads_stands_before_what_a_consultant_reads(physician, ward, consultant, late) -> None:
    read = gone("P-2", physician, ward, given_name="Read")
    Responsibility.objects.create(patient=read, user=physician, kind="consultant", since=timezone.now())
    last_signed_in(physician, timedelta())
    late_result(read)
    Patient.objects.filter(pk=late.pk).update(registered_at=timezone.now() - timedelta(days=900))
    assert [x.line.patient for x in standing(physician)] == [late, read]


def test_everybody_of_the_last_ward_is_told_and_nobody_else(ward, other_ward, nurse, late) -> None:
    assert "1 unread" in head_of_the_ward(nurse)
    assert "unread" not in head_of_the_ward(make_user("west", Role.PHYSICIAN, other_ward))


def test_on_a_ward_nothing_is_unread(physician, ward, late) -> None:
    actions.admit_patient(patient=late, ward=ward, by=physician, admitted_at=timezone.now())
    assert "unread" not in head_of_the_ward(physician)
