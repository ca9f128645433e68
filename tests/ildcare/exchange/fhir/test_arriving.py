"""Bundles of other systems: what is taken, what waits, what is refused and why; nothing in between."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from ildcare.exchange.fhir.arriving import take_bundle
from patients.models import Measurement, MedicationCourse, Message, Patient, Source, WaitingResult
from tests.ildcare.exchange.fhir.bundles import bundle, ferritin, observation, order, patient, sent
from tests.patients.conftest import make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.shared]


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="ehr", title="Record of the hospital")


@pytest.fixture
def torii(ward, physician) -> Patient:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    return make_patient("7001234", physician, ward, **names)


def statuses(document: bytes, source: Source) -> list[str]:
    answer = take_bundle(document, source)
    assert answer.status == 200, answer.body
    return [x["response"]["status"][:3] for x in answer.body["entry"]]


def words(document: bytes, source: Source) -> str:
    """Everything that is said."""
    return json.dumps(take_bundle(document, source).body, ensure_ascii=False)


def test_a_result_is_stored_once(source: Source, torii: Patient) -> None:
    document = sent(patient(), ferritin())
    assert statuses(document, source) == ["200", "201"]
    assert statuses(document, source) == ["200", "200"], "the same again"
    assert statuses(sent(patient(), ferritin(), kind="collection"), source) == ["200", "200"], "in another document"
    (row,) = Measurement.objects.filter(patient=torii)
    assert (row.value, row.source) == (1679, "machine:ehr")


def test_a_number_keeps_its_digits(source: Source, torii: Patient) -> None:
    document = sent(patient(), observation("o1", "1988-5", valueQuantity={"value": 0, "code": "mg/dL"}))
    take_bundle(document.replace(b'"value": 0,', b'"value": 1.50,'), source)
    assert str(Measurement.objects.get(patient=torii).value) == "1.50"


BOGUS: list[tuple[dict[str, Any], str]] = [
    (ferritin(status="bogus"), "code-invalid"),
    (ferritin(modifierExtension=[{"url": "urn:x:not", "valueBoolean": True}]), "extension"),
    (ferritin(implicitRules="urn:x:rules"), "extension"),
    (ferritin(value="1679"), "structure"),
    (ferritin(effectiveDateTime="4 March"), "structure"),
    (
        {**observation("o1", "2276-4"), "valueQuantity": {"value": 5, "comparator": "ad", "code": "ng/mL"}},
        "code-invalid",
    ),
    ({"resourceType": "Observation", "status": "final"}, "required"),
    (order(doNotPerform=True), "business-rule"),
    (order(intent="wish"), "code-invalid"),
]


@pytest.mark.parametrize(("resource", "code"), BOGUS, ids=lambda x: x if isinstance(x, str) else "")
def test_what_is_no_resource_is_refused_and_the_rest_taken(source: Source, torii: Patient, resource, code) -> None:
    answer = take_bundle(sent(patient(), resource, ferritin("o9", 1700)), source)
    refused = answer.body["entry"][1]["response"]
    assert refused["status"][:3] == "400"
    assert code in [x["code"] for x in refused["outcome"]["issue"] if x["severity"] == "error"]
    assert answer.body["entry"][2]["response"]["status"][:3] == "201"
    assert [x.value for x in Measurement.objects.filter(patient=torii)] == [1700]


@pytest.mark.parametrize(("resource", "code"), BOGUS, ids=lambda x: x if isinstance(x, str) else "")
def test_a_transaction_is_taken_as_a_whole_or_not_at_all(source: Source, torii: Patient, resource, code) -> None:
    answer = take_bundle(sent(patient(), resource, ferritin("o9", 1700), kind="transaction"), source)
    assert (answer.status, answer.body["resourceType"]) == (400, "OperationOutcome")
    assert code in [x["code"] for x in answer.body["issue"]]
    assert Message.objects.count() == 0


@pytest.mark.parametrize(
    "changed",
    [{"active": False}, {"link": [{"type": "replaced-by", "other": {"reference": "Patient/q"}}]}, {"gender": "x"}],
)
def test_of_a_person_who_is_refused_nothing_is_taken(source: Source, torii: Patient, changed: dict) -> None:
    assert statuses(sent(patient(**changed), ferritin()), source) == ["400", "400"]
    assert Measurement.objects.count() == 0


def test_results_of_a_report_that_is_refused_are_not_taken(source: Source, torii: Patient) -> None:
    told = {"status": "final", "code": {"text": "panel"}, "result": [{"reference": "Observation/o1"}]}
    turned = {"modifierExtension": [{"url": "urn:x:not", "valueBoolean": True}]}
    report = {"resourceType": "DiagnosticReport", "id": "r", **told}
    assert statuses(sent(patient(), ferritin(), report), source) == ["200", "201", "200"]
    assert statuses(sent(patient(), ferritin("o1", 1800), {**report, **turned}), source) == ["200", "400", "400"]
    assert statuses(sent(patient(), ferritin("o1", 1800), {**report, "status": "entered-in-error"}), source)[1] == "202"
    assert [x.value for x in Measurement.objects.filter(patient=torii)] == [1679]


def test_what_nobody_may_guess_waits_and_is_told(source: Source, torii: Patient) -> None:
    gas = observation("o1", "2703-7", valueQuantity={"value": 58, "code": "mm[Hg]"})
    answer = take_bundle(sent(patient(), gas), source)
    told = answer.body["entry"][1]["response"]
    assert told["status"][:3] == "202"
    assert [(x["severity"], x["code"]) for x in told["outcome"]["issue"]] == [("warning", "incomplete")]
    assert "FiO2" in told["outcome"]["issue"][0]["diagnostics"]
    assert WaitingResult.objects.open().count() == 1


def test_components_tell_what_a_value_was_taken_at(source: Source, torii: Patient) -> None:
    fio2 = {
        "code": {"coding": [{"system": "http://loinc.org", "code": "3150-0"}]},
        "valueQuantity": {"value": 40, "unit": "%"},
    }
    gas = observation("o1", "2703-7", valueQuantity={"value": 58, "code": "mm[Hg]"}, component=[fio2])
    assert statuses(sent(patient(), gas), source) == ["200", "201"]
    assert str(Measurement.objects.get(patient=torii).fio2) == "0.4"


def test_of_another_person_nothing_is_told(source: Source, torii: Patient) -> None:
    """The number of somebody here with another name: neither the name nor that there is somebody."""
    stranger = patient(name=[{"family": "Sato", "given": ["Yuki"]}], gender="male", birthDate="1950-01-01")
    text = words(sent(stranger, ferritin()), source)
    assert "Torii" not in text
    assert "1962" not in text
    assert '"202 Accepted"' in text
    assert Measurement.objects.count() == 0


def test_orders_become_treatments_where_they_leave_no_doubt(source: Source, torii: Patient) -> None:
    unclear = order("m2", dosageInstruction=[{"text": "3 tablets after breakfast"}])
    nameless = order("m3", drug="something")
    assert statuses(sent(patient(), order(), unclear, nameless), source) == ["200", "201", "202", "202"]
    (row,) = MedicationCourse.objects.filter(patient=torii)
    assert (row.drug, f"{row.dose:f}", row.unit, str(row.stop)) == ("gc", "30", "mg/day", "None")
    over = order(status="completed")
    over["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"]["end"] = "2024-03-10"
    assert statuses(sent(patient(), over), source) == ["200", "201"]
    assert [str(x.stop) for x in MedicationCourse.objects.filter(patient=torii).standing()] == ["2024-03-10"]


def test_types_and_elements_that_are_not_read_are_told(source: Source, torii: Patient) -> None:
    allergy = {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p"}}
    odd = ferritin(bodySite={"text": "arm"}, colour="red")
    answer = take_bundle(sent(patient(), odd, allergy), source)
    assert [x["response"]["status"][:3] for x in answer.body["entry"]] == ["200", "201", "200"]
    told = [x["diagnostics"] for x in answer.body["entry"][1]["response"]["outcome"]["issue"]]
    assert any("bodySite" in x for x in told)
    assert any("no such element" in x for x in told)
    assert "not read" in json.dumps(answer.body["entry"][2])


NO_BUNDLES = (
    b"{",
    b"[]",
    b'{"resourceType": "Patient"}',
    b'{"resourceType": "Bundle", "type": "history", "entry": []}',
    b'{"resourceType": "Bundle", "type": "batch", "entry": [1]}',
    b'{"resourceType": "Bundle", "type": "batch", "entry": 1}',
    b'{"resourceType": "Bundle", "type": "batch", "implicitRules": "urn:x", "entry": []}',
)


@pytest.mark.parametrize("document", NO_BUNDLES)
def test_what_is_no_bundle_is_refused(source: Source, document: bytes) -> None:
    answer = take_bundle(document, source)
    assert (answer.status, answer.body["resourceType"]) == (400, "OperationOutcome")


def test_what_is_to_be_deleted_is_refused(source: Source, torii: Patient) -> None:
    document = bundle(patient(), ferritin())
    document["entry"][1]["request"] = {"method": "DELETE", "url": "Observation/o1"}
    assert statuses(json.dumps(document).encode(), source) == ["200", "400"]
    assert Measurement.objects.count() == 0
