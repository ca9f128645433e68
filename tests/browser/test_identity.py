"""Two records are merged and the merge is taken back, by keyboard; a name is corrected at the width of a telephone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from ildcare.moment.state_code import code_of
from patients.models import IdentityChange, Patient, RecordMerge
from tests.browser.accessible import listen, scrolls_sideways
from tests.browser.people import tell
from tests.patients.conftest import make_patient
from tests.story import Story

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def double(physician) -> Patient:
    """A second record of the patient, on no ward."""
    patient = make_patient("B-1X", physician, family_name="Yamada", given_name="Chiyo")
    tell(patient, Story().ferritin(0, "1679"), None)
    return patient


@pytest.fixture
def complaints(page: Page) -> list[str]:
    return listen(page)


def press(page: Page, role: str, name: str) -> None:
    """Reach it as the keyboard does, and press Enter."""
    page.get_by_role(role, name=name).focus()
    page.keyboard.press("Enter")


def test_two_records_are_merged_and_parted_again(signed_in, live_server, undecided, double, complaints) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/paper")
    press(page, "link", "Correct identity")
    press(page, "link", "Merge with another record …")
    press(page, "link", "Compare B-1X")
    expect(page.locator("#dry-run")).to_contain_text("Copied from record number B-1X: entries 1")
    page.get_by_label("Reason").fill("registered twice")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The records were merged. Below it can be taken back.")).to_be_visible()

    page.goto(f"{live_server.url}/patients/{double.pk}/")
    expect(page.locator("#merged")).to_contain_text("It is read only")
    press(page, "link", f"Open {undecided}, record number B-1")
    expect(page).to_have_title(re.compile("Yamada Chiyo · B-1"))
    page.goto(f"{live_server.url}/")
    page.locator("#words").fill("B-1X")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Record number B-1X (Yamada Chiyo) was merged into Yamada Chiyo, B-1.")).to_be_visible()

    page.goto(f"{live_server.url}/patients/{undecided.pk}/merges/{RecordMerge.objects.get().pk}")
    page.get_by_label("Reason").fill("two persons")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The merge was taken back.")).to_be_visible()
    page.goto(f"{live_server.url}/patients/{double.pk}/results")
    expect(page.get_by_text("1,679").first).to_be_visible()
    assert complaints == []


def test_a_form_that_was_left_open_in_another_tab_is_refused(
    signed_in, live_server, undecided, double, context
) -> None:
    page, tab = signed_in, context.new_page()
    tab.goto(f"{live_server.url}/patients/{double.pk}/enter/results")
    tab.get_by_label("Ferritin", exact=True).fill("900")
    page.goto(f"{live_server.url}/patients/{undecided.pk}/merge/{double.pk}")
    page.get_by_label("Reason").fill("registered twice")
    page.get_by_role("button", name="Merge the two records").click()
    expect(page.get_by_text("The records were merged.")).to_be_visible()
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_text("merged into another one in the meantime. Nothing was written.")).to_be_visible()
    tab.close()


def test_a_name_is_corrected_on_a_telephone(signed_in, live_server, undecided, complaints) -> None:
    page = signed_in
    code = code_of(undecided.pk, undecided.registered_at)
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/patients/{undecided.pk}/identity")
    page.get_by_label("Family name", exact=False).first.fill("Yamanaka")
    page.get_by_label("Reason").fill("misspelt")
    page.get_by_role("button", name="Correct identity").click()
    expect(page.get_by_text("Saved. What stood before is kept below.")).to_be_visible()
    assert not scrolls_sideways(page)
    page.go_back()
    page.go_back()
    page.goto(f"{live_server.url}/")
    page.locator("#find-menu > summary").click()
    page.locator("#words").fill(code)
    page.keyboard.press("Enter")
    expect(page.locator(".pastbar")).to_contain_text("Name then: Yamada Chiyo. Corrected since: Yamanaka Chiyo.")
    assert IdentityChange.objects.count() == 1
    assert complaints == []
