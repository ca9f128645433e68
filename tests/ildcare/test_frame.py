"""The foot of every page: under which chart and rules, data as of, and whether the monitoring is alive (H13)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from ildcare import frame
from ildcare.evaluation.sweep import sweep
from monitoring.models import SweepRun
from monitoring.rules import BY_CODE
from monitoring.unwatched import unwatched
from tests.monitoring.stored import today
from tests.patients.conftest import patient as patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import record as record
from tests.patients.conftest import ward as ward
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def foot(client: Client, physician, patient):
    client.force_login(physician)

    def read() -> str:
        page = client.get(f"/patients/{patient.pk}/enter/decision").content.decode()
        return page[page.index('<footer class="foot">') :]

    return read


def test_foot_of_a_patient_names_chart_rules_and_state_of_the_data(foot, record, settings) -> None:
    settings.SWEEP_SECONDS = 600  # a busy machine is no late worker
    assert "No data yet." in foot()
    record(Story().ferritin(today() - 1, "900"))
    sweep()
    text = foot()
    assert "version 2; rules " in text
    assert "Data as of" in text
    assert "Monitoring last ran" in text
    assert "foot-late" not in text


def test_foot_names_what_no_rule_watches_yet_until_one_does(foot, monkeypatch) -> None:
    missing = frozenset(BY_CODE) - {"LIVER", "INTERACTION"}
    names = unwatched(missing)
    assert len(names) == 2
    monkeypatch.setattr(frame, "unwatched", lambda _codes: names)
    assert f"Not watched yet: {', '.join(names)}. That there is no alert says nothing about these." in " ".join(
        foot().split()
    )
    monkeypatch.setattr(frame, "unwatched", lambda _codes: ())
    assert "Not watched yet" not in foot()


def test_foot_is_red_when_the_worker_is_late(foot) -> None:
    sweep()
    SweepRun.objects.update(finished_at=timezone.now() - timedelta(hours=1))
    assert "foot-late" in foot()


def test_page_of_a_fault_needs_neither_database_nor_request(django_db_blocker) -> None:
    with django_db_blocker.block():
        text = render_to_string("500.html")
    assert "The server could not do this" in text
    assert 'href="/"' in text
