"""Parts of the patient page in Chromium: they come when they are looked at, fail in their place, and work with keys,
anchors, undo, paper, and without script."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from ildcare.record.parts import AWAITED, PARTS
from tests.browser.accessible import listen
from tests.browser.menu import look_at, open_form, still
from tests.browser.people import admitted, forty_days_treated, two_kits_of_kl6
from tests.browser.slow import Held
from tests.browser.standing import physician as physician
from tests.browser.standing import server as server
from tests.browser.standing import signed_in as signed_in
from tests.browser.standing import ward as ward
from tests.ildcare.record.test_parts import without_whole
from tests.reading import plain

NOT_NONE = re.compile("could not be loaded. Do not take this as none.")


@pytest.fixture
def complaints(page: Page) -> list[str]:
    return listen(page)


@pytest.fixture(scope="module")
def treated(ward, physician):
    return admitted("B-7", physician, ward, two_kits_of_kl6(), family_name="Nakamura", given_name="Kazuko")


@pytest.fixture
def record(signed_in: Page, server, treated) -> Page:
    signed_in.goto(f"{server}/patients/{treated.pk}/")
    return signed_in


def open_chart(page: Page) -> None:
    page.get_by_text("Show the whole chart").click()


def of_parts(route: Route) -> bool:
    return "hx-request" in route.request.headers


@pytest.mark.parametrize("width", [1440, 820, 390])
def test_parts_come_when_they_are_looked_at_and_no_sooner(
    signed_in: Page, server, treated, complaints, width: int
) -> None:
    page = signed_in
    page.set_viewport_size({"width": width, "height": 900})
    asked: list[str] = []
    page.on("request", lambda x: asked.append(x.headers.get("hx-target", "")) if "hx-request" in x.headers else None)
    page.goto(f"{server}/patients/{treated.pk}/")
    expect(page.locator("#alerts")).to_be_visible()
    page.wait_for_timeout(500)
    assert "chart" not in asked
    look_at(page, "#small-trends")
    open_chart(page)
    look_at(page, "#chart")
    assert sorted(asked) == sorted(AWAITED)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("#chart svg.fc").first).to_be_attached()
    expect(page.locator("#small-trends .smallrow").first).to_be_visible()
    assert complaints == []


def test_parts_looked_at_are_those_of_the_page_with_everything(record: Page) -> None:
    look_at(record, "#small-trends")
    open_chart(record)
    look_at(record, "#chart")
    seen = [plain(without_whole(still(record, f"#{name}"))) for name in AWAITED]
    record.goto(f"{record.url}?whole=1")
    assert [plain(without_whole(still(record, f"#{name}"))) for name in AWAITED] == seen
    for name in PARTS:
        expect(record.locator(f"#{name}")).to_be_visible()


@pytest.mark.parametrize("how", ["no answer", "an error", "another patient"])
def test_a_part_that_fails_says_so_in_its_place_and_is_tried_again(record: Page, how: str) -> None:
    page, of_this = record, record.locator("body").get_attribute("data-patient") or ""

    def fail(route: Route) -> None:
        if not of_parts(route):
            route.fallback()
        elif how == "no answer":
            route.abort()
        elif how == "an error":
            route.fulfill(status=500, headers={"X-Patient": of_this}, body="")
        else:
            route.fulfill(
                status=200, headers={"X-Patient": "999"}, body="<section id='small-trends'>of another</section>"
            )

    page.route("**/patients/*/**", fail)
    page.reload()
    page.evaluate("document.getElementById('small-trends').scrollIntoView()")
    place = page.locator("#small-trends")
    expect(place.get_by_role("alert")).to_contain_text(NOT_NONE)
    expect(place.get_by_text("Not loaded yet")).to_be_hidden()
    expect(page.get_by_text("of another")).to_have_count(0)
    expect(page.locator("#notice")).to_be_visible(visible=how == "another patient")
    page.emulate_media(media="print")
    expect(place).to_contain_text(NOT_NONE)
    page.emulate_media(media="screen")
    page.unroute_all()
    place.get_by_role("link", name="Try again").click()
    expect(place.locator(".smallrow").first).to_be_visible()
    expect(place.get_by_text(NOT_NONE)).to_have_count(0)


def test_a_link_to_the_chart_opens_it(record: Page, server, treated) -> None:
    page = record
    page.get_by_role("link", name="Kurasawa and Arai 2014, Figure 3").click()
    expect(page.locator("#chart svg.fc").first).to_be_attached()
    expect(page.locator("#chart > header")).to_be_in_viewport()
    page.goto("about:blank")
    page.goto(f"{server}/patients/{treated.pk}/#results")  # where the results once stood
    expect(page).to_have_url(re.compile("/results#results$"))
    expect(page.locator("#flow-table")).to_be_visible()


def test_on_paper_a_part_that_is_missing_says_so_and_where_it_is(signed_in: Page, server, treated) -> None:
    page = signed_in
    page.set_viewport_size({"width": 390, "height": 500})  # the course in small is far below
    page.goto(f"{server}/patients/{treated.pk}/")
    page.emulate_media(media="print")
    expect(page.locator("#small-trends").get_by_text("Not on this sheet.")).to_be_visible()
    expect(page.locator("#small-trends").get_by_text("Not loaded yet")).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("navigation", name="Record").get_by_role("link", name="Paper").click()
    page.get_by_role("link", name="Everything on one page").click()
    expect(page.locator("#flow-table")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_text("Not on this sheet.")).to_have_count(0)
    for name in PARTS:
        expect(page.locator(f"#{name}")).to_be_visible()


def test_without_script_every_part_is_a_link_away(browser, server, treated, signed_in: Page) -> None:
    with browser.new_context(java_script_enabled=False, storage_state=signed_in.context.storage_state()) as context:
        page = context.new_page()
        page.goto(f"{server}/patients/{treated.pk}/")
        page.locator("#small-trends").get_by_role("link", name="Everything on one page").click()
        expect(page.locator("#flow-table")).to_be_visible()
        expect(page.locator(".awaited")).to_have_count(0)


def test_an_entry_and_its_undo_show_bar_and_parts_anew(signed_in: Page, server, ward, physician, complaints) -> None:
    page, patient = signed_in, admitted("B-9", physician, ward, forty_days_treated(), family_name="Ishii")
    page.goto(f"{server}/patients/{patient.pk}/")
    expect(look_at(page, "#small-trends")).not_to_contain_text("4,711")
    open_form(page, "Results")
    page.locator("#entry").get_by_label("Ferritin", exact=True).fill("4711")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#saved")).to_contain_text("saved:")
    expect(look_at(page, "#small-trends")).to_contain_text("4,711")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#saved")).to_contain_text("undone:")
    expect(look_at(page, "#small-trends")).not_to_contain_text("4,711")
    open_form(page, "Treatment")
    page.locator("#entry [name=drug]").select_option("mmf")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#state-bar .cell-drugs")).to_contain_text("MMF")  # which stands outside what is put in place
    assert complaints == []


def test_a_slow_part_says_that_it_is_not_there_yet(record: Page) -> None:
    page = record
    parts = Held(page, "**/patients/*/", method="GET")
    open_chart(page)
    page.evaluate("document.getElementById('chart').scrollIntoView()")
    parts.wait()
    expect(page.locator("#chart")).to_have_attribute("aria-busy", "true")
    expect(page.locator("#chart")).to_contain_text("Not loaded yet")
    parts.let_go()
    expect(page.locator("#chart svg.fc").first).to_be_attached()


def test_keys_go_on_in_the_charts_of_the_page(record: Page) -> None:
    page = record
    page.goto(f"{page.url}?whole=1")
    page.locator("#trend-crp .trend-chart").focus()
    page.keyboard.press("+")
    page.wait_for_url("**from=*to=*")
    expect(page.locator("#trend-crp .trend-chart")).to_be_focused()
    assert urlsplit(page.url).path.endswith("/")
    chosen = still(page, "#trends")
    page.reload()
    expect(page.locator("#trends .readout").first).to_be_attached()
    assert plain(still(page, "#trends")) == plain(chosen)
