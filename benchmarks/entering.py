"""Pages: an entry by its form, from "Save" to the page with the chart's answer, against the page of an empty ward."""

from __future__ import annotations

import http.client
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from time import perf_counter
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils import timezone

from benchmarks.asking import LANGUAGE, Asker, session_of
from benchmarks.inside import counting, reader
from benchmarks.report import Section, at_most
from benchmarks.run_of import Run
from patients.queries import site_zone

TOKENS = re.compile(r'name="([^"]*(?:context_token|csrfmiddlewaretoken))" value="([^"]+)"')
TIMES = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    body: str
    place: str
    cookies: tuple[str, ...]


class Clerk:
    """Somebody signed in who sends forms."""

    def __init__(self, address: str, session: str) -> None:
        self._address = address
        self._cookies = {settings.SESSION_COOKIE_NAME: session}

    def ask(self, method: str, path: str, fields: Sequence[tuple[str, str]] = ()) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(urlsplit(self._address).netloc, timeout=120)
        cookie = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        form = {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
        connection.request(method, path, urlencode(fields) if fields else None, {**LANGUAGE, **cookie, **form})
        answer = connection.getresponse()
        body = answer.read().decode()
        cookies = tuple(answer.headers.get_all("Set-Cookie") or ())
        connection.close()
        for x in cookies:
            name, _, value = x.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(answer.status, body, answer.headers.get("Location") or "", cookies)

    def enter(self, patient: int, minutes: int, value: int) -> float:
        """A result through its form: seconds from the sending to the page that says what the chart answers."""
        form = self.ask("GET", f"/patients/{patient}/enter/results?panel=activity")
        on = (timezone.now().astimezone(site_zone()) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")
        fields = [*dict(TOKENS.findall(form.body)).items(), ("panel", "activity"), ("on", on)]
        fields += [("value_ldh", str(value)), ("unit_ldh", "U/L")]
        begun = perf_counter()
        sent = self.ask("POST", f"/patients/{patient}/record/results", fields)
        if sent.status != http.client.FOUND:
            raise RuntimeError(f"the entry was answered with {sent.status}")
        page = self.ask("GET", sent.place)
        seconds = perf_counter() - begun
        if page.status != http.client.OK or "chart" not in page.body:
            raise RuntimeError(f"the page after the entry was answered with {page.status}")
        return seconds


def measure(run: Run) -> list[Section]:
    """In turns with the empty ward."""
    section = Section("Entry to answer", "entry")
    hospital, empty = run.hospital, session_of(run.hospital.empty)
    clerk = Clerk(run.address, session_of(hospital.full))
    people = {"acute": (hospital.acute, 10), "five years of results": (hospital.long_stay, 15)}
    taken: dict[str, list[float]] = {name: [] for name in ("empty", *people)}
    for n in range(-2, TIMES):
        for name, (pk, _most) in people.items():
            nobody = _empty(run.address, empty)
            seconds = clerk.enter(pk, minutes=2 * (n + 4), value=210 + n)
            if n >= 0:
                taken["empty"].append(nobody)
                taken[name].append(seconds)
    whole, count = median(taken["empty"]), counting(reader(hospital.empty))
    least = max(whole - count, whole / 10)
    for name, (_pk, most) in people.items():
        against = f"empty ward {whole * 1e3:.0f} ms, of which counting {count * 1e3:.0f} ms"
        section.ratio(
            f"POST to answer, {name} : empty ward without counting", median(taken[name]) / least, at_most(most), against
        )
    return [section]


def _empty(address: str, session: str) -> float:
    asker = Asker(address)
    begun = perf_counter()
    asker.ask("/", session)
    seconds = perf_counter() - begun
    asker.close()
    return seconds
