"""Treatments, levels and the flow sheet in Chromium: at every width, copied, folded, paged, entered by keyboard."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from ildcare.evaluation import evaluate_patients
from patients.actions import record_facts
from tests.browser.test_every_page import check
from tests.browser.test_every_page import complaints as complaints
from tests.monitoring.stored import today
from tests.story import Story

WIDTHS = (390, 820, 1440)


def story() -> Story:
    """Pulse, taper, CsA iv then oral, two cycles, levels that can and cannot be judged, a corrected value."""
    start = today() - 40
    told = Story().onset(start - 10).diagnosis(start - 9, "DM")
    told.drug(start, "gc_pulse", dose=Decimal(1000), unit="mg/day", route="iv", stop=start + 2)
    told.drug(start + 3, "gc", dose=Decimal(50), unit="mg/day", route="oral", stop=start + 16)
    told.drug(start + 17, "gc", dose=Decimal(40), unit="mg/day", route="oral")
    told.drug(start, "csa", dose=Decimal(200), unit="mg/day", route="iv", stop=start + 13)
    told.drug(start + 14, "csa", dose=Decimal(150), unit="mg/day", route="oral")
    for n in (0, 28):
        told.drug(start + n, "ivcy", dose=Decimal(700), unit="mg", route="iv", stop=start + n)
    told.drug(start + 1, "tmp_smx", dose=Decimal(1), unit="tablets/day", route="oral")
    told.test(start + 4, "csa", "182", route="iv", timing="pre_dose")
    told.test(start + 7, "csa", "214", route="iv", timing="pre_dose")
    told.test(start + 20, "tac", "6.1")
    for n in range(0, 40, 2):
        told.ferritin(start + n, str(1600 - n * 30), id=f"f{n}").test(start + n, "kl6", str(700 + n))
    told.ferritin(start + 38, "1240", id="f38", known=start + 39)
    return told.pao2(f"{start + 36}T07:00", "71").pao2(f"{start + 36}T18:00", "66")


@pytest.fixture
def treated(undecided, physician):
    record_facts(patient=undecided, facts=story().versions, by=physician, source="test")
    evaluate_patients([undecided.pk])
    return undecided


def place(live_server, patient, page: str = "treatments") -> str:
    return f"{live_server.url}/patients/{patient.pk}/{page}"


# -- the timeline -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ja"])
def test_treatments_at_every_width(signed_in: Page, live_server, treated, complaints, language) -> None:
    page = signed_in
    page.set_extra_http_headers({"Accept-Language": language})
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(place(live_server, treated))
        check(page, f"treatments {width}")
        expect(page.locator("svg.tl")).to_be_visible()
        assert outside(page) == []
    assert complaints == []


def outside(page: Page) -> list[str]:
    """Names and labels of the drawing that reach beyond its panel."""
    return page.evaluate(
        """() => { const box = document.querySelector('.timeline').getBoundingClientRect();
        return [...document.querySelectorAll('svg.tl text')].filter(x => x.getClientRects().length)
          .filter(x => { const r = x.getBoundingClientRect();
            return r.left < box.left - 1 || r.right > box.right + 1; })
          .map(x => x.textContent); }"""
    )


def test_shown_labels_of_the_axis_do_not_touch(signed_in: Page, live_server, treated) -> None:
    page = signed_in
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(place(live_server, treated))
        boxes = page.evaluate(
            """() => [...document.querySelectorAll('svg.tl .tl-day:not(.tl-therapy)')]
            .filter(x => x.getClientRects().length).map(x => { const r = x.getBoundingClientRect();
              return [r.left, r.right]; }).sort((a, b) => a[0] - b[0])"""
        )
        assert len(boxes) > 1
        assert all(before[1] < after[0] for before, after in pairwise(boxes))


def test_every_treatment_is_drawn_once_and_leads_to_its_entry(signed_in: Page, live_server, treated) -> None:
    page = signed_in
    page.goto(place(live_server, treated))
    drawn = page.locator("svg.tl [data-fact]").evaluate_all("x => x.map(y => y.dataset.fact)")
    rows = page.locator("table.given tr[data-fact]").evaluate_all("x => x.map(y => y.dataset.fact)")
    assert sorted(drawn) == sorted(rows)
    assert len(rows) == len(set(rows)) == 8
    page.locator("table.given a.do").first.click()
    expect(page.locator("h2").first).to_contain_text("Entry and its versions")


def test_level_without_route_and_time_is_called_not_interpretable(signed_in: Page, live_server, treated) -> None:
    page = signed_in
    page.goto(place(live_server, treated))
    told = page.locator("tr", has_text="6.1 ng/mL")
    expect(told).to_contain_text("not interpretable: no route, no dose time")
    assert "subtherapeutic" not in page.content()


def test_timeline_stands_on_the_patient_page_too(signed_in: Page, live_server, treated, complaints) -> None:
    page = signed_in
    page.goto(place(live_server, treated, ""))
    expect(page.locator("#record #treatments svg.tl")).to_be_visible()
    page.locator("#treatments header a").click()
    expect(page.locator("svg.tl")).to_be_visible()
    assert complaints == []


# -- the flow sheet ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ja"])
def test_results_at_every_width(signed_in: Page, live_server, treated, complaints, language) -> None:
    page = signed_in
    page.set_extra_http_headers({"Accept-Language": language})
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(place(live_server, treated, "results"))
        check(page, f"results {width}")
    assert complaints == []


def test_every_value_stands_inside_its_own_cell(signed_in: Page, live_server, treated) -> None:
    """A value that reached into the next column would be read as one of another day."""
    page = signed_in
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(place(live_server, treated, "results"))
        spilled = page.evaluate(
            """() => [...document.querySelectorAll('table.flow td')].filter(cell => {
            const box = cell.getBoundingClientRect();
            return [...cell.querySelectorAll('*')].some(x => { const r = x.getBoundingClientRect();
              return r.right > box.right + 1 || r.left < box.left - 1; }); }).map(x => x.textContent)"""
        )
        assert spilled == []
        assert page.locator("td .at").count() == 2


SELECT = """() => { const range = document.createRange(); range.selectNode(document.querySelector('table.flow'));
  const chosen = getSelection(); chosen.removeAllRanges(); chosen.addRange(range); return chosen.toString(); }"""


def test_selected_table_is_plain_text_with_units_one_line_a_test(signed_in: Page, live_server, treated) -> None:
    page = signed_in
    page.goto(place(live_server, treated, "results"))
    lines = [x for x in page.evaluate(SELECT).split("\n") if x.strip()]
    rows = page.locator("table.flow tr").count()
    assert len(lines) == rows
    columns = page.locator("table.flow thead th").count()
    ferritin = next(x.split("\t") for x in lines if x.startswith("Ferritin"))
    assert len(ferritin) == columns
    assert ferritin[1] == "ng/mL"
    assert "1,240 ▲ corrected, was 460" in " ".join(" ".join(ferritin).split())


def test_copy_button_copies_the_table_and_says_so(signed_in: Page, context, live_server, treated, complaints) -> None:
    page = signed_in
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(place(live_server, treated, "results"))
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


def test_without_script_there_is_no_dead_button(browser, live_server, client, physician, treated) -> None:
    client.force_login(physician)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": x.key, "value": x.value, "url": live_server.url} for x in client.cookies.values()])
    page = context.new_page()
    page.goto(place(live_server, treated, "results"))
    expect(page.locator("table.flow")).to_be_visible()
    expect(page.locator("[data-copies]")).to_be_hidden()
    page.locator("select[name=panel]").select_option("respiration")
    page.get_by_role("button", name="Show", exact=True).click()
    assert page.locator("tr.panelrow").count() == 1
    context.close()


def test_panel_is_folded_and_opened_by_keyboard(signed_in: Page, live_server, treated) -> None:
    page = signed_in
    page.goto(place(live_server, treated, "results"))
    row = page.locator("tr.test", has_text="Ferritin")
    expect(row).to_be_visible()
    page.get_by_role("checkbox", name="Show Disease activity").focus()
    page.keyboard.press("Space")
    expect(row).to_be_hidden()
    page.keyboard.press("Space")
    expect(row).to_be_visible()


def test_older_days_are_reached_and_the_newest_again(signed_in: Page, live_server, treated) -> None:
    page = signed_in
    page.goto(place(live_server, treated, "results"))
    first = page.locator("table.flow thead th").nth(2).inner_text()
    page.get_by_role("link", name="older day").click()
    expect(page.locator("table.flow thead th").nth(2)).not_to_have_text(first)
    expect(page.get_by_role("link", name="newer day")).to_be_visible()
    page.get_by_role("link", name="Newest").click()
    expect(page.locator("table.flow thead th").nth(2)).to_have_text(first)


def test_one_panel_and_the_oldest_day_first(signed_in: Page, live_server, treated) -> None:
    page = signed_in
    page.goto(place(live_server, treated, "results"))
    page.locator("select[name=panel]").select_option("drug_levels")
    expect(page.locator("tr.panelrow")).to_have_count(1)
    days = page.locator("table.flow thead th").all_inner_texts()[2:]
    page.locator("select[name=order]").select_option("oldest")
    expect(page).to_have_url(re.compile("panel=drug_levels.*order=oldest"))
    assert page.locator("table.flow thead th").all_inner_texts()[2:] == days[::-1]


def test_head_and_first_column_stay_in_sight(signed_in: Page, live_server, treated) -> None:
    page = signed_in
    page.set_viewport_size({"width": 390, "height": 260})
    page.goto(place(live_server, treated, "results"))
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


def test_level_is_entered_by_keyboard_beside_the_dose_that_runs(
    signed_in: Page, live_server, treated, complaints
) -> None:
    page = signed_in
    page.goto(place(live_server, treated, "enter/results?panel=drug_levels"))
    expect(page.locator("#id_route")).to_have_value("oral")
    expect(page.locator("#id_value_csa-before")).to_contain_text("running: 150 mg/day oral since")
    check(page, "level form")
    page.locator("#id_route").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("t")
    expect(page.locator("#id_timing")).to_have_value("trough")
    page.keyboard.press("Tab")
    page.keyboard.type("１２")
    page.locator("#id_value_csa").focus()
    page.keyboard.type("182")
    page.keyboard.press("Enter")
    expect(page).to_have_url(place(live_server, treated, ""))
    page.goto(place(live_server, treated))
    expect(page.locator("tr", has_text="12 h after the dose")).to_contain_text("in the band 150–250")


def test_level_of_a_drug_that_does_not_run_asks_once(signed_in: Page, live_server, treated) -> None:
    page = signed_in
    page.goto(place(live_server, treated, "enter/results?panel=drug_levels"))
    page.locator("#id_timing").select_option("trough")
    page.locator("#id_value_tac").fill("6.3")
    page.locator("#entry button[type=submit]").click()
    expect(page.locator("#entry")).to_contain_text("Is it the right drug and day?")
    check(page, "question")
    page.locator("#id_confirmed").check()
    page.locator("#entry button[type=submit]").click()
    expect(page).to_have_url(place(live_server, treated, ""))


def test_fields_of_a_panel_are_large_enough_to_touch(signed_in: Page, live_server, treated) -> None:
    page = signed_in
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(place(live_server, treated, "enter/results?panel=activity"))
    heights = page.locator(".panel-entry input[type=text], .panel-entry select").evaluate_all(
        "x => x.map(y => y.getBoundingClientRect().height)"
    )
    assert len(heights) > 5
    assert min(heights) >= 44
