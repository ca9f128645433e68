"""Processes that `up` keeps alive: started, watched, started again when they end, ended with their parent."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ildcare.operations.confinement import tied
from ildcare.operations.forks import FORKS, Fork
from ildcare.places import ROOT  # where the code is imported from, wherever `up` was called

PATIENCE = 15.0  # seconds a process has to end by itself
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds before a process that ended is started again; doubled each time
ORPHANS_PATIENCE = 2.0  # seconds
STEADY = 60.0  # seconds after which a process counts as healthy again
LOG_LIMIT = 10_000_000  # bytes; at a start a longer log is put aside


class Process(Protocol):
    """What is asked of a process, as `subprocess.Popen` has it."""

    @property
    def pid(self) -> int:
        """Its number."""

    @property
    def returncode(self) -> int | None:
        """Its exit code, or minus the signal that ended it, once that was asked for."""

    def poll(self) -> int | None:
        """Ask for it."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for it, so many seconds at most. Raises subprocess.TimeoutExpired."""

    def terminate(self) -> None:
        """Ask it to end."""


@dataclass(kw_only=True)
class Supervised:
    """One process: its name, how it starts, and how often it had to be started again.

    loaded: this process has loaded what the command runs (`python -m ...`), so that a copy of it will do.
    """

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    loaded: bool = False
    process: Process | None = None
    restarts: int = 0
    _started: float = 0.0
    _due: float = 0.0

    def start(self) -> None:
        """Start it in a session of its own (Ctrl-C reaches `up` alone), tied to this process for life."""
        _put_aside(self.log)
        self.process = self._forked() if self.loaded and FORKS else self._launched()
        self._started = time.monotonic()

    def _forked(self) -> Fork:
        process = Fork(self.command[2:], environment=self.environment, log=self.log)
        process.start()
        return process

    def _launched(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*tied(), *self.command],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def revive(self) -> str | None:
        """Start it again if it has ended, after a wait that grows. Returns what happened, if anything."""
        if self.process is None:
            if time.monotonic() >= self._due:
                self.start()
            return None
        code = self.process.poll()
        now = time.monotonic()
        if code is None:
            self.restarts = 0 if now - self._started > STEADY else self.restarts
            return None
        end_orphans(self.process.pid)
        self.process = None
        self._due = now + min(FIRST_WAIT * 2**self.restarts, LONGEST_WAIT)
        self.restarts += 1
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"{self.name} ended ({how}) and is started again; its log is {self.log}."

    def ask_to_stop(self) -> None:
        """TERM: finish what is in hand."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def stop(self) -> None:
        """Wait for its end, and after 15 seconds end it with everything it started."""
        self.ask_to_stop()
        if self.process is None:
            return
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def end_orphans(leader: int) -> None:
    """End what a process left that ended by itself: its children hold its port, and the next one could not begin.

    They have a moment to end what is in hand: a request that is cut off stored everything or nothing.
    """
    for number, patience in ((signal.SIGTERM, ORPHANS_PATIENCE), (signal.SIGKILL, ORPHANS_PATIENCE)):
        deadline = time.monotonic() + patience
        with contextlib.suppress(ProcessLookupError):  # nobody is left
            os.killpg(leader, number)
            while time.monotonic() < deadline:
                os.killpg(leader, 0)
                time.sleep(0.05)
            continue
        return


def _put_aside(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".old.log"))


def product_processes(
    port: int,
    log: Path,
    schedule: str,
    *,
    loaded: bool = False,
    listen: int | None = None,
    backup_hours: float = 0,
) -> list[Supervised]:
    """Web, worker, sender of messages, beat and writer of downtime sheets of one installation; on a port the listener,
    and who makes a backup every so many hours (0: none).

    `loaded`: by this process.
    """
    python = [sys.executable, "-m"]
    web = ["gunicorn", "ildcare.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "2"]
    web += ["--threads", "4", "--no-control-socket", "--graceful-timeout", "10"]
    celery = ["celery", "--app", "ildcare"]
    worker = [*celery, "worker", "--concurrency", "1", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    beat = [*celery, "beat", "--schedule", schedule, "--pidfile", "", "--loglevel", "WARNING"]
    downtime = ["django", "downtime", "--loop", "--settings", "ildcare.settings"]
    # a pool of its own process: what it does is to wait for other servers
    sender = [*celery, "worker", "--queues", "sending", "--pool", "solo", "--hostname", "sender@%h"]
    sender += ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    commands = {"web": web, "worker": worker, "sender": sender, "beat": beat, "downtime": downtime}
    if listen is not None:
        commands["listener"] = ["django", "listen", "--port", str(listen), "--settings", "ildcare.settings"]
    if backup_hours:
        commands["backup"] = ["django", "backup", "--loop", str(backup_hours), "--settings", "ildcare.settings"]
    return [
        Supervised(
            name=name,
            command=[*python, *command],
            environment={"ILDCARE_POOL": "1"} if name == "web" else {},
            log=log / f"{name}.log",
            loaded=loaded,
        )
        for name, command in commands.items()
    ]
