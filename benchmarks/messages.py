"""Messages of a laboratory through the listener: stored and acknowledged; and a day of it while what runs is killed.

The same day is sent three times: to a listener that acknowledges and does nothing, to the product at its full rate, and
at half of that rate, where the time to the acknowledgement is read. Then another one while listener, database and
broker are killed in turns; what stands in the end must be what the laboratory sent.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from statistics import quantiles
from threading import Event, Thread
from zoneinfo import ZoneInfo

from django.db import connection

from benchmarks import server
from benchmarks.laboratory import Day, day_of, name_sources, send_all, standing
from benchmarks.report import Section, at_least, at_most, exactly
from benchmarks.run_of import Run
from ildcare import places
from patients.actions import register_patient
from patients.models import MessagePart, Patient, WaitingResult

TOKYO = ZoneInfo("Asia/Tokyo")
MORNING = datetime(2026, 3, 2, 6, tzinfo=TOKYO)
PATIENTS = 60
RESULTS = 4_800  # of the days that are timed: 600 messages of eight
DAY = 20_000  # of the day of a hospital of 700 beds
LARGE = 50_000  # patients of a run that sends the whole day; a smaller one sends a quarter
KILL_EVERY = 4.0  # seconds


def measure(run: Run) -> list[Section]:
    """Rates first, then the day with kills."""
    section = Section("Messages", "messages")
    name_sources()
    numbers = _people("M", PATIENTS)
    bare = day_of(numbers, RESULTS, MORNING, 1)
    with _acknowledging() as port:
        floor = _rate(bare, port)
    with _listening(run) as port:
        send_all(day_of(_people("W", 4), 320, MORNING, 2), port)  # a process reads its catalogues once
        rate = _rate(bare, port)
        half = day_of(_people("H", PATIENTS), RESULTS, MORNING, 3)
        waits = send_all(half, port, every=len(half.messages) / (rate / 2))
    section.add("messages of 8 results a second, stored and acknowledged", rate, "", at_least(200), f"bare {floor:.0f}")
    section.ratio("of the rate of a listener that does nothing", rate / floor)
    p99 = quantiles(waits, n=100, method="inclusive")[-1] * 1e3
    section.add("acknowledgement at half of that rate, p99", p99, "ms", at_most(250), f"{len(waits)} messages")
    section.count("wrong or missing after it", _wrong(bare, numbers), exactly(0), f"of {bare.results}")
    _with_kills(run, section)
    return [section]


def _with_kills(run: Run, section: Section) -> None:
    numbers = _people("K", PATIENTS)
    day = day_of(numbers, DAY if run.patients >= LARGE else DAY // 4, MORNING, 4)
    killed = _sent_while_killed(run, day)
    sent = sum(map(len, day.messages.values()))
    against = f"{sent} messages, {day.results} results; {', '.join(f'{n} kills of {x}' for x, n in killed.items())}"
    section.count("wrong, lost or doubled after kills", _wrong(day, numbers), exactly(0), against)
    waiting = WaitingResult.objects.open().filter(part__patient__mrn__in=numbers).count()
    section.count("that wait though nothing is to be asked", waiting, exactly(0))
    elsewhere = MessagePart.objects.filter(patient__mrn__in=numbers).exclude(person__numbers__0__in=numbers).count()
    section.count("on another record", elsewhere, exactly(0))


def _wrong(day: Day, numbers: Sequence[str]) -> int:
    found = standing(numbers)
    return sum(found.get(key) != value for key, value in day.stands.items()) + len(found.keys() - day.stands.keys())


def _people(letter: str, number: int) -> list[str]:
    names = [f"{letter}-{n:04d}" for n in range(number)]
    known = set(Patient.objects.filter(mrn__in=names).values_list("mrn", flat=True))
    for name in names:
        if name not in known:
            register_patient(mrn=name, family_name="Bench", given_name=name, sex="unknown", birth_date=None, by=None)
    return names


def _rate(day: Day, port: int) -> float:
    begun = time.perf_counter()
    sent = len(send_all(day, port))
    return sent / (time.perf_counter() - begun)


# -- listeners --------------------------------------------------------------------------------------------------------


@contextmanager
def _acknowledging() -> Iterator[int]:
    """A listener that acknowledges and does nothing, in a process of its own."""
    with _process([sys.executable, "-m", "benchmarks.bare_listener"], {}) as (port, _process_of):
        yield port


@contextmanager
def _listening(run: Run) -> Iterator[int]:
    """The listener of the product with the runtime role."""
    with _process(_command(), _environment(run)) as (port, _process_of):
        yield port


def _command() -> list[str]:
    return [sys.executable, "manage.py", "listen"]


def _environment(run: Run) -> dict[str, str]:
    return {"DATABASE_URL": places.database_url(run.folder), "ILDCARE_NO_BOOTSTRAP": "1"}


@contextmanager
def _process(command: list[str], more: dict[str, str]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = server.free_port()
    process = _started([*command, "--port", str(port)], more, port)
    try:
        yield port, process
    finally:
        process.kill()
        process.wait()


def _started(command: list[str], more: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        command, env={**os.environ, **more}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    server.await_port(port)
    return process


def _sent_while_killed(run: Run, day: Day) -> dict[str, int]:
    """Send a day, and every few seconds kill -9 the listener, the database or the broker; what is killed comes back."""
    killed = {"listener": 0, "database": 0, "broker": 0}
    done, dice = Event(), random.Random(7)  # noqa: S311 - which of them, no secret
    port = server.free_port()
    command = [*_command(), "--port", str(port)]
    process = _started(command, _environment(run), port)

    def send() -> None:
        send_all(day, port)
        done.set()

    sender = Thread(target=send)
    sender.start()
    try:
        while not done.wait(KILL_EVERY) and sender.is_alive():
            name = dice.choice(list(killed))
            killed[name] += 1
            if name == "listener":
                process.kill()
                process.wait()
                process = _started(command, _environment(run), port)
            else:
                server.kill_and_revive(name)
        sender.join()
    finally:
        process.kill()
        process.wait()
        with suppress(Exception):
            connection.close()  # that of before the last kill
    return killed
