"""`manage.py up` as a person uses it: in a clone of its own, with real processes, real signals and a real port.

A start is minutes of work for a busy machine, so tests share one where they leave it as it was: `running` is what runs,
started if need be, and `stopped` the same folder with nothing running. Each test can be run alone.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from ildcare import places
from ildcare.operations import embedded

pytestmark = pytest.mark.slow
ROOT = embedded.ROOT
STARTED_WITHIN = 240.0  # seconds, to find a start that hangs; it takes ten on an idle machine, the first one thirty
STOPPED_WITHIN = 60.0
SHEETS_WITHIN = 240  # seconds: the politest process of a busy machine
OURS = ("DATABASE_URL", "REDIS_URL", "ILDCARE_", "DJANGO_SETTINGS", "PYTEST_")


def free_port() -> int:
    """One that the kernel gives to nobody who asks for any: it is still free when `up` takes it."""
    first_given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in random.sample(range(10_000, first_given), 100):
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


def processes_of(folder: Path) -> list[str]:
    """Command lines of every process that names the folder or works in it, but for zombies."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()
            if words and (str(folder) in words or process.joinpath("cwd").readlink() == folder):
                found.append(f"{process.name} {words}")
    return found


class Installation:
    """A clone with the environment of this one, and `up` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> Path:
        """What the running one says."""
        return self.folder.parent / "output"

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def command(self, output: IO[str] | int = subprocess.PIPE) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port)],
            cwd=self.folder,
            env={**kept, "ILDCARE_NO_BOOTSTRAP": "1", "PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start(self) -> float:
        """Start and wait until it says that it is ready; returns the seconds it took."""
        began = time.monotonic()
        with self.output.open("w") as output:
            self.process = self.command(output)
        while "Stop it with Ctrl-C" not in self.said():
            if not self.runs():
                pytest.fail(self.said() + self.logs())
            if time.monotonic() - began > STARTED_WITHIN:
                self.end(signal.SIGKILL)  # half a start is nothing for the next test
                pytest.fail(f"not ready within {STARTED_WITHIN} s: {self.said()}")
            time.sleep(0.1)
        return time.monotonic() - began

    def refused(self) -> str:
        """Start, expect it to give up, and return the one sentence it says."""
        process = self.command()
        said, _ = process.communicate(timeout=STARTED_WITHIN)
        assert process.returncode == 1, said
        (sentence,) = said.splitlines()
        return sentence

    def end(self, number: signal.Signals) -> str:
        """Send a signal, wait until nothing of it is left, and return what it said."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(STOPPED_WITHIN)
        deadline = time.monotonic() + STOPPED_WITHIN
        while left := processes_of(self.folder):
            assert time.monotonic() < deadline, left
            time.sleep(0.1)
        return self.said()

    def logs(self) -> str:
        return "".join(x.read_text(errors="replace")[-2000:] for x in self.folder.glob("var/log/*.log"))

    def page(self, path: str) -> str:
        with urlopen(self.address + path, timeout=60) as answer:
            return answer.read().decode()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working tree as it would be committed, in a folder of its own."""
    folder = tmp_path_factory.mktemp("clone") / "ildcare"
    skipped = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache", ".hypothesis", "node_modules")
    shutil.copytree(ROOT, folder, ignore=skipped)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@pytest.fixture(scope="module")
def installation(clone: Path) -> Iterator[Installation]:
    """The clone; afterwards nothing of it is left running."""
    one = Installation(clone)
    yield one
    if one.runs():
        one.end(signal.SIGTERM)


@pytest.fixture
def running(installation: Installation) -> Installation:
    """It runs: started, unless the test before left it running."""
    if not installation.runs():
        installation.start()
    return installation


@pytest.fixture
def stopped(installation: Installation) -> Installation:
    """Nothing of it runs."""
    if installation.runs():
        installation.end(signal.SIGTERM)
    return installation


def test_one_command_brings_up_everything(running: Installation) -> None:
    assert "<form" in running.page("/sign-in")
    stylesheet = re.search(r'href="(/static/[^"]+css)"', running.page("/sign-in"))
    assert stylesheet
    assert running.page(stylesheet[1])
    sheets = running.folder / "var/downtime"
    deadline = time.monotonic() + SHEETS_WITHIN
    while not (sheets / "downtime.json").exists():  # R62: paper from the first start on
        assert time.monotonic() < deadline, running.logs()
        time.sleep(0.5)
    assert (sheets / "index.html").exists()
    assert list(sheets.glob("ward-*/rounds.en.pdf"))
    while '"monitoring": true' not in readiness(running):  # a slow machine has not tried every canary yet: 503
        assert time.monotonic() < deadline, running.logs()
        time.sleep(0.5)


def readiness(installation: Installation) -> str:
    """What `/health/ready` says, whichever its status."""
    try:
        return installation.page("/health/ready")
    except HTTPError as error:
        with error:
            return error.read().decode()


def test_a_second_up_in_the_same_folder_says_so(running: Installation) -> None:
    assert "already runs from this folder" in Installation(running.folder).refused()
    assert "<form" in running.page("/sign-in")


def test_a_killed_worker_is_started_again(running: Installation) -> None:
    workers = [x for x in processes_of(running.folder) if " worker " in x]
    assert workers
    for worker in workers:
        with suppress(ProcessLookupError):
            os.kill(int(worker.split()[0]), signal.SIGKILL)
    deadline = time.monotonic() + STARTED_WITHIN
    while not [x for x in processes_of(running.folder) if " worker " in x and x not in workers]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert "worker ended (SIGKILL) and is started again" in running.said()


def test_a_killed_web_master_is_back_at_the_first_try(running: Installation) -> None:
    """Its workers would hold the port; they are ended with it, so that one start is enough."""
    (master,) = [x for x in processes_of(running.folder) if "gunicorn" in x and parent_of(x) == running_pid(running)]
    os.kill(int(master.split()[0]), signal.SIGKILL)
    deadline = time.monotonic() + STARTED_WITHIN
    while "web ended (SIGKILL) and is started again" not in running.said():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    while True:
        with suppress(OSError):
            if "<form" in running.page("/sign-in"):
                break
        assert time.monotonic() < deadline, running.logs()
        time.sleep(0.1)
    assert running.said().count("web ended") == 1
    assert "Address already in use" not in running.logs()


def parent_of(line: str) -> int:
    stat = Path(f"/proc/{line.split()[0]}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


def running_pid(installation: Installation) -> int:
    assert installation.process is not None
    return installation.process.pid


def test_ctrl_c_ends_it(running: Installation) -> None:
    assert "Stopped; nothing was lost." in running.end(signal.SIGINT)
    assert running.process is not None
    assert running.process.returncode == 0


def test_a_second_start_takes_a_few_seconds_and_kill_9_leaves_nothing(running: Installation) -> None:
    """Patients and their alerts are still there after kill -9."""
    before = count_patients(running)
    running.end(signal.SIGKILL)
    assert running.start() < 120  # about six on an idle machine of two cores; a busy one is no fault
    assert count_patients(running) == before
    assert "Stopped" in running.end(signal.SIGTERM)


def count_patients(installation: Installation) -> int:
    import psycopg

    with psycopg.connect(places.database_url(installation.folder / "var")) as connection:
        row = connection.execute("SELECT count(*) FROM patients_patient").fetchone()
    assert row is not None
    return int(row[0])


def test_a_taken_port_says_so(stopped: Installation) -> None:
    with closing(socket.socket()) as other:
        # a page that was read on this port a moment ago does not hold it
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", stopped.port))
        other.listen()
        sentence = stopped.refused()
    assert f"Port {stopped.port} cannot be used" in sentence
    assert "--port" in sentence


def test_a_broken_data_directory_says_so(stopped: Installation) -> None:
    data = stopped.folder / "var" / "postgres-18"
    if not data.exists():  # this test alone
        stopped.start()
        stopped.end(signal.SIGTERM)
    control = data / "global" / "pg_control"
    kept = control.read_bytes()
    control.write_bytes(b"")
    try:
        assert "restore it from a backup, or move that folder away" in stopped.refused()
    finally:
        control.write_bytes(kept)
    assert not processes_of(stopped.folder)


def test_a_database_of_ones_own_that_is_away_says_so(stopped: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.ildcare.management.test_up.OURS", ("ILDCARE_", "DJANGO_SETTINGS", "PYTEST_"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert "The database of DATABASE_URL cannot be used" in stopped.refused()
