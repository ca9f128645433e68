"""States that are seldom seen and matter then: refused, of another patient, down."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ildcare.paper.downtime import write_sheets
from patients.models import JudgementOwner, User
from tests.browser.people import admitted, judgement_overdue


@pytest.fixture
def looked(signed_in: Page) -> Page:
    """The physician's page on a tablet."""
    signed_in.set_viewport_size({"width": 820, "height": 1180})
    return signed_in


@pytest.fixture
def treated(ward, physician):
    """T3 for nine days: the first judgement is two days late."""
    return admitted("B-7", physician, ward, judgement_overdue(), family_name="Abe", given_name="Jun")


def test_the_clock_refused_named_and_the_same_after_a_fresh_load(looked: Page, live_server, treated, physician) -> None:
    page = looked
    User.objects.filter(pk=physician.pk).update(first_name="Hana", last_name="Mori")
    page.goto(f"{live_server.url}/patients/{treated.pk}/round")
    clock = page.locator("#clock")
    expect(clock).to_contain_text("2 days overdue")
    clock.get_by_role("button", name="Assign").click()
    expect(clock.locator(".invalid-feedback")).to_be_visible()
    clock.get_by_label("To be judged by").select_option(label="Hana Mori")
    clock.get_by_role("button", name="Assign").click()
    expect(clock).to_contain_text("to be judged by Hana Mori")
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


def test_what_is_not_there_or_not_allowed(looked: Page, live_server, undecided) -> None:
    page = looked
    for path, status in (("/patients/999999/", 404), ("/review/overrides", 403), ("/no/such/page", 404)):
        answer = page.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == status


def test_R62_the_index_of_the_downtime_sheets(page: Page, treated, tmp_path: Path) -> None:
    """Opened as a file, without any server; it says when it is too old."""
    write_sheets(tmp_path)
    page.goto(f"file://{tmp_path}/index.html")
    expect(page.get_by_role("cell", name=re.compile("Abe Jun")).first).to_be_visible()
    expect(page.get_by_text("Too old: do not decide by these sheets.")).to_be_hidden()
    old = re.sub(r'data-until="\d{4}', 'data-until="2020', (tmp_path / "index.html").read_text())
    (tmp_path / "index.html").write_text(old)
    page.reload()
    expect(page.get_by_text("Too old: do not decide by these sheets.")).to_be_visible()
