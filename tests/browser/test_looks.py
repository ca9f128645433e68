"""How pages look to whoever reads them: in the dark, on paper, with the keyboard (each page: test_accessibility)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.menu import open_own_menu
from tests.browser.people import tell
from tests.browser.standing import other as other
from tests.browser.standing import physician as physician
from tests.browser.standing import server as server
from tests.browser.standing import signed_in as signed_in
from tests.browser.standing import undecided as undecided
from tests.browser.standing import ward as ward
from tests.monitoring.stored import today
from tests.story import Story

DARK = pytest.mark.browser_context_args(color_scheme="dark")


def ground(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


LIGHT_GROUND, DARK_GROUND = "rgb(243, 246, 248)", "rgb(15, 24, 30)"


@pytest.mark.browser_context_args(java_script_enabled=True)
def test_theme_is_a_choice_that_stays_and_paper_is_light(signed_in: Page, server, undecided):
    page = signed_in
    page.goto(f"{server}/patients/{undecided.pk}/")
    assert ground(page) == LIGHT_GROUND
    open_own_menu(page)
    page.get_by_role("button", name="Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith(f"/patients/{undecided.pk}/")
    page.goto(server)
    assert ground(page) == DARK_GROUND
    page.emulate_media(media="print")
    assert ground(page) == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('main')).color") == "rgb(22, 35, 46)"


@DARK
def test_light_is_kept_on_a_dark_device(signed_in: Page, server, ward):
    page = signed_in
    page.goto(server)
    assert ground(page) == DARK_GROUND
    open_own_menu(page)
    page.get_by_role("button", name="Light", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator("body")).to_have_css("background-color", LIGHT_GROUND)
    open_own_menu(page)
    page.get_by_role("button", name="As the device").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "device")
    expect(page.locator("body")).to_have_css("background-color", DARK_GROUND)


def test_keys_are_listed_under_a_question_mark_and_can_be_turned_off(signed_in: Page, server, undecided):
    page = signed_in
    page.goto(server)
    page.locator("main a[href*='/patients/']").first.evaluate(
        "x => { x.dataset.key = 'n'; x.dataset.keyLabel = 'first' }"
    )
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys of this page")
    expect(keys).to_contain_text("first")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("n")
    page.wait_for_url("**/patients/**")
    page.keyboard.press("?")
    keys.get_by_role("button", name="Turn single keys off").click()
    page.keyboard.press("?")
    expect(keys).to_be_hidden()
    page.get_by_role("button", name="Help ?").click()
    expect(keys.get_by_role("button", name="Turn single keys on")).to_be_visible()


def test_keys_do_nothing_while_a_field_is_typed_in(signed_in: Page, server, undecided):
    page = signed_in
    page.goto(f"{server}/patients/{undecided.pk}/enter/decision")
    page.locator("[name=reason]").press_sequentially("why?")
    expect(page.locator("[name=reason]")).to_have_value("why?")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_keys_of_a_list_are_those_of_its_current_row(signed_in: Page, server, undecided, physician):
    """One row is the current one: only its buttons have keys, and Enter in the note of all ticked signs nothing."""
    # No more than a warning, so that it can be ticked.
    tell(undecided, Story().test(today() - 1, "neutrophils", "1240", id="count"), physician)
    page = signed_in
    page.goto(f"{server}/inbox/")
    rows = page.locator("[data-row]")
    expect(rows.first).to_have_class(re.compile("current"))
    rows.first.evaluate(
        """x => {
            const second = x.cloneNode(true);
            second.classList.remove("current");
            second.querySelectorAll("[data-key]").forEach((y) => delete y.dataset.key);
            x.after(second);
        }"""
    )
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_class(re.compile("current"))
    assert page.locator("[data-key=a]").count() == page.locator("[data-row].current [data-key=a]").count() == 1
    page.keyboard.press("a")
    expect(rows.nth(1).locator("details.say")).to_have_attribute("open", "")
    page.keyboard.press("k")
    expect(rows.first).to_have_class(re.compile("current"))
    page.locator("input[name=card]").first.check()
    expect(page.locator(".batch-count")).to_have_text("1 ticked")
    page.locator(".batch-more > summary").first.click()
    page.locator(".batch [name=note]").press("Enter")
    expect(page.locator(".batch-count")).to_have_text("1 ticked")
    page.keyboard.press("Escape")
    page.locator("h1").first.evaluate("x => x.ownerDocument.activeElement.blur()")
    page.keyboard.press("p")
    expect(page).to_have_url(f"{server}/patients/own")


def test_focus_is_never_under_the_identity(signed_in: Page, server, undecided):
    """WCAG 2.4.11: what is reached by Tab, upwards too, is in sight."""
    page = signed_in
    page.set_viewport_size({"width": 1180, "height": 700})
    page.emulate_media(reduced_motion="reduce")  # nothing glides while it is measured
    page.goto(f"{server}/patients/{undecided.pk}/")
    page.keyboard.press("End")
    page.locator("footer a").last.focus()
    hidden = []
    for _ in range(45):
        page.keyboard.press("Shift+Tab")
        box = page.evaluate(
            """async () => {
            await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
            const x = document.activeElement, own = x.getBoundingClientRect();
            const head = document.querySelector('.identity').getBoundingClientRect();
            return x.closest('main') && own.bottom <= head.bottom ? x.outerHTML.slice(0, 120) : '' }"""
        )
        hidden += [box] if box else []
    assert hidden == []
