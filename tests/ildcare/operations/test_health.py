"""R15: whoever watches from outside learns that nobody watches the patients; pages stay open all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from monitoring.canaries.silence import SILENT_AFTER
from monitoring.models import SweepRun
from monitoring.rules import RULES
from patients.actions import take_message
from patients.models import EvaluationMark, Message, Source
from tests.monitoring.canaries_spoke import tried
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import patient as patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.patients.imports.sending import message, obx
from tests.reading import words_of


@pytest.fixture(autouse=True)
def no_downtime_sheets(settings) -> None:
    """They have tests of their own (test_downtime.py)."""
    settings.DOWNTIME_MINUTES = 0


def swept(age: timedelta, canaries: timedelta | None = timedelta()) -> None:
    """A sweep ended so long ago, and every rule was shown to speak so long ago (None: never)."""
    if canaries is not None:
        tried(canaries)
    moment = timezone.now() - age
    SweepRun.objects.create(started_at=moment, finished_at=moment)


@pytest.mark.django_db
def test_R15_not_ready_before_the_first_sweep(client: Client) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["monitoring"], answer.json()["last_sweep"]) == (503, False, None)


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (30, 200), (31, 503)])
def test_R15_ready_while_a_sweep_ended_within_two_periods(client: Client, seconds: int, status: int) -> None:
    with time_machine.travel(timezone.now(), tick=False):  # the limit itself, whatever the machine is doing
        swept(timedelta(seconds=seconds))
        assert client.get("/health/ready").status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize(("failures", "status", "told"), [(0, 200, 0), (1, 200, 0), (2, 503, 1), (9, 503, 1)])
def test_R70_not_ready_while_an_evaluation_keeps_failing(
    client: Client, patient, failures: int, status: int, told: int
) -> None:
    """One that broke once is tried again within seconds; one that breaks again is told, here and on every page."""
    swept(timedelta())
    EvaluationMark.objects.filter(patient=patient).update(failures=failures)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["failing_evaluations"]) == (status, told)
    client.force_login(make_user("reader"))
    assert ("The evaluation of 1 patient keeps failing" in client.get("/").content.decode()) is bool(told)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "status", "silent", "seconds"),
    [
        (timedelta(), 200, 0, 0),
        (SILENT_AFTER, 200, 0, 26 * 3600),
        (SILENT_AFTER + timedelta(seconds=1), 503, len(RULES), 26 * 3600 + 1),
        (None, 503, len(RULES), None),
    ],
)
def test_R70_not_ready_while_the_rules_were_not_shown_to_speak_lately(
    client: Client, age: timedelta | None, status: int, silent: int, seconds: int | None
) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        swept(timedelta(), canaries=age)
        answer = client.get("/health/ready")
    told = answer.json()
    assert (answer.status_code, told["silent_canaries"], told["last_canary_seconds"]) == (status, silent, seconds)


@pytest.mark.django_db
def test_R70_not_ready_while_one_rule_does_not_speak(client: Client) -> None:
    swept(timedelta())
    tried(silent={"AKI": "silent"})
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["silent_canaries"]) == (503, 1)
    assert "AKI" not in words_of(answer), "which one is told to those who sign in"


def test_not_ready_without_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError

    monkeypatch.setattr("ildcare.operations.health.last_sweep", away)
    monkeypatch.setattr("ildcare.operations.health.connection.close", lambda: None)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"database": False})


def test_alive_whatever_the_database_does(client: Client) -> None:
    """No database access: pytest-django would refuse it here."""
    assert client.get("/health/live").json() == {"live": True}


@pytest.mark.django_db
def test_what_is_on_nobodys_record_is_told_with_its_age_and_is_no_fault(client: Client, ward, physician) -> None:
    source = Source.objects.create(name="lab", title="Laboratory")
    for document in (message(obx("2276-4^Ferritin^LN", "1679", "ng/mL")), b"MSH|^~\\&|LAB|EAST\r"):
        take_message(source=source, document=document, form="hl7v2")
    with time_machine.travel(timezone.now(), tick=False):
        Message.objects.update(received_at=timezone.now() - timedelta(hours=5))
        swept(timedelta())
        told = client.get("/health/ready").json()
        Message.objects.update(received_at=timezone.now() - timedelta(hours=25))
        later = client.get("/health/ready").json()
    assert (told["unregistered_numbers"], told["oldest_unregistered_seconds"]) == (1, 5 * 3600)
    assert (told["unreadable_messages"], told["oldest_unreadable_seconds"]) == (1, 5 * 3600)
    assert (later["unregistered_numbers"], later["unreadable_messages"]) == (1, 0)
    client.force_login(physician)
    assert "Arrivals 1 not registered" in words_of(client.get("/inbox/"))


@pytest.mark.django_db
@pytest.mark.parametrize("asks", ["result", "person"])
def test_the_age_of_the_oldest_question_is_told_and_is_no_fault(client: Client, ward, physician, asks: str) -> None:
    swept(timedelta())
    nothing = client.get("/health/ready").json()
    assert (nothing["waiting_questions"], nothing["oldest_question_seconds"]) == (0, None)
    make_patient("7001234", physician, ward, family_name="Torii", given_name="Kaori")
    source = Source.objects.create(name="lab", title="Laboratory")
    person = "PID|1||7001234^^^EAST^MR||" + ("Torii^Kaori" if asks == "result" else "Sato^Yuki")
    document = message(obx("2276-4^Ferritin^LN", "1679"), person=person)
    take_message(source=source, document=document, form="hl7v2")
    with time_machine.travel(timezone.now(), tick=False):
        Message.objects.update(received_at=timezone.now() - timedelta(hours=5))
        swept(timedelta())
        answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["waiting_questions"]) == (200, 1)
    assert answer.json()["oldest_question_seconds"] == 5 * 3600
    assert set(answer.json()) >= {"waiting_questions", "oldest_question_seconds"}
    assert "1679" not in words_of(answer)
