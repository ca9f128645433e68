"""Processes that begin as a copy of this one: what is loaded here is loaded there, and stands in memory once.

Web, worker, beat and the writer of downtime sheets are the same thousand modules. Loaded by each for itself they take
seconds of every start and a hundred megabytes each for as long as they run.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import multiprocessing.context
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ildcare.places import ROOT

FORKS = sys.platform == "linux"  # elsewhere libraries of the system do not outlive a fork
POLL_SECONDS = 0.02  # seconds
TIED = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>
ARGUMENTS = slice(45, 47)  # where /proc/self/stat tells, behind the name, between which addresses the arguments stand


class Fork(multiprocessing.context.ForkProcess):
    """What `python -m` of some words would be, but for the loading. It is asked as a `subprocess.Popen` is."""

    def __init__(self, words: Sequence[str], *, environment: Mapping[str, str], log: Path) -> None:
        super().__init__(daemon=True)  # whoever ends in the middle of something does not wait for it
        self._words, self._environment, self._log = list(words), environment, log

    def run(self) -> None:
        """In the new process: nothing of this one's but what is loaded, and then the program."""
        part()
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _write_to(self._log)
        _call(self._words)
        os.environ.update(self._environment)
        os.chdir(ROOT)
        sys.argv = self._words
        runpy.run_module(self._words[0], run_name="__main__", alter_sys=True)

    @property
    def pid(self) -> int:
        """Its number, once it was started."""
        assert self.ident is not None
        return self.ident

    @property
    def returncode(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None while it runs."""
        return self.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, so many seconds at most. Raises subprocess.TimeoutExpired."""
        deadline = time.monotonic() + (math.inf if timeout is None else timeout)
        while self.exitcode is None:  # not `join`: it waits for a pipe, and that was let go
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self._words, timeout or 0)
            time.sleep(POLL_SECONDS)
        return self.exitcode


def part() -> None:
    """In a new fork: it ends with its parent, kill -9 included (as `confinement.tied`), and holds nothing for it."""
    parent = multiprocessing.parent_process()
    ctypes.CDLL(None).prctl(TIED, signal.SIGTERM)
    if parent is None or os.getppid() != parent.pid:  # it died before this was asked for
        sys.exit(1)
    for handle in os.listdir("/proc/self/fd"):  # noqa: PTH208 - numbers, not paths
        if int(handle) > 2:  # the lock of an installation stands as long as anybody has it open
            with contextlib.suppress(OSError):  # the listing's own
                os.close(int(handle))


def _write_to(log: Path) -> None:
    with Path(os.devnull).open("rb") as nothing, log.open("ab") as file:
        os.dup2(nothing.fileno(), 0)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _call(words: Sequence[str]) -> None:
    """Let `ps` show these words, as far as there is room, and not the parent's."""
    begin, end = map(int, Path("/proc/self/stat").read_text().rpartition(")")[2].split()[ARGUMENTS])
    room = end - begin
    ctypes.memmove(begin, "\0".join(words).encode()[: room - 1].ljust(room, b"\0"), room)
