"""A case in a browser: a senior takes it from the queue and signs, a second person signs, it is closed."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from ildcare.review.triggers import gather
from patients.actions import record_facts
from patients.clinical import facts as f
from patients.models import ReviewCase, Role, User
from tests.browser.people import forty_days_treated, tell
from tests.monitoring.stored import today
from tests.patients.conftest import make_user
from tests.story import Story


@pytest.fixture
def case(other, physician) -> ReviewCase:
    tell(other, forty_days_treated(), physician)
    story = Story().add(f.Decision, today() - 3, step="T4", accepted=False, code="infection", reason="sputum first")
    record_facts(patient=other, facts=story.versions, by=physician, source="test")
    gather(timezone.now())
    return ReviewCase.objects.get(trigger="override")


def as_user(context: BrowserContext, user: User, address: str) -> None:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    context.clear_cookies()
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])


def sign(page: Page) -> None:
    form = page.locator(".verdict-form")
    form.get_by_label("Right", exact=True).check()
    form.get_by_label("Justified").check()
    form.get_by_label("What it teaches").select_option("departure_right")
    form.get_by_label("For whom").select_option("ward")
    form.get_by_role("button", name="Sign verdict").click()


def test_from_the_queue_to_a_closed_case(page: Page, context, live_server, ward, case, faults):
    as_user(context, make_user("first", Role.SENIOR, ward), live_server.url)
    page.goto(live_server.url)
    page.get_by_role("link", name="Review", exact=True).first.click()
    page.locator(f"a.case-row[href$='{case.pk}']").click()
    expect(page.locator(".case-plot .case-box").first).to_be_visible()
    chosen = page.locator("#then h2").first.inner_text()
    page.keyboard.press("[")
    expect(page.locator("#then h2").first).not_to_have_text(chosen)
    page.get_by_role("button", name="Take this case").click()
    expect(page.get_by_role("button", name="Release this case")).to_be_visible()
    sign(page)
    expect(page.locator("#verdict header")).to_contain_text("a second person is needed")
    as_user(context, make_user("second", Role.REVIEWER, ward), live_server.url)
    page.goto(live_server.url)  # which leads to the queue
    expect(page.get_by_text(str(case.patient))).to_have_count(0)
    page.locator(f"a.case-row[href$='{case.pk}']").click()
    sign(page)
    expect(page.locator("#verdict header")).to_contain_text("closed: two people agree")
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator(".case-plot")).not_to_be_visible()
    expect(page.locator(".happenings td").first).to_be_visible()
    case.refresh_from_db()
    assert case.closed_at is not None
