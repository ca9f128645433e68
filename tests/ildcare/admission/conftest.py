"""A ward with beds, its physician and nurse, and browsers that are signed in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients.models import Bed, Patient, Role, User, Ward
from tests.patients.conftest import make_user
from tests.patients.conftest import other_ward as other_ward
from tests.patients.conftest import patient as patient
from tests.patients.conftest import physician as physician

TOKEN = re.compile(r'name="context_token" value="([^"]+)"')


@pytest.fixture
def ward(db) -> Ward:
    ward = Ward.objects.create(code="east-7", name="East 7", name_ja="東7病棟")
    for n, label in enumerate(("701", "702-1", "702-2")):
        Bed.objects.create(ward=ward, label=label, position=n)
    return ward


@pytest.fixture
def nurse(ward) -> User:
    return make_user("nurse", Role.NURSE, ward)


@pytest.fixture
def browser(client, physician) -> Client:
    client.force_login(physician)
    return client


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def now() -> str:
    return timezone.localtime().strftime("%Y-%m-%dT%H:%M")


PERSON: dict[str, Any] = {
    "mrn": "9007",
    "family_name": "佐藤",
    "given_name": "花子",
    "family_kana": "サトウ",
    "given_kana": "ハナコ",
    "birth_date": "1964-03-08",
    "sex": "female",
}


def new_patient(browser: Client, ward: Ward, *, bed: str = "701", token: str = "", **more: Any) -> Any:
    """Send the page of a new patient as it was just opened, or with the token of a page opened before."""
    shown = TOKEN.search(browser.get(reverse("patient_new")).content.decode())
    assert shown
    place = f"{ward.pk}/{bed}" if bed else str(ward.pk)
    data = {**PERSON, "place": place, "at": now(), "consultant": "", "context_token": token or shown.group(1), **more}
    return browser.post(reverse("patient_register"), data)


def stay_token(browser: Client, patient: Patient, do: str) -> str:
    """The token of the form of a step."""
    text = browser.get(reverse("stay_detail", args=[patient.pk]), {"do": do}).content.decode()
    form = text.split(f"/stay/{do}")[1]
    found = TOKEN.search(form)
    assert found
    return found.group(1)


def step(browser: Client, patient: Patient, do: str, *, token: str = "", **more: Any) -> Any:
    """Send one step of a stay."""
    data = {"at": now(), "context_token": token or stay_token(browser, patient, do), **more}
    return browser.post(reverse("stay_change", args=[patient.pk, do]), data)


def take_back(browser: Client, patient: Patient) -> Any:
    """Take back the last step, as its button does."""
    text = browser.get(reverse("stay_detail", args=[patient.pk])).content.decode()
    found = re.search(r'action="([^"]+/take-back/\d+)".*?name="context_token" value="([^"]+)"', text, re.DOTALL)
    assert found
    return browser.post(found.group(1), {"context_token": found.group(2)})
