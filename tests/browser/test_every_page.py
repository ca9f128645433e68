"""Every page and form in Chromium: nothing that the policy forbids, accessible, nothing left behind in the browser."""

from __future__ import annotations

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Page, expect

from patients.forms import FORMS
from patients.models import Measurement, Role
from tests.browser.test_looks import pages_of
from tests.ildcare.test_entering import case
from tests.patients.conftest import make_user

LISTEN = "addEventListener('securitypolicyviolation', x => console.error(`policy: ${x.violatedDirective}`))"
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
EXPECTED = "Failed to load resource"  # how Chromium tells of an answer 404, 409 or 422


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Everything the browser complained of, apart from answers that refuse."""
    found: list[str] = []
    page.add_init_script(LISTEN)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "console",
        lambda told: found.append(told.text) if told.type == "error" and not told.text.startswith(EXPECTED) else None,
    )
    return found


def check(page: Page, what: str) -> None:
    violations = Axe().run(page, options=WCAG).response["violations"]
    assert [(x["id"], [node["html"][:160] for node in x["nodes"]][:3]) for x in violations] == [], what
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), what


@pytest.mark.parametrize("language", ["en", "ja"])
def test_sign_in_page_refused_sign_in_and_missing_pages(
    page: Page, live_server, transactional_db, complaints, language
):
    page.set_extra_http_headers({"Accept-Language": language})
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/")
    expect(page.locator("html")).to_have_attribute("lang", language)
    check(page, "sign in")
    page.locator("[name=username]").fill("nobody")
    page.locator("[name=password]").fill("wrong")
    page.locator("main form button").click()
    expect(page.locator("main form .alert")).to_be_visible()
    check(page, "refused sign in")
    assert complaints == []


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_form_opened_in_place_and_refused(signed_in: Page, live_server, undecided, complaints, language):
    """Each form of the menu: opened, sent empty, back with its faults; 820 px wide."""
    page = signed_in
    page.set_extra_http_headers({"Accept-Language": language})
    page.set_viewport_size({"width": 820, "height": 1180})
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")
    for kind in FORMS:
        page.locator(f".entry-menu a[href$='/enter/{kind}']").first.click()
        form = page.locator(f"#entry form[action$='/record/{kind}']")
        expect(form).to_be_visible()
        form.locator("input[type=date], input[type=datetime-local]").first.fill("")
        form.locator("button[type=submit]").click()
        expect(form.locator(".invalid-feedback, [role=alert]").first).to_be_visible()
        if kind in ("results", "treatment", "hrct"):
            check(page, kind)
    assert not Measurement.objects.filter(patient=undecided, source="form").exists()
    assert complaints == []


def test_case_is_checked_and_stored_from_a_file(signed_in: Page, live_server, ward, complaints, tmp_path):
    page = signed_in
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(case()), encoding="utf-8")
    bad.write_text(json.dumps(case(events=[{"kind": "?"}])), encoding="utf-8")
    page.goto(f"{live_server.url}/cases/import")
    for file in (bad, good):
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Check", exact=True).click()
        if file == bad:
            expect(page.get_by_text("The file was refused: 2 faults")).to_be_visible()
            check(page, "faults")
    expect(page.locator("#preview")).to_contain_text("CASE-9")
    check(page, "preview")
    page.get_by_role("button", name="Store this case").click()
    expect(page).to_have_title(re.compile("Case Nine · CASE-9"))
    expect(page.locator("#answer")).to_contain_text("T3")
    assert complaints == []


def test_administration_keeps_to_the_policy(page: Page, live_server, client, context, ward, complaints):
    chief = make_user("chief", Role.ADMINISTRATOR)
    chief.is_staff = chief.is_superuser = True
    chief.save()
    client.force_login(chief)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    for path in ("/admin/", "/admin/patients/user/", "/admin/patients/user/add/", "/admin/patients/ward/"):
        answer = page.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == 200, path
    assert complaints == []


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_page_in_the_light(signed_in: Page, live_server, undecided, other, complaints, language):
    """The same pages in the dark: test_looks.py."""
    page = signed_in
    page.set_extra_http_headers({"Accept-Language": language})
    page.set_viewport_size({"width": 1180, "height": 820})
    for path in pages_of(undecided):
        page.goto(live_server.url + path)
        expect(page.locator("html")).to_have_attribute("lang", language)
        check(page, path)
    assert complaints == []


def test_nothing_stays_in_the_browser(signed_in: Page, live_server, undecided, complaints):
    """R51: no storage of the browser holds anything, not even the address of a patient."""
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")
    page.get_by_role("link", name="+ Results").click()
    page.get_by_label("Ferritin", exact=True).fill("1240")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#answer")).to_contain_text("ferritin 1,240 ng/mL")
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert complaints == []
