"""A result is asked about once, by whatever door it comes; what is sent again and can be taken settles it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from ildcare.exchange.fhir.arriving import take_bundle
from patients.actions.deliveries import take_again, take_message
from patients.actions.settling import answer_question, refuse_result
from patients.models import AntibodyResult, Measurement, Message, Patient, Source, WaitingResult
from tests.ildcare.exchange.fhir.bundles import bundle, ferritin, patient
from tests.patients.conftest import make_patient
from tests.patients.imports.sending import ORDER, message, obx

pytestmark = pytest.mark.django_db
FERRITIN = "2276-4^Ferritin^LN"
FUTURE = "OBR|1|P1|F1|X^Panel^LN|||20620304074500"


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="lab-east", title="East laboratory", sender="LAB|EAST")


@pytest.fixture
def torii(ward, physician) -> Patient:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14), "sex": "female"}
    return make_patient("7001234", physician, ward, **names)


def by_hl7(source: Source, *segments: str, **more: Any):
    return take_message(source=source, document=message(*segments, **more), form="hl7v2")


def by_fhir(source: Source, on: str, value: int = 1679, **more: Any) -> dict[str, Any]:
    told = ferritin(value=value, effectiveDateTime=on, identifier=[{"value": "F1"}], **more)
    return take_bundle(json.dumps(bundle(patient(), told)).encode(), source).body


def open_rows() -> list[WaitingResult]:
    return list(WaitingResult.objects.open().order_by("pk"))


def values() -> list[str]:
    return [f"{x.value.normalize():f}" for x in Measurement.objects.order_by("id") if x.value is not None]


@pytest.mark.parametrize("fhir_first", [False, True])
def test_an_impossible_time_by_fhir_and_by_hl7_is_one_question(source: Source, torii: Patient, fhir_first) -> None:
    ways = [
        lambda: by_hl7(source, FUTURE, obx(FERRITIN, "1679", "ng/mL")),
        lambda: by_fhir(source, "2062-03-04T07:45:00+09:00"),
    ]
    for way in ways[::-1] if fhir_first else ways:
        way()
    (row,) = open_rows()
    assert (row.question, row.target, row.text) == ("time", "ferritin", "1679")


def test_its_answer_settles_both_and_brings_one_fact(source: Source, torii: Patient, physician) -> None:
    by_hl7(source, FUTURE, obx(FERRITIN, "1679", "ng/mL"))
    told = by_fhir(source, "2062-03-04T07:45:00+09:00")
    assert told["entry"][1]["response"]["status"] == "202 Accepted"
    assert "sent before, and waits already" in json.dumps(told)
    answer_question(waiting=open_rows()[0], answers={"on": "2026-03-04T07:45"}, by=physician)
    for x in Message.objects.all():
        take_again(message=x)
    assert (open_rows(), values()) == ([], ["1679"])


def test_what_a_person_refused_is_not_asked_again_by_another_door(source: Source, torii: Patient, physician) -> None:
    by_hl7(source, FUTURE, obx(FERRITIN, "1679", "ng/mL"))
    refuse_result(waiting=open_rows()[0], reason="not of this patient", by=physician)
    told = by_fhir(source, "2062-03-04T07:45:00+09:00")
    assert "a person has decided not to take it" in json.dumps(told)
    assert (open_rows(), values()) == ([], [])


def test_the_same_result_by_both_doors_is_one_fact(source: Source, torii: Patient) -> None:
    by_hl7(source, ORDER, obx(FERRITIN, "1679", "ng/mL"))
    by_fhir(source, "2026-03-04T07:45:00+09:00")
    assert values() == ["1679"]


@pytest.mark.parametrize(
    ("text", "order", "time"),
    [("1700", "F1", "20620304074500"), ("1679", "F2", "20620304074500"), ("1679", "F1", "20620304074600")],
)
def test_another_value_number_or_time_is_another_question(source: Source, torii, text, order, time) -> None:
    by_hl7(source, FUTURE, obx(FERRITIN, "1679", "ng/mL"))
    by_hl7(source, f"OBR|1|P1|{order}|X^Panel^LN|||{time}", obx(FERRITIN, text, "ng/mL"))
    assert len(open_rows()) == 2


def test_the_same_of_another_laboratory_is_another_question(source: Source, torii: Patient) -> None:
    other = Source.objects.create(name="lab-west", title="West laboratory")
    by_hl7(source, FUTURE, obx(FERRITIN, "1679", "ng/mL"))
    by_fhir(other, "2062-03-04T07:45:00+09:00")
    assert len(open_rows()) == 2


def test_a_result_that_is_sent_again_with_its_unit_settles_the_question(source: Source, torii: Patient) -> None:
    by_hl7(source, ORDER, obx(FERRITIN, "1679", ""))
    (asked,) = open_rows()
    by_hl7(source, ORDER, obx(FERRITIN, "1679", "ng/mL"))
    assert (open_rows(), values()) == ([], ["1679"])
    asked.refresh_from_db()
    assert (asked.taken, asked.settled_by) == (False, None)
    take_again(message=Message.objects.earliest("pk"))
    assert (open_rows(), values()) == ([], ["1679"]), "read again it says nothing"


@pytest.mark.parametrize(("first", "then", "left"), [("C", "F", 1), ("F", "C", 0), ("F", "P", 1), ("P", "F", 0)])
def test_an_older_status_settles_no_newer_question(source: Source, torii, first: str, then: str, left: int) -> None:
    by_hl7(source, ORDER, obx(FERRITIN, "1679", "", status=first))
    by_hl7(source, ORDER, obx(FERRITIN, "1600", "ng/mL", status=then))
    assert len(open_rows()) == left


@pytest.mark.parametrize("status", ["D", "W"])
def test_a_withdrawal_of_what_waits_settles_it(source: Source, torii: Patient, status: str) -> None:
    by_hl7(source, ORDER, obx(FERRITIN, "1679", ""))
    by_hl7(source, ORDER, obx(FERRITIN, "", status=status))
    assert (open_rows(), values()) == ([], [])


@pytest.mark.parametrize("status", ["D", "W"])
def test_a_withdrawal_of_an_antibody_that_waits_settles_it(source: Source, torii: Patient, status: str) -> None:
    by_hl7(source, ORDER, obx("8076-2^Jo-1^LN", "17", kind="ST"))
    by_hl7(source, ORDER, obx("8076-2^Jo-1^LN", "", kind="ST", status=status))
    assert open_rows() == []


# -- "final now, and not told again" ----------------------------------------------------------------------------------


def statuses() -> list[tuple[int, str, str]]:
    return [(x.version, x.status, f"{x.value:f}") for x in Measurement.objects.order_by("version")]


@pytest.mark.parametrize("text", ["", "1679"])
def test_a_preliminary_result_is_made_final_without_its_value(source: Source, torii: Patient, text: str) -> None:
    by_hl7(source, ORDER, obx(FERRITIN, "1679", "ng/mL", status="P"))
    by_hl7(source, ORDER, obx(FERRITIN, text, "ng/mL", status="U"))
    assert statuses() == [(1, "preliminary", "1679"), (2, "final", "1679")]
    assert Measurement.objects.get(version=2).source == "machine:lab-east"
    for x in Message.objects.all():
        take_again(message=x)
    assert (open_rows(), len(statuses())) == ([], 2)


def test_a_result_that_is_final_stays_so(source: Source, torii: Patient) -> None:
    by_hl7(source, ORDER, obx(FERRITIN, "1679", "ng/mL"))
    by_hl7(source, ORDER, obx(FERRITIN, "", "ng/mL", status="U"))
    assert (open_rows(), statuses()) == ([], [(1, "final", "1679")])


@pytest.mark.parametrize(
    "segments",
    [
        (ORDER, obx(FERRITIN, "1700", "ng/mL", status="U")),  # another value
        ("OBR|1|P1|F2|X^Panel^LN|||20260304074500", obx(FERRITIN, "", status="U")),  # another number
        ("OBR|1|P1|F1|X^Panel^LN|||20260305074500", obx(FERRITIN, "", status="U")),  # another sample
        (ORDER, obx("1988-5^CRP^LN", "", status="U")),  # another test
    ],
)
def test_where_nothing_preliminary_is_meant_it_waits(source: Source, torii: Patient, segments) -> None:
    by_hl7(source, ORDER, obx(FERRITIN, "1679", "ng/mL", status="P"))
    by_hl7(source, *segments)
    assert [x.question for x in open_rows()] == ["status"]
    assert statuses() == [(1, "preliminary", "1679")]


def test_an_antibody_with_its_titre_is_made_final_as_a_whole(source: Source, torii: Patient) -> None:
    code = "5G122000002302301^MDA5^JC10"
    by_hl7(source, ORDER, obx(code, "陽性(+) 3040", "index", kind="ST", status="P"))
    by_hl7(source, ORDER, obx(code, "", kind="ST", status="U"))
    assert [x.status for x in AntibodyResult.objects.order_by("version")] == ["preliminary", "final"]
    assert [x.status for x in Measurement.objects.order_by("version")] == ["preliminary", "final"]
    assert open_rows() == []
