"""Treatments, levels and the flow sheet in Chromium: at every width, copied, folded, paged, entered by keyboard."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from patients.models import Patient
from tests.browser.accessible import listen
from tests.browser.people import admitted, forty_days_treated
from tests.browser.standing import physician as physician
from tests.browser.standing import server as server
from tests.browser.standing import signed_in as signed_in
from tests.browser.standing import ward as ward

WIDTHS = (390, 820, 1440)


@pytest.fixture
def complaints(page: Page) -> list[str]:
    return listen(page)


@pytest.fixture(scope="module")
def treated(ward, physician):
    return admitted("B-8", physician, ward, forty_days_treated(), family_name="Ono", given_name="Mari")


@pytest.fixture
def another(ward, physician):
    """The same course of a patient of whom a test may record more."""
    return admitted(f"B-{Patient.objects.count() + 20}", physician, ward, forty_days_treated(), family_name="Ishii")


def place(server: str, patient: Patient, page: str = "treatments") -> str:
    return f"{server}/patients/{patient.pk}/{page}"


# -- the timeline -----------------------------------------------------------------------------------------------------


def outside(page: Page) -> list[str]:
    """Names and labels of the drawing that reach beyond its panel."""
    return page.evaluate(
        """() => { const box = document.querySelector('.timeline').getBoundingClientRect();
        return [...document.querySelectorAll('svg.tl text')].filter(x => x.getClientRects().length)
          .filter(x => { const r = x.getBoundingClientRect();
            return r.left < box.left - 1 || r.right > box.right + 1; })
          .map(x => x.textContent); }"""
    )


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_label_of_the_timeline_stays_in_its_panel(signed_in: Page, server, treated, language) -> None:
    page = signed_in
    page.set_extra_http_headers({"Accept-Language": language})
    page.goto(place(server, treated))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator("svg.tl")).to_be_visible()
        assert outside(page) == []


def test_shown_labels_of_the_axis_do_not_touch(signed_in: Page, server, treated) -> None:
    page = signed_in
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(place(server, treated))
        boxes = page.evaluate(
            """() => [...document.querySelectorAll('svg.tl .tl-day:not(.tl-therapy)')]
            .filter(x => x.getClientRects().length).map(x => { const r = x.getBoundingClientRect();
              return [r.left, r.right]; }).sort((a, b) => a[0] - b[0])"""
        )
        assert len(boxes) > 1
        assert all(before[1] < after[0] for before, after in pairwise(boxes))


def test_every_treatment_is_drawn_once_and_leads_to_its_entry(signed_in: Page, server, treated) -> None:
    page = signed_in
    page.goto(place(server, treated))
    drawn = page.locator("svg.tl [data-fact]").evaluate_all("x => x.map(y => y.dataset.fact)")
    rows = page.locator("table.given tr[data-fact]").evaluate_all("x => x.map(y => y.dataset.fact)")
    assert sorted(drawn) == sorted(rows)
    assert len(rows) == len(set(rows)) == 8
    page.locator("table.given a.do").first.click()
    expect(page.locator("h2").first).to_contain_text("Entry and its versions")


def test_level_without_route_and_time_is_called_not_interpretable(signed_in: Page, server, treated) -> None:
    page = signed_in
    page.goto(place(server, treated))
    told = page.locator("tr", has_text="6.1 ng/mL")
    expect(told).to_contain_text("not interpretable: no route, no dose time")
    assert "subtherapeutic" not in page.content()


def test_an_old_place_of_the_patient_page_leads_to_its_tab(signed_in: Page, server, treated, complaints) -> None:
    page = signed_in
    page.goto(place(server, treated, "#treatments"))
    expect(page).to_have_url(re.compile(f"/patients/{treated.pk}/treatments"))
    expect(page.locator("svg.tl")).to_be_visible()
    expect(page.get_by_role("navigation", name="Record").locator("[aria-current]")).to_have_text("Treatments")
    assert complaints == []


# -- the flow sheet ---------------------------------------------------------------------------------------------------


def test_every_value_stands_inside_its_own_cell(signed_in: Page, server, treated) -> None:
    """A value that reached into the next column would be read as one of another day."""
    page = signed_in
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(place(server, treated, "results"))
        spilled = page.evaluate(
            """() => [...document.querySelectorAll('table.flow td')].filter(cell => {
            const box = cell.getBoundingClientRect();
            return [...cell.querySelectorAll('*')].some(x => { const r = x.getBoundingClientRect();
              return r.right > box.right + 1 || r.left < box.left - 1; }); }).map(x => x.textContent)"""
        )
        assert spilled == []
        expect(page.locator("td .at")).to_have_count(2)


SELECT = """() => { const range = document.createRange(); range.selectNode(document.querySelector('table.flow'));
  const chosen = getSelection(); chosen.removeAllRanges(); chosen.addRange(range); return chosen.toString(); }"""


def test_selected_table_is_plain_text_with_units_one_line_a_test(signed_in: Page, server, treated) -> None:
    page = signed_in
    page.goto(place(server, treated, "results"))
    lines = [x for x in page.evaluate(SELECT).split("\n") if x.strip()]
    rows = page.locator("table.flow tr").count()
    assert len(lines) == rows
    columns = page.locator("table.flow thead th").count()
    ferritin = next(x.split("\t") for x in lines if x.startswith("Ferritin"))
    assert len(ferritin) == columns
    assert ferritin[1] == "ng/mL"
    assert "1,240 ▲ corrected, was 460" in " ".join(" ".join(ferritin).split())


def test_copy_button_copies_the_table_and_says_so(signed_in: Page, context, server, treated, complaints) -> None:
    page = signed_in
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(place(server, treated, "results"))
    button = page.get_by_role("button", name="Copy table")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    lines = page.evaluate("navigator.clipboard.readText()").split("\n")
    oxygen = next(x.split("\t") for x in lines if x.startswith("PaO2"))
    assert oxygen[:2] == ["PaO2", "mmHg"]
    assert "07:00 71 room air; 18:00 66 room air" in oxygen
    assert {len(x.split("\t")) for x in lines if "\t" in x} == {page.locator("table.flow thead th").count()}
    assert complaints == []


def test_without_script_there_is_no_dead_button(browser, server, signed_in: Page, treated) -> None:
    context = browser.new_context(java_script_enabled=False, storage_state=signed_in.context.storage_state())
    page = context.new_page()
    page.goto(place(server, treated, "results"))
    expect(page.locator("table.flow")).to_be_visible()
    expect(page.locator("[data-copies]")).to_be_hidden()
    page.locator("select[name=panel]").select_option("respiration")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("tr.panelrow")).to_have_count(1)
    context.close()


def test_panel_is_folded_and_opened_by_keyboard(signed_in: Page, server, treated) -> None:
    page = signed_in
    page.goto(place(server, treated, "results"))
    row = page.locator("tr.test", has_text="Ferritin")
    expect(row).to_be_visible()
    page.get_by_role("checkbox", name="Show Disease activity").focus()
    page.keyboard.press("Space")
    expect(row).to_be_hidden()
    page.keyboard.press("Space")
    expect(row).to_be_visible()


def test_older_days_are_reached_and_the_newest_again(signed_in: Page, server, treated) -> None:
    page = signed_in
    page.goto(place(server, treated, "results"))
    first = page.locator("table.flow thead th").nth(2).inner_text()
    page.get_by_role("link", name="older day").click()
    expect(page.locator("table.flow thead th").nth(2)).not_to_have_text(first)
    expect(page.get_by_role("link", name="newer day")).to_be_visible()
    page.get_by_role("link", name="Newest").click()
    expect(page.locator("table.flow thead th").nth(2)).to_have_text(first)


def test_one_panel_and_the_oldest_day_first(signed_in: Page, server, treated) -> None:
    page = signed_in
    page.goto(place(server, treated, "results"))
    page.locator("select[name=panel]").select_option("drug_levels")
    expect(page.locator("tr.panelrow")).to_have_count(1)
    days = page.locator("table.flow thead th").all_inner_texts()[2:]
    page.locator("select[name=order]").select_option("oldest")
    expect(page).to_have_url(re.compile("panel=drug_levels.*order=oldest"))
    expect(page.locator("table.flow thead th").nth(2)).to_have_text(days[-1], use_inner_text=True)
    page.wait_for_load_state()
    assert page.locator("table.flow thead th").all_inner_texts()[2:] == days[::-1]


def test_head_and_first_column_stay_in_sight(signed_in: Page, server, treated) -> None:
    page = signed_in
    page.set_viewport_size({"width": 390, "height": 260})
    page.goto(place(server, treated, "results"))
    box = page.locator(".flow-box")
    box.evaluate("x => { x.scrollLeft = 400; x.scrollTop = 60; }")
    assert box.evaluate("x => x.scrollLeft > 0 && x.scrollTop > 0")
    frame, corner = box.bounding_box(), page.locator("table.flow thead th").first.bounding_box()
    assert frame
    assert corner
    assert abs(corner["x"] - frame["x"]) < 2
    assert abs(corner["y"] - frame["y"]) < 2
    test = page.locator("tr.test th").nth(2).bounding_box()
    assert test
    assert abs(test["x"] - frame["x"]) < 2


# -- entry of a panel -------------------------------------------------------------------------------------------------


def test_level_is_entered_by_keyboard_beside_the_dose_that_runs(signed_in: Page, server, another, complaints) -> None:
    page = signed_in
    page.goto(place(server, another, "enter/results?panel=drug_levels"))
    expect(page.locator("#id_route")).to_have_value("oral")
    expect(page.locator("#id_value_csa-before")).to_contain_text("running: 150 mg/day oral since")
    page.locator("#id_route").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("t")
    expect(page.locator("#id_timing")).to_have_value("trough")
    page.keyboard.press("Tab")
    page.keyboard.type("１２")
    page.locator("#id_value_csa").focus()
    page.keyboard.type("182")
    page.keyboard.press("Enter")
    expect(page).to_have_url(place(server, another, ""))
    page.goto(place(server, another))
    expect(page.locator("tr", has_text="12 h after the dose")).to_contain_text("in the band 150–250")


def test_level_of_a_drug_that_does_not_run_asks_once(signed_in: Page, server, another) -> None:
    page = signed_in
    page.goto(place(server, another, "enter/results?panel=drug_levels"))
    page.locator("#id_timing").select_option("trough")
    page.locator("#id_value_tac").fill("6.3")
    page.locator("#entry button[type=submit]").click()
    expect(page.locator("#entry")).to_contain_text("Is it the right drug and day?")
    page.locator("#id_confirmed").check()
    page.locator("#entry button[type=submit]").click()
    expect(page).to_have_url(place(server, another, ""))


def test_fields_of_a_panel_are_large_enough_to_touch(signed_in: Page, server, treated) -> None:
    page = signed_in
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(place(server, treated, "enter/results?panel=activity"))
    heights = page.locator(".panel-entry input[type=text], .panel-entry select").evaluate_all(
        "x => x.map(y => y.getBoundingClientRect().height)"
    )
    assert len(heights) > 5
    assert min(heights) >= 44
