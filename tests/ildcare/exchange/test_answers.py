"""Each question about a result gets an answer that a person can give, without typing what was sent once more."""

from __future__ import annotations

from datetime import date
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse

from ildcare.exchange.fhir.arriving import take_bundle
from patients.actions import take_message
from patients.code_maps import bundled_map
from patients.imports.code_map import CodeRow
from patients.models import (
    AntibodyResult,
    Measurement,
    MedicationCourse,
    Message,
    Patient,
    Role,
    Source,
    UnitMeaning,
    WaitingResult,
    standing_row,
)
from tests.ildcare.exchange.fhir import bundles
from tests.ildcare.exchange.test_arrivals import PAGE
from tests.ildcare.exchange.test_arrivals import sent as sent_form
from tests.patients.conftest import make_patient, make_user
from tests.patients.imports.sending import message, obx
from tests.reading import words_of

pytestmark = pytest.mark.django_db
FERRITIN, JO1 = "2276-4^Ferritin^LN", "8076-2^Jo-1^LN"


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="lab-east", title="East laboratory", sender="LAB|EAST")


@pytest.fixture(autouse=True)
def torii(ward, physician) -> Patient:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    return make_patient("7001234", physician, ward, **names)


@pytest.fixture
def pharmacist(client: Client, ward) -> Client:
    client.force_login(make_user("pharmacist", Role.PHARMACIST, ward))
    return client


def take(source: Source, *segments: str):
    return take_message(source=source, document=message(*segments), form="hl7v2")


def answered(client: Client, **fields: str) -> int:
    """The one question that waits, answered as its form has it; the status of the answer."""
    (waiting,) = WaitingResult.objects.open()
    status: int = sent_form(client, reverse("result_answer", args=[waiting.pk]), **fields).status_code
    return status


@pytest.mark.parametrize("text", ["-", "12.5", "see comment"])
def test_an_antibody_without_an_answer_gets_one(pharmacist: Client, source: Source, text: str) -> None:
    take(source, obx(JO1, text, kind="ST"))
    assert answered(pharmacist, result="") == 422
    assert answered(pharmacist, result="negative") == 302
    assert AntibodyResult.objects.get().result == "negative"


def test_a_dash_of_a_measurement_gets_its_value(pharmacist: Client, source: Source) -> None:
    take(source, obx(FERRITIN, "-", "ng/mL", kind="ST"))
    assert answered(pharmacist, value="120") == 302
    assert Measurement.objects.get().value == 120


@pytest.mark.parametrize("status", ["final", "preliminary", "corrected"])
def test_an_unreadable_status_is_said(pharmacist: Client, source: Source, status: str) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL", status="Q"))
    assert answered(pharmacist, status="") == 422
    assert answered(pharmacist, status=status) == 302
    row = Measurement.objects.get()
    assert (row.value, row.status) == (1679, status)


def test_a_final_word_of_nothing_preliminary_is_taken_as_final(pharmacist: Client, source: Source) -> None:
    take(source, obx(FERRITIN, "1679", "ng/mL", status="U"))
    assert answered(pharmacist, status="final") == 302
    assert Measurement.objects.get().value == 1679


def test_which_of_two_codes_is_right_is_said(pharmacist: Client, source: Source) -> None:
    take(source, obx(f"{FERRITIN}^1988-5^CRP^LN", "1679", "ng/mL"))
    assert "its codes name different tests" in words_of(pharmacist.get(PAGE))
    assert answered(pharmacist, means="") == 422
    assert answered(pharmacist, means="ferritin") == 302
    assert Measurement.objects.get().code == "ferritin"


def test_a_hold_of_a_code_is_confirmed_with_one_button(pharmacist: Client, source: Source) -> None:
    held = CodeRow(system="99X", code="T2", target="wbc", hold="after_bronchodilation")
    with patch("patients.code_maps.site_map", lambda: bundled_map().with_rows([held])):
        take(source, obx("T2^x^99X", "8000", "/uL"))
        assert answered(pharmacist) == 302
    assert Measurement.objects.get().value == 8000


def test_a_hold_of_a_code_without_a_unit_asks_for_both_at_once(pharmacist: Client, source: Source) -> None:
    held = CodeRow(system="99X", code="T2", target="ferritin", hold="temperature")
    with patch("patients.code_maps.site_map", lambda: bundled_map().with_rows([held])):
        take(source, obx("T2^x^99X", "800"))
        assert answered(pharmacist) == 422
        assert answered(pharmacist, unit="ng/mL") == 302
    assert Measurement.objects.get().value == 800


def test_two_results_told_apart_both_hold_by_one_button(pharmacist: Client, source: Source) -> None:
    for sub, value in (("1", "1679"), ("2", "900")):
        take(source, obx(FERRITIN, value, "ng/mL").replace(f"{FERRITIN}||", f"{FERRITIN}|{sub}|"))
    assert "Both hold" in words_of(pharmacist.get(PAGE))
    assert answered(pharmacist) == 302
    assert Measurement.objects.count() == 2


@pytest.mark.parametrize(("status", "stored"), [("final", "final"), ("cancelled", "cancelled")])
def test_whether_a_withdrawn_result_holds_is_said(pharmacist: Client, source: Source, status: str, stored: str) -> None:
    take(source, obx(FERRITIN, "", status="W"))
    take(source, obx(FERRITIN, "1679", "ng/mL"))
    assert answered(pharmacist, status=status) == 302
    assert standing_row(list(Measurement.objects.order_by("version"))).status == stored


def test_a_unit_is_said_once_for_everything_that_a_source_sends_so(pharmacist: Client, source: Source) -> None:
    other = Source.objects.create(name="west", title="West", sender="LAB|WEST")
    for n, of in enumerate((source, source, other)):
        document = message(obx(FERRITIN, f"167{n}", time=f"2026030{n + 1}0745"))
        take_message(source=of, document=document, form="hl7v2")
    first = WaitingResult.objects.open().earliest("pk")
    address = reverse("unit_say", args=[first.pk])
    assert sent_form(pharmacist, address, unit="ng/mL", reason="").status_code == 422
    assert sent_form(pharmacist, address, unit="ng/mL", reason="Their list of tests.").status_code == 302
    assert sorted(Measurement.objects.values_list("value", flat=True)) == [1670, 1671]
    assert WaitingResult.objects.open().get().part.message.source == other, "of another source nothing was said"
    assert take(source, obx(FERRITIN, "1680", time="202603050745")).waiting == 0
    assert take(source, obx(FERRITIN, "1680", "nmol/L", time="202603060745")).waiting == 1, "another unit as sent"
    said = UnitMeaning.objects.get()
    assert (said.source, said.sent, said.unit, said.by.username) == (source, "", "ng/mL", "pharmacist")
    assert Message.objects.latest("pk").map_version.endswith(f".{said.pk}")


# -- orders of FHIR ---------------------------------------------------------------------------------------------------


def ordered(source: Source, **more) -> None:
    take_bundle(bundles.sent(bundles.patient(), bundles.order(**more)), source)


def test_an_order_is_completed_by_what_it_lacks(pharmacist: Client, source: Source) -> None:
    ordered(source, dosageInstruction=[{"text": "3 tablets after breakfast"}])
    assert answered(pharmacist) == 422, "since when?"
    assert answered(pharmacist, start="2024-03-04", dose="15", dose_unit="mg/day") == 302
    row = MedicationCourse.objects.get()
    assert (row.on.date(), row.dose, row.unit) == (date(2024, 3, 3), 15, "mg/day")


def test_an_order_that_names_no_drug_gets_it(pharmacist: Client, source: Source) -> None:
    ordered(source, drug="the usual tablets")
    assert answered(pharmacist) == 422, "which drug?"
    assert answered(pharmacist, drug="tac") == 302
    row = MedicationCourse.objects.get()
    assert (row.drug, row.on.date()) == ("tac", date(2024, 3, 3))


def test_an_order_of_a_doubtful_status_is_confirmed(pharmacist: Client, source: Source) -> None:
    ordered(source, status="unknown")
    assert answered(pharmacist) == 302
    assert MedicationCourse.objects.get().dose == 30


def test_an_order_that_may_mean_anything_is_only_refused(pharmacist: Client, source: Source) -> None:
    ordered(source, modifierExtension=[{"url": "urn:x", "valueBoolean": True}])
    assert not WaitingResult.objects.open() or "result_answer" not in pharmacist.get(PAGE).content.decode()
