"""The menu "+ Add" in a browser: by keys and by touch, from an empty record to the first answer; in place; undone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from patients.models import FACT_TABLES, Patient, RespiratorySupport
from tests.browser.accessible import scrolls_sideways
from tests.browser.menu import loaded_anew, open_form, still
from tests.reading import plain

MOST_KEYS = 110  # from the empty record to the answer of the chart, digits, choices and Tab included; 103 today
MOST_TAPS = 10  # 9 today, what is typed not counted


def stored() -> int:
    return sum(table._default_manager.count() for table in FACT_TABLES.values())


class Hand:
    """Keys pressed and places touched, counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys, self.taps, self.loads = page, 0, 0, 0
        page.on("load", lambda _page: setattr(self, "loads", self.loads + 1))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def go_to(self, name: str) -> None:
        """Tab by tab to a field."""
        for _ in range(60):
            if self.page.evaluate("document.activeElement.name") == name:
                return
            self.press("Tab")
        raise AssertionError(f"{name} is not reached by Tab")

    def go_to_button(self) -> None:
        """Tab by tab to the button that sends the form."""
        for _ in range(60):
            if self.page.evaluate("document.activeElement.type") == "submit":
                return
            self.press("Tab")
        raise AssertionError("the button is not reached by Tab")

    def tap(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.taps += 1


@pytest.fixture
def empty(other) -> Patient:
    """On the ward, nothing recorded."""
    return other


@pytest.fixture
def record(live_server, empty) -> str:
    return f"{live_server.url}/patients/{empty.pk}/"


def onset() -> str:
    return (timezone.localdate() - timedelta(days=18)).isoformat()


def typed_day(day: str) -> str:
    """As an English date field takes it: month, day, year."""
    year, month, number = day.split("-")
    return f"{month}{number}{year}"


def test_from_an_empty_record_to_the_answer_by_keys(signed_in: Page, record, faults):
    page = signed_in
    page.goto(record)
    expect(page.locator("#first-facts")).to_contain_text("lacking")
    hand = Hand(page)
    hand.press("f")
    expect(page.locator("#entry [name=respiratory_onset-day]")).to_be_focused()
    hand.write(typed_day(onset()))
    hand.go_to("diagnosis-myositis")
    hand.press("D")
    hand.go_to("anti_mda5-result")
    hand.press("P")
    hand.go_to("anti_ars-result")
    hand.press("N")
    hand.go_to("ferritin-value_ferritin")
    hand.write("1240")
    hand.go_to("ferritin-value_kl6")
    hand.write("860")
    hand.go_to("hrct-ggo")
    hand.press("Y")
    hand.go_to("hrct-consolidation")
    hand.press("L")
    hand.go_to("pao2-value_pao2")
    hand.write("71")
    hand.go_to("pao2-value_vc")
    hand.write("2.1")
    hand.go_to("pao2-fio2")
    hand.write("0.21")
    hand.go_to("dyspnoea_on_exertion-present")
    hand.press("Y")
    hand.go_to_button()
    hand.press("Enter")
    expect(page.locator("#saved")).to_contain_text("chart: T3")
    expect(page.locator("#answer .big")).to_contain_text("T3")
    assert stored() == 10
    assert hand.loads == 0  # all of it in the page
    assert hand.keys <= MOST_KEYS, hand.keys
    expect(page.locator("details.add > summary")).to_be_focused()


@pytest.mark.browser_context_args(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
def test_from_an_empty_record_to_the_answer_by_touch(signed_in: Page, record, faults):
    page = signed_in
    page.goto(record)
    hand = Hand(page)
    hand.tap("#first-facts > .body > a")
    form = page.locator("#entry form")
    expect(form).to_be_visible()
    assert not scrolls_sideways(page)
    for name, value in (
        ("respiratory_onset-day", onset()),
        ("ferritin-value_ferritin", "1240"),
        ("pao2-value_pao2", "71"),
        ("pao2-fio2", "0.21"),
    ):
        hand.tap(f"[name={name}]")
        page.locator(f"[name={name}]").fill(value)
    for name, choice in (("diagnosis-myositis", "DM"), ("anti_mda5-result", "positive"), ("hrct-ggo", "yes")):
        hand.tap(f"[name={name}]")
        page.locator(f"[name={name}]").select_option(choice)
    hand.tap("#entry button[type=submit]")
    expect(page.locator("#saved")).to_contain_text("chart: T3")
    assert not scrolls_sideways(page)
    assert (hand.loads, stored()) == (0, 6)
    assert hand.taps <= MOST_TAPS, hand.taps


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_script_the_menu_opens_and_the_form_returns(signed_in: Page, record):
    page = signed_in
    page.goto(f"{record}results")
    open_form(page, "Support")
    page.locator("#entry [name=level]").select_option("room_air")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(f"{record}results")
    expect(page.locator("#saved")).to_contain_text("room air")
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(f"{record}results")
    expect(page.locator("#saved")).to_contain_text("undone:")


@pytest.mark.parametrize("path", ["", "results", "treatments"])
def test_saved_and_undone_in_place_equal_a_fresh_load(signed_in: Page, record, faults, path):
    page = signed_in
    page.goto(f"{record}{path}")
    page.evaluate("window.sameDocument = true")
    open_form(page, "Support")
    page.locator("#entry [name=level]").select_option("room_air")
    page.get_by_role("button", name="Save").click()
    for words, button in (("saved:", "Undo"), ("undone:", "")):
        expect(page.locator("#saved")).to_contain_text(words)
        assert page.evaluate("window.sameDocument")
        swapped = still(page, "#content")
        assert plain(loaded_anew(page, "#content")) == plain(swapped)
        page.evaluate("window.sameDocument = true")
        if button:
            page.get_by_role("button", name=button).click()


def test_undo_of_what_another_tab_undid_is_refused_in_words(signed_in: Page, record):
    page = signed_in
    page.goto(record)
    open_form(page, "Support")
    page.locator("#entry [name=level]").select_option("room_air")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#saved")).to_be_visible()
    tab = page.context.new_page()
    tab.goto(record)
    tab.get_by_role("button", name="Undo").click()
    expect(tab.locator("#saved")).to_contain_text("undone:")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Not undone")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="changed, cancelled")).to_be_visible()
    page.get_by_role("link", name="Back", exact=True).click()
    expect(page).to_have_url(record)
    assert RespiratorySupport.objects.count() == 2


def test_what_is_typed_on_a_round_stays_when_something_is_added(signed_in: Page, record, faults):
    page = signed_in
    page.goto(f"{record}round")
    with page.expect_response("**/round/draft"):
        page.locator("#id_note").fill("crackles to the mid zones")
        page.locator("#id_note").press("End")
    open_form(page, "Support")
    page.locator("#entry [name=level]").select_option("room_air")
    page.locator("#entry").get_by_role("button", name="Save").click()
    expect(page.locator("#saved")).to_contain_text("room air")
    expect(page).to_have_url(f"{record}round")
    expect(page.locator("#id_note")).to_have_value("crackles to the mid zones")


def test_menu_closes_with_escape_and_by_a_press_beside_it(signed_in: Page, record):
    page = signed_in
    page.goto(record)
    menu = page.locator(".add-menu")
    page.keyboard.press("e")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(page.locator("details.add > summary")).to_be_focused()
    page.locator("details.add > summary").click()
    expect(menu).to_be_visible()
    page.locator(".identity .who").click()
    expect(menu).to_be_hidden()


def test_back_and_save_again_stores_nothing_twice(signed_in: Page, record):
    page = signed_in
    page.goto(f"{record}enter/support")
    page.locator("#entry [name=level]").select_option("room_air")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#saved")).to_be_visible()
    page.go_back()
    page.locator("#entry [name=level]").select_option("room_air")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#saved, .invalid-feedback").first).to_be_visible()
    assert RespiratorySupport.objects.count() == 1


def test_last_support_is_filled_in_by_one_press(signed_in: Page, record):
    page = signed_in
    page.goto(record)
    open_form(page, "Support")
    page.locator("#entry [name=level]").select_option("oxygen")
    page.locator("#entry [name=flow]").fill("2")
    page.locator("#entry [name=device]").select_option("nasal_cannula")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#saved")).to_be_visible()
    open_form(page, "Support")
    page.get_by_role("navigation", name="As last time").get_by_role("link").click()
    expect(page.locator("#entry [name=flow]")).to_have_value(re.compile(r"^2(\.0+)?$"))
    assert RespiratorySupport.objects.count() == 1
