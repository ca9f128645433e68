"""Chaos: results are sent and typed while everything that runs is killed; in the end nothing may be lost or doubled.

An installation of its own, as `up` starts it. A laboratory sends by HL7, a nurse types at a browser's addresses; each
sends again until it is told that it was taken, as an interface engine and a person do. Meanwhile one process after the
other gets kill -9. Then what stands is held against what was acknowledged, and each patient's alerts against what the
rules say of the record.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Event, Lock, Thread
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.utils import timezone
from hl7.client import MLLPClient

from algorithm.charts import chart_for
from algorithm.opinion import opinion
from monitoring.engine import examine
from monitoring.models import Alert, AlertEvent, EventKind
from monitoring.rules import RULES
from patients.actions import admit_patient, name_source, register_patient
from patients.models import EvaluationMark, Measurement, Patient, Source, User, Ward
from patients.queries import awaited_by, planned_for, site_clock, take_snapshots

WORDS = {  # of the command line
    "worker": ("celery", " worker", "--concurrency"),
    "sender": ("celery", " sending"),
    "downtime": (" downtime ", "--loop"),
    "beat": ("celery", " beat"),
    "listener": (" listen",),
    "database": ("postgres", " -D"),
    "broker": ("valkey",),
}
TARGETS = ("web", "web worker", *WORDS)
PEOPLE = 12
PATIENCE = 240.0  # seconds: for one answer, for one process to come back, for the end
SENDER = "CHAOS|LAB"
PANEL = (  # LOINC, test, unit, from, to
    ("2276-4", "ferritin", "ng/mL", 100, 4000),
    ("2157-6", "ck", "U/L", 30, 3000),
    ("2823-3", "potassium", "mmol/L", 3, 6),
)
TYPED, TYPED_UNIT = "ldh", "U/L"
HIDDEN = re.compile(r'name="([^"]*(?:context_token|csrfmiddlewaretoken))" value="([^"]+)"')

Key = tuple[str, str, datetime]  # number, test, time


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the installation answers: its process, its ports, the password of the nurse."""

    up: int
    web: int
    listener: int
    password: str


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of it. back: the longest time (seconds) after the kill of each until pages answered again."""

    kills: dict[str, int] = field(default_factory=dict)
    back: dict[str, float] = field(default_factory=dict)
    sent: int = 0
    typed: int = 0
    lost: int = 0
    wrong: int = 0
    doubled: int = 0
    alerts_missing: int = 0
    alerts_too_many: int = 0
    alerts_doubled: int = 0
    not_evaluated: int = 0

    @property
    def faults(self) -> int:
        """How many of all that must not be."""
        return (
            self.lost
            + self.wrong
            + self.doubled
            + self.alerts_missing
            + self.alerts_too_many
            + self.alerts_doubled
            + self.not_evaluated
        )


class _Sent:
    """What was acknowledged, by both doors."""

    def __init__(self) -> None:
        self.values: dict[Key, Decimal] = {}
        self.lock = Lock()

    def add(self, values: dict[Key, Decimal]) -> None:
        with self.lock:
            self.values |= values


def run(place: Place, *, kills: int, every: float, seed: int, tell: Callable[[str], None]) -> Outcome:
    """Kill so often, so many seconds apart, and look at what is left."""
    numbers = _people()
    sent, over, outcome = _Sent(), Event(), Outcome()
    laboratory = Thread(target=_laboratory, args=(place, numbers, sent, over, seed, outcome))
    nurse = Thread(target=_nurse, args=(place, numbers, sent, over, seed, outcome))
    laboratory.start()
    nurse.start()
    dice = random.Random(seed)  # noqa: S311 - which of them, no secret
    try:
        for n in range(kills):
            time.sleep(every * dice.uniform(0.5, 1.5))
            name = dice.choice(TARGETS)
            if _kill(name, place):
                outcome.kills[name] = outcome.kills.get(name, 0) + 1
                outcome.back[name] = max(outcome.back.get(name, 0.0), _until_back(place))
                tell(f"{n + 1}/{kills} {name}")
    finally:
        over.set()
        laboratory.join()
        nurse.join()
    _until_quiet()
    count_differences(sent.values, numbers, outcome)
    return outcome


def _people() -> list[str]:
    """Invented persons on the first ward of the demo, and the machine of the laboratory."""
    by = User.objects.order_by("pk")[0]
    if not Source.objects.filter(sender=SENDER).exists():
        name_source(by=by, name="chaos-lab", title="Chaos laboratory", sender=SENDER)
    ward = Ward.objects.order_by("pk")[0]
    numbers = [f"CHAOS-{n:03d}" for n in range(PEOPLE)]
    for number in numbers:
        patient = register_patient(
            by=None, mrn=number, family_name="Chaos", given_name=number, sex="unknown", birth_date=None
        )
        admit_patient(patient=patient, ward=ward, by=None, admitted_at=timezone.now() - timedelta(days=20))
    return numbers


# -- who sends --------------------------------------------------------------------------------------------------------


def _laboratory(place: Place, numbers: Sequence[str], sent: _Sent, over: Event, seed: int, outcome: Outcome) -> None:
    """Messages one after the other; now and then one again, now and then a correction."""
    dice = random.Random(seed + 1)  # noqa: S311 - no secret
    begun = timezone.now().replace(second=0, microsecond=0) - timedelta(days=14)
    client: MLLPClient | None = None
    n = 0
    while not over.is_set():
        n += 1
        number, at = dice.choice(numbers), begun + timedelta(minutes=n)
        values = {test: Decimal(dice.randint(low, high)) for _code, test, _unit, low, high in PANEL}
        rounds = [("F", values)] + [("F", values)] * (dice.random() < 0.1)
        if dice.random() < 0.1:
            rounds.append(("C", {x: value + 1 for x, value in values.items()}))
        for order, (status, told) in enumerate(rounds):
            message = _message(number, n, at, told, status, f"{seed}-{n}-{order if status == 'C' else 0}")
            client = _until_taken(client, place.listener, message)
            sent.add({(number, test, at): value for test, value in told.items()})
        outcome.sent += len(rounds)
        time.sleep(0.05)
    if client is not None:
        client.close()


def _message(number: str, order: int, at: datetime, values: dict[str, Decimal], status: str, control: str) -> bytes:
    stamp = f"{timezone.localtime(at):%Y%m%d%H%M%S%z}"
    segments = [
        rf"MSH|^~\&|{SENDER}|ILD|WARD|{stamp}||ORU^R01^ORU_R01|{control}|P|2.5.1||||||UNICODE UTF-8",
        f"PID|1||{number}^^^HOSPITAL^MR",
        f"OBR|1|P{order}|F{order}|PANEL^Panel^LN|||{stamp}",
    ]
    for place, (code, test, unit, _low, _high) in enumerate(PANEL, start=1):
        segments.append(f"OBX|{place}|NM|{code}^{test}^LN||{values[test]}|{unit}|||||{status}|||{stamp}")
    return ("\r".join(segments) + "\r").encode()


def _until_taken(client: MLLPClient | None, port: int, message: bytes) -> MLLPClient:
    """Send a message again and again until it is acknowledged; the connection, for the next one."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = b""
        with suppress(OSError):
            if client is None:
                client = MLLPClient("127.0.0.1", port)
                client.socket.settimeout(30)
            answer = client.send_message(message)
        if b"MSA|AA|" in answer and client is not None:
            return client
        if b"MSA|AR|" in answer:
            raise AssertionError(f"refused: {answer!r}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody acknowledged: {answer!r}")
        if not answer and client is not None:
            with suppress(OSError):
                client.close()
            client = None
        time.sleep(0.1)


class _Browser:
    """Addresses as a browser asks for them, with its cookies."""

    def __init__(self, port: int) -> None:
        self.home, self.cookies = f"http://127.0.0.1:{port}", CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.cookies))

    def ask(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """The status and the text of the page, after redirections. Raises OSError while nobody answers."""
        body = urlencode(fields).encode() if fields is not None else None
        request = Request(self.home + path, data=body, headers={"Referer": self.home + path})  # noqa: S310 - our own
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")
        except (URLError, http.client.HTTPException) as error:
            raise OSError(str(error)) from error


def _nurse(place: Place, numbers: Sequence[str], sent: _Sent, over: Event, seed: int, outcome: Outcome) -> None:
    """Values typed one after the other; the same form is sent again until a page says what became of it."""
    dice = random.Random(seed + 2)  # noqa: S311 - no secret
    begun = timezone.now().replace(second=0, microsecond=0) - timedelta(days=13)
    ids: dict[str, int] = {}
    browser = _Browser(place.web)
    n = 0
    while not over.is_set():
        n += 1
        number, at, value = dice.choice(numbers), begun + timedelta(minutes=n), dice.randint(150, 600)
        try:
            ids = ids or _ids(numbers)
            form = _form(browser, ids[number], place)
        except (OSError, DatabaseError):
            _let_go()
            time.sleep(0.2)
            continue
        fields = form | {
            "on": f"{timezone.localtime(at):%Y-%m-%dT%H:%M}",
            f"value_{TYPED}": str(value),
            f"unit_{TYPED}": TYPED_UNIT,
            "panel": "activity",
        }
        if _until_stored(browser, f"/patients/{ids[number]}/record/results", fields):
            sent.add({(number, TYPED, at): Decimal(value)})
            outcome.typed += 1


def _ids(numbers: Sequence[str]) -> dict[str, int]:
    return dict(Patient.objects.filter(mrn__in=numbers).values_list("mrn", "pk"))


def _form(browser: _Browser, patient: int, place: Place) -> dict[str, str]:
    """The hidden fields of a fresh form; signs in where that is asked first. Raises OSError while it cannot be had."""
    path = f"/patients/{patient}/enter/results?panel=activity"
    status, text = browser.ask(path)
    if status == http.client.OK and 'name="password"' in text:
        fields = dict(HIDDEN.findall(text)) | {"username": "nurse", "password": place.password}
        browser.ask("/sign-in", fields)
        status, text = browser.ask(path)
    found = dict(HIDDEN.findall(text))
    if status != http.client.OK or not any("context_token" in x for x in found):
        raise OSError(f"no form: {status}")
    return found


def _until_stored(browser: _Browser, path: str, fields: dict[str, str]) -> bool:
    """Send a form until a page says that it was stored. False where it was refused for another reason than a fault."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(OSError):
            status, _text = browser.ask(path, fields)
            if status == http.client.OK:
                return True
            if status in (http.client.CONFLICT, http.client.UNPROCESSABLE_ENTITY, http.client.FORBIDDEN):
                return False
        time.sleep(0.2)
    raise TimeoutError("the form was never answered")


# -- who kills --------------------------------------------------------------------------------------------------------


def _kill(name: str, place: Place) -> bool:
    """kill -9 of one process of this kind; False where none runs at this moment."""
    found = processes(name, place.up)
    if not found:
        return False
    with suppress(ProcessLookupError):
        os.kill(random.choice(found), signal.SIGKILL)  # noqa: S311 - no secret
        return True
    return False


def processes(name: str, up: int) -> list[int]:
    """The numbers of the processes of one kind of this installation."""
    below = _below(up)
    masters = [pid for pid, (parent, words) in below.items() if "gunicorn" in words and parent == up]
    if name == "web":
        return masters
    if name == "web worker":
        return [pid for pid, (parent, _words) in below.items() if parent in masters]
    return [pid for pid, (_parent, words) in below.items() if all(x in words for x in WORDS[name])]


def _below(up: int) -> dict[int, tuple[int, str]]:
    """Every process that descends from one: its parent, and its words."""
    known: dict[int, tuple[int, str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                known[int(folder.name)] = (int(parent), words)
    found: dict[int, tuple[int, str]] = {}
    generation = {up}
    while generation:
        children = {pid for pid, (parent, _words) in known.items() if parent in generation and pid not in found}
        found |= {pid: known[pid] for pid in children}
        generation = children
    return found


def _until_back(place: Place) -> float:
    """Seconds until a page that asks the database answers again."""
    begun = time.monotonic()
    browser = _Browser(place.web)
    while time.monotonic() - begun < PATIENCE:
        with suppress(OSError):
            status, text = browser.ask("/health/ready")
            if '"database": true' in text or status == http.client.OK:
                return time.monotonic() - begun
        time.sleep(0.05)
    raise TimeoutError("the pages did not come back")


def _let_go() -> None:
    """Let go of a connection to a database that was killed."""
    with suppress(Exception):
        connection.close()


# -- what is left -----------------------------------------------------------------------------------------------------


def _until_quiet() -> None:
    """Until everybody is evaluated; what is left after that is counted."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            _let_go()
            if not EvaluationMark.objects.filter(needed_since__isnull=False).exists():
                return
        except DatabaseError:
            pass
        time.sleep(0.5)


def standing_values(patients: Iterable[int]) -> QuerySet[Measurement]:
    """The results that stand of these patients."""
    return Measurement.objects.filter(patient__in=patients).standing()


def count_differences(sent: dict[Key, Decimal], numbers: Sequence[str], outcome: Outcome) -> None:
    """Count what differs between what was acknowledged (`sent`) and what stands, and between alerts and rules."""
    by_number = dict(Patient.objects.filter(mrn__in=numbers).values_list("pk", "mrn"))
    found: dict[Key, Decimal] = {}
    for patient, code, on, value in standing_values(by_number).values_list("patient", "code", "on", "value"):
        key = (by_number[patient], code, on)
        outcome.doubled += key in found
        if value is not None:
            found[key] = value
    outcome.lost = len(sent.keys() - found.keys())
    outcome.wrong = sum(found[x] != value for x, value in sent.items() if x in found)
    outcome.not_evaluated = EvaluationMark.objects.filter(patient__in=by_number, needed_since__isnull=False).count()
    with site_clock():
        now = timezone.now()
        awaiting, planned = awaited_by(list(by_number)), planned_for(list(by_number))
        expected: set[tuple[int, str, str]] = set()
        for patient, snapshot in take_snapshots(list(by_number), now, now).items():
            indicated = opinion(chart_for(snapshot), snapshot).pathway.indicated
            beside = awaiting.get(patient, ()), planned.get(patient, ())
            for issue in examine(RULES, snapshot, indicated, *beside).issues:
                expected.add((patient, issue.rule, issue.subject))
    open_now = list(Alert.objects.open().filter(patient__in=by_number).values_list("patient", "rule", "subject"))
    outcome.alerts_missing = len(expected - set(open_now))
    outcome.alerts_too_many = len(set(open_now) - expected)
    opened = AlertEvent.objects.filter(patient__in=by_number, kind=EventKind.OPENED).values_list("alert", flat=True)
    outcome.alerts_doubled = len(open_now) - len(set(open_now)) + len(opened) - len(set(opened))
