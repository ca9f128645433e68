"""Import, administration, and what the browser keeps: nothing that the policy forbids."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from patients.models import Role
from tests.browser.accessible import listen
from tests.browser.menu import open_form
from tests.ildcare.record.test_entering import case
from tests.patients.conftest import make_user


@pytest.fixture
def complaints(page: Page) -> list[str]:
    return listen(page)


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
    expect(page.locator("#preview")).to_contain_text("CASE-9")
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


def test_nothing_stays_in_the_browser(signed_in: Page, live_server, undecided, complaints):
    """R51: no storage of the browser holds anything, not even the address of a patient."""
    page = signed_in
    page.goto(f"{live_server.url}/patients/{undecided.pk}/")
    open_form(page, "Results")
    page.get_by_label("Ferritin", exact=True).fill("1240")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#answer")).to_contain_text("ferritin 1,240 ng/mL")
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert complaints == []
