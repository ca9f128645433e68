"""The main job in a browser: sign in, see the ward, open a patient, enter a result, see what it means."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from patients.models import Measurement
from tests.browser.menu import loaded_anew, open_form, open_own_menu, still
from tests.reading import plain

SEND_TO = """(form, id) => {
    form.removeAttribute("hx-post");
    form.action = form.action.replace(/patients\\/\\d+/, `patients/${id}`);
    form.submit();
}"""


def test_sign_in_leads_to_the_ward(page: Page, live_server, physician, undecided):
    physician.set_password("a long ward password")
    physician.save()
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")
    page.get_by_label("Username").fill("physician")
    page.get_by_label("Password").fill("a long ward password")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title(re.compile("Yamada Chiyo"))
    page.goto(live_server.url)
    expect(page.get_by_role("heading", name="East 7")).to_be_visible()
    page.get_by_role("link", name="Yamada Chiyo").click()
    expect(page).to_have_title(re.compile("Yamada Chiyo · B-1"))


def test_ferritin_entered_changes_the_step_in_place_and_equals_a_fresh_load(
    signed_in: Page, live_server, undecided, faults
):
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")
    expect(page.locator("#answer")).to_contain_text("T2 or T3")
    page.evaluate("window.sameDocument = true")
    open_form(page, "Results")
    page.get_by_label("Ferritin", exact=True).fill("1240")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#answer")).to_contain_text("ferritin 1,240 ng/mL")
    expect(page.locator("#answer .answer .big")).to_contain_text("T3")
    expect(page.locator("#alerts")).to_contain_text("Ferritin above 1,000 ng/mL")
    assert page.evaluate("window.sameDocument")  # no reload
    swapped = still(page, "#record")
    assert plain(loaded_anew(page, "#record")) == plain(swapped)


def test_refused_value_keeps_the_form_and_stores_nothing(signed_in: Page, live_server, undecided):
    """H06: three decimals are asked about."""
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")
    open_form(page, "Results")
    before = Measurement.objects.count()
    page.get_by_label("Ferritin", exact=True).fill("1.240")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#entry .invalid-feedback")).to_be_visible()
    expect(page.get_by_label("Ferritin", exact=True)).to_have_value("1.240")
    assert Measurement.objects.count() == before


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_script_the_same_form_works(signed_in: Page, live_server, undecided):
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/enter/results")
    page.get_by_label("Ferritin", exact=True).fill("1240")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#answer")).to_contain_text("ferritin 1,240 ng/mL")


def test_two_tabs_write_to_their_own_patients(signed_in: Page, live_server, undecided, other):
    """R05, H01: opening another patient changes nothing in the first tab."""
    first = signed_in
    first.goto(f"{live_server.url}/patients/{undecided.pk}/enter/results")
    second = first.context.new_page()
    second.goto(f"{live_server.url}/patients/{other.pk}/")
    first.get_by_label("Ferritin", exact=True).fill("700")
    first.get_by_role("button", name="Save").click()
    expect(first.locator("#saved")).to_be_visible()
    owners = set(Measurement.objects.filter(typed_value="700").values_list("patient_id", flat=True))
    assert owners == {undecided.pk}


def test_form_of_another_patient_writes_nothing(signed_in: Page, live_server, undecided, other):
    """R02, H01: a form that is sent to another patient's address is a conflict."""
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/enter/results")
    page.get_by_label("Ferritin", exact=True).fill("700")
    page.locator("#entry form").evaluate(SEND_TO, other.pk)
    expect(page.get_by_role("heading", name="Not saved")).to_be_visible()
    assert not Measurement.objects.filter(typed_value="700").exists()


def test_fragment_of_another_patient_is_refused(signed_in: Page, live_server, undecided, other):
    """R04, H01."""
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")
    page.route(
        "**/enter/hrct*",
        lambda route: route.fulfill(body='<div id="entry">wrong</div>', headers={"X-Patient": str(other.pk)}),
    )
    open_form(page, "HRCT report")
    expect(page.locator("#notice")).to_contain_text("another patient")
    expect(page.locator("#entry")).not_to_contain_text("wrong")


def test_failed_fragment_never_looks_empty(signed_in: Page, live_server, undecided):
    """H02."""
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")
    page.route("**/enter/hrct*", lambda route: route.abort())
    open_form(page, "HRCT report")
    expect(page.locator("#notice")).to_contain_text("did not answer")


def test_critical_alert_asks_what_is_being_done(signed_in: Page, live_server, undecided, faults):
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")
    alert = page.locator("#alerts li.critical").first
    alert.locator(".acknowledge > summary").first.click()
    alert.get_by_label("What is being done").select_option(index=1)
    alert.get_by_label("Note").fill("seen on the round")
    alert.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#alerts")).to_contain_text("acknowledged")
    swapped = still(page, "#alerts")
    assert plain(loaded_anew(page, "#alerts")) == plain(swapped)


def test_language_switch_keeps_the_page(signed_in: Page, live_server, undecided, faults):
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")
    open_own_menu(page)
    page.get_by_role("button", name="日本語").click()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    assert page.url.endswith(f"/patients/{undecided.pk}/")
    expect(page.locator("#answer")).to_contain_text("抗MDA5抗体")
