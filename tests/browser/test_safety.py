"""What goes wrong on a ward: a double click, a lost session, a form too old, the way back after signing out."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from monitoring.models import Alert
from patients.models import Judgement, Measurement, MedicationCourse
from tests.browser.menu import loaded_anew, open_form, open_own_menu, still
from tests.reading import plain


def fill_ferritin(page: Page, url: str, value: str) -> None:
    page.goto(url)
    open_form(page, "Results")
    page.get_by_label("Ferritin", exact=True).fill(value)


@pytest.fixture
def record(live_server, undecided) -> str:
    """Address of the patient's page."""
    return f"{live_server.url}/patients/{undecided.pk}/"


def test_step_changes_from_undecided_to_the_one_that_ferritin_decides(signed_in: Page, record):
    fill_ferritin(signed_in, record, "1240")
    big = signed_in.locator("#answer .big")
    expect(big).to_contain_text("T2 or T3")
    signed_in.get_by_role("button", name="Save").click()
    expect(big).to_contain_text(re.compile(r"^\s*T3"))


def test_double_click_stores_once(signed_in: Page, record):
    """R07, H12."""
    fill_ferritin(signed_in, record, "1240")
    signed_in.get_by_role("button", name="Save").dblclick()
    expect(signed_in.locator("#answer")).to_contain_text("ferritin 1,240 ng/mL")
    assert Measurement.objects.filter(typed_value="1240").count() == 1


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_double_click_without_script_stores_once(signed_in: Page, live_server, undecided):
    signed_in.goto(f"{live_server.url}/patients/{undecided.pk}/enter/results")
    signed_in.get_by_label("Ferritin", exact=True).fill("1240")
    signed_in.get_by_role("button", name="Save").dblclick()
    expect(signed_in.locator("#answer")).to_contain_text("ferritin 1,240 ng/mL")
    assert Measurement.objects.filter(typed_value="1240").count() == 1


def test_doubtful_value_is_asked_about_in_place(signed_in: Page, record):
    fill_ferritin(signed_in, record, "25000")
    signed_in.get_by_role("button", name="Save").click()
    question = signed_in.get_by_label("I have checked the values asked about")
    expect(question).to_be_visible()
    assert not Measurement.objects.filter(typed_value="25000").exists()
    question.check()
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.locator("#answer")).to_contain_text("25,000")


def test_treatment_and_judgement_entered_in_place_equal_a_fresh_load(signed_in: Page, record, undecided, faults):
    page = signed_in
    page.goto(record)
    open_form(page, "Treatment")
    page.locator("#entry [name=drug]").select_option("gc")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#saved")).to_contain_text("lucocorticoid")
    expect(page.locator("#state-bar .cell-drugs")).to_contain_text("GC")
    open_form(page, "Judgement")
    page.locator("#entry [name=improvement]").select_option("worse")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#saved")).to_contain_text("Judgement")
    expect(page.locator("#news")).to_contain_text("Judgement")
    swapped = still(page, "#record")
    assert plain(loaded_anew(page, "#record")) == plain(swapped)
    assert (MedicationCourse.objects.count(), Judgement.objects.count()) == (1, 1)


def test_lost_session_leads_to_the_sign_in_page_not_into_the_fragment(signed_in: Page, record):
    """R50."""
    signed_in.goto(record)
    Session.objects.all().delete()
    open_form(signed_in, "HRCT report")
    expect(signed_in.get_by_label("Password")).to_be_visible()
    expect(signed_in.locator("#record")).to_have_count(0)


def test_entry_after_a_lost_session_writes_nothing_and_hides_the_patient(signed_in: Page, record):
    fill_ferritin(signed_in, record, "1240")
    Session.objects.all().delete()
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_role("heading", name="You were signed out")).to_be_visible()
    expect(signed_in.get_by_text("Yamada").first).to_be_hidden()
    expect(signed_in).to_have_title("Signed out · ildcare")
    assert not Measurement.objects.filter(typed_value="1240").exists()


def test_way_back_after_signing_out_shows_no_patient(signed_in: Page, record):
    """R51: not even for a moment from the browser's memory."""
    signed_in.goto(record)
    open_own_menu(signed_in)
    signed_in.get_by_role("button", name="Sign out").click()
    expect(signed_in.get_by_label("Password")).to_be_visible()
    signed_in.go_back()
    expect(signed_in.get_by_label("Password")).to_be_visible()
    expect(signed_in.get_by_text("Yamada")).to_have_count(0)


def test_form_that_fits_no_more_is_said_in_place_and_writes_nothing(signed_in: Page, record):
    """R02, R06."""
    fill_ferritin(signed_in, record, "1240")
    signed_in.locator("#entry [name=context_token]").evaluate("x => { x.value = 'other' }")
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.locator("#notice")).to_contain_text("Nothing was saved")
    expect(signed_in.get_by_label("Ferritin", exact=True)).to_have_value("1240")
    assert not Measurement.objects.filter(typed_value="1240").exists()


def test_fragment_of_nobody_is_refused(signed_in: Page, record):
    """R04: an answer that does not say whose it is."""
    signed_in.goto(record)
    signed_in.route("**/enter/hrct*", lambda route: route.fulfill(body='<div id="entry">nobody\'s</div>'))
    open_form(signed_in, "HRCT report")
    expect(signed_in.locator("#notice")).to_contain_text("another patient")
    expect(signed_in.locator("#entry")).not_to_contain_text("nobody's")


def test_answer_to_an_entry_that_shows_another_patient_is_refused(signed_in: Page, record, live_server, other):
    """R04: the record itself is never replaced by somebody else's."""
    fill_ferritin(signed_in, record, "1240")
    foreign = {"X-Patient": str(other.pk)}
    signed_in.route("**/record/results", lambda route: route.fulfill(body='<div id="record">B</div>', headers=foreign))
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.locator("#notice")).to_contain_text("another patient")
    expect(signed_in.locator("#answer")).to_contain_text("T2 or T3")


def test_critical_alert_is_not_acknowledged_without_a_deed(signed_in: Page, record):
    """Neither by the browser nor by the server; the answer stands beside the alert."""
    page = signed_in
    page.goto(record)
    alert = page.locator("#alerts li.critical").first
    alert.locator(".acknowledge > summary").first.click()
    alert.get_by_role("button", name="Acknowledge").click()
    assert not Alert.objects.exclude(acknowledged_at=None).exists()
    alert.get_by_label("What is being done").evaluate("x => x.required = false")
    alert.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#alerts li.critical .invalid-feedback").first).to_be_visible()
    assert not Alert.objects.exclude(acknowledged_at=None).exists()


def test_R17_a_card_that_can_wait_says_until_when(signed_in: Page, record):
    page = signed_in
    page.goto(record)
    card = page.locator("#alerts li.critical").first
    card.locator(".acknowledge > summary").first.click()
    card.locator(".snooze > summary").first.click()
    card.get_by_label("Why it can wait").fill("echo at noon first")
    card.get_by_role("button", name="Snooze").click()
    expect(page.locator("#alerts")).to_contain_text("waits until")
    assert Alert.objects.exclude(snoozed_until=None).exists()
    assert not Alert.objects.exclude(acknowledged_at=None).exists()


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_alert_is_acknowledged_without_script(signed_in: Page, record):
    page = signed_in
    page.goto(record)
    alert = page.locator("#alerts li.critical").first
    alert.locator(".acknowledge > summary").first.click()
    alert.get_by_label("What is being done").select_option(index=1)
    alert.get_by_label("Note").fill("seen on the round")
    alert.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#alerts")).to_contain_text("acknowledged")
    expect(page).to_have_url(record)
