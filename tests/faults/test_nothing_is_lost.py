"""R12-R14: a dead broker, a worker killed in the middle of a sweep, two sweeps at once. Real processes, real kills."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, connections, transaction

from ildcare.evaluation.sweep import evaluate_patients, sweep
from monitoring.models import Alert, AlertEvent, OutboxEntry, SweepRun
from patients.models import EvaluationMark, Patient
from tests.faults.processes import (
    PATIENCE,
    environment,
    kill,
    other_sessions,
    own_broker,
    run,
    running,
    wait_for,
    wait_for_line,
    waiting_for_lock,
)
from tests.monitoring.stored import a_patient, tell, yesterday
from tests.story import Story

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def high(patient: Patient, value: str = "1679") -> None:
    tell(patient, Story().ferritin(yesterday(), value, id=value))


@contextmanager
def table_locked(table: str) -> Iterator[None]:
    """Hold a lock that stops a sweep in the middle, in a session of its own."""
    holder = connection.copy()
    holder.set_autocommit(False)
    try:
        with holder.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{table}" IN EXCLUSIVE MODE')
        yield
    finally:
        holder.rollback()
        holder.close()


def test_r13_a_result_stored_while_the_broker_is_dead_raises_its_alert_at_the_next_sweep(tmp_path: Path) -> None:
    patient = a_patient()
    sweep()
    with own_broker(tmp_path / "var") as broker:
        env = environment(REDIS_URL=broker.url)
        broker.kill()
        output = run("-m", "tests.faults.store_result", patient.mrn, "1679", env=env)
        assert "nudge_lost" in output
        assert float(output.rpartition("held up for ")[2].split()[0]) < 5
        assert not Alert.objects.exists()
        assert "1 evaluated, 0 failed, 0 waiting" in run("manage.py", "sweep", env=env)
    alert = Alert.objects.get(rule="FERRITIN_HIGH")
    assert OutboxEntry.objects.filter(event__alert=alert).count() == 1


def test_r13_worker_and_beat_find_what_was_stored_while_the_broker_was_dead(tmp_path: Path) -> None:
    patient = a_patient()
    sweep()
    with own_broker(tmp_path / "var") as broker:
        env = environment(REDIS_URL=broker.url)
        beat = ("--beat", "--schedule", str(tmp_path / "beat"), "--loglevel", "INFO")
        with running("-m", "celery", "-A", "ildcare", "worker", "--concurrency", "1", *beat, env=env) as worker:
            wait_for_line(worker, "ready.")
            broker.kill()
            run("-m", "tests.faults.store_result", patient.mrn, "1679", env=env)
            assert not Alert.objects.exists()
            broker.start()
            wait_for(Alert.objects.filter(rule="FERRITIN_HIGH").exists, "alert after the broker came back")
    assert Alert.objects.count() == 1


@pytest.mark.parametrize("table", ["monitoring_alert", "monitoring_outboxentry", "monitoring_lastexamination"])
def test_r12_a_worker_killed_in_the_middle_of_a_sweep_loses_nothing_and_doubles_nothing(table: str) -> None:
    patients = [a_patient(f"K-{number}") for number in range(30)]
    for patient in patients:
        high(patient)
    before = other_sessions()  # a test with a live server may have left some
    with table_locked(table), running("manage.py", "sweep", env=environment()) as process:
        wait_for(waiting_for_lock, "the sweep to stand in the middle")
        kill(process)
    wait_for(lambda: other_sessions() <= before, "the session of the killed worker to end")
    assert not Alert.objects.exists()
    assert EvaluationMark.objects.filter(needed_since=None).count() == 0
    assert sweep(budget=PATIENCE).evaluated == 30
    assert Alert.objects.count() == AlertEvent.objects.count() == OutboxEntry.objects.count() == 30


def test_r14_two_sweeps_at_once_share_the_work_and_raise_no_alert_twice() -> None:
    patients = [a_patient(f"T-{number}") for number in range(60)]
    for patient in patients:
        high(patient)
    runs: list[SweepRun] = []
    threads = [threading.Thread(target=_sweep_in_thread, args=(runs,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(run.evaluated for run in runs) == 60
    assert Alert.objects.count() == AlertEvent.objects.count() == 60


def _sweep_in_thread(runs: list[SweepRun]) -> None:
    runs.append(sweep(budget=PATIENCE))
    connections.close_all()


def test_r14_an_old_message_delivered_again_raises_no_second_alert() -> None:
    from ildcare.tasks import evaluate_patient

    patient = a_patient()
    high(patient)
    for _ in range(3):
        evaluate_patient(patient.pk)
    evaluate_patient(999_999)
    assert Alert.objects.count() == AlertEvent.objects.count() == 1


def test_a_fact_stored_while_its_patient_is_being_evaluated_is_not_overlooked() -> None:
    patient = a_patient()
    high(patient, "1200")
    with transaction.atomic():
        evaluate_patients([patient.pk])
        late = threading.Thread(target=_store_in_thread, args=(patient,))
        late.start()
        wait_for(waiting_for_lock, "the change to wait for the evaluation")
    late.join()
    assert Alert.objects.get().severity == 2
    sweep()
    assert Alert.objects.get().severity == 3


def _store_in_thread(patient: Patient) -> None:
    tell(patient, Story().ferritin(f"{yesterday()}T09:00", "1679", id="late"))
    connections.close_all()


def test_a_signal_without_a_broker_never_fails_the_deed(monkeypatch: pytest.MonkeyPatch) -> None:
    from monitoring import receivers

    def dead(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the broker died in a new way")

    monkeypatch.setattr(receivers.current_app, "send_task", dead)
    patient = a_patient()
    high(patient)
    assert receivers.nudge(patient.pk) is False
    assert EvaluationMark.objects.get(patient=patient).needed_since is not None
