"""States that are seldom seen and matter then: refused, stale, signed out, forbidden, empty, down. In both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from ildcare.downtime import write_sheets
from ildcare.evaluation import evaluate_patients, sweep
from patients.actions import record_facts
from patients.models import JudgementOwner, User
from tests.browser.test_every_page import check
from tests.browser.test_safety import fill_ferritin
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.story import Story

pytestmark = pytest.mark.parametrize("theme", ["light", "dark"])


@pytest.fixture
def looked(signed_in: Page, theme) -> Page:
    """The physician's page in this theme, on a tablet."""
    signed_in.emulate_media(color_scheme=theme)
    signed_in.set_viewport_size({"width": 820, "height": 1180})
    return signed_in


@pytest.fixture
def treated(ward, physician):
    """T3 for nine days: the first judgement is two days late."""
    patient = make_patient("B-7", physician, ward, family_name="Abe", given_name="Jun")
    story = Story().onset(today() - 30, known=today() - 20).diagnosis(today() - 20, "DM").mda5(today() - 20, "positive")
    story.ferritin(today() - 20, "1679").drug(today() - 9, "gc", dose=None).drug(today() - 9, "csa")
    story.drug(today() - 9, "ivcy")
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    evaluate_patients([patient.pk])
    sweep()
    return patient


def test_the_clock_refused_named_and_the_same_after_a_fresh_load(looked: Page, live_server, treated, physician) -> None:
    page = looked
    User.objects.filter(pk=physician.pk).update(first_name="Hana", last_name="Mori")
    page.goto(f"{live_server.url}/patients/{treated.pk}/round")
    clock = page.locator("#clock")
    expect(clock).to_contain_text("2 days overdue")
    clock.get_by_role("button", name="Assign").click()
    expect(clock.locator(".text-danger")).to_be_visible()
    check(page, "clock refused")
    clock.get_by_label("To be judged by").select_option(label="Hana Mori")
    clock.get_by_role("button", name="Assign").click()
    expect(clock).to_contain_text("to be judged by Hana Mori")
    check(page, "clock")
    step = clock.inner_text()
    page.reload()
    assert page.locator("#clock").inner_text() == step
    assert JudgementOwner.objects.get().owner == physician


def test_the_clock_without_scripts(browser, looked: Page, live_server, treated, physician) -> None:
    """The form goes to its own address and comes back to the record."""
    with browser.new_context(java_script_enabled=False, storage_state=looked.context.storage_state()) as plain:
        page = plain.new_page()
        page.goto(f"{live_server.url}/patients/{treated.pk}/")
        page.get_by_label("To be judged by").select_option(str(physician.pk))
        page.locator("#clock").get_by_role("button", name="Assign").click()
        expect(page).to_have_url(re.compile(rf"/patients/{treated.pk}/$"))
        expect(page.locator("#clock")).to_contain_text("to be judged by")


def test_a_refused_round_note_is_brought_into_sight(looked: Page, live_server, treated) -> None:
    page = looked
    page.goto(f"{live_server.url}/patients/{treated.pk}/round")
    page.locator("label.pick:has(input[value=override])").click()
    page.locator("#round-form button[value=next]").click()
    expect(page.get_by_text("Nothing was stored yet")).to_be_visible()
    expect(page.locator("#round-form .is-invalid").first).to_be_focused()
    expect(page.locator("#round-form .is-invalid").first).to_be_in_viewport()


def test_a_form_of_another_patient_says_so_and_leads_back(looked: Page, live_server, undecided, other) -> None:
    page = looked
    page.goto(f"{live_server.url}/patients/{undecided.pk}/enter/results")
    page.locator("main form").first.evaluate(
        "(form, address) => { form.action = address; for (const x of form.getAttributeNames())"
        " if (x.startsWith('hx-')) form.removeAttribute(x); }",
        f"/patients/{other.pk}/record/results",
    )
    page.locator("main form").first.evaluate("form => form.submit()")
    expect(page.locator("#conflict")).to_be_visible()
    expect(page.locator(".identity")).to_contain_text(other.mrn)
    expect(page.get_by_role("link", name="Back to the record")).to_have_attribute("href", f"/patients/{other.pk}/")
    check(page, "conflict")


def test_what_is_not_there_or_not_allowed(looked: Page, live_server, undecided) -> None:
    page = looked
    for path, status in (("/patients/999999/", 404), ("/review/overrides", 403), ("/no/such/page", 404)):
        answer = page.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == status
        check(page, path)


def test_the_panel_of_a_session_that_has_ended(looked: Page, live_server, undecided) -> None:
    page = looked
    fill_ferritin(page, f"{live_server.url}/patients/{undecided.pk}/", "1240")
    Session.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="You were signed out")).to_be_visible()
    check(page, "signed out")


def test_an_empty_ward_and_an_empty_round(looked: Page, live_server, ward) -> None:
    page = looked
    sweep()
    for path in ("/", "/round/"):
        page.goto(live_server.url + path)
        check(page, path)


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_R62_the_index_of_the_downtime_sheets(page: Page, theme, width, treated, settings, tmp_path: Path) -> None:
    """Opened as a file, without any server; it says when it is too old."""
    settings.DOWNTIME_LANGUAGES = ["en", "ja"]
    write_sheets(tmp_path)
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"file://{tmp_path}/index.html")
    expect(page.get_by_role("cell", name=re.compile("Abe Jun")).first).to_be_visible()
    expect(page.get_by_text("Too old: do not decide by these sheets.")).to_be_hidden()
    check(page, "downtime")
    old = re.sub(r'data-until="\d{4}', 'data-until="2020', (tmp_path / "index.html").read_text())
    (tmp_path / "index.html").write_text(old)
    page.reload()
    expect(page.get_by_text("Too old: do not decide by these sheets.")).to_be_visible()
    check(page, "old downtime")
