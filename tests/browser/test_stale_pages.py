"""R32 in the browser: a decision on an old page asks to look again, with everything typed; then it is stored."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from ildcare.evaluation.sweep import evaluate_patients
from monitoring.models import Alert
from patients.actions import record_facts
from patients.models import Decision, Judgement, Measurement
from tests.browser.menu import loaded_anew, open_form, open_own_menu, still
from tests.browser.test_main_job import SEND_TO
from tests.monitoring.stored import today
from tests.patients.conftest import make_user
from tests.reading import plain
from tests.story import Story


@pytest.fixture
def record(live_server, undecided) -> str:
    """Address of the patient's page."""
    return f"{live_server.url}/patients/{undecided.pk}/"


def result_arrives(patient, value: str) -> None:
    laboratory = make_user(f"laboratory {value}")
    story = Story().ferritin(today() - 1, value, id=f"lab {value}")
    record_facts(patient=patient, facts=story.versions, by=laboratory, source="lab")
    evaluate_patients([patient.pk])


def test_R32_judgement_on_an_old_page_asks_and_is_stored_once_seen(signed_in: Page, record, undecided):
    page = signed_in
    page.goto(record)
    open_form(page, "Judgement")
    page.locator("#entry [name=improvement]").select_option("worse")
    page.locator("#entry [name=note]").fill("breathless at rest")
    result_arrives(undecided, "1240")
    page.get_by_role("button", name="Save").click()
    news = page.locator("#entry .news")
    expect(news).to_contain_text("Ferritin 1,240 ng/mL")
    expect(page.locator("#entry [name=note]")).to_have_value("breathless at rest")
    assert not Judgement.objects.exists()
    page.get_by_label("I have seen these").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#saved")).to_contain_text("Judgement")
    expect(page.locator("#news")).to_contain_text("Judgement")
    assert Judgement.objects.get().note == "breathless at rest"
    swapped = still(page, "#record")
    assert plain(loaded_anew(page, "#record")) == plain(swapped)


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_R32_without_script_the_decision_asks_as_well(signed_in: Page, record, undecided):
    page = signed_in
    page.goto(f"{record}enter/decision")
    page.locator("[name=about]").select_option("T2")
    page.locator("[name=accepted]").select_option("yes")
    result_arrives(undecided, "1240")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".news")).to_contain_text("Ferritin 1,240 ng/mL")
    assert not Decision.objects.exists()
    page.get_by_label("I have seen these").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#answer")).to_be_visible()
    assert Decision.objects.get().step == "T2"


def test_R32_acknowledgement_on_an_old_page_asks_beside_its_alert(signed_in: Page, record, undecided):
    page = signed_in
    page.goto(record)
    alert = page.locator("#alerts li.critical").first
    alert.locator(".acknowledge > summary").first.click()
    alert.get_by_label("What is being done").select_option(index=1)
    alert.get_by_label("Note").fill("seen on the round")
    record_facts(
        patient=undecided,
        facts=Story().test(today() - 1, "crp", "4.2", id="crp").versions,
        by=make_user("laboratory"),
        source="lab",
    )
    alert.get_by_role("button", name="Acknowledge").click()
    asked = page.locator("#alerts li.critical:has(.news)")
    expect(asked.locator(".news")).to_contain_text(re.compile(r"4\.2"))
    expect(asked.get_by_label("Note")).to_have_value("seen on the round")
    assert not Alert.objects.exclude(acknowledged_at=None).exists()
    asked.get_by_label("I have seen these").check()
    asked.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#alerts")).to_contain_text("acknowledged")
    assert Alert.objects.exclude(acknowledged_at=None).exists()


def test_R02_address_of_a_form_changed_to_another_patient_in_place_keeps_the_text(
    signed_in: Page, record, undecided, other
):
    """H01: 409, nothing written for anybody, what was typed still there."""
    page = signed_in
    page.goto(record)
    open_form(page, "Results")
    page.get_by_label("Ferritin", exact=True).fill("700")
    page.evaluate(
        """id => { const form = document.querySelector('#entry form');
        form.setAttribute('hx-post', form.getAttribute('hx-post').replace(/patients\\/\\d+/, `patients/${id}`));
        htmx.process(form); }""",
        other.pk,
    )
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        page.get_by_role("button", name="Save").click()
    assert answer.value.status == 409
    expect(page.locator("#notice")).to_be_visible()
    expect(page.get_by_label("Ferritin", exact=True)).to_have_value("700")
    assert not Measurement.objects.filter(typed_value="700").exists()


def test_R03_conflict_page_says_whose_it_is_and_leads_back(signed_in: Page, record, live_server, undecided, other):
    page = signed_in
    page.goto(f"{record}enter/judgement")
    page.locator("#entry form").evaluate(SEND_TO, other.pk)
    expect(page.get_by_role("heading", name="Not saved")).to_be_visible()
    expect(page.locator(".identity")).to_contain_text("Chiyoko")
    expect(page.locator(".identity .lookalike")).to_contain_text("Chiyo")
    page.get_by_role("link", name="Back to the record").click()
    expect(page).to_have_url(f"{live_server.url}/patients/{other.pk}/")


class TestBackForwardCache:
    """With the cache that Playwright switches off: the page itself must not come back from memory (R51)."""

    @pytest.fixture(scope="session")
    def browser_type_launch_args(self, browser_type_launch_args):
        return {**browser_type_launch_args, "ignore_default_args": ["--disable-back-forward-cache"]}

    def test_R51_way_back_after_signing_out(self, signed_in: Page, record):
        page = signed_in
        page.goto(record)
        open_own_menu(page)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Password")).to_be_visible()
        page.go_back()
        expect(page.get_by_label("Password")).to_be_visible()
        expect(page.get_by_text("Yamada")).to_have_count(0)
