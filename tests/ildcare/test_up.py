"""`manage.py up` as a person uses it: in a clone of its own, with real processes, real signals and a real port."""

from __future__ import annotations

import os
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
from urllib.request import urlopen

import pytest

from ildcare import embedded

pytestmark = pytest.mark.slow
ROOT = embedded.ROOT
STARTED_WITHIN = 240.0  # seconds, to find a start that hangs; it takes ten on an idle machine, the first one thirty
STOPPED_WITHIN = 30.0
SHEETS_WITHIN = 240  # seconds: the politest process of a busy machine
OURS = ("DATABASE_URL", "REDIS_URL", "ILDCARE_", "DJANGO_SETTINGS", "PYTEST_")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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

    def command(self, *more: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port), *more],
            cwd=self.folder,
            env={**kept, "ILDCARE_NO_BOOTSTRAP": "1", "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start(self) -> float:
        """Start and wait until it says that it is ready; returns the seconds it took."""
        began = time.monotonic()
        self.process = self.command()
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "Stop it with Ctrl-C" in line:
                return time.monotonic() - began
            assert time.monotonic() - began < STARTED_WITHIN, said
        pytest.fail("".join(said) + self.logs())

    def refused(self) -> str:
        """Start, expect it to give up, and return the one sentence it says."""
        process = self.command()
        said, _ = process.communicate(timeout=STARTED_WITHIN)
        assert process.returncode == 1, said
        (sentence,) = said.splitlines()
        return sentence

    def end(self, number: signal.Signals) -> str:
        """Send a signal, wait until nothing of it is left, and return what it said last."""
        assert self.process is not None
        self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=STOPPED_WITHIN)
        deadline = time.monotonic() + STOPPED_WITHIN
        while left := processes_of(self.folder):
            assert time.monotonic() < deadline, left
            time.sleep(0.1)
        return said

    def logs(self) -> str:
        return "".join(x.read_text(errors="replace")[-2000:] for x in self.folder.glob("var/log/*.log"))

    def page(self, path: str) -> str:
        with urlopen(self.address + path, timeout=10) as answer:
            return answer.read().decode()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working tree as it would be committed, in a folder of its own."""
    folder = tmp_path_factory.mktemp("clone") / "ildcare"
    skipped = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache", ".hypothesis", "node_modules")
    shutil.copytree(ROOT, folder, ignore=skipped)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@pytest.fixture
def installation(clone: Path) -> Iterator[Installation]:
    """Ready to start; afterwards nothing of it is left running."""
    one = Installation(clone)
    yield one
    if one.process and one.process.poll() is None:
        one.end(signal.SIGTERM)


def test_one_command_brings_up_everything_and_ctrl_c_ends_it(installation: Installation) -> None:
    installation.start()
    assert "<form" in installation.page("/sign-in")
    stylesheet = re.search(r'href="(/static/[^"]+css)"', installation.page("/sign-in"))
    assert stylesheet
    assert installation.page(stylesheet[1])
    sheets = installation.folder / "var/downtime"
    deadline = time.monotonic() + SHEETS_WITHIN
    while not (sheets / "downtime.json").exists():  # R62: paper from the first start on
        assert time.monotonic() < deadline, installation.logs()
        time.sleep(0.5)
    assert (sheets / "index.html").exists()
    assert list(sheets.glob("ward-*/rounds.en.pdf"))
    assert '"monitoring": true' in installation.page("/health/ready")
    assert installation.process is not None
    assert "Stopped; nothing was lost." in installation.end(signal.SIGINT)
    assert installation.process.returncode == 0


def test_a_second_start_takes_a_few_seconds_and_kill_9_leaves_nothing(installation: Installation) -> None:
    """The first start of this clone is over; patients and their alerts are still there after kill -9."""
    installation.start()
    before = count_patients(installation)
    installation.end(signal.SIGKILL)
    assert installation.start() < 120  # about six on an idle machine of two cores; a busy one is no fault
    assert count_patients(installation) == before
    assert "Stopped" in installation.end(signal.SIGTERM)


def count_patients(installation: Installation) -> int:
    import psycopg

    with psycopg.connect(embedded.database_url(installation.folder / "var")) as connection:
        row = connection.execute("SELECT count(*) FROM patients_patient").fetchone()
    assert row is not None
    return int(row[0])


def test_a_killed_worker_is_started_again(installation: Installation) -> None:
    installation.start()
    workers = [x for x in processes_of(installation.folder) if " worker " in x]
    assert workers
    for worker in workers:
        with suppress(ProcessLookupError):
            os.kill(int(worker.split()[0]), signal.SIGKILL)
    deadline = time.monotonic() + 20
    while not [x for x in processes_of(installation.folder) if " worker " in x and x not in workers]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert "worker ended (SIGKILL) and is started again" in installation.end(signal.SIGTERM)


def test_a_second_up_in_the_same_folder_says_so(installation: Installation) -> None:
    installation.start()
    assert "already runs from this folder" in Installation(installation.folder).refused()
    assert "<form" in installation.page("/sign-in")


def test_a_taken_port_says_so(installation: Installation) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", installation.port))
        other.listen()
        sentence = installation.refused()
    assert f"Port {installation.port} cannot be used" in sentence
    assert "--port" in sentence


def test_a_broken_data_directory_says_so(installation: Installation) -> None:
    installation.start()
    installation.end(signal.SIGTERM)
    control = installation.folder / "var" / "postgres-18" / "global" / "pg_control"
    kept = control.read_bytes()
    control.write_bytes(b"")
    try:
        assert "restore it from a backup, or move that folder away" in installation.refused()
    finally:
        control.write_bytes(kept)
    assert not processes_of(installation.folder)


def test_a_database_of_ones_own_that_is_away_says_so(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.ildcare.test_up.OURS", ("ILDCARE_", "DJANGO_SETTINGS", "PYTEST_"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert "The database of DATABASE_URL cannot be used" in installation.refused()
