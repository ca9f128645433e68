"""R58: log lines of a real worker name the request and the user that they serve, and no patient."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from patients.models import User
from tests.faults.processes import environment, own_broker, run, running, wait_for
from tests.monitoring.stored import a_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_R58_lines_of_a_task_carry_the_request_and_the_user_and_no_patient_data(tmp_path: Path) -> None:
    patient, reader = a_patient(), User.objects.create_user("reader")
    log = tmp_path / "worker.log"

    def line_with(*words: str) -> str:
        return next((x for x in log.read_text("utf-8").splitlines() if all(word in x for word in words)), "")

    def wait_for_log(*words: str) -> None:
        wait_for(lambda: bool(line_with(*words)), f"{words} in the log")

    options = ("--concurrency", "1", "--loglevel", "INFO")
    with own_broker(tmp_path / "var") as broker, log.open("w") as output:
        env = environment(REDIS_URL=broker.url, ILDCARE_LOG_LEVEL="INFO")
        with running("-m", "celery", "-A", "ildcare", "worker", *options, env=env, output=output):
            wait_for_log("ready.")
            ask = ("-m", "tests.faults.ask_for_evaluation", reader.username)
            printed = run(*ask, str(patient.pk), "P-17 Sato", env=env)
            wait_for_log("raised unexpected")
    first, second = re.findall(r"^request (\S+)$", printed, re.MULTILINE)
    user = f"user_id={reader.pk}"
    assert line_with("task_started", f"request_id='{first}'", user)
    assert line_with("task_succeeded", f"request_id='{first}'", user)
    assert line_with("task_failed", f"request_id='{second}'", user, "error='ValueError'")
    assert "P-17" not in log.read_text("utf-8")
