"""A process that is warmed up once and forks for every change: the child tries it and dies with it.

Jobs come as lines of JSON on one pipe and are answered on another, so that whatever the tests print disturbs nothing.
Memory and processor time of a child are limited: a change may well loop for ever.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, TextIO

import pytest

JOBS, ANSWERS = "ILDCARE_MUTATION_JOBS", "ILDCARE_MUTATION_ANSWERS"  # numbers of the two pipes
MEMORY = 6 << 30  # bytes
WALL = 3600  # seconds: a child that waits for ever uses no processor time
CAUGHT, SURVIVED, BY_LIMIT, CANNOT = "caught", "survived", "caught by the limit", "cannot"
EXITS = {0: SURVIVED, 1: CAUGHT, 2: CANNOT}

# one of so many random cases, fewer than in the gate, the same each time: what is written down is to notice
RANDOM_CASES = 25


@dataclass
class Pipes:
    """Where jobs come from and answers go to."""

    jobs: TextIO
    answers: TextIO

    @classmethod
    def of_the_environment(cls) -> Pipes:
        return cls(os.fdopen(int(os.environ[JOBS])), os.fdopen(int(os.environ[ANSWERS]), "w"))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(json.loads, iter(self.jobs.readline, ""))

    def answer(self, **said: Any) -> None:
        self.answers.write(json.dumps(said) + "\n")
        self.answers.flush()


def serve(pipes: Pipes, attempt: Callable[[dict[str, Any], Callable[[dict[str, Any]], None]], int]) -> None:
    """Answer jobs until there are no more; `attempt` runs in the child and returns a key of EXITS."""
    for job in pipes:
        told, tells = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(told)
            _attempt_and_exit(job, attempt, tells)
        os.close(tells)
        pipes.answer(**_outcome(child, told))


def _attempt_and_exit(job: dict[str, Any], attempt: Callable[..., int], tells: int) -> NoReturn:
    resource.setrlimit(resource.RLIMIT_CPU, (job["limit"], job["limit"] + 5))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    signal.alarm(WALL)
    code = 1
    try:
        code = attempt(job, lambda said: os.write(tells, json.dumps(said).encode() + b"\n"))
    except BaseException as error:
        os.write(tells, json.dumps({"by": f"{type(error).__name__}: {error}"[:500]}).encode() + b"\n")
    finally:
        os._exit(code)


def _outcome(child: int, told: int) -> dict[str, Any]:
    begun = time.monotonic()
    with os.fdopen(told) as lines:
        said: dict[str, Any] = {}
        for line in lines:
            said.update(json.loads(line))
    status = os.waitpid(child, 0)[1]
    outcome = EXITS.get(os.WEXITSTATUS(status), CAUGHT) if os.WIFEXITED(status) else BY_LIMIT
    return {"outcome": outcome, "seconds": round(time.monotonic() - begun, 2), **said}


class Tried:
    """Notes the first test that fails."""

    def __init__(self) -> None:
        self.failed = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid or "collection"


def fewer_random_cases() -> None:
    """Before a test module is read: few random cases, nothing shrunk, nothing remembered."""
    from hypothesis import HealthCheck, Phase, settings

    from tests import effort

    effort.GATE = RANDOM_CASES
    settings.register_profile(
        "mutation",
        deadline=None,
        max_examples=effort.cases(100),
        suppress_health_check=[HealthCheck.too_slow],
        phases=[Phase.explicit, Phase.generate],
        database=None,
    )
    settings.load_profile("mutation")


def only_fast(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a database or a process."""
    from tests.services import is_fast

    items[:] = [x for x in items if is_fast(x)]
