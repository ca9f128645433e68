"""R70: figures for a monitor: for who may read them, in a form that its library reads, and nothing of a patient."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from monitoring.models import Alert, SweepRun
from monitoring.notification_models import Notification, NotificationState, Webhook
from monitoring.rules import RULES
from patients.actions import take_message
from patients.models import EvaluationMark, Source
from tests.faults.processes import environment
from tests.ildcare.notifying.raising import critical
from tests.patients.conftest import make_patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.patients.imports.sending import message, obx

TOKEN = "figures-please"


def read(text: str) -> dict[tuple[str, ...], float]:
    """By name and values of labels."""
    found = {}
    for family in text_string_to_metric_families(text):
        for x in family.samples:
            found[(x.name, *(value for _name, value in sorted(x.labels.items())))] = x.value
    return found


@pytest.fixture
def on(settings) -> None:
    settings.METRICS_ON, settings.METRICS_TOKEN = True, TOKEN


def figures(client: Client) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return read(answer.content.decode())


def test_nobody_reads_them_where_the_site_has_not_switched_them_on(client: Client) -> None:
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("sent", ["", "Bearer x", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer ü"])
def test_only_who_brings_the_token_reads_them(client: Client, on, sent: str) -> None:
    assert client.get("/metrics", headers={"Authorization": sent} if sent else {}).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(("networks", "status"), [(["127.0.0.0/8"], 200), (["10.0.0.0/8", "::1/128"], 403)])
def test_only_from_the_networks_that_the_site_names(client: Client, settings, networks, status) -> None:
    settings.METRICS_ON, settings.METRICS_NETWORKS = True, networks
    assert client.get("/metrics").status_code == status
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics").status_code == 403, "both are asked for where both are set"


@pytest.mark.django_db
def test_what_is_told_is_what_stands(client: Client, on, physician, ward) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        now = timezone.now()
        SweepRun.objects.create(started_at=now, finished_at=now - timedelta(seconds=40), evaluated=7, failed=2)
        Alert.objects.filter(patient=critical("P-1", physician, ward)).exclude(rule="FERRITIN_HIGH").delete()
        waits = make_patient("P-2", physician, ward)
        EvaluationMark.objects.filter(patient=waits).update(needed_since=now - timedelta(minutes=3), failures=2)
        hook = Webhook.objects.create(title="Pager", url="https://pager.example", salt="x")
        ago = now - timedelta(minutes=20)
        columns = {"channel": "webhook", "webhook": hook, "wanted_at": ago, "due_at": ago}
        Notification.objects.create(**columns, attempts=1)
        Notification.objects.create(**columns, state=NotificationState.GIVEN_UP, ended_at=now)
        source = Source.objects.create(name="lab", title="Laboratory")
        take_message(source=source, document=message(obx("2276-4^Ferritin^LN", "1679")), form="hl7v2")
        found = figures(client)
    assert found["ildcare_sweep_age_seconds",] == 40
    assert (found["ildcare_evaluations_day", "done"], found["ildcare_evaluations_day", "failed"]) == (7, 2)
    assert (found["ildcare_evaluations_owed",], found["ildcare_evaluations_oldest_seconds",]) == (1, 180)
    assert found["ildcare_evaluations_failing",] == 1
    assert found["ildcare_open_cards", "critical", "yes"] == 1
    assert found["ildcare_open_cards", "critical", "no"] == 0
    assert (found["ildcare_outbox_waiting",], found["ildcare_outbox_failing",]) == (1, 1)
    assert (found["ildcare_outbox_given_up",], found["ildcare_outbox_oldest_seconds",]) == (1, 1200)
    assert found["ildcare_machine_heard_seconds", "lab"] < 60
    assert {("ildcare_arrivals_questions",), ("ildcare_arrivals_unregistered",), ("ildcare_arrivals_unreadable",)} <= {
        *found
    }
    assert found["ildcare_database_up",] == found["ildcare_broker_up",] == 1
    assert [x for x in found if x[0] == "ildcare_build_info"]


@pytest.mark.django_db
def test_before_the_first_sweep_its_age_is_no_number_that_could_pass_for_a_fresh_one(client: Client, on) -> None:
    assert figures(client)["ildcare_sweep_age_seconds",] == float("inf")
    assert figures(client)["ildcare_canary_age_seconds",] == float("inf")
    assert figures(client)["ildcare_silent_canaries",] == len(RULES)


@pytest.mark.django_db
def test_without_broker_or_database_it_says_so(client: Client, on, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_now: object) -> None:
        raise DatabaseError

    settings.CELERY_BROKER_URL = "redis+socket:///nonexistent.sock"
    monkeypatch.setattr("ildcare.operations.metrics.FIGURES", (away,))
    monkeypatch.setattr("ildcare.operations.metrics.connection.close", lambda: None)
    found = figures(client)
    assert found["ildcare_database_up",] == found["ildcare_broker_up",] == 0


@pytest.fixture
def web(tmp_path: Path, transactional_db) -> Iterator[str]:
    """The address of a real web server with two processes, on the database of the test."""
    static = tmp_path / "static"
    static.mkdir()
    env = environment(ILDCARE_METRICS_TOKEN=TOKEN, PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "counts"))
    command = ["gunicorn", "ildcare.wsgi", "--bind", "127.0.0.1:0", "--worker-class", "gthread", "--workers", "2"]
    log = tmp_path / "web.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--no-control-socket"],
            env=env,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 120
        while "Listening at: http" not in log.read_text() or log.read_text().count("Booting worker") < 2:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield log.read_text().partition("Listening at: ")[2].split()[0]
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def asked(address: str, token: str = "") -> str:
    try:
        request = Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
        with urlopen(request, timeout=60) as answer:
            return answer.read().decode()
    except HTTPError as error:
        with error:
            return str(error.code)
    except URLError:
        return ""


@pytest.mark.slow
def test_the_times_of_requests_are_counted_over_all_web_processes(web: str) -> None:
    for _ in range(40):
        assert "live" in asked(f"{web}/health/live")
    asked(f"{web}/patients/12345/")
    text = asked(f"{web}/metrics", TOKEN)
    found = read(text)
    name = "ildcare_request_seconds_count"
    assert found[name, "GET", "health_live", "200"] == 40
    assert found[name, "GET", "patient_detail", "302"] == 1, "by the name of the address: no number of a patient"
    assert "12345" not in text
    assert found["ildcare_database_up",] == 1
