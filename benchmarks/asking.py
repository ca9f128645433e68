"""Asking pages of a running server, one after the other in turns, so that a busy moment of the machine meets all."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import perf_counter
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.test import Client

from patients.models import User

LEAST = 5  # times
LANGUAGE = {"Accept-Language": "en"}

# an LDH as the one that the patient has, under an identity of its own
NEW_RESULT = """
INSERT INTO patients_measurement
    (patient_id, identity, version, "on", on_is_date, known, recorded_at, source, sender_id, status, correction_reason,
    code, value, comparator, typed_value, typed_unit, device, name, route, timing, kit, order_id, specimen_id)
SELECT patient_id, gen_random_uuid()::text, 1, now(), false, now(), now(), 'arriving', '', 'final', '',
    code, value, '', '', '', '', '', '', '', '', '', ''
FROM patients_measurement WHERE patient_id = %s AND code = 'ldh' ORDER BY id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as somebody opens it. `before`: done before each time, outside the measurement."""

    name: str
    path: str
    session: str = ""
    before: Callable[[], None] = lambda: None


@dataclass(slots=True)
class Timed:
    """How long a page took each time, in seconds, and its last answer."""

    seconds: list[float] = field(default_factory=list)
    body: bytes = b""

    @property
    def median(self) -> float:
        """Seconds."""
        return median(self.seconds)

    @property
    def p95(self) -> float:
        """Seconds within which 95 of 100 answers came."""
        return quantiles(self.seconds, n=20, method="inclusive")[-1]

    @property
    def compressed(self) -> int:
        """Bytes of the last answer as a proxy would send it (gzip, level 6)."""
        return len(gzip.compress(self.body, 6, mtime=0))


def session_of(user: User) -> str:
    """A new session of the user: the value of its cookie."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Asker:
    """One kept connection to the server."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)

    def ask(self, path: str, session: str = "") -> bytes:
        """The page; anything but 200 is an error of the measurement."""
        cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"} if session else {}
        self._connection.request("GET", path, headers={**LANGUAGE, **cookie})
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path} was answered with {answer.status}")
        return body

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def in_turns(address: str, pages: Sequence[Page], times: int, warm: int = 4, most: float = 20.0) -> dict[str, Timed]:
    """Every page `times` times, in turns. `warm` rounds before are not counted: two processes fill their caches.

    After `most` seconds it ends with fewer times, but never with fewer than five.
    """
    timed, end = {page.name: Timed() for page in pages}, perf_counter() + most
    for n in range(-warm, times):
        if n >= LEAST and perf_counter() > end:
            break
        for page in pages:
            page.before()
            asker = Asker(address)  # a new one each time: both processes get their share
            begun = perf_counter()
            timed[page.name].body = asker.ask(page.path, page.session)
            if n >= 0:
                timed[page.name].seconds.append(perf_counter() - begun)
            asker.close()
    return timed


def something_changes(patient_id: int) -> Callable[[], None]:
    """A change on this patient, as far as lists can see it: what they have kept of the state before is of no use."""

    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE patients_evaluationmark SET requested_count = requested_count + 1 WHERE patient_id = %s",
                [patient_id],
            )

    return change


def result_arrives(patient_id: int) -> Callable[[], None]:
    """One more result of this patient, known now: nothing that was worked out from the facts before holds any more."""

    def arrive() -> None:
        with connection.cursor() as cursor:
            cursor.execute(NEW_RESULT, [patient_id])

    return arrive
