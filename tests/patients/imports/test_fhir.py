"""FHIR coming in: statuses, reports, what turns a meaning around, what a value was taken at, orders of drugs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from patients.clinical.facts import Measurement, Treatment
from patients.clinical.reasons import say
from patients.code_maps import bundled_map
from patients.imports import fhir
from patients.imports.delivery import Delivery, deliveries
from patients.imports.fields import read
from tests.ildcare.exchange.fhir.bundles import bundle, ferritin, observation, order, patient
from tests.patients.imports.sending import TOKYO

NOW = datetime(2024, 6, 1, 3, 0, tzinfo=UTC)
NOT = [{"url": "urn:x:not", "valueBoolean": True}]


def delivered(*resources: dict[str, Any], authorities: tuple[str, ...] = ()) -> Delivery:
    """What a document about one person delivers."""
    reports = [(x, False) for x in fhir.reports_of(read(json.dumps(bundle(*resources))), source="x", zone=TOKYO)]
    (found,) = deliveries(reports, bundled_map(), zone=TOKYO, now=NOW, authorities=authorities)
    return found


def stored(*resources: dict[str, Any]) -> list[Any]:
    return [x.version.fact for x in delivered(*resources).taken if not x.silent and not x.withdraws]


def held(*resources: dict[str, Any]) -> list[str]:
    return [x.kind for x in delivered(*resources).held]


@pytest.mark.parametrize(
    ("status", "becomes"),
    [
        ("registered", "to come"),
        ("preliminary", "preliminary"),
        ("final", "final"),
        ("amended", "corrected"),
        ("corrected", "corrected"),
        ("cancelled", "silent"),
        ("entered-in-error", "withdrawn"),
        ("unknown", "held"),
        ("bogus", "held"),
    ],
)
def test_R21_every_status_says_what_to_do(status: str, becomes: str) -> None:
    found = delivered(patient(), ferritin(status=status))
    said = {
        "to come": bool(found.to_come),
        "held": bool(found.held),
        "silent": any(x.silent and not x.withdraws for x in found.taken),
        "withdrawn": any(x.withdraws for x in found.taken),
    }
    stands = [x.version.fact.status for x in found.taken if not x.silent and not x.withdraws]
    assert ([name for name, x in said.items() if x] or stands) == [becomes]


@pytest.mark.parametrize("status", ["final", "entered-in-error"])
@pytest.mark.parametrize("turned", [{"modifierExtension": NOT}, {"implicitRules": "urn:x"}])
def test_what_turns_a_meaning_around_is_never_read_over(turned: dict, status: str) -> None:
    """Neither in the resource nor in a part of it, nor in the report that it belongs to."""
    assert held(patient(), ferritin(status=status, **turned)) == ["status"]
    part = {"code": {"coding": [{"code": "3150-0"}]}, "valueQuantity": {"value": 40, "unit": "%"}, **turned}
    assert "status" in held(patient(), ferritin(status=status, component=[part]))
    report = {"resourceType": "DiagnosticReport", "status": "final", "result": [{"reference": "Observation/o1"}]}
    assert held(patient(), ferritin(status=status), {**report, **turned}) == ["status"]


def test_a_result_takes_time_and_person_from_its_report() -> None:
    inner = {key: x for key, x in ferritin().items() if key not in ("subject", "effectiveDateTime")}
    told = {"resourceType": "DiagnosticReport", "status": "final", "subject": {"reference": "Patient/p"}}
    when = {"effectiveDateTime": "2024-03-05T07:00:00+09:00"}
    by_reference = {**told, **when, "result": [{"reference": "Observation/o1"}]}
    contained = {**told, **when, "result": [{"reference": "#o1"}], "contained": [inner]}
    for resources in ((inner, by_reference), (contained,)):
        (fact,) = stored(patient(), *resources)
        assert fact.on.isoformat() == "2024-03-05T07:00:00+09:00"


def test_a_panel_without_a_value_is_no_result() -> None:
    panel = observation("panel", "24336-0", hasMember=[{"reference": "Observation/o1"}])
    assert len(stored(patient(), ferritin(), panel)) == 1
    assert held(patient(), ferritin(), panel) == []


def test_components_of_a_panel_share_what_they_were_taken_at() -> None:
    def part(code: str, value: Any, unit: str) -> dict[str, Any]:
        coded = {"coding": [{"system": "http://loinc.org", "code": code}]}
        return {"code": coded, "valueQuantity": {"value": value, "code": unit}}

    gases = [part("2703-7", 58, "mm[Hg]"), part("2019-8", 35, "mm[Hg]"), part("3150-0", 40, "%")]
    panel = observation("panel", "24336-0", component=gases)
    alone = observation("spo2", "59408-5", valueQuantity={"value": 96, "code": "%"})
    found = {x.code: str(x.fio2) for x in stored(patient(), panel, alone) if isinstance(x, Measurement)}
    assert found == {"pao2": "0.4", "paco2": "0.4", "spo2": "None"}, "not to another result of the same minute"


def test_answers_come_coded_or_in_words() -> None:
    def mda5(**value: Any) -> str:
        (fact,) = stored(patient(), observation("a", "82424-3", **value))
        return fact.result

    snomed = {"coding": [{"system": "http://snomed.info/sct", "code": "260385009"}]}
    assert mda5(valueCodeableConcept=snomed) == "negative"
    assert mda5(valueString="陽性(+)") == "positive"
    assert mda5(valueCodeableConcept={"text": "weak positive"}) == "weak_positive"


@pytest.mark.parametrize(("told", "becomes"), [("<5", "<5"), ("150以上", "≥150"), ("17.2>", "<17.2")])
def test_bounds_come_as_comparator_or_in_the_text(told: str, becomes: str) -> None:
    (fact,) = stored(
        patient(), observation("x", "42176-8", valueQuantity={"value": 5, "comparator": "<", "code": "pg/mL"})
    )
    assert str(fact.quantity) == "<5"
    found = delivered(patient(), observation("x", "42176-8", valueString=told))
    assert [x.why.message[:20] for x in found.held] == ["%(test)s needs a uni"], "text has no unit: never a default"


def test_the_unit_is_that_of_ucum_where_the_code_is_one() -> None:
    local = {"value": 1679, "unit": "ng/mL", "system": "urn:x:units", "code": "U17"}
    (fact,) = stored(patient(), observation("x", "2276-4", valueQuantity=local))
    assert str(fact.quantity) == "1,679"


def test_the_medical_record_number_is_meant_and_an_old_one_never() -> None:
    numbers = [
        {"use": "old", "value": "1"},
        {"value": "2"},
        {"value": "3", "type": {"coding": [{"code": "MR"}]}},
    ]
    assert delivered(patient(identifier=numbers), ferritin()).report.person.numbers == ("3",)


def test_the_system_says_whose_number_it_is() -> None:
    numbers = [{"system": "urn:oid:1.2.3", "value": "999"}, {"system": "http://east/mrn", "value": "7001234"}]
    told = patient(identifier=numbers)
    assert delivered(told, ferritin()).report.person.numbers == ("999", "7001234"), "a question"
    for system, number in (("http://east/mrn", "7001234"), ("1.2.3", "999")):
        assert delivered(told, ferritin(), authorities=(system,)).report.person.numbers == (number,)


def test_a_number_whose_period_is_over_never_counts() -> None:
    old = {"system": "http://west/mrn", "value": "999", "period": {"end": "2020-01-01"}}
    told = patient(identifier=[old, {"system": "http://east/mrn", "value": "7001234"}])
    assert delivered(told, ferritin()).report.person.numbers == ("7001234",)


def test_a_person_who_is_told_by_an_identifier_alone_has_its_system() -> None:
    subject = {"identifier": {"system": "http://west/mrn", "value": "999"}}
    assert delivered(ferritin(subject=subject)).report.person.numbers == ("999",)
    assert delivered(ferritin(subject=subject), authorities=("http://east/mrn",)).report.person.numbers == ()


# -- orders and doses of drugs ----------------------------------------------------------------------------------------


def given(drug: str, dose: Any = 500, unit: str = "mg", **more: Any) -> dict[str, Any]:
    told = {
        "status": "completed",
        "medicationCodeableConcept": {"text": drug},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-03-04T10:00:00+09:00",
        "dosage": {"dose": {"value": dose, "unit": unit}, "route": {"text": "点滴"}},
    }
    return {"resourceType": "MedicationAdministration", "id": "m", **told, **more}


def dosed(**repeat: Any) -> dict[str, Any]:
    times = {"boundsPeriod": {"start": "2024-03-04"}, **repeat}
    return order(
        dosageInstruction=[
            {"timing": {"repeat": times}, "doseAndRate": [{"doseQuantity": {"value": 10, "code": "mg"}}]}
        ]
    )


def treatment(*resources: dict[str, Any]) -> tuple[Any, ...]:
    (fact,) = stored(patient(), *resources)
    assert isinstance(fact, Treatment)
    return fact.drug, fact.dose and f"{fact.dose:f}", fact.unit, fact.route, str(fact.day), str(fact.stop)


def test_a_daily_dose_is_added_up_where_it_is_told_how_often() -> None:
    assert treatment(dosed(frequency=3, period=1, periodUnit="d"))[:3] == ("gc", "30", "mg/day")
    assert treatment(dosed(frequency=1, period=12, periodUnit="h"))[:3] == ("gc", "20", "mg/day")
    by_the_day = {"rateRatio": {"numerator": {"value": 30, "unit": "mg"}, "denominator": {"value": 1, "unit": "d"}}}
    timing = {"repeat": {"boundsPeriod": {"start": "2024-03-04", "end": "2024-03-10"}}}
    japanese = order(dosageInstruction=[{"timing": timing, "doseAndRate": [by_the_day]}])
    assert treatment(japanese) == ("gc", "30", "mg/day", None, "2024-03-04", "2024-03-10")


def test_another_glucocorticoid_is_converted_and_a_pulse_is_a_pulse() -> None:
    daily = dosed(frequency=1, period=1, periodUnit="d")
    daily["medicationCodeableConcept"] = {"text": "メドロール錠4mg"}
    assert treatment(daily)[:3] == ("gc", "12.5", "mg/day")
    assert treatment(given("methylprednisolone", 1000))[:4] == ("gc_pulse", "1000", "mg", "iv")
    assert treatment(given("エンドキサン", 500)) == ("ivcy", "500", "mg", "iv", "2024-03-04", "2024-03-04")


@pytest.mark.parametrize(
    ("mg", "said"), [(1500, []), (1501, ["IVCY 1,501 mg is an unusual dose (usual: 200 to 1,500)"])]
)
def test_57_an_unusual_dose_of_a_machine_is_taken_and_marked(mg: int, said: list[str]) -> None:
    (taken,) = delivered(patient(), given("エンドキサン", mg)).taken
    assert [say(x) for x in taken.warnings] == said
    assert taken.version.fact.dose == mg


DOUBTFUL = [
    dosed(frequency=1, period=2, periodUnit="d"),
    dosed(frequency=1, frequencyMax=3, period=1, periodUnit="d"),
    dosed(),
    order(drug="メトトレキサート錠 プレドニン"),
    order(status="on-hold"),
    order(status="completed"),
    order(dosageInstruction=[{}, {}]),
    order(dosageInstruction=[{"text": "3T after meals"}]),
    order(modifierExtension=NOT),
    order(doNotPerform=True),
    given("プレドニン", 10),
    given("methylprednisolone", 40),
    given("エンドキサン", 500, status="stopped"),
    given("エンドキサン", 500, modifierExtension=NOT),
]


@pytest.mark.parametrize("resource", DOUBTFUL)
def test_what_leaves_a_doubt_waits(resource: dict[str, Any]) -> None:
    assert held(patient(), resource) == ["value"]
    assert stored(patient(), resource) == []


@pytest.mark.parametrize("resource", [given("エンドキサン", status="not-done"), order(intent="plan")])
def test_what_was_not_given_or_ordered_is_no_treatment(resource: dict[str, Any]) -> None:
    found = delivered(patient(), resource)
    assert (found.taken, found.held, len(found.left_out)) == ((), (), 1)


@pytest.mark.parametrize(
    "resource", [order(status="entered-in-error"), given("エンドキサン", status="entered-in-error")]
)
def test_what_was_an_error_is_withdrawn(resource: dict[str, Any]) -> None:
    assert [x.withdraws for x in delivered(patient(), resource).taken] == [True]


# -- drugs that an order refers to (US Core) --------------------------------------------------------------------------

PREDNISOLONE = {"resourceType": "Medication", "id": "pred", "code": {"text": "プレドニン錠5mg"}}


def referring(reference: str, **more: Any) -> dict[str, Any]:
    told = {x: y for x, y in order().items() if x != "medicationCodeableConcept"}
    return {**told, "medicationReference": {"reference": reference}, **more}


@pytest.mark.parametrize(
    "resources",
    [
        (patient(), PREDNISOLONE, referring("Medication/pred")),
        (patient(), referring("#pred", contained=[PREDNISOLONE])),
    ],
)
def test_an_order_that_refers_to_its_drug_is_read_as_one_that_names_it(resources: tuple[dict[str, Any], ...]) -> None:
    (fact,) = stored(*resources)
    assert (fact.drug, fact.dose) == ("gc", 30)


@pytest.mark.parametrize(
    "resources",
    [
        (patient(), referring("Medication/elsewhere")),
        (patient(), {**PREDNISOLONE, "status": "entered-in-error"}, referring("Medication/pred")),
        (patient(), {**PREDNISOLONE, "ingredient": [{}, {}]}, referring("Medication/pred")),
        (patient(), {**PREDNISOLONE, "modifierExtension": [{"url": "urn:x"}]}, referring("Medication/pred")),
    ],
)
def test_a_drug_that_is_not_certain_is_asked_about(resources: tuple[dict[str, Any], ...]) -> None:
    assert (stored(*resources), held(*resources)) == ([], ["value"])


def test_a_drug_of_another_system_is_called_as_it_is_shown() -> None:
    told = {"reference": "https://ehr/Medication/9", "display": "プレドニン錠5mg"}
    (fact,) = stored(patient(), referring("", medicationReference=told))
    assert fact.drug == "gc"
