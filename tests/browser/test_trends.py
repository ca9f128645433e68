"""The trend charts in Chromium: keys, pointer, zoom, choice of days, nothing overlapping, accessible at every width."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.menu import still
from tests.browser.people import admitted, two_kits_of_kl6
from tests.browser.standing import physician as physician
from tests.browser.standing import server as server
from tests.browser.standing import signed_in as signed_in
from tests.browser.standing import ward as ward
from tests.reading import plain

# texts of one chart that cover each other, as pairs; those not displayed have no size
OVERLAPS = """() => [...document.querySelectorAll('.trend-chart')].flatMap(chart => {
  const texts = [...chart.querySelectorAll('text')].map(x => [x.textContent, x.getBoundingClientRect()]);
  const shown = texts.filter(([_, box]) => box.width > 0);
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  return shown.flatMap(([a, box], i) =>
    shown.slice(i + 1).filter(([_, other]) => meet(box, other)).map(([b]) => [a, b]));
})"""


@pytest.fixture(scope="module")
def treated(ward, physician):
    return admitted("B-7", physician, ward, two_kits_of_kl6(), family_name="Nakamura", given_name="Kazuko")


@pytest.fixture
def trends(signed_in: Page, server, treated, faults) -> Page:
    signed_in.goto(f"{server}/patients/{treated.pk}/trends")
    return signed_in


def chart(page: Page, code: str):
    return page.locator(f"#trend-{code} .trend-chart")


def readout(page: Page, code: str):
    return page.locator(f"#trend-{code} .readout")


def test_arrow_keys_walk_through_the_values_with_the_doses_of_the_day(trends: Page) -> None:
    chart(trends, "kl6").focus()
    trends.keyboard.press("ArrowLeft")
    newest = readout(trends, "kl6").inner_text()
    assert "U/mL (CLEIA)" in newest
    assert "GC oral 30 mg/day" in newest
    assert "CsA oral 200 mg/day" in newest
    trends.keyboard.press("ArrowLeft")
    assert readout(trends, "kl6").inner_text() != newest
    trends.keyboard.press("End")
    expect(readout(trends, "kl6")).to_have_text(newest)
    expect(trends.locator(".cursor").first).to_be_attached()


def test_one_cursor_stands_in_all_charts_at_the_same_day(trends: Page) -> None:
    chart(trends, "ferritin").focus()
    trends.keyboard.press("Home")
    places = trends.eval_on_selector_all(".cursor", "x => [...new Set(x.map(y => y.getAttribute('x1')))]")
    assert len(places) == 1
    assert trends.locator(".cursor").count() == trends.locator(".trend-chart").count()
    expect(readout(trends, "crp")).not_to_be_empty()
    expect(readout(trends, "ferritin")).to_have_attribute("aria-live", "polite")
    expect(readout(trends, "crp")).to_have_attribute("aria-live", "off")


def test_pointer_shows_the_nearest_value(trends: Page) -> None:
    box = trends.locator("#trend-ferritin .marks").bounding_box()
    assert box is not None
    trends.mouse.move(box["x"] + box["width"] - 3, box["y"] + 80)
    title = trends.locator("#trend-ferritin .marks > .dot title").last.text_content()
    assert readout(trends, "ferritin").inner_text().startswith(title or "-")


def test_drag_asks_the_server_for_the_days(trends: Page) -> None:
    box = trends.locator("#trend-ferritin .marks").bounding_box()
    assert box is not None
    trends.mouse.move(box["x"] + 60, box["y"] + 80)
    trends.mouse.down()
    trends.mouse.move(box["x"] + 200, box["y"] + 80)
    trends.mouse.move(box["x"] + 260, box["y"] + 80)
    trends.mouse.up()
    trends.wait_for_url("**from=*to=*")
    expect(trends.locator(".ranges a[aria-current]")).to_have_count(0)


def test_keys_zoom_and_keep_the_place(trends: Page) -> None:
    chart(trends, "crp").focus()
    trends.keyboard.press("+")
    trends.wait_for_url("**from=*to=*")
    expect(chart(trends, "crp")).to_be_focused()


@pytest.mark.parametrize("step", ["#range-4w", "#range-all", "#move-closer"])
def test_choice_of_days_equals_a_fresh_load(trends: Page, step) -> None:
    trends.locator("#trends figure").first.evaluate("x => { x.dataset.before = '1' }")
    trends.locator(step).click()
    trends.wait_for_url("**?*")
    expect(trends.locator("[data-before]")).to_have_count(0)  # the answer took the place of what stood there
    expect(trends.locator(".readout").first).to_be_attached()
    chosen = still(trends, "#trends")
    trends.reload()
    expect(trends.locator(".readout").first).to_be_attached()
    assert plain(still(trends, "#trends")) == plain(chosen)


def test_choice_of_days_on_the_patient_page_stays_there(signed_in: Page, server, treated, faults) -> None:
    signed_in.goto(f"{server}/patients/{treated.pk}/?whole=1")
    signed_in.locator("#trends #range-4w").click()
    signed_in.wait_for_url("**range=4w*")
    assert urlsplit(signed_in.url).path == f"/patients/{treated.pk}/"
    expect(signed_in.locator("#range-4w")).to_have_attribute("aria-current", "true")
    expect(signed_in.locator("#alerts")).to_be_attached()


def test_choice_of_days_works_without_script(browser, server, treated, signed_in: Page) -> None:
    context = browser.new_context(java_script_enabled=False, storage_state=signed_in.context.storage_state())
    page = context.new_page()
    page.goto(f"{server}/patients/{treated.pk}/trends")
    page.locator("#range-4w").click()
    expect(page.locator("#range-4w")).to_have_attribute("aria-current", "true")
    expect(page.locator(".trend-chart").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [390, 820, 1440])
@pytest.mark.parametrize("place", ["trends?range=all", "trends?range=4w", "trends/compare"])
def test_labels_do_not_overlap_and_nothing_scrolls_sideways(
    signed_in: Page, server, treated, faults, place, width
) -> None:
    signed_in.set_viewport_size({"width": width, "height": 900})
    signed_in.goto(f"{server}/patients/{treated.pk}/{place}")
    assert signed_in.evaluate(OVERLAPS) == []
    assert not signed_in.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_letters_of_the_charts_keep_their_size_on_a_telephone(trends: Page) -> None:
    trends.set_viewport_size({"width": 390, "height": 844})
    sizes = trends.eval_on_selector_all(
        ".trend-chart text.height", "x => x.map(y => y.getBoundingClientRect().height).filter(y => y)"
    )
    assert sizes
    assert min(sizes) > 11
