"""Rest and start: what the product of the demonstration takes while nobody uses it, and how soon it is ready again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO

from benchmarks.effort import below, command_of, memory_of, with_children
from benchmarks.report import Section, at_most
from benchmarks.run_of import Run
from ildcare.places import ROOT

READY = "Stop it with Ctrl-C."
FIRST, SECOND = 300.0, 120.0  # seconds that a first and a second start may take
SETTLING = 20.0  # seconds after which nothing is done any more that a start began
SHEETS = 240.0  # seconds in which the first sheets must be there
IMPORT = "import django, psycopg, celery; django.VERSION"


def measure(run: Run) -> list[Section]:
    """A first start (tables, invented patients), its rest, one more round of sheets, and a second start."""
    rest, start = Section("At rest", "rest"), Section("Second start", "start")
    folder = run.folder / "up"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    with _up(folder, FIRST) as (process, first):
        _await_sheets(folder)
        time.sleep(SETTLING)
        sizes = _sizes(process)
        rest.add("memory of everything that `up` starts", sum(sizes.values()), "MB", at_most(500), _largest(sizes))
        against = f"a round in which the sheets of all wards are written {_sheets(folder):.1f} s"
        unchanged = _round_of_the_loop(process, folder)
        rest.add("processor time of the sheets, nothing changed", unchanged, "s", at_most(2), against)
    with _up(folder, SECOND) as (_process, second):
        pass
    bare = _bare_import()
    start.add(
        "second start", second, "s", at_most(8), f"first {first:.1f} s; bare import of the libraries {bare:.1f} s"
    )
    return [rest, start]


@contextmanager
def _up(folder: Path, patience: float) -> Iterator[tuple[int, float]]:
    """`manage.py up` until it says that it is ready, and how many seconds that took."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(_free_port())],
        cwd=ROOT,
        env=_environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        _await_line(process, begun + patience)
        yield process.pid, time.perf_counter() - begun
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _await_line(process: subprocess.Popen[str], deadline: float) -> None:
    lines: Queue[str] = Queue()
    assert process.stdout is not None
    stream = process.stdout
    Thread(target=_handed_on, args=(stream, lines), daemon=True).start()
    said = []
    while True:
        try:
            said.append(lines.get(timeout=1))
        except Empty:
            if process.poll() is not None or time.perf_counter() > deadline:
                raise RuntimeError(f"`up` is not ready: {''.join(said)}") from None
        if said and said[-1].startswith(READY):
            return


def _handed_on(stream: IO[str], lines: Queue[str]) -> None:
    for line in stream:
        lines.put(line)


def _environment(folder: Path) -> dict[str, str]:
    """Of a command of that installation: none of this one's addresses, and rounds of sheets that can be waited for."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    return {**kept, "ILDCARE_VAR": str(folder), "ILDCARE_DOWNTIME_MINUTES": "1"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


def _await_sheets(folder: Path) -> None:
    """The writer of downtime sheets has finished its first round: the index comes last."""
    deadline = time.perf_counter() + SHEETS
    while not (folder / "downtime" / "index.html").exists():
        if time.perf_counter() > deadline:
            raise RuntimeError("no downtime sheets were written")
        time.sleep(0.5)


def _sizes(process: int) -> dict[str, float]:
    """MB of the command and of everything below it, by kind of process."""
    sizes: dict[str, float] = {}
    for x in (process, *below(process)):
        name = _name(command_of(x))
        sizes[name] = sizes.get(name, 0.0) + memory_of(x)
    return sizes


def _name(words: str) -> str:
    known = ("gunicorn", "celery --app ildcare worker", "celery --app ildcare beat", "downtime", "valkey", "postgres")
    return next((x.rpartition(" ")[2] for x in known if x in words), "up")


def _largest(sizes: dict[str, float]) -> str:
    ordered = sorted(sizes.items(), key=lambda x: -x[1])
    return ", ".join(f"{name} {size:.0f}" for name, size in ordered)


def _sheets(folder: Path) -> float:
    """Seconds of processor time of one round of downtime sheets by the command, start of Python included."""
    before = os.times()
    command = [sys.executable, "manage.py", "downtime"]
    subprocess.run(command, cwd=ROOT, env=_environment(folder), check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _round_of_the_loop(process: int, folder: Path) -> float:
    """Seconds of processor time of the writer that `up` keeps, and of what it starts, from one round to the next."""
    writer = next(x for x in below(process) if "downtime --loop" in command_of(x))
    _await_round(folder)
    before = with_children(writer)
    _await_round(folder)
    return with_children(writer) - before


def _await_round(folder: Path) -> None:
    """A round ends with its note of when it was."""
    note = folder / "downtime" / "downtime.json"
    last, deadline = note.stat().st_mtime_ns, time.perf_counter() + SHEETS
    while note.stat().st_mtime_ns == last:
        if time.perf_counter() > deadline:
            raise RuntimeError("nobody looks after the downtime sheets")
        time.sleep(0.2)
    time.sleep(1)  # what wrote it ends


def _bare_import() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", IMPORT], check=True)
    return time.perf_counter() - begun
