"""What a sheet stored is undone by its author within five minutes, as any other entry: of a patient, and row by row."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from patients.models import Measurement, Role
from tests.ildcare.morning.test_sheet import send
from tests.ildcare.morning.test_ward_vitals import pair as pair
from tests.ildcare.morning.test_ward_vitals import send as send_ward
from tests.ildcare.record.test_adding import undo_of
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import clock
from tests.ildcare.record.test_entering import patient as patient
from tests.patients.conftest import make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of

pytestmark = pytest.mark.django_db
ROW = re.compile(r'action="(/patients/(\d+)/undo/\d+)".*?name="context_token" value="([^"]+)"', re.DOTALL)


def standing() -> dict[str, str]:
    return {x.code: str(x.value) for x in Measurement.objects.standing().exclude(status="cancelled")}


def rows_of(browser: Client, address: str) -> dict[int, tuple[str, str]]:
    """Address and token of the undoing of each row that a page offers, by patient."""
    page = browser.get(address).content.decode()
    listed = page.split('id="saved-rows"')[1].split("</details>")[0] if 'id="saved-rows"' in page else ""
    return {int(number): (action, token) for action, number, token in ROW.findall(listed)}


# -- of a patient -----------------------------------------------------------------------------------------------------


def test_the_record_says_what_the_sheet_saved_and_undoes_it(browser, patient) -> None:
    send(browser, patient, value_ferritin="890", value_crp="2.1")
    text = words_of(browser.get(f"/patients/{patient.pk}/"))
    said = text.split(" saved: ")[1].split(" Undo ")[0]
    assert "Ferritin 890 ng/mL" in said
    assert re.search(r"CRP\)? 2\.10? mg/dL", said)
    assert "chart unchanged" in said
    address, token = undo_of(browser, patient)
    assert browser.post(address, token).status_code == 302
    assert standing() == {}


def test_a_sheet_on_which_something_stayed_offers_it_too_and_comes_back(browser, patient) -> None:
    sheet = f"/patients/{patient.pk}/morning"
    send(browser, patient, do="now", value_crp="2.1", value_creatinine="65")
    page = browser.get(sheet).content.decode()
    action, _number, token = ROW.search(page).groups()
    answer = browser.post(action, {"context_token": token, "next": sheet})
    assert answer.url == sheet
    assert standing() == {}
    after = browser.get(sheet).content.decode()
    assert 'value="65"' in after
    assert ROW.search(after) is None


def test_a_value_that_the_sheet_replaced_stands_again(browser, patient) -> None:
    at = clock(hours=1)
    send(browser, patient, value_crp="2.1", on=at)
    asked = send(browser, patient, value_crp="2.9", on=at).content.decode()
    how = re.search(r'value="answer:crp:([^"]+:replace)"', asked).group(1)
    shown = re.search(r'id="shown" value="([^"]*)"', asked).group(1)
    assert send(browser, patient, value_crp="2.9", on=at, answer_crp=how, shown=shown).status_code == 302
    assert standing() == {"crp": "2.9"}
    address, token = undo_of(browser, patient)
    browser.post(address, token)
    assert standing() == {"crp": "2.1"}


def test_after_five_minutes_it_is_refused_in_words(browser, patient) -> None:
    send(browser, patient, value_crp="2.1")
    address, token = undo_of(browser, patient)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        answer = browser.post(address, token)
        assert ROW.search(browser.get(f"/patients/{patient.pk}/").content.decode()) is None
    assert answer.status_code == 422
    assert "An entry can be undone for five minutes." in answer.content.decode()
    assert standing() == {"crp": "2.1"}


# -- of a ward --------------------------------------------------------------------------------------------------------


@pytest.fixture
def saved(browser, pair) -> tuple[int, int]:
    one, two = (x.pk for x in pair)
    assert (
        send_ward(browser, **{f"p{one}_value_temperature": "36.9", f"p{two}_value_heart_rate": "88"}).status_code == 302
    )
    return one, two


@pytest.mark.parametrize("address", ["/?ward=east-7", "/ward/morning?ward=east-7"])
def test_each_row_of_a_ward_is_undone_by_itself(browser, saved, address) -> None:
    one, two = saved
    rows = rows_of(browser, address)
    assert set(rows) == {one, two}
    action, token = rows[one]
    answer = browser.post(action, {"context_token": token, "next": address})
    assert answer.url == address
    assert "Undone: Yamada Chiyo." in browser.get(answer.url).content.decode()
    assert standing() == {"heart_rate": "88"}
    assert set(rows_of(browser, address)) == {two}


def test_the_list_says_what_was_saved_of_whom(browser, saved) -> None:
    text = words_of(browser.get("/"))
    assert "Saved on the sheet a moment ago: 2 patients." in text
    assert re.search(r"Yamada Chiyo W-1: .{0,40}36\.9", text)


def test_a_row_is_offered_to_its_author_alone_and_not_for_ever(browser, saved, ward) -> None:
    colleague = Client()
    colleague.force_login(make_user("colleague", Role.NURSE, ward))
    assert rows_of(colleague, "/") == {}
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert rows_of(browser, "/") == {}


def test_what_was_entered_since_is_what_is_undone(browser, saved, pair) -> None:
    one, two = saved
    send(browser, pair[0], value_crp="2.1")
    assert set(rows_of(browser, "/")) == {two}
    address, token = undo_of(browser, pair[0])
    browser.post(address, token)
    assert standing() == {"temperature": "36.9", "heart_rate": "88"}
    assert one


def test_the_offer_asks_a_constant_number_of_queries(
    browser, saved, physician, ward, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(60) as few:
        browser.get("/")
    send_ward(browser, **{f"p{saved[0]}_value_spo2": "94", f"p{saved[1]}_value_spo2": "95"})
    with django_assert_max_num_queries(60) as many:
        browser.get("/")
    assert len(many) == len(few)
