"""R47: before a record leaves the product its reader says again who it is, unless it was said a moment ago."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEntry, Patient, User
from tests.ildcare.exchange.test_tables import form_of, post
from tests.patients.conftest import make_patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward

pytestmark = pytest.mark.django_db
SECRET = "a long word of hers"
MINUTES = 5


@pytest.fixture
def hers(physician: User) -> User:
    physician.set_password(SECRET)
    physician.save()
    return physician


@pytest.fixture
def patient(ward, physician) -> Patient:
    return make_patient("R-47", physician, ward, family_name="Torii", given_name="Kaori")


@pytest.fixture
def at_work(client: Client, hers: User) -> Client:
    client.force_login(hers)
    return client


def after(minutes: float, seconds: int = 0) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes, seconds=seconds), tick=False)


def of(patient: Patient) -> tuple[str, str]:
    """The page of an export, and where its form is sent."""
    return reverse("patient_export", args=[patient.pk]), reverse("patient_export_file", args=[patient.pk])


def export(client: Client, patient: Patient, **fields: str) -> HttpResponse:
    return post(client, *of(patient), **{"format": "csv", "reason": "transfer", **fields})


def exported() -> int:
    return AuditEntry.objects.filter(op="READ", table_name="export: csv").count()


@pytest.mark.parametrize(("seconds", "asked"), [(-1, False), (0, True), (1, True)])
def test_R47_a_sign_in_of_minutes_ago_is_not_enough(at_work: Client, patient: Patient, seconds: int, asked) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        at_work.force_login(User.objects.get(username="physician"))
        with after(MINUTES, seconds):
            assert ('name="password"' in at_work.get(of(patient)[0]).content.decode()) is asked
            assert export(at_work, patient).status_code == (422 if asked else 200)
    assert exported() == (0 if asked else 1)


def test_R47_the_password_opens_the_export_and_is_not_asked_again_at_once(at_work: Client, patient: Patient) -> None:
    with after(MINUTES + 1):
        assert export(at_work, patient, password=SECRET).status_code == 200
        assert 'name="password"' not in at_work.get(of(patient)[0]).content.decode()
        assert export(at_work, patient).status_code == 200
    assert exported() == 2
    with after(2 * MINUTES + 2):
        assert export(at_work, patient).status_code == 422
    assert exported() == 2


@pytest.mark.parametrize("password", ["", "another word of hers", SECRET.upper()])
def test_R47_without_the_right_password_nothing_leaves(at_work: Client, patient: Patient, password: str) -> None:
    with after(MINUTES + 1):
        answer = export(at_work, patient, password=password)
    assert answer.status_code == 422
    assert exported() == 0
    assert password == "" or password not in answer.content.decode(), "no page repeats it"


def test_R47_a_page_that_was_open_for_long_asks_when_it_is_sent(at_work: Client, patient: Patient) -> None:
    page, address = of(patient)
    fields = form_of(at_work.get(page).content.decode(), address)
    assert "password" not in fields
    with after(MINUTES + 1):
        answer = at_work.post(address, {**fields, "format": "csv", "reason": "transfer"})
    assert answer.status_code == 422
    assert 'name="password"' in answer.content.decode()
    assert exported() == 0


def test_R47_a_right_password_with_another_fault_is_not_asked_again(at_work: Client, patient: Patient) -> None:
    with after(MINUTES + 1):
        answer = export(at_work, patient, password=SECRET, reason=" ")
        assert answer.status_code == 422
        assert 'name="password"' not in answer.content.decode()
        assert export(at_work, patient).status_code == 200


def test_R47_a_ward_is_exported_in_the_same_way(at_work: Client, patient: Patient, ward) -> None:
    page, address = reverse("ward_export"), reverse("ward_export_file")
    asked = {"ward": ward.code, "format": "csv", "reason": "registry"}
    with after(MINUTES + 1):
        assert post(at_work, page, address, **asked).status_code == 422
        assert exported() == 0
        assert post(at_work, page, address, **asked, password=SECRET).status_code == 200
    assert exported() == 1


def test_R47_wrong_passwords_lock_out_as_at_sign_in(at_work: Client, patient: Patient, settings) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    with after(MINUTES + 1):
        for _ in range(3):
            export(at_work, patient, password="guess")
        assert export(at_work, patient, password=SECRET).status_code != 200
    assert exported() == 0


def test_R47_another_person_s_password_is_not_theirs(at_work: Client, patient: Patient) -> None:
    other = User.objects.create_user("other", password="the word of another")
    with after(MINUTES + 1):
        assert export(at_work, patient, password="the word of another").status_code == 422
    assert other.pk
    assert exported() == 0


def test_R47_it_is_asked_for_in_japanese_too(at_work: Client, patient: Patient) -> None:
    with after(MINUTES + 1):
        page = at_work.get(of(patient)[0], headers={"Accept-Language": "ja"}).content.decode()
    assert "パスワードをもう一度" in page
