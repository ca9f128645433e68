"""The tour of the demonstration: three beds, put away for good, and never where people are real."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from ildcare.demo.people import PEOPLE
from ildcare.management.commands import seed_demo
from ildcare.ward.tour import BEDS, LOGINS
from tests.patients.conftest import make_patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of

pytestmark = pytest.mark.django_db
TOLD = "Nobody here is real"


@pytest.fixture
def client(physician, ward) -> Client:
    for number in BEDS:
        make_patient(number, physician, ward)
    client = Client()
    client.force_login(physician)
    return client


def test_the_demonstration_points_at_three_beds_until_that_is_put_away(client, settings, tmp_path) -> None:
    settings.VAR = tmp_path
    (tmp_path / LOGINS).touch()
    text = words_of(client.get("/").content.decode())
    assert TOLD in text
    assert "may be an infection" in text
    assert client.post(reverse("set_tour"), {"next": "/"}).url == "/"
    assert TOLD not in words_of(client.get("/").content.decode())


def test_where_people_are_real_there_is_none(client, settings, tmp_path) -> None:
    settings.VAR = tmp_path
    assert TOLD not in words_of(client.get("/").content.decode())


def test_what_tells_a_demonstration_is_what_its_seeding_leaves() -> None:
    assert seed_demo.LOGINS == LOGINS


def test_its_beds_are_those_of_invented_people() -> None:
    assert BEDS.keys() <= {x.mrn for x in PEOPLE}
