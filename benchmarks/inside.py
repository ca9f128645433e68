"""The same pages inside this process: how many queries, and where the time goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection
from django.test import Client

from patients.models import User


@dataclass(slots=True)
class Seen:
    """Queries of one request: their texts, and the time of each in seconds."""

    texts: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Of all of them."""
        return sum(self.times)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Django's wrapper of an execution."""
        begun = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.times.append(perf_counter() - begun)
            self.texts.append(sql)


@contextmanager
def watched() -> Iterator[Seen]:
    """What is asked of the database meanwhile."""
    seen = Seen()
    with connection.execute_wrapper(seen):
        yield seen


def reader(user: User) -> Client:
    """Somebody signed in, in this process."""
    client = Client(headers={"Accept-Language": "en"}, SERVER_NAME="localhost")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def queries_of(client: Client, path: str, before: Callable[[], None] = lambda: None) -> int:
    """Queries of a page, asked for once before, so that what is read once in a process is not counted."""
    client.get(path)
    before()
    with watched() as seen:
        answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} was answered with {answer.status_code}")
    return len(seen.texts)


COUNT = "jsonb_build_array(COUNT("  # in the statement that counts, for the head of the ward list, who is on no ward


def counting(client: Client, times: int = 9) -> float:
    """Median seconds of what the ward list asks over the whole hospital, however empty the ward: it grows with the
    hospital and is no measure of a page."""
    taken = []
    for _ in range(times):
        with watched() as seen:
            client.get("/")
        taken.append(sum(x for text, x in zip(seen.texts, seen.times, strict=True) if COUNT in text))
    return median(taken)


@dataclass(frozen=True, slots=True)
class Split:
    """Median seconds of a page in this process, and of its queries."""

    whole: float
    queries: float

    @property
    def share(self) -> float:
        """Of the queries."""
        return self.queries / self.whole


def split_of(client: Client, path: str, times: int, before: Callable[[], None] = lambda: None) -> Split:
    """Where the time of a page goes."""
    whole, queries = [], []
    for n in range(-2, times):
        before()
        with watched() as seen:
            begun = perf_counter()
            client.get(path)
            if n >= 0:
                whole.append(perf_counter() - begun)
                queries.append(seen.seconds)
    return Split(median(whole), median(queries))


def seconds_of(work: Callable[[], object], times: int) -> float:
    """Median seconds of a piece of work."""
    taken = []
    for n in range(-2, times):
        begun = perf_counter()
        work()
        if n >= 0:
            taken.append(perf_counter() - begun)
    return median(taken)
