"""The ward list in a browser: it brings itself up to date, keeps the reader's place, and says when it is old."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.moment.state_code import code_of
from patients.actions import record_facts
from patients.models import Admission
from tests.browser.menu import UNDER_WAY, loaded_anew, still
from tests.ildcare.ward.reading import forget_lines
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.reading import plain
from tests.story import Story

ASK = "window.htmx.trigger('#ward', 'ward:refresh')"
WIDTHS = (1440, 1180, 820, 390)


@pytest.fixture
def listed(ward, physician, undecided, other):
    """Two patients with beds and consultants."""
    forget_lines()
    Admission.objects.filter(patient=undecided).update(bed="701", consultant="Mori")
    Admission.objects.filter(patient=other).update(bed="702", consultant="Ito")
    return undecided, other


@pytest.fixture
def page_at(signed_in: Page, live_server, listed):
    """Opens the list."""

    def open_list(path: str = "/") -> Page:
        signed_in.goto(f"{live_server.url}{path}")
        expect(signed_in.locator("#ward")).to_be_visible()
        signed_in.evaluate("window.sameDocument = true")
        return signed_in

    return open_list


def news(patient, by, value: str = "240") -> None:
    story = Story().test(today() - 1, "ldh", value, known=today())
    record_facts(patient=patient, facts=story.versions, by=by, source="test")
    evaluate_patients([patient.pk])


def test_news_comes_without_a_reload_and_equals_a_fresh_load(page_at, listed, physician, faults):
    page = page_at("/?consultant=Ito")
    news(listed[1], physician)
    page.evaluate(ASK)
    expect(page.locator(".parts").first).to_contain_text("1 new result")
    expect(page.locator("#ward")).to_contain_text("Filters are on: 1 of 2 patients shown.")
    assert page.evaluate("window.sameDocument")
    swapped = still(page, "#ward")
    assert plain(loaded_anew(page, "#ward")) == plain(swapped)


def test_the_list_asks_every_minute(page_at, listed, physician, faults):
    page = page_at()
    assert "every 60s" in (page.locator("#ward").get_attribute("hx-trigger") or "")


def test_nothing_new_moves_nothing_and_says_when_it_was_asked(page_at, faults):
    page = page_at()
    page.evaluate("document.querySelector('#ward').mark = 1; document.querySelector('#checked').textContent = 'old'")
    page.evaluate(ASK)
    expect(page.locator("#checked")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    assert page.evaluate("document.querySelector('#ward').mark") == 1


def test_place_focus_and_open_parts_stay_over_an_update(page_at, listed, physician, ward, faults):
    for n in range(20):
        make_patient(f"F-{n}", physician, ward, family_name=f"Filler{n}", given_name=chr(97 + n) * 5)
    page = page_at()
    page.locator("#order-help summary").click()
    page.locator("#more-filters summary").click()
    held = page.locator("table.ward tr.line").nth(12)
    pk = (held.get_attribute("id") or "").removeprefix("line-")
    page.locator(f"#open-{pk}").click()
    expect(page.locator(f"#more-{pk}")).to_be_visible()
    page.locator("#more-filters summary").click()
    page.locator(f"#to-{pk}").focus()
    page.evaluate(
        "(id) => window.scrollTo({top: document.getElementById(id).offsetTop, behavior: 'instant'})", f"line-{pk}"
    )
    before = held.evaluate("(x) => x.getBoundingClientRect().top")
    urgent = Story().onset(today() - 3, known=today()).pao2(today(), "55", known=today())
    record_facts(patient=listed[1], facts=urgent.versions, by=physician, source="test")
    evaluate_patients([listed[1].pk])
    page.evaluate(ASK)
    expect(page.locator("table.ward tr.line").first).to_have_id(f"line-{listed[1].pk}")
    expect(page.locator(f"#to-{pk}")).to_be_focused()
    expect(page.locator(UNDER_WAY)).to_have_count(0)
    assert abs(page.locator(f"#line-{pk}").evaluate("(x) => x.getBoundingClientRect().top") - before) < 3
    assert page.locator("#order-help").get_attribute("open") is not None
    assert page.locator("#more-filters").get_attribute("open") is not None
    expect(page.locator(f"#more-{pk}")).to_be_visible()
    expect(page.locator(f"#open-{pk}")).to_have_attribute("aria-expanded", "true")


def test_a_row_is_opened_and_closed_by_keyboard(page_at, listed, faults):
    page = page_at()
    button, more = page.locator(".opens").first, page.locator("tr.more").first
    expect(more).to_be_hidden()
    button.focus()
    page.keyboard.press("Enter")
    expect(more).to_be_visible()
    expect(more).to_contain_text("No. ")
    page.keyboard.press("Enter")
    expect(more).to_be_hidden()


def test_nothing_moves_while_somebody_types_or_chooses(page_at, listed, physician, faults):
    page = page_at()
    page.get_by_label(re.compile("Name, number")).fill("Yam")
    news(listed[1], physician)
    page.evaluate("window.asked = 0; document.addEventListener('htmx:beforeSend', () => window.asked++)")
    page.evaluate(ASK)
    page.wait_for_timeout(300)
    assert page.evaluate("window.asked") == 0
    assert page.locator("#ward").get_attribute("aria-busy") is None
    assert page.get_by_label(re.compile("Name, number")).input_value() == "Yam"
    page.evaluate("document.activeElement.blur()")
    page.evaluate(ASK)
    expect(page.locator(".parts", has_text="1 new result")).to_have_count(1)
    assert page.get_by_label(re.compile("Name, number")).input_value() == "Yam"


def test_a_list_that_cannot_ask_says_how_old_it_is_and_recovers(page_at, listed, physician):
    page = page_at()
    shown = page.locator("#checked").inner_text()
    page.route("**/*state=*", lambda route: route.abort())
    page.evaluate(ASK)
    expect(page.locator(".stale")).to_be_visible()
    expect(page.locator(".stale")).to_have_text(f"Not updated since {shown}. What is shown may be out of date.")
    expect(page.locator("#ward")).to_have_class(re.compile("is-stale"))
    expect(page.locator("#notice")).to_be_hidden()
    page.unroute("**/*state=*")
    page.evaluate(ASK)
    expect(page.locator(".stale")).to_be_hidden()
    expect(page.locator("#ward")).not_to_have_class(re.compile("is-stale"))


def test_a_server_error_is_said_on_the_list(page_at):
    page = page_at()
    page.route("**/*state=*", lambda route: route.fulfill(status=500, body=""))
    page.evaluate(ASK)
    expect(page.locator(".stale")).to_be_visible()
    expect(page.locator("#ward-lines .name").first).to_be_visible()


def test_a_page_that_was_asleep_says_that_it_is_old(page_at):
    page = page_at()
    page.clock.install()
    page.reload()
    page.route("**/*state=*", lambda route: route.abort())
    page.clock.run_for(timedelta(minutes=4).total_seconds() * 1000)
    expect(page.locator(".stale")).to_be_visible()


def test_filters_are_chosen_combined_removed_and_cleared(page_at, faults):
    page = page_at()
    page.locator("#more-filters summary").click()
    page.get_by_label("Consultant").select_option("Ito")
    expect(page.locator(".filtered-list")).to_contain_text("1 of 2 patients shown")
    expect(page.locator("table.ward tr.line")).to_have_count(1)
    page.locator("#by-unseen").click()
    expect(page.locator("#by-unseen")).to_have_attribute("aria-current", "true")
    expect(page.locator(".chip", has_text="Not seen")).to_be_visible()
    page.locator(".chip", has_text="Consultant: Ito").click()
    expect(page.locator("table.ward tr.line")).to_have_count(2)
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator(".filtered-list")).to_have_count(0)


def test_view_is_saved_chosen_and_forgotten(page_at, faults):
    page = page_at("/?consultant=Ito")
    page.locator("#ward-menu > summary").click()
    page.locator("#keep-view summary").click()
    page.get_by_label("Name of the view").fill("Ito's")
    page.get_by_role("button", name="Keep", exact=True).click()
    view = page.get_by_role("link", name="Ito's")
    expect(view).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Clear filters").click()
    expect(page.locator("table.ward tr.line")).to_have_count(2)
    page.locator("#ward-menu > summary").click()
    view.click()
    expect(page.locator("table.ward tr.line")).to_have_count(1)
    page.locator("#ward-menu > summary").click()
    page.locator("#keep-view summary").click()
    page.get_by_role("button", name="Forget “Ito's”").click()
    expect(view).to_have_count(0)
    expect(page.locator("table.ward tr.line")).to_have_count(1)


def test_code_of_a_sheet_leads_to_its_patient(page_at, listed):
    page = page_at()
    page.get_by_label(re.compile("Name, number")).fill(code_of(listed[0].pk, timezone.now()))
    page.get_by_role("button", name="Find").click()
    expect(page).to_have_title(re.compile("B-1"))
    assert "?at=" in page.url


@pytest.mark.parametrize("width", WIDTHS)
def test_no_sideways_scrolling_and_room_for_a_finger(page_at, width):
    page = page_at("/?consultant=Ito")
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    least = 44 if width < 900 else 36  # for a mouse; a touch screen of any width has the larger ones
    shown = (("#start-round", least), ("#more-filters summary", least), (".filtered-list .chip", 44), (".clear", 44))
    for chosen, height in (*shown, (".opens", 44)):
        box = page.locator(chosen).first.bounding_box()
        assert box is not None
        assert box["height"] >= height, chosen
    if width < 900:
        box = page.locator("table.ward .name").first.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    page.locator(".opens").first.click()
    page.locator("#more-filters summary").click()
    for part in (".parts", ".pills", "#sort"):
        expect(page.locator(part).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_a_line_is_low_and_its_table_keeps_its_roles_as_cards(page_at):
    page = page_at()
    page.set_viewport_size({"width": 1440, "height": 900})
    heights = page.locator("tr.line").evaluate_all("(rows) => rows.map((x) => x.getBoundingClientRect().height)")
    assert max(heights) <= 56, "two lines of text, the mark of a similar name beside them"
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(2 + page.locator("tr.band").count())


def test_asking_is_no_sign_of_life(page_at):
    """R45: a list left open does not keep its reader signed in."""
    page = page_at()
    with page.expect_request("**/*state=*") as asked:
        page.evaluate(ASK)
    assert asked.value.headers["x-poll"] == "1"


def test_a_list_whose_session_is_over_asks_to_sign_in(page_at):
    """R50."""
    page = page_at()
    Session.objects.all().delete()
    page.evaluate(ASK)
    expect(page.locator(".name")).to_have_count(0)
    expect(page).to_have_url(re.compile("sign-in"))
