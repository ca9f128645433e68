"""Processes that begin as a copy of one that has loaded everything: they are as new ones would be, and end with it."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ildcare.operations.forks import FORKS
from ildcare.places import ROOT

pytestmark = pytest.mark.skipif(not FORKS, reason="only Linux forks")
PATIENCE = 240.0  # seconds; a machine may have other work to do
PARENT = """
import signal, sys, time
from pathlib import Path
from ildcare.operations import supervision

def interrupted(*_):
    raise KeyboardInterrupt

def wait_for(word):
    while not fork.log.exists() or word not in fork.log.read_text():
        time.sleep(0.02)

signal.signal(signal.SIGTERM, interrupted)  # as `up` does
sys.path.insert(0, {folder!r})
fork = supervision.Supervised(
    name="forked", command=[sys.executable, "-m", "forked", "now"], environment={environment}, loaded=True,
    log=Path({log!r}))
{then}
"""
WAITS = "import time; print('ready', flush=True); time.sleep(600)"


class Parent:
    """A process of its own that forks: the one of the tests has threads, and what they hold would stay held."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"

    def runs(self, program: str, *, then: str, environment: str = "{}") -> str:
        """Fork a program, do something, and return what the parent printed."""
        with self.running(program, then=then, environment=environment) as process:
            printed, _ = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, printed
            return printed.strip()

    @contextmanager
    def running(self, program: str, *, then: str, environment: str = "{}") -> Iterator[subprocess.Popen[str]]:
        """The same, and the parent as it runs."""
        (self.folder / "forked.py").write_text(program)
        code = PARENT.format(folder=str(self.folder), log=str(self.log), environment=environment, then=then)
        with subprocess.Popen(
            [sys.executable, "-c", code, "x" * 60],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


@pytest.fixture
def parent(tmp_path: Path) -> Parent:
    return Parent(tmp_path)


def test_what_a_fork_says_goes_into_its_log_and_its_exit_code_to_the_parent(parent: Parent) -> None:
    program = "import sys; print(sys.argv[1], __name__); print('bad', file=sys.stderr); raise SystemExit(3)"
    printed = parent.runs(program, then="fork.start(); fork.process.wait(60); print(fork.revive())")
    assert printed == f"forked ended (exit code 3) and is started again; its log is {parent.log}."
    assert sorted(parent.log.read_text().splitlines()) == ["bad", "now __main__"]


def test_a_fork_has_its_own_environment_session_and_folder(parent: Parent) -> None:
    program = "import os; print(os.environ['MARK'], os.getsid(0) == os.getpid(), os.getcwd())"
    then = "fork.start(); fork.process.wait(60)"
    parent.runs(program, then=then, environment="{'MARK': 'x'}")
    assert parent.log.read_text().split() == ["x", "True", str(ROOT)]


def test_a_fork_is_called_what_it_runs(parent: Parent) -> None:
    program = "print(open('/proc/self/cmdline').read().rstrip('\\0').split('\\0'))"
    parent.runs(program, then="fork.start(); fork.process.wait(60)")
    assert parent.log.read_text().strip() == "['forked', 'now']"


def test_a_fork_ends_by_a_signal_that_the_parent_takes_otherwise(parent: Parent) -> None:
    then = "fork.start(); wait_for('ready'); fork.stop(); print(fork.process.returncode)"
    assert parent.runs(WAITS, then=then) == str(-signal.SIGTERM)
    assert parent.log.read_text() == "ready\n"


def test_a_fork_that_will_not_stop_is_ended(parent: Parent) -> None:
    program = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"
    then = "fork.start(); wait_for('ready'); supervision.PATIENCE = 0.3; fork.stop(); print(fork.process.returncode)"
    assert parent.runs(program, then=then) == str(-signal.SIGKILL)


def test_kill_9_of_the_parent_ends_a_fork(parent: Parent) -> None:
    then = "fork.start(); wait_for('ready'); print(fork.process.pid, flush=True); time.sleep(600)"
    with parent.running(WAITS, then=then) as process:
        assert process.stdout is not None
        forked = Path("/proc") / process.stdout.readline().strip()
        assert forked.exists()
    deadline = time.monotonic() + PATIENCE
    while forked.exists() and forked.joinpath("stat").read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_lock_of_the_parent_is_not_held_by_a_fork(parent: Parent) -> None:
    """Else `up` could not be started again as long as anything is left of one that was killed."""
    held = parent.folder / "lock"
    then = f"""
import fcntl
lock = open({str(held)!r}, "w")
fcntl.flock(lock, fcntl.LOCK_EX)
fork.start()
wait_for("ready")
lock.close()
print("let go", flush=True)
time.sleep(600)
"""
    with parent.running(WAITS, then=then) as process, held.open("w") as mine:
        assert process.stdout is not None
        assert process.stdout.readline() == "let go\n"
        fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError while anybody holds it
