"""Pages a second of the web processes as `up` starts them, with the audit of every read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from time import perf_counter

from django.db import connection

from benchmarks.asking import Asker, session_of, something_changes
from benchmarks.report import Section, at_least, at_most, exactly
from benchmarks.run_of import Run
from patients.models import AuditEntry

ASKERS = 8  # connections at once: two processes of four threads
PER_CONNECTION = 25  # pages before an asker opens a new one, so that both processes get their share
MOST_CONNECTIONS = 8  # to the database, of the web processes together
CHANGES_A_SECOND = 20


@dataclass(frozen=True, slots=True)
class Load:
    """What came out of some seconds of asking: pages a second, slowest of 50 and of 99 in a hundred (s), answers,
    and how many requests failed or were answered with anything but 200."""

    rate: float
    p50: float
    p99: float
    answered: int
    failed: int


def measure(run: Run) -> list[Section]:
    """A page without anything, the empty ward and the full one in turns; then the full one while it changes."""
    hospital, address, seconds = run.hospital, run.address, run.seconds
    section = Section("Pages a second, two web processes, audit on", "P10")
    full, empty = session_of(hospital.full), session_of(hospital.empty)
    noted, asked = _noted(), 0
    runs: dict[str, list[Load]] = {"bare": [], "empty": [], "full": []}
    for _ in range(3):
        for name, path, session in (("bare", "/health/live", ""), ("empty", "/", empty), ("full", "/", full)):
            runs[name].append(under_load(address, path, session, seconds))
            asked += runs[name][-1].answered if session else 0
    missing = asked - (_noted() - noted)
    bare, nobody, everybody = (sorted(x, key=lambda load: load.rate)[1] for x in runs.values())
    with _changing(hospital.long_stay):
        restless = under_load(address, "/", full, seconds)
    section.add(
        "ward lists of 50 a second, the list stands",
        everybody.rate,
        "",
        at_least(100),
        f"empty wards {nobody.rate:.0f}",
    )
    section.add("the same, p50", everybody.p50 * 1e3, "ms")
    section.add("the same, p99", everybody.p99 * 1e3, "ms", at_most(150))
    section.add(f"ward lists of 50 a second, {CHANGES_A_SECOND} changes a second", restless.rate, "", at_least(60))
    section.add("the same, p50", restless.p50 * 1e3, "ms")
    section.add("the same, p99", restless.p99 * 1e3, "ms")
    section.ratio("empty wards a second : ward lists of 50 a second", nobody.rate / everybody.rate, at_most(3))
    section.ratio("bare pages a second : ward lists of 50 a second", bare.rate / everybody.rate, at_most(25))
    failed = restless.failed + sum(load.failed for loads in runs.values() for load in loads)
    section.count("requests that failed, of all of these", failed, exactly(0))
    section.count("pages shown that the audit does not know", missing, exactly(0))
    section.add("connections to the database", _connections(), "", at_most(MOST_CONNECTIONS))
    return [section]


def under_load(address: str, path: str, session: str, seconds: float) -> Load:
    """The page again and again on eight connections at once."""
    taken: list[float] = []
    failed: list[Exception] = []
    end = perf_counter() + seconds
    begun = perf_counter()
    askers = [threading.Thread(target=_ask, args=(address, path, session, end, taken, failed)) for _ in range(ASKERS)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    if not taken:
        raise RuntimeError(f"{path} was never answered") from (failed[0] if failed else None)
    spent, taken = perf_counter() - begun, sorted(taken)
    return Load(len(taken) / spent, taken[len(taken) // 2], taken[len(taken) * 99 // 100], len(taken), len(failed))


def _ask(address: str, path: str, session: str, end: float, taken: list[float], failed: list[Exception]) -> None:
    while perf_counter() < end:
        asker = Asker(address)
        try:
            for _ in range(PER_CONNECTION):
                begun = perf_counter()
                asker.ask(path, session)
                taken.append(perf_counter() - begun)
                if perf_counter() > end:
                    break
        except (OSError, HTTPException, RuntimeError) as error:  # counted, and on with a new connection
            failed.append(error)
        asker.close()


@contextmanager
def _changing(patient_id: int) -> Iterator[None]:
    """Meanwhile something changes on the ward again and again."""
    change, over = something_changes(patient_id), threading.Event()

    def keep_changing() -> None:
        while not over.wait(1 / CHANGES_A_SECOND):
            change()
        connection.close()

    changer = threading.Thread(target=keep_changing)
    changer.start()
    try:
        yield
    finally:
        over.set()
        changer.join()


def _noted() -> int:
    return AuditEntry.objects.filter(op="READ").count()


def _connections() -> int:
    """Of the runtime role, as far as this database goes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'ildcare_app'"
        )
        found: int = cursor.fetchone()[0]
    return found
