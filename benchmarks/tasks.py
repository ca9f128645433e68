"""`.venv/bin/python -m benchmarks.tasks --address http://127.0.0.1:8080 --password ...`: the work of a morning on the
demonstration, counted: presses of a finger or a mouse, keys, pages that were loaded; and what the pages take.

The demonstration runs (`manage.py up`, whose log tells the password). The tasks are done by real presses, and write as
a person would: register somebody, sign a round. A field that is typed into counts as one press, its letters do not.
What is counted does not hang on the machine; times do, and are told with the processor slowed four times.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Request, StorageState, sync_playwright

from ildcare.operations.browser import browser_path

DESK, PHONE = (1440, 900), (390, 844)
SLOWDOWN = 4
ROUND = 8  # patients
PATIENT, SECOND = 23, 1  # in the order of registration: whom the tour points at, and the gravest
WORDS = r"[A-Za-z]{3,}"
USEFUL = "tr.line, #record .panel, .over .panel, .ib, .due-row, table.fresh, .ln, main h2"

VISIBLE = """() => [...document.querySelectorAll("tr.line")].map((x) => {
    const box = x.getBoundingClientRect();
    return [box.height, box.top >= 0 && box.bottom <= innerHeight, x.innerText];
})"""


@dataclass(kw_only=True)
class Hand:
    """Somebody at a screen: every press is done and counted. `touch`: with a finger on a telephone."""

    page: Page
    address: str
    touch: bool = False
    presses: int = 0
    keys: int = 0
    loads: int = 0
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._note)
        self.page.context.on("page", lambda page: page.on("request", self._note))

    def _note(self, request: Request) -> None:
        self.loads += request.is_navigation_request() and request.resource_type == "document"

    def press(self, where: str | Locator) -> None:
        """A mouse or a finger on the first of these that is seen."""
        place = self.page.locator(where).locator("visible=true").first if isinstance(where, str) else where
        (place.tap if self.touch else place.click)(timeout=60_000)
        self.presses += 1
        self._settle()

    def key(self, key: str) -> None:
        """A key of the page, or Enter."""
        self.page.keyboard.press(key)
        self.keys += 1
        self._settle()

    def fill(self, where: str, text: str) -> None:
        """Into a field: one press, whatever is written."""
        self.page.locator(where).locator("visible=true").first.fill(text)
        self.presses += 1

    def choose(self, where: str, index: int) -> None:
        """Of a list."""
        self.page.locator(where).locator("visible=true").first.select_option(index=index)
        self.presses += 1

    def _settle(self) -> None:
        self.page.wait_for_timeout(60)
        self.page.wait_for_load_state("load")
        self.page.wait_for_function("() => !document.querySelector('.htmx-request')")


def menu(hand: Hand, place: str) -> None:
    """To a page of the menu: by its entry, on a telephone or where it is folded behind one."""
    if not hand.page.locator(f".topbar a[href='{place}']").locator("visible=true").count():
        hand.press(".topbar .menu:not(.me) > summary")
    hand.press(f".topbar a[href='{place}']")


def record(hand: Hand, number: int) -> None:
    """From the list to a record."""
    hand.press(f"#to-{number}")


def actions(hand: Hand) -> None:
    """The menu of what is done with a ward; on a telephone behind the filters."""
    if hand.touch:
        hand.press("#more-filters > summary")
    hand.press("#ward-actions > summary")


def press_for_paper(hand: Hand, where: str) -> None:
    """A link that opens a PDF beside the page."""
    with hand.page.context.expect_event("response", predicate=lambda x: ".pdf" in x.url, timeout=60_000):
        hand.press(where)


# -- the tasks --------------------------------------------------------------------------------------------------------


def register(hand: Hand) -> None:
    """Register and admit: nobody before, on the ward at the end."""
    hand.press("#ward-menu > summary")
    hand.press("a[data-key=n]")
    stamp = f"{datetime.now(UTC):%H%M%S%f}"[:10]
    for name, text in (("mrn", f"T{stamp}"), ("family_name", f"Task{stamp}"), ("given_name", "Counted")):
        hand.fill(f"[name={name}]", text)
    hand.fill("[name=birth_date]", "1960-05-05")
    hand.choose("[name=sex]", 1)
    hand.press("main form button[type=submit]")
    if hand.page.locator("main [role=alert]").locator("visible=true").count():
        hand.told.append(hand.page.locator("main [role=alert]").first.inner_text()[:80])


def begin_round(hand: Hand) -> None:
    hand.press("#start-round") if hand.touch else hand.key("r")
    hand.press("main form[action$='/begin'] button") if hand.touch else hand.key("b")


def walk_round(hand: Hand) -> None:
    """Eight patients: to each, signed."""
    begin_round(hand)
    for _ in range(ROUND):
        if hand.touch:
            hand.press("#decide")  # opens the bar, which tells what is signed
            hand.press("#round-form button[value=next]")
        else:
            hand.key("s")
            hand.key("Enter")


def morning(hand: Hand) -> None:
    """Three values of one time, saved."""
    record(hand, PATIENT)
    hand.press("a[href*='/morning']")
    for code, value in (("crp", "2.1"), ("ldh", "266"), ("ferritin", "712")):
        hand.fill(f"#value-{code}", value)
    hand.press("button[name=do][value=all]")


def acknowledge(hand: Hand) -> None:
    """All cards of the ward: what may be answered together in one, the critical ones one by one."""
    menu(hand, "/inbox/") if hand.touch else hand.key("i")
    ticks = hand.page.locator("input[name=card]").all()
    if ticks and hand.page.locator("#tick-all").locator("visible=true").count():
        hand.press("#tick-all")
    else:
        for tick in ticks:
            hand.press(tick)
    if ticks:
        hand.press(".batch button[value=already_known]")
    hand.told.append(f"{len(ticks)} cards together")
    critical = hand.page.locator(".ib.critical:not(.quiet)").count()
    for _ in range(critical):
        row = hand.page.locator(".ib.critical:not(.quiet)").first
        hand.press(row.locator("details.say > summary").first)
        hand.press(row.locator("label.answer-choice").locator("visible=true").first)
        hand.press(row.locator("form button[type=submit].btn-primary").first)
    hand.told.append(f"{critical} critical cards")


def ended(hand: Hand) -> None:
    """Who acknowledged a card that is over."""
    menu(hand, "/inbox/") if hand.touch else hand.key("i")
    hand.press(".list-tabs .spread")
    if not hand.page.locator(".ib.over").count():
        hand.press(".choices .choice:has-text('7')")
    assert "✓" in hand.page.locator("#rows, .inbox-list").first.inner_text() or hand.page.locator(".ib.over").count()


def off_band(hand: Hand) -> None:
    """Levels off their band today."""
    menu(hand, "/inbox/levels")
    hand.press(".choices a[href*='what=band']")


def due(hand: Hand) -> None:
    """Tests due today, and one of them ticked."""
    menu(hand, "/inbox/tests")


def sheets(hand: Hand) -> None:
    """All round sheets in one file."""
    actions(hand)
    press_for_paper(hand, "#round-sheets")


def past(hand: Hand) -> None:
    """The record as it was known ten days ago."""
    record(hand, PATIENT)
    hand.press(".timemachine > summary")
    hand.fill("#at", f"{datetime.now(UTC) - timedelta(days=10):%Y-%m-%dT%H:%M}")
    hand.press(".timemachine button[type=submit]")


def why(hand: Hand) -> None:
    """Why T3 and not T2: the reasons on the overview, the whole chart below."""
    record(hand, PATIENT)
    assert hand.page.locator(".answer .why li").count()


def hand_over(hand: Hand) -> None:
    """The handover for the night, as a file."""
    actions(hand)
    press_for_paper(hand, "#handover")


TASKS: dict[str, Callable[[Hand], None]] = {
    "register and admit": register,
    f"round of {ROUND}": walk_round,
    "morning sheet, three values": morning,
    "who acknowledged an ended card": ended,
    "levels off band today": off_band,
    "tests due today": due,
    "print all sheets": sheets,
    "ten days ago": past,
    "why T3 and not T2": why,
    "hand over to the night": hand_over,
    "acknowledge all cards": acknowledge,  # last: it changes what the others see
}
PAGES = {
    "ward list": "/",
    "overview": f"/patients/{PATIENT}/",
    "overview of the gravest": f"/patients/{SECOND}/",
    "results": f"/patients/{PATIENT}/results",
    "trends": f"/patients/{PATIENT}/trends",
    "treatments": f"/patients/{PATIENT}/treatments",
    "round page": f"/patients/{PATIENT}/round",
    "morning sheet": f"/patients/{PATIENT}/morning",
    "inbox": "/inbox/",
    "levels": "/inbox/levels",
    "tests due": "/inbox/tests",
    "tasks": "/inbox/tasks",
}


# -- counted and measured ---------------------------------------------------------------------------------------------


def count_tasks(browser: Browser, address: str, password: str, *, touch: bool) -> Iterator[str]:
    """A line of the table for each task."""
    for name, task in TASKS.items():
        context = signed_in(browser, address, password, PHONE if touch else DESK, touch=touch)
        page = context.new_page()
        page.goto(address)
        hand = Hand(page=page, address=address, touch=touch)
        try:
            task(hand)
            note = ", ".join(hand.told)
        except (Error, AssertionError) as fault:
            note = f"not finished: {str(fault).splitlines()[0][:90]}"
        yield f"| {name} | {hand.presses} | {hand.keys} | {hand.loads} | {note} |"
        context.close()


def measure_pages(browser: Browser, address: str, password: str) -> Iterator[str]:
    """Height at both widths, bytes and requests of a first visit, time until something useful stands, slowed."""
    for name, path in PAGES.items():
        heights, weights = [], (0, 0, 0.0)
        for size in (DESK, PHONE):
            context = signed_in(browser, address, password, size)
            page = context.new_page()
            if size == DESK:
                weights = _first_visit(page, address + path)
            else:
                page.goto(address + path, wait_until="networkidle")
            for _ in range(4):
                page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
                page.wait_for_timeout(150)
            heights.append(page.evaluate("document.documentElement.scrollHeight"))
            context.close()
        sent, requests, useful = weights
        yield f"| {name} | {heights[0]} | {heights[1]} | {sent / 1000:.0f} | {requests} | {useful:.0f} |"


def _first_visit(page: Page, place: str) -> tuple[int, int, float]:
    """Bytes over the wire, requests, milliseconds until the first useful element has a height."""
    wire, sent = page.context.new_cdp_session(page), [0, 0]

    def finished(event: dict[str, float]) -> None:
        sent[0] += int(event["encodedDataLength"])
        sent[1] += 1

    wire.send("Network.enable")
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    wire.on("Network.loadingFinished", finished)
    page.add_init_script(
        f"""(() => {{ const look = () => {{ const found = document.querySelector({USEFUL!r});
        if (found && found.getBoundingClientRect().height > 0) window.useful = performance.now();
        else requestAnimationFrame(look); }}; requestAnimationFrame(look); }})()"""
    )
    page.goto(place, wait_until="networkidle")
    useful = page.evaluate("window.useful || 0")
    wire.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return sent[0], sent[1], useful


def look_at_the_list(browser: Browser, address: str, password: str) -> Iterator[str]:
    """Patients without scrolling, heights and words of the lines."""
    context = signed_in(browser, address, password, DESK)
    page = context.new_page()
    page.goto(address)
    lines = page.evaluate(VISIBLE)
    words = [len(re.findall(WORDS, text)) for _height, _seen, text in lines]
    heights = [height for height, _seen, _text in lines]
    yield f"patients wholly on {DESK[0]}x{DESK[1]}: {sum(seen for _height, seen, _text in lines)} of {len(lines)}"
    yield f"height of a line: {min(heights):.0f} to {max(heights):.0f} px"
    yield f"words of a line (three letters and more): {median(words):.0f} in the middle, at most {max(words)}"
    context.close()


# -- a browser --------------------------------------------------------------------------------------------------------


def signed_in(
    browser: Browser, address: str, password: str, size: tuple[int, int], *, touch: bool = False
) -> BrowserContext:
    """A browser of the physician's, signed in once for all."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale="en-GB",
        has_touch=touch,
        storage_state=STATE.get(address),
    )
    if address not in STATE:
        page = context.new_page()
        page.goto(f"{address}/sign-in")
        page.fill("[name=username]", "physician")
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda place: "sign-in" not in place)
        page.close()
        STATE[address] = context.storage_state()
    return context


STATE: dict[str, StorageState] = {}


@contextmanager
def _browser() -> Iterator[Browser]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path() or "chromium", args=sandbox)
        try:
            yield browser
        finally:
            browser.close()


def main() -> None:
    """Print it all as tables."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--address", default="http://127.0.0.1:8080")
    arguments.add_argument("--password", required=True, help="of the user physician")
    asked = arguments.parse_args()
    with _browser() as browser:
        print(*look_at_the_list(browser, asked.address, asked.password), sep="\n")
        print(
            "\n| page | px at 1440 | px at 390 | kB, first visit | requests | useful after ms, 4x slower |\n"
            + "|---" * 6
            + "|"
        )
        for line in measure_pages(browser, asked.address, asked.password):
            print(line, flush=True)
        for touch in (False, True):
            print(f"\n| {'touch at 390 px' if touch else 'desk'} | presses | keys | loads | |\n" + "|---" * 5 + "|")
            for line in count_tasks(browser, asked.address, asked.password, touch=touch):
                print(line, flush=True)


if __name__ == "__main__":
    main()
