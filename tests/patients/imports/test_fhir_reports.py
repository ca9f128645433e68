"""What FHIR tells besides results: drugs by their codes, reports, diagnoses, stays. A fact or a question, no guess."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest

from patients.clinical.drug_naming import drug_named
from patients.clinical.drugs import DRUGS
from patients.clinical.facts import KIND_OF, Diagnosis, Hrct
from patients.clinical.reasons import say
from patients.code_maps import FOLDER, VERIFIED
from patients.imports.drug_codes import RXNORM, RXNORM_CODES, YJ, YJ_CODES, drug_of_code
from patients.imports.observation import Movement
from tests.ildcare.exchange.fhir.bundles import bundle, order, patient
from tests.patients.imports.sending import TOKYO, reports_of
from tests.patients.imports.test_fhir import delivered, given, held, stored, treatment

EYE_OINTMENT, HOT9 = "1315705", "http://medis.or.jp/CodeSystem/master-HOT9"


def document(*resources: dict[str, Any]) -> bytes:
    return json.dumps(bundle(*resources)).encode()


# -- drugs by their codes ---------------------------------------------------------------------------------------------


def coded(*codes: tuple[str, str], text: str = "") -> dict[str, Any]:
    told = order(medicationCodeableConcept={"coding": [{"system": x, "code": y} for x, y in codes]})
    if text:
        told["medicationCodeableConcept"]["text"] = text
    return told


def test_the_codes_of_drugs_are_the_rows_that_were_read_in_their_source() -> None:
    with (FOLDER / "drugs.csv").open(encoding="utf-8", newline="") as file:
        rows = [x for x in csv.DictReader(file) if x["status"] == VERIFIED and x["system"] in ("YJ7", "RxNorm")]
    for x in rows:
        of = {y["target"] for y in rows if (y["system"], y["code"]) == (x["system"], x["code"])}
        found = (YJ if x["system"] == "YJ7" else RXNORM).get(x["code"])
        if len(of) > 1 or (x["target"] and x["target"] not in DRUGS):
            assert found is None, x
            continue
        named = drug_named(found) if found else None
        told = named.code if named else found
        assert (told or "").replace("gc", "gc_pulse" if x["target"] == "gc_pulse" else "gc") == x["target"], x
    assert {*YJ, *RXNORM} <= {x["code"] for x in rows}


@pytest.mark.parametrize(
    ("system", "code", "drug", "dose"),
    [
        (YJ_CODES, "2456001F1019", "gc", "30"),  # prednisolone tablets
        (YJ_CODES, "2456001", "gc", "30"),
        (YJ_CODES, "2456003F1018", "gc", "37.5"),  # methylprednisolone tablets: converted
        (YJ_CODES, "2454002F1010", "gc", "200"),  # dexamethasone
        (YJ_CODES, "4211002F1014", "cy_oral", "30"),
        (RXNORM_CODES, "8640", "gc", "30"),
        (RXNORM_CODES, "42316", "tac", "30"),
    ],
)
def test_an_order_is_known_by_the_code_of_its_drug_alone(system: str, code: str, drug: str, dose: str) -> None:
    assert treatment(coded((system, code)))[:2] == (drug, dose)


def test_a_name_beside_the_code_must_mean_the_same_drug() -> None:
    assert treatment(coded((YJ_CODES, "4211002F1014"), text="エンドキサン錠50mg"))[0] == "cy_oral"
    assert treatment(coded((YJ_CODES, "2456001F1019"), text="プレドニン錠5mg"))[0] == "gc"
    assert held(patient(), coded((YJ_CODES, "2456001F1019"), text="プログラフカプセル1mg")) == ["value"]
    assert held(patient(), coded((YJ_CODES, f"{EYE_OINTMENT}M1017"), text="プレドニン錠5mg")) == ["value"]


def test_a_form_that_is_not_the_drug_of_the_catalogue_is_no_treatment() -> None:
    found = delivered(patient(), coded((YJ_CODES, f"{EYE_OINTMENT}M1017")))
    assert (found.taken, found.held, len(found.left_out)) == ((), (), 1)


@pytest.mark.parametrize(
    ("system", "code"), [(HOT9, "103835401"), (YJ_CODES, "1139100F1010"), (YJ_CODES, "245600"), (RXNORM_CODES, "1")]
)
def test_a_code_that_nobody_read_waits(system: str, code: str) -> None:
    assert drug_of_code(system, code) is None
    assert held(patient(), coded((system, code))) == ["value"]


def test_a_single_dose_is_known_by_its_code_too() -> None:
    told = given("", 500)
    told["medicationCodeableConcept"] = {"coding": [{"system": YJ_CODES, "code": "4211401D1033"}]}
    assert treatment(told)[:3] == ("ivcy", "500", "mg")


# -- reports, findings, diagnoses -------------------------------------------------------------------------------------


def own(kind: str, name: str = "f1", status: str = "final", **parts: Any) -> dict[str, Any]:
    """A fact as another installation tells it."""
    system = "urn:ildcare:part"
    column = kind.partition(":")[0]
    told = [{"code": {"coding": [{"system": system, "code": f"{column}.{x}"}]}, **y} for x, y in parts.items()]
    return {
        "resourceType": "Observation",
        "id": name,
        "status": status,
        "code": {"coding": [{"system": "urn:ildcare:fact", "code": kind}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-03-04",
        "component": told,
    }


def choice(code: str) -> dict[str, Any]:
    return {"valueCodeableConcept": {"coding": [{"code": code}]}}


GGO = {"ggo": {"valueBoolean": True}, "consolidation": choice("lower"), "pattern": choice("OP")}


def test_a_report_in_the_products_own_codes_is_a_fact() -> None:
    (fact,) = stored(patient(), own("hrct", **GGO))
    assert isinstance(fact, Hrct)
    assert (fact.ggo, fact.consolidation, fact.pattern, str(fact.day)) == (True, "lower", "OP", "2024-03-04")


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        (own("finding:dyspnoea_on_exertion", present={"valueBoolean": True}), "finding"),
        (own("diagnosis", myositis=choice("DM")), "diagnosis"),
        (own("histology", pattern=choice("DAD")), "histology"),
        (own("support", level=choice("oxygen")), "support"),
        (own("respiratory_onset"), "respiratory_onset"),
    ],
)
def test_a_finding_and_a_diagnosis_in_own_codes_are_facts(resource: dict[str, Any], kind: str) -> None:
    assert [KIND_OF[type(x)] for x in stored(patient(), resource)] == [kind]


def test_a_diagnosis_that_is_known_to_the_month_stays_that() -> None:
    (fact,) = stored(patient(), {**own("diagnosis", myositis=choice("ADM")), "effectiveDateTime": "2024-03"})
    assert isinstance(fact, Diagnosis)
    assert (fact.month, fact.myositis) == (True, "ADM")


@pytest.mark.parametrize("kind", ["judgement", "decision", "admission", "discharge", "outcome"])
def test_what_people_elsewhere_judged_or_where_they_lay_is_not_taken(kind: str) -> None:
    found = delivered(patient(), own(kind, improvement=choice("improved")))
    assert (found.taken, found.held) == ((), ())


def test_an_own_fact_is_corrected_and_withdrawn_by_its_status() -> None:
    changed = own("hrct", status="corrected", **{**GGO, "pattern": choice("UIP")})
    assert [x.version.status for x in delivered(patient(), changed).taken] == ["corrected"]
    assert [x.withdraws for x in delivered(patient(), own("hrct", status="entered-in-error", **GGO)).taken] == [True]


@pytest.mark.parametrize(
    "resource",
    [
        own("hrct", status="unknown", **GGO),
        own("hrct", pattern=choice("crazy paving")),
        {**own("hrct", **GGO), "modifierExtension": [{"url": "urn:x", "valueBoolean": True}]},
    ],
)
def test_an_own_fact_that_leaves_a_doubt_waits(resource: dict[str, Any]) -> None:
    assert held(patient(), resource) == ["value"]
    assert stored(patient(), resource) == []


def condition(text: str = "", **more: Any) -> dict[str, Any]:
    told = {"resourceType": "Condition", "id": "c", "code": {"text": text}, "subject": {"reference": "Patient/p"}}
    return {**told, "onsetDateTime": "2024-03-01", **more}


@pytest.mark.parametrize(
    "resource",
    [
        condition("Clinically amyopathic dermatomyositis"),
        condition("抗ＡＲＳ抗体症候群"),
        condition("間質性肺炎"),
        condition(code={"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "M33.1"}]}),
        condition(code={"coding": [{"system": "urn:oid:icd10", "code": "J84.9"}]}),
    ],
)
def test_a_diagnosis_of_this_product_is_asked_about_and_never_guessed(resource: dict[str, Any]) -> None:
    found = delivered(patient(), resource)
    assert found.taken == ()
    (question,) = found.held
    assert "a person enters which one it is" in say(question.why)


@pytest.mark.parametrize(
    "resource",
    [
        condition("Essential hypertension"),
        condition(code={"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}]}),
        condition("Dermatomyositis", verificationStatus={"coding": [{"code": "refuted"}]}),
        condition("Dermatomyositis", verificationStatus={"coding": [{"code": "entered-in-error"}]}),
    ],
)
def test_another_disease_or_one_that_is_none_is_not_asked_about(resource: dict[str, Any]) -> None:
    reports = [x for x, _thousands in reports_of(document(patient(), resource))]
    assert all(x.why is None and x.event is None for report in reports for x in report.events)


def ct(text: str = "胸部CT", **more: Any) -> dict[str, Any]:
    told = {"resourceType": "DiagnosticReport", "id": "r", "status": "final", "code": {"text": text}}
    subject = {"subject": {"reference": "Patient/p"}, "effectiveDateTime": "2024-03-04"}
    return {**told, **subject, "conclusion": "GGO in both lower lobes", **more}


@pytest.mark.parametrize("text", ["胸部CT", "CT 胸部 単純", "HRCT", "CT Chest W contrast", "Chest CT", "肺CT"])
def test_a_report_of_the_lung_in_words_is_read_by_a_person(text: str) -> None:
    found = delivered(patient(), ct(text))
    assert found.taken == ()
    (question,) = found.held
    assert (question.observation.text, "a person reads it" in say(question.why)) == ("GGO in both lower lobes", True)


@pytest.mark.parametrize("resource", [ct("頭部CT"), ct("Abdominal ultrasound"), ct("Electrocardiogram of the chest")])
def test_a_report_of_something_else_is_not_asked_about(resource: dict[str, Any]) -> None:
    assert not list(reports_of(document(patient(), resource)))


# -- stays ------------------------------------------------------------------------------------------------------------


def stay(status: str = "in-progress", ward: str = "east-7", bed: str = "714", **more: Any) -> list[dict[str, Any]]:
    """An Encounter in a bed, and the places that it leads to."""
    places = [
        {"resourceType": "Location", "id": "w", "identifier": [{"value": ward}], "physicalType": coded_place("wa")},
        {"resourceType": "Location", "id": "r", "physicalType": coded_place("ro"), "partOf": ref("Location/w")},
        {
            "resourceType": "Location",
            "id": "b",
            "name": bed,
            "physicalType": coded_place("bd"),
            "partOf": ref("Location/r"),
        },
    ]
    told = {
        "resourceType": "Encounter",
        "id": "e",
        "status": status,
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": ref("Patient/p"),
        "period": {"start": "2026-03-04T10:00:00+09:00"},
        "location": [{"location": ref("Location/b")}],
    }
    return [{**told, **more}, *places]


def ref(to: str) -> dict[str, str]:
    return {"reference": to}


def coded_place(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code}]}


def movement(*resources: dict[str, Any]) -> Movement | None:
    found = [x.movement for x, _thousands in reports_of(document(patient(), *resources))]
    return found[0] if found else None


def test_a_stay_says_ward_bed_and_since_when() -> None:
    told = movement(*stay())
    assert told is not None
    assert (told.event, told.ward, told.bed) == ("A01", "east-7", "714")
    assert told.time.moment is not None
    assert told.time.moment.at.astimezone(TOKYO).isoformat() == "2026-03-04T10:00:00+09:00"


def test_of_several_places_the_one_that_has_not_ended_counts() -> None:
    places = [
        {"location": ref("Location/x"), "period": {"end": "2026-03-05"}},
        {"location": ref("Location/b"), "period": {"start": "2026-03-05T09:00:00+09:00"}},
    ]
    told = movement(*stay(location=places))
    assert told is not None
    assert told.ward == "east-7"
    assert told.time.moment is not None
    assert told.time.moment.at.astimezone(TOKYO).day == 5


@pytest.mark.parametrize(
    ("status", "event"), [("in-progress", "A01"), ("finished", "A03"), ("entered-in-error", "A11")]
)
def test_what_the_status_of_a_stay_says_happened(status: str, event: str) -> None:
    told = movement(*stay(status))
    assert told is not None
    assert told.event == event


@pytest.mark.parametrize("status", ["planned", "arrived", "triaged", "onleave", "cancelled", "unknown"])
def test_a_stay_that_did_not_begin_or_end_says_nothing(status: str) -> None:
    assert movement(*stay(status)) is None


@pytest.mark.parametrize("code", ["AMB", "EMER", "HH", ""])
def test_a_visit_is_no_stay(code: str) -> None:
    assert movement(*stay(**{"class": {"code": code}})) is None


@pytest.mark.parametrize(("code", "to"), [("home", "01"), ("exp", "20"), ("other-hcf", "02"), ("oth", "")])
def test_where_somebody_goes_is_told_by_the_disposition(code: str, to: str) -> None:
    told = movement(*stay("finished", hospitalization={"dischargeDisposition": {"coding": [{"code": code}]}}))
    assert told is not None
    assert told.to == to


def test_a_place_in_words_alone_is_what_is_asked_about() -> None:
    told = movement(*stay(location=[{"location": {"display": "East 7, bed 714"}}]))
    assert told is not None
    assert (told.ward, told.bed) == ("East 7, bed 714", "")
