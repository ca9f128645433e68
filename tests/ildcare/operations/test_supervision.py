"""Processes that end are started again, ever more patiently, and all end with their parent."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ildcare.operations import supervision
from ildcare.operations.supervision import Supervised, product_processes

PATIENCE = 240  # seconds; a machine may have other work to do


def supervised(tmp_path: Path, program: str) -> Supervised:
    return Supervised(
        name="worker", command=[sys.executable, "-c", program], environment={}, log=tmp_path / "worker.log"
    )


def wait_until_ended(process: Supervised) -> None:
    assert process.process is not None
    process.process.wait(PATIENCE)


class Clock:
    """The clock of the supervision, moved by hand: a busy machine is not late by it."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(supervision, "time", clock)
    return clock


def test_a_process_that_ends_is_started_again_after_a_wait(tmp_path: Path, hand: Clock) -> None:
    worker = supervised(tmp_path, "raise SystemExit(3)")
    worker.start()
    wait_until_ended(worker)
    assert worker.revive() == f"worker ended (exit code 3) and is started again; its log is {worker.log}."
    assert worker.revive() is None
    assert worker.process is None  # not yet
    hand.seconds += supervision.FIRST_WAIT - 0.01
    worker.revive()
    assert worker.process is None
    hand.seconds += 0.01
    worker.revive()
    assert worker.process is not None
    worker.stop()


def test_the_wait_doubles_and_has_a_limit(tmp_path: Path, hand: Clock) -> None:
    worker = supervised(tmp_path, "raise SystemExit(3)")
    waits = []
    for _ in range(8):
        worker.start()
        wait_until_ended(worker)
        worker.revive()
        waits.append(worker._due - hand.seconds)
    assert waits[:3] == [0.5, 1.0, 2.0]
    assert waits[-1] == supervision.LONGEST_WAIT


def test_a_process_that_will_not_stop_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "PATIENCE", 0.3)
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    worker = supervised(tmp_path, stubborn)
    worker.start()
    while "deaf" not in worker.log.read_text():
        time.sleep(0.02)
    worker.stop()
    assert worker.process is not None
    assert worker.process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("deaf", [False, True])
def test_what_a_killed_process_left_is_ended_before_it_is_started_again(
    tmp_path: Path, deaf: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers of a killed master hold its port: the next master could not take it."""
    monkeypatch.setattr(supervision, "ORPHANS_PATIENCE", 0.5)
    child = "import signal, time; print('child', flush=True); time.sleep(600)"
    if deaf:
        child = child.replace("print", "signal.signal(signal.SIGTERM, signal.SIG_IGN); print")
    program = f"import subprocess, sys, time; x = subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(600)"
    master = supervised(tmp_path, program)
    master.start()
    deadline = time.monotonic() + PATIENCE
    while "child" not in master.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert master.process is not None
    leader = master.process.pid
    os.kill(leader, signal.SIGKILL)
    wait_until_ended(master)
    os.killpg(leader, 0)  # the child is still there
    assert "SIGKILL" in (master.revive() or "")
    while alive_in_group(leader):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive_in_group(group: int) -> bool:
    """Is there a process of the group that is more than a zombie?"""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                return True
    return False


def test_a_long_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "LOG_LIMIT", 10)
    worker = supervised(tmp_path, "print('new')")
    worker.log.write_text("x" * 11)
    worker.start()
    wait_until_ended(worker)
    assert worker.log.read_text() == "new\n"
    assert (tmp_path / "worker.old.log").read_text() == "x" * 11


def test_the_web_server_listens_on_this_machine_only(tmp_path: Path) -> None:
    web, worker, sender, beat, paper = product_processes(8000, tmp_path, "schedule")
    *_others, backup = product_processes(8000, tmp_path, "schedule", backup_hours=6)
    assert backup.command[-5:] == ["backup", "--loop", "6", "--settings", "ildcare.settings"]
    assert "127.0.0.1:8000" in web.command
    assert web.environment == {"ILDCARE_POOL": "1"}  # a pool is for the web: Celery would close it at each task
    assert worker.environment == sender.environment == beat.environment == paper.environment == {}


def test_the_product_is_found_wherever_it_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ildcare").mkdir()  # the clone as seen from the folder that it lies in
    monkeypatch.chdir(tmp_path)
    worker = Supervised(
        name="worker",
        command=[sys.executable, "-m", "ildcare.demo.people"],
        environment={},
        log=tmp_path / "worker.log",
    )
    worker.start()
    wait_until_ended(worker)
    assert worker.process is not None
    assert (worker.process.returncode, worker.log.read_text()) == (0, "")
