"""Room on the screen, with the ward of the demonstration: who is seen without scrolling, in how many words, and how
high the overview of a record is. Its worst patients are the measure: a quiet one fits anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from statistics import median

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from ildcare.demo.roster import stays
from ildcare.demo.seed import seed
from ildcare.evaluation.sweep import sweep
from tests.browser.test_guide import LOCALES, last_ten_o_clock, signed_in
from tests.effort import cases, dice
from tests.ildcare.ward.reading import forget_lines
from tests.monitoring.canaries_spoke import tried

WIDE, HIGH = 1440, 900  # the screen of a ward
A_LINE = 24  # px: after midnight one more test has become overdue
WORST = 4  # of the list, whose overviews are the fullest
PATIENTS = 12  # are seen on it at least, with the tour of the demonstration above them
LOWEST, HIGHEST = 44, 56  # px, a line of the list
WORDS, MOST_WORDS = 20, 26  # in the middle and at most of a line: of three letters and more, numbers and units apart
UNITS = frozenset({"mmol", "mmhg", "dec", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov"})

LINES = """() => [...document.querySelectorAll("tr.line")].map((x) => {
    const box = x.getBoundingClientRect();
    const seen = box.top >= 0 && box.bottom <= innerHeight;
    return [x.querySelector(".bed").innerText.trim(), box.height, seen, x.innerText];
})"""
WHOLE = """() => { window.scrollTo(0, document.documentElement.scrollHeight); return document.querySelectorAll(
    "#small-trends.awaited, .htmx-request").length }"""


@pytest.fixture
def ward_at(transactional_db, new_context: Callable[..., BrowserContext], live_server) -> Callable[[str], Page]:
    """The ward of the demonstration, the morning after a round, in a language."""
    forget_lines()
    seed(now=last_ten_o_clock(), password="ward-room")
    sweep()
    tried()

    def open_ward(language: str) -> Page:
        page = signed_in(new_context(locale=LOCALES[language]), language, "physician", live_server.url)
        page.set_viewport_size({"width": WIDE, "height": HIGH})
        page.goto(live_server.url)
        expect(page.locator("tr.line").first).to_be_visible()
        return page

    return open_ward


def words_in(text: str) -> int:
    """The words that are read, of three letters and more: no numbers, units or months."""
    return sum(x.casefold() not in UNITS for x in re.findall(r"[A-Za-z]{3,}", text))


def test_words_are_counted_as_they_are_read() -> None:
    assert words_in("T3 d16 · 90 % HFNC 0.50, PaO2 63.9 mmHg on 29 Nov: not seen") == 4


@pytest.mark.within(day=600)
def test_ward_and_records_of_the_demonstration_fit_their_screens(ward_at, live_server) -> None:
    people = {x[0].bed for x in stays()}
    assert len(people) > PATIENTS
    page = ward_at("en")
    for language in LOCALES:
        translated(page, language, live_server.url)
        lines = page.evaluate(LINES)
        heights = {bed: round(height) for bed, height, _seen, _text in lines}
        assert {bed: x for bed, x in heights.items() if not LOWEST <= x <= HIGHEST} == {}, language
        assert sum(seen for _bed, _height, seen, _text in lines) >= PATIENTS, language
        if language == "en":
            words = {bed: words_in(text) for bed, _height, _seen, text in lines}
            assert median(words.values()) <= WORDS
            assert {bed: n for bed, n in words.items() if n > MOST_WORDS} == {}
            assert_few_are_changed(page, len(lines))
        assert heights_of_records(page, live_server.url) == {}, language


def translated(page: Page, language: str, address: str) -> None:
    """The same page in another language."""
    page.context.add_cookies([{"name": "django_language", "value": language, "url": address}])
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("lang", language)


def assert_few_are_changed(page: Page, of: int) -> None:
    """ "Changed" selects fewer than half of a ward, though results came of almost everybody. After midnight what has
    become overdue is news: then it is no morning any more."""
    is_morning = timezone.localdate() == timezone.localdate(last_ten_o_clock())
    page.locator("#by-changed").click()
    expect(page.locator("#by-changed")).to_have_attribute("aria-current", "true")
    assert 0 < page.locator("tr.line").count() < (of / 2 if is_morning else of * 2 / 3)
    page.goto(page.url.partition("?")[0])


def heights_of_records(page: Page, address: str) -> dict[str, int]:
    """The overviews that are higher than two screens, everything loaded; the bar stays where it is on each."""
    found = {}
    places = page.locator("tr.line a.name").evaluate_all("(all) => all.map((x) => x.getAttribute('href'))")
    others = dice("room").sample(places[WORST:], cases(len(places) - WORST, gate=4))
    for place in (*places[:WORST], *others):
        page.goto(address + place)
        page.wait_for_function(f"() => ({WHOLE})() === 0")
        height = page.evaluate("document.documentElement.scrollHeight")
        assert page.locator(".stays").evaluate("(x) => x.getBoundingClientRect().top") == 0, place
        expect(page.locator(".stays .identity")).to_be_in_viewport()
        if height > 2 * HIGH + A_LINE:
            found[place] = height
    return found
