"""A stranger comes to the ward, in a browser: by keyboard alone, with a finger at 390 px, and back again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from patients.models import Admission, Bed, StayEvent, Ward, WardMembership
from tests.browser.accessible import scrolls_sideways

PERSON = (("mrn", "90079001"), ("family_name", "森"), ("given_name", "葵"))


@pytest.fixture
def beds(ward) -> list[Bed]:
    return [Bed.objects.create(ward=ward, label=label, position=n) for n, label in enumerate(("701", "702-1"))]


def test_by_keyboard_from_the_ward_to_the_record(signed_in: Page, live_server, ward, beds, undecided, faults) -> None:
    page = signed_in
    page.goto(live_server.url)
    page.keyboard.press("n")
    expect(page).to_have_title(re.compile("New patient"))
    expect(page.locator("[name=mrn]")).to_be_focused()
    keys = 1
    for text in ("90079001", "7", "森", "葵", "モリ", "アオイ", "f", "03081964"):  # "7": the bed, "f": the sex
        if text.isascii():
            page.keyboard.type(text)
        else:
            page.keyboard.insert_text(text)  # as an input method does
        page.keyboard.press("Enter" if text == "03081964" else "Tab")
        keys += len(text) + 1
    expect(page).to_have_title(re.compile("森 葵 · 90079001"))
    expect(page.locator("#saved-step")).to_contain_text("Admitted to East 7 701")
    stay = Admission.objects.get(patient__mrn="90079001")
    assert (stay.bed, stay.patient.sex, str(stay.patient.birth_date)) == ("701", "female", "1964-03-08")
    assert keys <= 45


def test_back_and_sent_again_makes_no_second_patient(signed_in: Page, live_server, ward, beds) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/patients/new")
    for name, text in PERSON:
        page.locator(f"[name={name}]").fill(text)
    page.get_by_role("button", name="Register and admit").click()
    expect(page).to_have_title(re.compile("森 葵 · 90079001"))
    page.go_back()
    expect(page).to_have_title(re.compile("New patient"))
    for name, text in PERSON:  # the page of before, or a new one
        page.locator(f"[name={name}]").fill(text)
    page.get_by_role("button", name="Register and admit").click()
    expect(page.get_by_text(re.compile("Record number 90079001 is known|Saved: Admitted")).first).to_be_visible()
    assert StayEvent.objects.count() == Admission.objects.count() == 1


def test_by_finger_on_a_phone_and_undone(signed_in: Page, live_server, ward, beds, faults) -> None:
    page = signed_in
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/patients/new?ward=east-7")
    for name, text in PERSON:
        page.locator(f"[name={name}]").fill(text)
    page.locator("[name=place]").select_option(label="702-1")
    assert not scrolls_sideways(page)
    page.get_by_role("button", name="Register and admit").click()
    expect(page.locator("#saved-step")).to_contain_text("East 7 702-1")
    assert not scrolls_sideways(page)
    page.get_by_role("link", name="Stay", exact=True).first.click()
    page.get_by_role("link", name="Discharge", exact=True).click()
    page.get_by_label("Discharged to").select_option(label="home")
    page.get_by_role("button", name="Discharge", exact=True).click()
    expect(page.locator("#saved-step")).to_contain_text("Discharged home")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".taken-back")).to_contain_text("Discharged home")
    assert not scrolls_sideways(page)
    assert Admission.objects.get().discharged_at is None


def test_a_discharged_patient_is_found_on_the_list_of_those_on_no_ward(
    signed_in: Page, live_server, ward, undecided, faults
) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/stay?do=discharge")
    page.get_by_role("button", name="Discharge", exact=True).click()
    expect(page.locator("#saved-step")).to_contain_text("Discharged")
    page.goto(live_server.url)
    page.locator("#ward-menu > summary").click()
    page.get_by_role("link", name="Not on a ward").click()
    page.get_by_role("link", name="Yamada Chiyo").click()
    expect(page).to_have_title(re.compile("Yamada Chiyo"))


def test_a_bed_is_written_only_where_the_ward_has_no_list(
    signed_in: Page, live_server, ward, beds, physician, faults
) -> None:
    bare = Ward.objects.create(code="south-1", name="South 1")
    WardMembership.objects.create(user=physician, ward=bare)
    page = signed_in
    page.goto(f"{live_server.url}/patients/new?ward=east-7")
    written = page.get_by_label("Bed, if the ward has no list of beds")
    expect(written).to_be_hidden()
    page.locator("[name=place]").select_option(label="South 1")
    expect(written).to_be_visible()
    written.fill("3")
    page.locator("[name=place]").select_option(label="701")
    expect(written).to_be_visible()  # what is typed is never out of sight
    written.fill("")
    expect(written).to_be_hidden()


def test_a_move_to_a_ward_of_others_is_undone_on_the_page_that_follows(
    signed_in: Page, live_server, ward, undecided, faults
) -> None:
    Ward.objects.create(code="west-5", name="West 5")
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/stay?do=move")
    page.locator("[name=place]").select_option(label="West 5")
    page.get_by_role("button", name="Move", exact=True).click()
    said = page.locator(".saved-step")
    expect(said).to_contain_text("Moved to West 5")
    assert not scrolls_sideways(page)
    page.reload()
    said.get_by_role("button", name="Undo").click()
    expect(page).to_have_title(re.compile("Yamada Chiyo"))
    assert Admission.objects.get(discharged_at=None).ward == ward
