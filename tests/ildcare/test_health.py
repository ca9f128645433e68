"""R15: whoever watches from outside learns that nobody watches the patients; pages stay open all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from monitoring.models import SweepRun


@pytest.fixture(autouse=True)
def no_downtime_sheets(settings) -> None:
    """They have tests of their own (test_downtime.py)."""
    settings.DOWNTIME_MINUTES = 0


def swept(age: timedelta) -> None:
    moment = timezone.now() - age
    SweepRun.objects.create(started_at=moment, finished_at=moment)


@pytest.mark.django_db
def test_R15_not_ready_before_the_first_sweep(client: Client) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["monitoring"], answer.json()["last_sweep"]) == (503, False, None)


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (29, 200), (32, 503)])
def test_R15_ready_while_a_sweep_ended_within_two_periods(client: Client, seconds: int, status: int) -> None:
    swept(timedelta(seconds=seconds))
    assert client.get("/health/ready").status_code == status


def test_not_ready_without_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError

    monkeypatch.setattr("ildcare.health.last_sweep", away)
    monkeypatch.setattr("ildcare.health.connection.close", lambda: None)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"database": False})


def test_alive_whatever_the_database_does(client: Client) -> None:
    """No database access: pytest-django would refuse it here."""
    assert client.get("/health/live").json() == {"live": True}
