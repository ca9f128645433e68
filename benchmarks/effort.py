"""What a piece of work costs: time on the wall, processor time of this process and of its connection's server process.

Processor time holds where others work on the same cores; the wall does not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection


@dataclass(slots=True)
class Effort:
    """Seconds."""

    wall: float = 0.0
    python: float = 0.0
    database: float = 0.0

    @property
    def processor(self) -> float:
        """Of Python and PostgreSQL together."""
        return self.python + self.database

    def __add__(self, other: Effort) -> Effort:
        return Effort(self.wall + other.wall, self.python + other.python, self.database + other.database)


@contextmanager
def spent() -> Iterator[Effort]:
    """What is spent inside."""
    effort = Effort()
    connection.ensure_connection()
    server = connection.connection.info.backend_pid
    before = time.perf_counter(), time.process_time(), processor_of(server)
    yield effort
    effort.wall = time.perf_counter() - before[0]
    effort.python = time.process_time() - before[1]
    effort.database = processor_of(server) - before[2]


def processor_of(process: int) -> float:
    """Seconds on a processor of another process since it began."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


def with_children(process: int) -> float:
    """Seconds on a processor of another process since it began, and of its children that have ended."""
    ticks = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:15]
    return sum(int(x) for x in ticks) / os.sysconf("SC_CLK_TCK")


def below(process: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    children = [int(x) for x in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return [pk for child in children for pk in (child, *below(child))]


def command_of(process: int) -> str:
    """The command line of a process."""
    return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def memory_of(process: int) -> float:
    """MB of a process; what it shares with others is counted in parts."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(x.split()[1]) for x in lines if x.startswith("Pss:")) / 1024
