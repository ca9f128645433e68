"""How pages look to whoever reads them: in the dark, with a thumb, with the keyboard, on any width."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

WIDTHS = (1440, 1180, 820, 390)
DARK = pytest.mark.browser_context_args(color_scheme="dark")

# WCAG 2.5.8 leaves out links in a sentence; a field's own label counts with it; a row of the flow sheet is a table of
# values whose links repeat what the page of the fact offers, and its panels fold with the whole width of their label
LET_OFF = "p a, li a, td a, .panel-toggle, .visually-hidden *, .skip, svg a, label.form-check-label, .notice a"
TOO_SMALL = """([least, letOff]) => {
    const seen = (x) => x.checkVisibility({ visibilityProperty: true }) && x.getClientRects().length;
    const size = (x) => {
        const whole = x.closest("label") || (x.labels && x.labels[0] && x.closest(".form-check")) || x;
        const box = whole.getBoundingClientRect();
        return Math.min(box.width, box.height);
    };
    return [...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden]), textarea")]
        .filter((x) => seen(x) && !x.matches(letOff) && size(x) < least - 0.5)
        .map((x) => `${x.outerHTML.slice(0, 120)} ${Math.round(size(x))}`);
}"""


def pages_of(patient) -> list[str]:
    own = f"/patients/{patient.pk}/"
    past = quote((timezone.now() - timedelta(hours=1)).isoformat())
    kinds = ("results", "decision", "judgement", "treatment")
    parts = ("results", "treatments", "trends", "trends/compare", "round", f"?at={past}")
    return [
        "/",
        own,
        *(f"{own}enter/{x}" for x in kinds),
        *(own + x for x in parts),
        "/round/",
        "/review/overrides",
        "/nowhere",
    ]


@DARK
@pytest.mark.parametrize("language", ["en", "ja"])
def test_dark_pages_are_accessible(signed_in: Page, live_server, undecided, other, language):
    page = signed_in
    page.set_extra_http_headers({"Accept-Language": language})
    for path in pages_of(undecided):
        page.goto(live_server.url + path)
        violations = Axe().run(page).response["violations"]
        assert [(x["id"], [node["html"][:160] for node in x["nodes"]][:3]) for x in violations] == [], path


@pytest.mark.parametrize("width", [820, 390])
def test_targets_are_large_enough_for_a_thumb(signed_in: Page, live_server, undecided, other, width):
    """44 px; within a table or a sentence 24 px (WCAG 2.5.8)."""
    page = signed_in
    page.set_viewport_size({"width": width, "height": 1180})
    for path in pages_of(undecided):
        page.goto(live_server.url + path)
        assert page.evaluate(TOO_SMALL, [44, LET_OFF]) == [], path


def test_no_page_scrolls_sideways(signed_in: Page, live_server, undecided, other):
    page = signed_in
    for path in pages_of(undecided):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(live_server.url + path)
            assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), f"{path} {width}"


def ground(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


LIGHT_GROUND, DARK_GROUND = "rgb(243, 246, 248)", "rgb(15, 24, 30)"


@pytest.mark.browser_context_args(java_script_enabled=True)
def test_theme_is_a_choice_that_stays_and_paper_is_light(signed_in: Page, live_server, undecided):
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")
    assert ground(page) == LIGHT_GROUND
    page.get_by_role("button", name="Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith(f"/patients/{undecided.pk}/")
    page.goto(live_server.url)
    assert ground(page) == DARK_GROUND
    page.emulate_media(media="print")
    assert ground(page) == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('main')).color") == "rgb(22, 35, 46)"


@DARK
def test_light_is_kept_on_a_dark_device(signed_in: Page, live_server, ward):
    page = signed_in
    page.goto(live_server.url)
    assert ground(page) == DARK_GROUND
    page.get_by_role("button", name="Light", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert ground(page) == LIGHT_GROUND
    page.get_by_role("button", name="As the device").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "device")
    assert ground(page) == DARK_GROUND


def test_keys_are_listed_under_a_question_mark_and_can_be_turned_off(signed_in: Page, live_server, undecided):
    page = signed_in
    page.goto(live_server.url)
    page.locator("main a[href*='/patients/']").first.evaluate(
        "x => { x.dataset.key = 'n'; x.dataset.keyLabel = 'first' }"
    )
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys of this page")
    expect(keys).to_contain_text("first")
    violations = Axe().run(page).response["violations"]
    assert [x["id"] for x in violations] == []
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("n")
    page.wait_for_url("**/patients/**")
    page.keyboard.press("?")
    keys.get_by_role("button", name="Turn single keys off").click()
    page.keyboard.press("?")
    expect(keys).to_be_hidden()
    page.get_by_role("button", name="Keys ?").click()
    expect(keys.get_by_role("button", name="Turn single keys on")).to_be_visible()


def test_keys_do_nothing_while_a_field_is_typed_in(signed_in: Page, live_server, undecided):
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/enter/decision")
    page.locator("[name=reason]").press_sequentially("why?")
    expect(page.locator("[name=reason]")).to_have_value("why?")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_focus_is_never_under_the_identity(signed_in: Page, live_server, undecided):
    """WCAG 2.4.11: what is reached by Tab, upwards too, is in sight."""
    page = signed_in
    page.set_viewport_size({"width": 1180, "height": 700})
    page.emulate_media(reduced_motion="reduce")  # nothing glides while it is measured
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")
    page.keyboard.press("End")
    page.locator("footer button").last.focus()
    hidden = []
    for _ in range(45):
        page.keyboard.press("Shift+Tab")
        box = page.evaluate(
            """() => { const x = document.activeElement, own = x.getBoundingClientRect();
            const head = document.querySelector('.identity').getBoundingClientRect();
            return x.closest('main') && own.bottom <= head.bottom ? x.outerHTML.slice(0, 120) : '' }"""
        )
        hidden += [box] if box else []
    assert hidden == []
