"""The end of a session: warned of, never the end of what was typed, and nobody else reads on (R45, R50, R51)."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from patients.models import Judgement, Measurement, Role
from tests.browser.menu import open_form, open_own_menu
from tests.browser.test_safety import fill_ferritin
from tests.patients.conftest import make_user

PASSWORD = "a long ward password"


@pytest.fixture
def record(live_server, undecided) -> str:
    """Address of the patient's page."""
    return f"{live_server.url}/patients/{undecided.pk}/"


def with_password(user):
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("details.me")).to_be_visible()


@pytest.fixture
def at_work(page: Page, live_server, physician) -> Page:
    """A physician who has signed in with a password."""
    with_password(physician)
    sign_in(page, live_server.url, "physician")
    return page


def test_what_was_typed_is_stored_after_signing_in_again(at_work: Page, live_server, record, undecided):
    page = at_work
    fill_ferritin(page, record, "1240")
    Session.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Nobody is signed in yet.")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in again in a new tab").click()
    sign_in(opened.value, live_server.url, "physician")
    page.bring_to_front()
    # the page comes back by itself where its browser tells it that it is looked at: then the button is gone
    page.locator("#session-ended [data-continue]").dispatch_event("click")
    expect(page.get_by_label("Ferritin", exact=True)).to_have_value("1240")
    expect(page).to_have_title(re.compile("Yamada Chiyo"))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#answer")).to_contain_text("ferritin 1,240 ng/mL")
    assert Measurement.objects.get(typed_value="1240").patient_id == undecided.pk


def test_another_user_in_another_tab_neither_reads_nor_sends_what_was_typed(at_work: Page, live_server, ward, record):
    """R02, R05: the session of the browser is another's now."""
    page = at_work
    with_password(make_user("colleague", Role.PHYSICIAN, ward))
    fill_ferritin(page, record, "1240")
    other_tab = page.context.new_page()
    other_tab.goto(live_server.url)
    open_own_menu(other_tab)
    other_tab.get_by_role("button", name="Sign out").click()
    sign_in(other_tab, live_server.url, "colleague")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody else is signed in in this browser.")).to_be_visible()
    expect(page.get_by_text("Yamada").first).to_be_hidden()
    expect(page.get_by_label("Ferritin", exact=True)).to_have_value("1240")
    assert not Measurement.objects.filter(typed_value="1240").exists()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Somebody else is signed in in this browser.")).to_be_visible()


def test_form_on_a_page_of_its_own_is_not_lost_either(at_work: Page, live_server, undecided):
    """Without htmx the browser would leave the page for the sign-in."""
    page = at_work
    page.goto(f"{live_server.url}/patients/{undecided.pk}/enter/judgement")
    page.locator("[name=improvement]").select_option("worse")
    page.locator("[name=note]").fill("breathless at rest")
    Session.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
    sign_in(page.context.new_page(), live_server.url, "physician")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("[name=note]")).to_have_value("breathless at rest")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#answer")).to_be_visible()
    assert Judgement.objects.get().note == "breathless at rest"


def test_end_is_said_before_and_staying_is_one_press(signed_in: Page, record, settings):
    settings.SESSION_IDLE_SECONDS = 100
    page = signed_in
    page.goto(record)
    expect(page.locator("#session-ending")).to_contain_text(re.compile(r"signed out at \d{2}:\d{2}"))
    settings.SESSION_IDLE_SECONDS = 900
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.locator("#session-ending")).to_be_hidden()


def test_page_that_nobody_typed_on_leaves_for_the_sign_in_and_comes_back(at_work: Page, record, settings):
    page = at_work
    page.goto(record)
    settings.SESSION_IDLE_SECONDS = -1
    open_form(page, "HRCT report")
    expect(page.get_by_label("Password")).to_be_visible()
    expect(page.get_by_text("Yamada")).to_have_count(0)
    settings.SESSION_IDLE_SECONDS = 900
    page.get_by_label("Username").fill("physician")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title(re.compile("Yamada Chiyo"))
    expect(page).to_have_url(record)


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_deed_of_a_lost_session_leads_back_to_the_patient(at_work: Page, live_server, record, undecided):
    """Without script: after signing in the address of a change would be no page."""
    page = at_work
    page.goto(f"{live_server.url}/patients/{undecided.pk}/enter/judgement")
    page.locator("[name=improvement]").select_option("worse")
    Session.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Username").fill("physician")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(record)
    assert not Judgement.objects.exists()
