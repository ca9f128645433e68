"""What a browser makes of the pages: requests, and the time until something useful can be read, on a slow processor."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from playwright.sync_api import Page as Tab

from benchmarks.asking import session_of
from benchmarks.population import Hospital
from benchmarks.report import Section, times
from ildcare.browser import browser_path

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


def measure(hospital: Hospital, address: str, rounds: int) -> Section:
    """Every page in turns, with static files kept by the browser; the first visit of each is only counted."""
    section = Section(f"Chromium, processor {SLOWDOWN} times slower")
    pages = looks(hospital)
    with _browser() as browser:
        first, again = _visits(browser, address, pages, rounds)
    for page in pages:
        section.count(f"requests, first visit: {page.name}", first[page.name].documents + first[page.name].others)
        section.count(f"documents, next visit: {page.name}", again[page.name][-1].documents, "1")
        section.count(f"other requests, next visit: {page.name}", again[page.name][-1].others, "0")
    for kind in ("first", "largest", "useful"):
        _compare(section, again, kind)
    return section


def _compare(section: Section, painted: dict[str, list[Painted]], kind: str) -> None:
    words = {"first": "first contentful paint", "largest": "largest contentful paint", "useful": "first useful paint"}
    typical = {name: median(getattr(x, kind) for x in found) for name, found in painted.items()}
    empty = typical.pop("empty ward")
    section.add(f"{words[kind]}: empty ward (ms, this machine)", f"{empty:.0f}")
    for name, milliseconds in typical.items():
        section.add(f"{words[kind]}: {name} : empty ward", f"{times(milliseconds / empty)} ({milliseconds:.0f} ms)")


def _visits(
    browser: Browser, address: str, pages: list[Look], rounds: int
) -> tuple[dict[str, Painted], dict[str, list[Painted]]]:
    contexts = {page.name: _signed_in(browser, address, page) for page in pages}
    tabs = {page.name: contexts[page.name].new_page() for page in pages}
    for tab in tabs.values():
        tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    first = {page.name: _open(tabs[page.name], address, page) for page in pages}
    again: dict[str, list[Painted]] = {page.name: [] for page in pages}
    for _ in range(rounds):
        for page in pages:
            again[page.name].append(_open(tabs[page.name], address, page))
    for context in contexts.values():
        context.close()
    return first, again


def _open(tab: Tab, address: str, page: Look) -> Painted:
    """From a blank page, as a link from elsewhere would."""
    tab.goto("about:blank")
    asked: list[Any] = []
    tab.on("requestfinished", asked.append)
    tab.goto(address + page.path, wait_until="load")
    tab.wait_for_function("() => window.seen.useful && window.seen.largest")
    marks = tab.evaluate(MARKS)
    tab.remove_listener("requestfinished", asked.append)
    wired = [x for x in asked if not x.response().from_service_worker and not _kept(x)]
    documents = sum(x.resource_type == "document" for x in wired)
    return Painted(marks["first"], marks["largest"], marks["useful"], documents, len(wired) - documents)


def _kept(request: Any) -> bool:
    """Answered out of the browser's own cache."""
    return bool(request.sizes()["responseHeadersSize"] == 0)


def _signed_in(browser: Browser, address: str, page: Look) -> BrowserContext:
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB")
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": page.session, "url": address}])
    context.add_init_script(f"({WATCH})({page.useful!r})")
    return context


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
