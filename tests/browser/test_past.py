"""The time machine in Chromium: there and back, unmistakable, nothing to write, at every width and on paper."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.people import tell
from tests.browser.standing import physician as physician
from tests.browser.standing import server as server
from tests.browser.standing import signed_in as signed_in
from tests.browser.standing import undecided as undecided
from tests.browser.standing import ward as ward
from tests.monitoring.stored import today
from tests.story import Story


@pytest.fixture(scope="module")
def decided(undecided, physician):
    """Ferritin 890 yesterday, 1,240 a moment ago: T2 or T3 became T3."""
    tell(undecided, Story().ferritin(today(), "1240"), physician)
    return undecided


@pytest.fixture
def record(signed_in: Page, server, decided, faults) -> Page:
    signed_in.goto(f"{server}/patients/{decided.pk}/")
    return signed_in


def yesterday() -> str:
    return (timezone.localtime() - timedelta(days=1)).strftime("%Y-%m-%dT23:59")


def go_back(page: Page) -> None:
    page.locator(".timemachine summary").click()
    page.get_by_label("Moment").fill(yesterday())
    page.locator(".timemachine").get_by_role("button", name="Show").click()
    expect(page.locator(".pastbar")).to_be_visible()
    page.wait_for_load_state()  # its styles are there


def test_there_and_back(record: Page) -> None:
    expect(record.locator("#answer")).to_contain_text("1,240")
    go_back(record)
    assert record.title().startswith("PAST")
    expect(record.locator("#answer")).not_to_contain_text("1,240")
    record.get_by_role("link", name="Back to now").click()
    expect(record.locator("#answer")).to_contain_text("1,240")
    expect(record.locator(".pastbar")).to_have_count(0)


def test_nothing_can_be_written_in_the_past(record: Page) -> None:
    expect(record.locator("main form[method=post], main [hx-post], main .add").first).to_be_attached()
    go_back(record)
    expect(record.locator("main form[method=post], main [hx-post], main .add")).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 820, 390])
def test_the_past_is_framed_and_fits(record: Page, width: int) -> None:
    record.set_viewport_size({"width": width, "height": 900})
    go_back(record)
    assert record.evaluate("getComputedStyle(document.body).borderTopStyle") == "double"
    assert record.evaluate("document.documentElement.scrollWidth") <= width
    assert record.evaluate("document.querySelector('.past-line').getBoundingClientRect().top < innerHeight / 2")


def test_paper_says_that_it_is_the_past(record: Page) -> None:
    go_back(record)
    record.emulate_media(media="print")
    expect(record.locator(".pastbar")).to_be_visible()
    expect(record.get_by_text("PAST: as known on")).to_be_visible()
    expect(record.locator(".timemachine")).to_be_hidden()


def test_a_stretch_of_the_strip_leads_to_its_beginning(record: Page) -> None:
    record.get_by_role("link", name="Course", exact=True).click()
    record.locator("#strip .lane-strip a").first.click()
    expect(record.locator(".pastbar")).to_be_visible()


def test_the_moment_holds_in_every_tab_and_back_is_the_same_tab(record: Page) -> None:
    go_back(record)
    for name in ("Results", "Trends", "Treatments", "Course", "Paper", "Overview"):
        record.get_by_role("navigation", name="Record").get_by_role("link", name=name).click()
        expect(record.locator(".pastbar")).to_contain_text("This is the past")
        assert record.title().startswith("PAST")
    record.get_by_role("navigation", name="Record").get_by_role("link", name="Course").click()
    record.get_by_role("link", name="Back to now").click()
    expect(record.locator(".pastbar")).to_have_count(0)
    expect(record).to_have_url(re.compile("/course$"))
