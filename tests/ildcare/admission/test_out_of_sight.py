"""Who moves a patient to a ward of others no longer sees the patient, and can take that step back for five minutes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients import actions
from patients.models import NonceUse, Patient, Role, StayEvent, User, Ward
from tests.ildcare.admission.conftest import as_user, step
from tests.patients.conftest import make_patient, make_user
from tests.reading import words_of

pytestmark = pytest.mark.django_db
OFFER = re.compile(r'action="([^"]+/take-back/\d+)".*?name="context_token" value="([^"]+)"', re.DOTALL)


@pytest.fixture
def moved(browser, patient, other_ward) -> Any:
    """The patient was moved away; the page that followed."""
    answer = step(browser, patient, "move", place=str(other_ward.pk), bed="3")
    assert answer.url == reverse("ward_list")
    return browser.get(answer.url).content.decode()


def undo(browser: Client, shown: str) -> Any:
    address, token = OFFER.search(shown).groups()
    return browser.post(address, {"context_token": token})


def where(patient: Patient) -> Ward:
    return Patient.objects.get(pk=patient.pk).admission.ward


def test_the_page_after_the_move_offers_to_take_it_back(browser, patient, ward, moved) -> None:
    text = " ".join(moved.split())
    assert "Sato Hanako (P-1) – Moved to West 5 3" in text
    assert browser.get(reverse("patient_detail", args=[patient.pk])).status_code == 404
    answer = undo(browser, moved)
    assert answer.url == reverse("stay_detail", args=[patient.pk])
    assert where(patient) == ward
    assert OFFER.search(browser.get(reverse("ward_list")).content.decode()) is None


def test_a_reload_and_a_second_tab_offer_it_too_and_twice_is_once(browser, patient, ward, moved) -> None:
    again = browser.get(reverse("ward_list")).content.decode()
    for shown in (again, again, moved):
        assert undo(browser, shown).status_code in (302, 409)
    assert where(patient) == ward
    assert StayEvent.objects.filter(patient=patient, kind="taken_back").count() == 1


def test_after_five_minutes_it_is_the_other_wards(browser, patient, other_ward, moved) -> None:
    NonceUse.objects.update(used_at=timezone.now() - timedelta(minutes=6))
    assert OFFER.search(browser.get(reverse("ward_list")).content.decode()) is None
    assert undo(browser, moved).status_code == 404
    assert where(patient) == other_ward


def test_it_is_nobody_elses(patient, ward, other_ward, moved) -> None:
    colleague = as_user(make_user("colleague", Role.PHYSICIAN, ward))
    assert OFFER.search(colleague.get(reverse("ward_list")).content.decode()) is None
    assert undo(colleague, moved).status_code == 404
    assert where(patient) == other_ward


def test_a_step_that_the_other_ward_made_since_stands(browser, patient, other_ward, moved) -> None:
    west = make_user("west", Role.NURSE, other_ward)
    actions.move_patient(patient=patient, by=west, ward=other_ward, bed="4")
    assert OFFER.search(browser.get(reverse("ward_list")).content.decode()) is None
    answer = undo(browser, moved)
    assert answer.status_code == 409
    assert "P-1" not in words_of(answer)
    assert Patient.objects.get(pk=patient.pk).admission.bed == "4"


def test_a_bed_that_is_taken_by_now_is_said_and_nothing_of_the_record(
    browser, patient, physician: User, ward, other_ward
) -> None:
    actions.move_patient(patient=patient, by=physician, ward=ward, bed="701")
    shown = browser.get(step(browser, patient, "move", place=str(other_ward.pk), bed="3").url).content.decode()
    other = make_patient("P-2", physician)
    actions.admit_patient(patient=other, ward=ward, by=physician, admitted_at=timezone.now(), bed="701")
    answer = undo(browser, shown)
    assert answer.url == reverse("ward_list")
    assert "Not taken back: Bed 701 is taken." in browser.get(answer.url).content.decode()
    assert where(patient) == other_ward


def test_another_consultant_is_taken_back_by_who_lost_sight_by_it(browser, patient, physician, other_ward) -> None:
    west = make_user("west", Role.PHYSICIAN, other_ward)
    actions.change_consultant(patient=patient, by=physician, consultant=physician)
    actions.move_patient(patient=patient, by=physician, ward=other_ward)
    shown = browser.get(step(browser, patient, "consultant", consultant=str(west.pk)).url).content.decode()
    assert "Consultant: west" in " ".join(shown.split())
    assert undo(browser, shown).status_code == 302
    assert browser.get(reverse("patient_detail", args=[patient.pk])).status_code == 200


def test_a_move_within_ones_own_wards_is_offered_on_the_record_only(browser, patient, ward) -> None:
    assert step(browser, patient, "move", place=f"{ward.pk}/701").url.startswith(
        reverse("patient_detail", args=[patient.pk])
    )
    assert OFFER.search(browser.get(reverse("ward_list")).content.decode()) is None
