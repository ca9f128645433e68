"""What a browser makes of the pages: requests, and the time until something useful can be read, on a slow processor."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser, sync_playwright

from benchmarks.asking import session_of
from benchmarks.population import Hospital
from benchmarks.report import Section, exactly
from benchmarks.run_of import Run
from ildcare.operations.browser import browser_path

SLOWDOWN = 4  # times slower than this processor
WIDTH, HEIGHT = 1440, 900

# when the element first takes up room on the screen, and the browser's own marks; runs before any script of the page
WATCH = """(useful) => {
    window.seen = {};
    new PerformanceObserver(list => { for (const x of list.getEntries()) window.seen.largest = x.startTime; })
        .observe({type: "largest-contentful-paint", buffered: true});
    const look = () => {
        const found = document.querySelector(useful);
        if (found && found.getBoundingClientRect().height > 0) window.seen.useful = performance.now();
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""
MARKS = """() => ({...window.seen,
    first: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    loaded: performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd})"""


@dataclass(frozen=True, slots=True)
class Look:
    """A page, who opens it, and the element with which it becomes useful."""

    name: str
    path: str
    session: str
    useful: str


@dataclass(frozen=True, slots=True)
class Painted:
    """Milliseconds from the click: first and largest paint, useful; and what went over the wire."""

    first: float
    largest: float
    useful: float
    documents: int
    others: int


def looks(hospital: Hospital) -> list[Look]:
    """The pages that are looked at; the first is what the others are compared with."""
    full = session_of(hospital.full)
    record = f"/patients/{hospital.long_stay}/"
    return [
        Look("empty ward", "/", session_of(hospital.empty), "#ward-lines .empty"),
        Look("ward list", "/", full, "#ward-lines tbody tr"),
        Look("patient page", record, full, "#record .panel"),
        Look("round page", f"{record}round?round={hospital.round}", full, "main h2"),
    ]


def measure(run: Run) -> list[Section]:
    """Every page in turns, with static files kept by the browser; the first visit of each is only counted."""
    section = Section(f"Chromium, processor {SLOWDOWN} times slower")
    pages, rounds = looks(run.hospital), max(5, run.rounds // 4)
    with _browser() as browser:
        first, again = _visits(browser, run.address, pages, rounds)
    for page in pages:
        section.count(f"requests, first visit: {page.name}", first[page.name].documents + first[page.name].others)
        section.count(f"documents, next visit: {page.name}", again[page.name][-1].documents, exactly(1))
        section.count(f"other requests, next visit: {page.name}", again[page.name][-1].others, exactly(0))
    for kind in ("first", "largest", "useful"):
        _compare(section, again, kind)
    return [section]


def _compare(section: Section, painted: dict[str, list[Painted]], kind: str) -> None:
    words = {"first": "first contentful paint", "largest": "largest contentful paint", "useful": "first useful paint"}
    typical = {name: median(getattr(x, kind) for x in found) for name, found in painted.items()}
    empty = typical.pop("empty ward")
    section.add(f"{words[kind]}: empty ward, on this machine", empty, "ms")
    for name, milliseconds in typical.items():
        section.ratio(f"{words[kind]}: {name} : empty ward", milliseconds / empty)


def _visits(
    browser: Browser, address: str, pages: list[Look], rounds: int
) -> tuple[dict[str, Painted], dict[str, list[Painted]]]:
    visitors = {page.name: Visitor(browser, address, page) for page in pages}
    first = {name: visitor.visit() for name, visitor in visitors.items()}
    again: dict[str, list[Painted]] = {name: [] for name in visitors}
    for _ in range(rounds):
        for name, visitor in visitors.items():
            again[name].append(visitor.visit())
    return first, again


class Visitor:
    """A reader with a browser profile of their own and one tab, who opens one page again and again."""

    def __init__(self, browser: Browser, address: str, page: Look) -> None:
        self._place = address + page.path
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB")
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": page.session, "url": address}])
        context.add_init_script(f"({WATCH})({page.useful!r})")
        self._tab = context.new_page()
        self._wired: dict[str, str] = {}  # what came over the wire: its kind by request
        self._wire = context.new_cdp_session(self._tab)
        self._wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        self._wire.send("Network.enable")
        self._wire.on("Network.responseReceived", self._note)
        self._wire.on("Network.requestServedFromCache", self._forget)

    def _note(self, event: Any) -> None:
        answer = event["response"]
        if not answer.get("fromDiskCache") and not answer["url"].startswith("data:"):
            self._wired[event["requestId"]] = event["type"]

    def _forget(self, event: Any) -> None:
        self._wired.pop(event["requestId"], None)

    def visit(self) -> Painted:
        """From a blank page, as a link from elsewhere would."""
        self._tab.goto("about:blank")
        self._wired.clear()
        self._tab.goto(self._place, wait_until="networkidle")
        self._tab.wait_for_function("() => window.seen.useful && window.seen.largest")
        marks = self._tab.evaluate(MARKS)
        documents = sum(x == "Document" for x in self._wired.values())
        return Painted(marks["first"], marks["largest"], marks["useful"], documents, len(self._wired) - documents)


@contextmanager
def _browser() -> Iterator[Browser]:
    # playwright's loop runs in this thread, and Django would refuse to ask the database beside it
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path() or "chromium", args=sandbox)
        try:
            yield browser
        finally:
            browser.close()
