"""The vital signs of a ward: each row its patient's, each patient stored by itself."""

from __future__ import annotations

import html
import re

import pytest
from django.utils import timezone

from patients.models import Admission, Measurement, SheetDraft, Ward
from tests.ildcare.record.test_entering import browser as browser
from tests.ildcare.record.test_entering import clock
from tests.patients.conftest import make_patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="(p\d+-context_token)" value="([^"]+)"')


@pytest.fixture
def pair(ward, physician):
    return (
        make_patient("W-1", physician, ward, family_name="Yamada", given_name="Chiyo"),
        make_patient("W-2", physician, ward, family_name="Yamada", given_name="Chiyoko"),
    )


def tokens(browser) -> dict[str, str]:
    return dict(TOKEN.findall(browser.get("/ward/morning").content.decode()))


def send(browser, what: str = "record", *, form: dict[str, str] | None = None, shown: str = "", **boxes: str):
    named = {re.sub(r"^(p\d+)_", r"\1-", name): value for name, value in boxes.items()}
    fields = {"on": clock(hours=1), "ward": "east-7", "shown": shown, **(form or tokens(browser)), **named}
    return browser.post(f"/ward/morning/{what}", fields)


def page_of(response) -> str:
    return html.unescape(response.content.decode())


def stored() -> set[tuple[int, str, str]]:
    return {(x.patient_id, x.code, str(x.value)) for x in Measurement.objects.all()}


def test_each_row_is_stored_as_its_patient_s(browser, pair) -> None:
    one, two = (x.pk for x in pair)
    boxes = {f"p{one}_value_temperature": "36.9", f"p{two}_value_systolic_bp": "142/84"}
    assert send(browser, **boxes).status_code == 302
    assert stored() == {(one, "temperature", "36.9"), (two, "systolic_bp", "142"), (two, "diastolic_bp", "84")}


def test_a_refused_row_stays_and_the_others_are_stored_and_said(browser, pair) -> None:
    one, two = (x.pk for x in pair)
    boxes = {f"p{one}_value_temperature": "369", f"p{one}_value_heart_rate": "88", f"p{two}_value_spo2": "93"}
    answer = send(browser, **boxes)
    assert answer.status_code == 422
    assert stored() == {(two, "spo2", "93")}
    page = page_of(answer)
    assert "1 patient saved." in page
    assert "1 row is not saved" in page
    assert re.search(rf'name="p{one}-value_temperature"\s+value="369"', page)
    assert re.search(rf'name="p{two}-value_spo2"\s+value=""', page)


def test_a_row_with_the_context_of_another_patient_stores_nothing_at_all(browser, pair) -> None:
    one, two = (x.pk for x in pair)
    form = tokens(browser)
    swapped = {
        f"p{one}-context_token": form[f"p{two}-context_token"],
        f"p{two}-context_token": form[f"p{one}-context_token"],
    }
    assert send(browser, form=swapped, **{f"p{one}_value_temperature": "36.9"}).status_code == 409
    assert stored() == set()


def test_the_row_says_name_number_and_who_is_alike(browser, pair) -> None:
    page = page_of(browser.get("/ward/morning"))
    for patient in pair:
        assert patient.mrn in page
    assert page.count('class="lookalike"') == 2


def test_sent_twice_it_counts_once(browser, pair) -> None:
    form, boxes = tokens(browser), {f"p{pair[0].pk}_value_temperature": "36.9"}
    for _n in range(2):
        assert send(browser, form=form, **boxes).status_code == 302
    assert Measurement.objects.count() == 1


def test_what_is_typed_is_kept_row_by_row_and_restored(browser, pair) -> None:
    one = pair[0].pk
    assert "kept as a draft" in page_of(send(browser, "draft", **{f"p{one}_value_temperature": "36.9"}))
    assert SheetDraft.objects.get().patient_id == one
    page = page_of(browser.get("/ward/morning"))
    assert "Restored: what you typed until" in page
    assert re.search(rf'name="p{one}-value_temperature"\s+value="36.9"', page)
    assert "Restored" not in words_of(browser.get(f"/patients/{one}/morning"))  # another sheet
    send(browser, **{f"p{one}_value_temperature": "36.9"})
    assert Measurement.objects.count() == 1


def test_looking_at_the_rows_stores_nothing(browser, pair) -> None:
    one = pair[0].pk
    fields = {"on": clock(hours=1), "ward": "east-7", **tokens(browser), f"p{one}-value_temperature": "369"}
    page = page_of(browser.post("/ward/morning/check", fields, headers={"HX-Request": "true"}))
    assert re.search(rf'id="told-p{one}-temperature"\s+hx-swap-oob="true"', page)
    assert "out of limits" in page
    assert stored() == set()


def test_who_comes_onto_the_ward_while_values_are_typed_holds_up_nobody(browser, pair, ward, physician) -> None:
    one, form = pair[0].pk, tokens(browser)
    newcomer = make_patient("W-3", physician, ward, family_name="Abe")
    boxes = {f"p{one}_value_temperature": "36.9"}
    assert send(browser, "check", form=form, **boxes).status_code == 200
    send(browser, "draft", form=form, **boxes)
    assert SheetDraft.objects.get().patient_id == one
    refused = send(browser, form=form, **{f"p{one}_value_temperature": "369"})
    assert refused.status_code == 422
    assert f'name="p{newcomer.pk}-context_token"' in page_of(refused)
    assert send(browser, form=form, **boxes).status_code == 302
    assert stored() == {(one, "temperature", "36.9")}


def test_the_row_of_who_leaves_the_ward_while_it_is_typed_is_stored(browser, pair) -> None:
    one, two, form = *(x.pk for x in pair), tokens(browser)
    Admission.objects.filter(patient=one).update(discharged_at=timezone.now())
    assert send(browser, form=form, **{f"p{one}_value_temperature": "36.9"}).status_code == 302
    assert stored() == {(one, "temperature", "36.9")}
    assert f'name="p{one}-' not in page_of(browser.get("/ward/morning"))
    assert f'name="p{two}-' in page_of(browser.get("/ward/morning"))


def test_a_row_of_who_went_out_of_sight_is_said_to_be_lost(browser, pair, physician) -> None:
    one, two, form = *(x.pk for x in pair), tokens(browser)
    elsewhere = Ward.objects.create(code="west-5", name="West 5")
    Admission.objects.filter(patient=one).update(ward=elsewhere)
    boxes = {f"p{one}_value_temperature": "36.9", f"p{two}_value_spo2": "93"}
    answer = send(browser, form=form, **boxes)
    assert stored() == {(two, "spo2", "93")}
    assert "Not saved: the values of 1 patient who has left the ward meanwhile." in page_of(
        browser.get(answer["Location"])
    )
