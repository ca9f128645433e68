"""The morning sheet as a person uses it: by keyboard, across tabs, errors and the end of a session, on a phone."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from patients.models import Measurement, SheetDraft
from tests.browser.accessible import listen, scrolls_sideways
from tests.browser.people import tell
from tests.faults.processes import wait_for
from tests.monitoring.stored import today
from tests.story import Story, moment

# a morning's values in the order of the boxes; "" is a box that stays empty
MORNING = (
    *(("fio2", "0.50"), ("flow", "40"), ("spo2", "90"), ("pao2", "63.9"), ("paco2", "34.8")),
    *(("ferritin", "980"), ("kl6", "1790"), ("spd", ""), ("ldh", "436"), ("crp", "2.10"), ("ck", "88")),
    *(("wbc", "8900"), ("neutrophils", "8240"), ("lymphocytes", "340"), ("haemoglobin", "11.0"), ("platelets", "179")),
    *(("creatinine", "0.74"), ("ast", "88"), ("alt", "96"), ("bilirubin", "0.7"), ("ggt", "70"), ("potassium", "4.1")),
    *(("magnesium", ""), ("glucose", "171"), ("bdg", "7.1")),
)
VALUES = [code for code, value in MORNING if value and code not in ("fio2", "flow")]


@pytest.fixture
def complaints(page: Page) -> list[str]:
    return listen(page)


def sheet(page: Page, live_server, patient) -> None:
    page.goto(f"{live_server.url}/patients/{patient.pk}/morning")
    expect(page.get_by_role("heading", name="Morning sheet")).to_be_visible()


class Typist:
    """Types like a person; counts the keystrokes that are no digit or point of a value."""

    def __init__(self, page: Page) -> None:
        self.page, self.beside = page, 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.beside += 1

    def write(self, digits: str) -> None:
        self.page.keyboard.type(digits)


def test_21_values_in_one_load_and_at_most_30_keystrokes_beside_the_digits(
    signed_in: Page, live_server, undecided, complaints
) -> None:
    page, loads = signed_in, []
    page.on("load", lambda: loads.append(page.url))
    sheet(page, live_server, undecided)
    expect(page.get_by_label("not stated").first).to_be_focused()
    typist = Typist(page)
    typist.press("6")  # high flow
    last = MORNING[-1][0]
    for code, value in MORNING:
        expect(page.locator(f"#{code}" if code in ("fio2", "flow") else f"#value-{code}")).to_be_focused()
        typist.write(value)
        if code != last:
            typist.press("Enter")
    expect(page.locator("#sheet-counts")).to_contain_text("21 values")
    typist.press("Control+Enter")
    expect(page.get_by_text("21 values saved.")).to_be_visible()
    page.wait_for_load_state("load")  # the words stand before the page has loaded whole
    assert loads[1:] == [f"{live_server.url}/patients/{undecided.pk}/"]  # the sheet was loaded once
    assert {x.code for x in Measurement.objects.filter(source="form")} == set(VALUES)
    assert len(VALUES) == 21
    assert typist.beside <= 30, typist.beside
    assert complaints == []


def test_enter_goes_down_arrows_go_back_and_ctrl_leads_to_the_next_panel(
    signed_in: Page, live_server, undecided, complaints
) -> None:
    page = signed_in
    sheet(page, live_server, undecided)
    page.locator("#value-ferritin").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#value-kl6")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#value-ferritin")).to_be_focused()
    page.keyboard.press("Control+ArrowDown")
    expect(page.locator("#value-wbc")).to_be_focused()
    page.keyboard.press("Control+ArrowUp")
    expect(page.locator("#value-ferritin")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.id") != "value-ferritin"
    assert not Measurement.objects.filter(source="form").exists()
    assert complaints == []


def test_a_question_stands_beside_its_value_while_it_is_typed_and_a_button_answers(
    signed_in: Page, live_server, undecided, physician, complaints
) -> None:
    page = signed_in
    tell(undecided, Story().ferritin(today() - 1, "3310", id="f9").test(today() - 1, "creatinine", "0.61"), physician)
    sheet(page, live_server, undecided)
    page.locator("#value-ferritin").fill("384")
    page.locator("#value-ferritin").press("Enter")
    question = page.locator("#told-ferritin")
    expect(question).to_contain_text("tenfold? The last was 3,310 ng/mL")
    expect(question).to_contain_text("Until answered it closes no alert.")
    page.locator("#value-creatinine").fill("65")
    page.locator("#value-creatinine").press("Enter")
    expect(page.locator("#told-creatinine")).to_contain_text("Refused:")
    expect(page.locator("#value-creatinine")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("button", name="Save all")).to_be_disabled()
    expect(page.locator("#sheet-counts")).to_contain_text("1 refused")
    page.get_by_role("button", name="It is 65 µmol/L: 0.74 mg/dL").click()
    expect(page.locator("#told-creatinine")).to_contain_text("= 0.74 mg/dL")
    expect(page.get_by_role("button", name="Save all")).to_be_enabled()
    page.get_by_role("button", name="It is 3,840").click()
    expect(page.locator("#value-ferritin")).to_have_value("3840")
    expect(question).to_be_empty()
    page.get_by_role("button", name="Save all").click()
    expect(page.get_by_text("2 values saved.")).to_be_visible()
    assert {(x.code, x.typed_value) for x in Measurement.objects.filter(source="form")} == {
        ("ferritin", "3840"),
        ("creatinine", "65"),
    }
    assert complaints == []


@pytest.mark.parametrize("way", ["keys", "button"])
def test_what_is_mended_in_a_moment_is_saved_though_the_sheet_still_speaks_of_the_value_before(
    signed_in: Page, live_server, undecided, complaints, way
) -> None:
    page = signed_in
    sheet(page, live_server, undecided)
    box, save = page.locator("#value-bdg"), page.get_by_role("button", name="Save all")
    box.fill("7..")
    expect(save).to_be_disabled()
    expect(box).to_have_attribute("aria-invalid", "true")
    page.locator("#value-crp").focus()
    page.keyboard.press("Control+Enter")  # held: leads to what has to be looked at
    expect(box).to_be_focused()
    box.fill("7.1")
    if way == "keys":
        page.keyboard.press("Control+Enter")
    else:
        save.click(force=True)
    expect(page.get_by_text("1 value saved.")).to_be_visible()
    assert [x.code for x in Measurement.objects.filter(source="form")] == ["bdg"]
    assert complaints == []


def test_where_a_question_holds_the_sheet_saving_leads_to_it(
    signed_in: Page, live_server, undecided, physician, complaints
) -> None:
    page = signed_in
    tell(undecided, Story().test(f"{today()}T00:00", "crp", "2.1"), physician)
    sheet(page, live_server, undecided)
    page.locator("[name=on]").fill(moment(f"{today()}T00:00").strftime("%Y-%m-%dT%H:%M"))
    page.locator("#value-crp").fill("3")
    page.locator("#value-crp").press("Enter")
    expect(page.locator("#told-crp")).to_contain_text("It is saved once this is answered.")
    expect(page.get_by_role("button", name="Save all")).to_be_disabled()
    page.locator("#value-bdg").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#value-crp")).to_be_focused()
    page.locator("#value-bdg").focus()
    page.get_by_role("button", name="Save all").click(force=True)
    expect(page.locator("#value-crp")).to_be_focused()
    assert not Measurement.objects.filter(source="form", typed_value="3").exists()
    assert complaints == []


def test_save_now_keeps_the_rest_on_the_page(signed_in: Page, live_server, undecided, complaints) -> None:
    page = signed_in
    sheet(page, live_server, undecided)
    page.locator("#value-crp").fill("2.1")
    page.locator("#value-creatinine").fill("65")
    page.locator("#value-creatinine").press("Enter")
    save = page.get_by_role("button", name="Save now what is in order: 1")
    expect(save).to_be_visible()
    save.click()
    expect(page.get_by_text("1 value saved. Still here, not saved: Cr.")).to_be_visible()
    expect(page.locator("#value-creatinine")).to_have_value("65")
    expect(page.locator("#value-crp")).to_have_value("")
    expect(page.locator("#old-crp")).to_contain_text("2.1")
    assert complaints == []


def test_nothing_typed_is_lost_by_leaving_by_another_tab_or_by_the_end_of_the_session(
    signed_in: Page, live_server, undecided, complaints
) -> None:
    page = signed_in
    sheet(page, live_server, undecided)
    page.locator("#value-crp").fill("2.1")
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")  # at once: nothing was kept yet
    wait_for(SheetDraft.objects.exists, "what was sent as the page went")
    page.go_back()
    expect(page.get_by_text("Restored: what you typed until")).to_be_visible()
    expect(page.locator("#value-crp")).to_have_value("2.1")
    second = page.context.new_page()
    sheet(second, live_server, undecided)
    expect(second.locator("#value-crp")).to_have_value("2.1")
    second.locator("#value-ck").fill("88")
    second.locator("#value-ck").press("Enter")
    expect(second.locator("#kept")).to_contain_text("kept as a draft")
    page.locator("#value-ldh").fill("436")
    page.locator("#value-ldh").press("Enter")
    expect(page.locator("#kept")).to_contain_text("another page of yours has values of this patient too")
    assert sorted(",".join(sorted(x for x in d.typed if x.startswith("value"))) for d in SheetDraft.objects.all()) == [
        "value_ck,value_crp",
        "value_crp,value_ldh",
    ]
    second.close()
    Session.objects.all().delete()
    page.locator("#value-wbc").fill("8900")
    page.get_by_role("button", name="Save all").click()
    expect(page.locator("#session-ended")).to_be_visible()
    assert not Measurement.objects.filter(source="form").exists()
    assert complaints == []


def test_an_error_of_the_network_loses_nothing(signed_in: Page, live_server, undecided) -> None:
    page = signed_in
    sheet(page, live_server, undecided)
    page.route("**/morning/*", lambda route: route.abort())
    page.locator("#value-crp").fill("2.1")
    page.locator("#value-crp").press("Enter")
    expect(page.locator("#notice")).to_be_visible()
    expect(page.locator("#value-crp")).to_have_value("2.1")
    page.unroute("**/morning/*")
    page.locator("#value-ck").fill("88")
    page.locator("#value-ck").press("Enter")
    expect(page.locator("#kept")).to_contain_text("kept as a draft")
    page.get_by_role("button", name="Save all").click()
    expect(page.get_by_text("2 values saved.")).to_be_visible()


def test_on_a_phone_boxes_are_large_and_nothing_scrolls_sideways(
    signed_in: Page, live_server, undecided, complaints
) -> None:
    page = signed_in
    page.set_viewport_size({"width": 390, "height": 844})
    sheet(page, live_server, undecided)
    assert not scrolls_sideways(page)
    page.locator("#value-crp").fill("2.1")
    box = page.locator("#value-crp").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    page.get_by_role("button", name="Save all").click()
    expect(page.get_by_text("1 value saved.")).to_be_visible()
    assert complaints == []


def test_without_script_the_questions_come_after_sending(
    browser, client, live_server, undecided, physician, signed_in: Page
) -> None:
    tell(undecided, Story().ferritin(today() - 1, "3310", id="f9"), physician)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(signed_in.context.cookies())
    page = context.new_page()
    sheet(page, live_server, undecided)
    page.locator("#value-ferritin").fill("384")
    page.locator("#value-ferritin").press("Enter")  # asks, and stores nothing
    expect(page.locator("#told-ferritin")).to_contain_text("tenfold?")
    page.get_by_role("button", name="It is 3,840").click()
    expect(page.locator("#value-ferritin")).to_have_value("3840")
    page.get_by_role("button", name="Save all").click()
    expect(page.get_by_text("1 value saved.")).to_be_visible()
    assert Measurement.objects.get(source="form").typed_value == "3840"
    context.close()


def test_rows_of_a_spreadsheet_are_shown_before_they_fill_the_sheet(
    signed_in: Page, live_server, undecided, complaints
) -> None:
    page = signed_in
    sheet(page, live_server, undecided)
    page.get_by_text("Paste from a spreadsheet").click()
    page.locator("#paste").fill(
        "検査\t値\t単位\nCRP\t2.1\tmg/dL\nクレアチニン\t65\tmg/dL\n何か\t3\tmg/dL\n2A050\t17.9\t万/uL"
    )
    page.get_by_role("button", name="Preview").click()
    table = page.locator("#pasted")
    expect(table).to_contain_text("no test is called “何か”")
    expect(table).to_contain_text("out of limits")
    page.get_by_role("button", name="Fill the sheet with it").click()
    expect(page.locator("#value-crp")).to_have_value("2.1")
    expect(page.locator("#value-platelets")).to_have_value("17.9")
    expect(page.locator("#told-platelets")).to_contain_text("= 179 ×10³/µL")
    expect(page.locator("#told-creatinine")).to_contain_text("Refused:")
    assert not Measurement.objects.filter(source="form").exists()
    page.get_by_role("button", name="Save now what is in order: 2").click()
    expect(page.get_by_text("2 values saved.")).to_be_visible()
    assert complaints == []


def test_the_sheet_is_reached_by_key_from_record_round_and_list(signed_in: Page, live_server, undecided) -> None:
    page = signed_in
    for start in (f"/patients/{undecided.pk}/", f"/patients/{undecided.pk}/round"):
        page.goto(live_server.url + start)
        page.keyboard.press("m")
        expect(page).to_have_url(re.compile(rf"/patients/{undecided.pk}/morning$"))
    page.goto(live_server.url + "/")
    page.keyboard.press("m")
    expect(page).to_have_url(re.compile(r"/ward/morning\?ward=east-7$"))
    expect(page.get_by_role("rowheader", name="Yamada Chiyo")).to_be_visible()


def test_the_kit_is_asked_for_once_there_is_a_value_and_the_sheet_is_undone(
    signed_in: Page, live_server, undecided, complaints
) -> None:
    page = signed_in
    sheet(page, live_server, undecided)
    kit = page.locator("[name=kit_kl6]")
    expect(kit).to_be_hidden()
    page.locator("#value-kl6").fill("1790")
    expect(kit).to_be_visible()
    kit.fill("Nanopia")
    page.get_by_label("preliminary").check()
    page.locator("button.all").click()
    expect(page.locator("#saved")).to_contain_text("1,790")
    stored = Measurement.objects.get(source="form")
    assert (stored.kit, stored.status) == ("Nanopia", "preliminary")
    page.locator("#saved").get_by_role("button", name="Undo").click()
    expect(page.locator("#saved")).to_contain_text("undone:")
    assert not Measurement.objects.filter(source="form").standing().exists()
    assert complaints == []


def test_a_row_of_the_ward_is_undone_on_the_list(signed_in: Page, live_server, undecided, complaints) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/ward/morning")
    page.locator(f"[name=p{undecided.pk}-value_temperature]").fill("36.9")
    page.locator("button.all").click()
    rows = page.locator("#saved-rows")
    rows.locator("summary").click()
    expect(rows).to_contain_text("Yamada Chiyo")
    rows.get_by_role("button", name=re.compile("Undo")).click()
    expect(page.get_by_text("Undone: Yamada Chiyo.")).to_be_visible()
    expect(rows).to_have_count(0)
    assert not Measurement.objects.filter(source="form").standing().exists()
    assert complaints == []
