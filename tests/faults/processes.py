"""Real processes for the tests of faults: they use the test's own database, and a broker that a test may kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from ildcare import places
from ildcare.operations import embedded

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 240.0  # seconds; a machine may have other work to do


def environment(**more: str) -> dict[str, str]:
    """This process's environment with the test database in place of the empty one."""
    url = urlsplit(os.environ["DATABASE_URL"])
    path = "/" + str(connection.settings_dict["NAME"])
    return {**os.environ, "DATABASE_URL": urlunsplit(url._replace(path=path)), "ILDCARE_NO_BOOTSTRAP": "1", **more}


@contextmanager
def running(
    *command: str, env: dict[str, str], output: IO[str] | int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """A Python process in a group of its own; killed with everything it started when the test is done with it."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=env,
        text=True,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        kill(process)


def run(*command: str, env: dict[str, str]) -> str:
    """Run a Python process to its end; returns what it printed."""
    with running(*command, env=env) as process:
        output, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, output
        return output


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9 the process and everything it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=PATIENCE)
    if process.stdout is not None:
        process.stdout.close()


def wait_for(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Wait until a condition holds; the test fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)


def wait_for_line(process: subprocess.Popen[str], text: str) -> None:
    """Wait until the process says something; the test fails when it ends without saying it."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if text in line:
            return
    raise AssertionError("".join(said))


class Broker:
    """A Valkey of the test's own."""

    def __init__(self, var: Path) -> None:
        self.services = embedded.Embedded(var)
        for folder in (var, self.services.run, var / "log"):
            folder.mkdir(parents=True, exist_ok=True)
        self.url = places.redis_url(var)

    def start(self) -> None:
        """Start, or start again."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # the launcher keeps its log open for the server
            self.services.start_valkey()

    def kill(self) -> None:
        """kill -9: the socket stays behind, nobody answers."""
        server = self.services.valkey
        assert server is not None
        server.kill()
        server.wait()
        self.services.valkey = None


@contextmanager
def own_broker(var: Path) -> Iterator[Broker]:
    """A broker that runs, and is gone afterwards."""
    broker = Broker(var)
    broker.start()
    try:
        yield broker
    finally:
        broker.services.stop_valkey()


def waiting_for_lock() -> bool:
    """Does another session of this database wait for a lock?"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction the view would stand still
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def other_sessions() -> set[int]:
    """Process ids of the sessions on this database besides this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return {int(row[0]) for row in cursor.fetchall()}
