"""What results mean: the files of laboratories give what stands beside them, and nothing is guessed of the others."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest

from patients.code_maps import bundled_map
from patients.imports import fhir
from patients.imports.case import CaseFaults
from patients.imports.fields import Object, read
from patients.imports.hl7v2 import Unreadable
from patients.imports.understanding import UNMAPPED, Understood, first_codes, understood
from tests.effort import cases, dice
from tests.patients.imports.sending import ORDER, PERSON, TOKYO, meant, message, obx, report, reports_of, sent

FERRITIN, KL6, PAO2 = "2276-4^Ferritin^LN", "5C210000002305201^KL-6^JC10", "2703-7^pO2^LN"


def told(*segments: str) -> list[dict[str, Any]]:
    """The facts of a message, without their time and id."""
    return [{k: v for k, v in x.content.items() if k not in ("on", "id", "kind")} for x in meant(*segments).events]


def waits(*segments: str) -> list[tuple[str, str]]:
    """What of a message waits: the kind of question, and of which test."""
    return [(x.kind, x.target) for x in meant(*segments).held]


def whole(name: str) -> Understood:
    (one,) = [understood(x, bundled_map(), thousands=thousands) for x, thousands in reports_of(sent(name))]
    return one


def test_a_value_with_its_unit_and_status() -> None:
    assert told(obx(FERRITIN, "1679", "ng/mL")) == [
        {"code": "ferritin", "value": "1679", "unit": "ng/mL", "status": "final"}
    ]
    assert told(obx(KL6, "> 3000", "U/mL", kind="ST", status="P")) == [
        {"code": "kl6", "value": ">3000", "unit": "U/mL", "status": "preliminary"}
    ]


def test_the_oxygen_of_a_sample_is_told_beside_its_gas() -> None:
    gas, share = obx(PAO2, "59", "mm[Hg]"), obx("3150-0^FiO2^LN", "21", "%")
    assert (
        told(gas, share)
        == told(share, gas)
        == [{"code": "pao2", "value": "59", "unit": "mm[Hg]", "fio2": "0.21", "status": "final"}]
    )
    elsewhere = told(gas, "OBR|2|P2|F2", share)
    assert "fio2" not in elsewhere[0], "of another sample"
    assert told(gas, obx("3151-8^flow^LN", "3", "L/min"))[0]["flow"] == "3"


def test_an_answer_and_its_titre_are_two_facts() -> None:
    code = "5G122000002302301^MDA5^JC10"
    assert [
        (x["code"], x.get("result", x.get("value"))) for x in told(obx(code, "陽性(+) 3040", "index", kind="ST"))
    ] == [
        ("anti_mda5", "positive"),
        ("mda5_titre", "3040"),
    ]
    assert [x["code"] for x in told(obx(code, "3040", "index"))] == ["mda5_titre"]
    assert [x["code"] for x in told(obx(code, "(-)", kind="ST"))] == ["anti_mda5"]


def test_a_number_alone_does_not_say_whether_another_antibody_is_positive() -> None:
    assert waits(obx("11565-9^Jo-1^LN", "12", "U/mL")) == [("value", "anti_jo1")]
    assert told(obx("8076-2^Jo-1^LN", "POS", kind="ST"))[0]["result"] == "positive"


@pytest.mark.parametrize(
    ("segment", "kind"),
    [
        (obx("77^unheard of^99X", "1", "mg"), UNMAPPED),
        (obx("11556-8^pO2^LN", "59", "mm[Hg]"), "codes"),
        (obx(FERRITIN, "1", "ng/mL", time="202603"), "time"),
        (obx(FERRITIN, "1", "ng/mL", status="U"), "status"),
        (obx("2276-4^Ferritin^LN^5C210000002305201^KL-6^JC10", "1", "ng/mL"), "codes"),
    ],
)
def test_what_nobody_may_guess_waits(segment: str, kind: str) -> None:
    assert [x for x, _target in waits(segment)] == [kind]
    assert told(segment) == []


def test_what_is_known_and_nothing_of_the_catalogue_is_left_out() -> None:
    found = meant(obx("1968-7^direct bilirubin^LN", "0.1", "mg/dL"))
    assert (found.events, found.held) == ((), ())
    assert [x.code for x in found.left_out] == ["1968-7"]


WBC, SHARE, COUNT = "6690-2^WBC^LN", "770-8^neutrophils^LN", "751-8^neutrophils^LN"


@pytest.mark.parametrize(
    ("cells", "unit", "share", "count"),
    [("6200", "/uL", "61", "3782"), ("6.2", "10*3/uL", "61.5", "3813"), ("0.62", "10*4/uL", "0", "0")],
)
def test_a_share_is_a_count_with_the_white_cells_of_its_sample(cells: str, unit: str, share: str, count: str) -> None:
    for segments in ((obx(WBC, cells, unit), obx(SHARE, share, "%")), (obx(SHARE, share, "%"), obx(WBC, cells, unit))):
        found = {x["code"]: (x["value"], x["unit"]) for x in told(*segments)}
        assert found == {"wbc": (cells, unit), "neutrophils": (count, "/uL")}


def test_a_share_of_lymphocytes_is_read_too_and_is_as_final_as_both() -> None:
    found = told(obx(WBC, "5000", "/uL", status="P"), obx("736-9^lymphocytes^LN", "20", "%"))
    assert [(x["code"], x["value"], x["status"]) for x in found][1] == ("lymphocytes", "1000", "preliminary")


@pytest.mark.parametrize(
    "beside",
    [
        (),
        (obx(WBC, "<500", "/uL"),),
        (obx(WBC, "6200", "furlong"),),
        (obx(WBC, "6200", ""),),
        (obx(WBC, "clumped", "/uL", kind="ST"),),
        (obx(WBC, "6200", "/uL"), obx(WBC, "6300", "/uL")),
        (obx(WBC, "6200", "/uL", status="W"),),
        ("OBR|2|P2|F2|X^Panel^LN|||20260305074500", obx(WBC, "6200", "/uL")),
    ],
)
def test_a_share_without_the_white_cells_of_its_sample_waits(beside: tuple[str, ...]) -> None:
    found = meant(obx(SHARE, "61", "%"), *beside)
    assert "neutrophils" not in [x.target for x in found.events]
    assert [x.target for x in found.held if x.observation.code == "770-8"] == ["neutrophils_pct"]


@pytest.mark.parametrize(("share", "unit"), [("101", "%"), ("-1", "%"), ("61", ""), ("61", "/uL"), ("<1", "%")])
def test_what_is_no_share_waits(share: str, unit: str) -> None:
    found = meant(obx(WBC, "6200", "/uL"), obx(SHARE, share, unit))
    assert [x.target for x in found.held] == ["neutrophils_pct"]


def test_where_the_count_is_told_nothing_is_made_of_the_share() -> None:
    found = meant(obx(WBC, "6200", "/uL"), obx(SHARE, "61", "%"), obx(COUNT, "3700", "/uL"))
    assert [(x.target, x.content["value"]) for x in found.events] == [("wbc", "6200"), ("neutrophils", "3700")]
    assert ([x.code for x in found.left_out], found.held) == (["770-8"], ())


def test_a_result_without_value_says_why() -> None:
    assert told(obx("1920-8^AST^LN", "溶血", "U/L", kind="ST", status="X")) == [
        {"code": "ast", "absent": "haemolysed", "status": "final"}
    ]
    assert told(obx("1920-8^AST^LN", "QNS", kind="ST", status="X"))[0]["absent"] == "insufficient"
    assert told(obx("1920-8^AST^LN", "", status="X"))[0]["absent"] == "other"


def test_what_is_to_come_is_no_fact() -> None:
    found = meant(obx(FERRITIN, "", status="I"), obx("8076-2^Jo-1^LN", "検査中", kind="ST"))
    assert (found.events, found.held) == ((), ())
    assert len(found.to_come) == 2


@pytest.mark.parametrize("status", ["D", "W"])
def test_a_withdrawal_repeats_no_value(status: str) -> None:
    assert told(obx(FERRITIN, "9999", "furlong", status=status)) == [{"code": "ferritin", "status": "cancelled"}]


def test_the_id_of_a_result_names_its_sender_too() -> None:
    (event,) = meant(obx(FERRITIN, "1", "ng/mL")).events
    assert event.content["id"] == "LAB|EAST/F1"


# -- the files of laboratories ----------------------------------------------------------------------------------------


def test_structured_numerics_corrections_and_two_time_zones() -> None:
    found = whole("oru-r01-sn-corrected.hl7")
    assert [(x.target, x.content["value"], x.content["unit"], x.content["status"]) for x in found.events] == [
        ("pao2", "7.9", "kPa", "final"),
        ("ferritin", ">2000", "ug/L", "corrected"),
        ("creatinine", "61.9", "umol/L", "preliminary"),
        ("crp", ">=300", "mg/L", "final"),
    ]
    assert found.events[0].content["fio2"] == "0.21"
    assert found.held == ()


def test_a_message_of_the_standardised_storage() -> None:
    found = whole("ssmix2-oul-r22.hl7")
    values = [(x.target, x.content.get("value", x.content.get("absent"))) for x in found.events]
    assert values == [("ferritin", "1679"), ("kl6", ">3000"), ("crp", "<0.02"), ("ast", "haemolysed"), ("csa", "182")]


def test_resources_in_the_shape_of_jp_core() -> None:
    found = whole("fhir-jp-lab.json")
    assert [(x.observation.ref, x.content.get("value"), x.content["status"]) for x in found.events] == [
        ("o1", "1679", "corrected"),
        ("o3", None, "cancelled"),
        ("o4", None, "final"),
    ]
    assert [(x.observation.ref, x.kind) for x in found.held] == [("o2", "value"), ("o5", "time")]


def test_a_table_in_shift_jis_with_japanese_years() -> None:
    found = whole("laboratory-shift-jis.csv")
    assert [(x.target, x.content.get("value") or x.content["result"]) for x in found.events] == [
        ("ferritin", "1679"),
        ("kl6", ">=3000"),
        ("spd", "<17.2"),
        ("anti_mda5", "positive"),
        ("mda5_titre", "3040"),
        ("anti_ars", "negative"),
        ("wbc", "64"),
        ("platelets", "21.4"),
        ("bdg", "<6.0"),
    ]
    by_code = {x.target: x.content for x in found.events}
    assert by_code["kl6"]["status"] == "preliminary"
    assert by_code["bdg"]["kit"] == "turbidimetric"
    assert by_code["wbc"]["on"] == "2026-03-04", "its time was not told"
    assert list(first_codes(found.held)) == ["F999"]


# -- damaged documents ------------------------------------------------------------------------------------------------

WORDS = [
    "",
    None,
    "x",
    "2026-03",
    "-1",
    "9" * 60,
    "１",
    "Observation",
    "Patient/p",
    "#p",
    [],
    {},
    [[]],
    {"a": 1},
    True,
    7,
]


def changed(found: Any, roll: Any) -> None:
    """One place of a JSON document becomes something else, or goes."""
    while found:
        key = roll.choice(list(found)) if isinstance(found, dict) else roll.randrange(len(found))
        inner = found[key]
        if isinstance(inner, dict | list) and inner and roll.random() < 0.85:
            found = inner
            continue
        if roll.random() < 0.3:
            del found[key]
        else:
            found[key] = copy.deepcopy(roll.choice(WORDS))
        return


def test_a_bundle_with_anything_changed_is_read_or_refused() -> None:
    original, roll = json.loads(sent("fhir-jp-lab.json"), parse_float=Decimal), dice("bundles")
    for _ in range(cases(4_000, gate=500)):
        document = json.loads(json.dumps(original))
        for _again in range(roll.choice([1, 1, 2, 6])):
            changed(document, roll)
        try:
            found = read(json.dumps(document))
        except CaseFaults:
            continue
        for one in fhir.reports_of(found, source="x", zone=TOKYO):
            understood(one, bundled_map())


def test_a_message_with_anything_changed_is_understood_or_refused() -> None:
    documents, roll = [sent("ssmix2-oul-r22.hl7"), sent("oru-r01-sn-corrected.hl7")], dice("messages")
    for _ in range(cases(4_000, gate=500)):
        document = bytearray(roll.choice(documents))
        for _again in range(roll.choice([1, 2, 8])):
            place = roll.randrange(len(document))
            document[place : place + roll.choice([0, 1, 5])] = roll.choice(
                [b"|", b"^", b"~", b"\\", b"&", b"\r", b"9", b"X"]
            )
        try:
            for one, _thousands in reports_of(bytes(document)):
                understood(one, bundled_map())
        except (Unreadable, CaseFaults):
            continue


def test_no_value_of_a_damaged_message_is_another_than_was_sent() -> None:
    """Cut at every byte: what is told stands in the whole message."""
    document = sent("ssmix2-oul-r22.hl7")
    values = {x.content.get("value") for x in whole("ssmix2-oul-r22.hl7").events}
    for end in range(3, len(document)):
        try:
            for one, _thousands in reports_of(document[:end]):
                assert {x.content.get("value") for x in understood(one, bundled_map()).events} <= values
        except (Unreadable, CaseFaults):
            continue


def test_a_document_about_two_patients_is_two_reports() -> None:
    def about(name: str) -> dict[str, Any]:
        code = {"coding": [{"system": "http://loinc.org", "code": "2276-4"}]}
        return {
            "resource": {
                "resourceType": "Observation",
                "id": f"o-{name}",
                "status": "final",
                "code": code,
                "subject": {"reference": f"Patient/{name}"},
                "effectiveDateTime": "2026-03-04",
                "valueQuantity": {"value": 1, "unit": "ng/mL"},
            }
        }

    people = [
        {"resource": {"resourceType": "Patient", "id": x, "identifier": [{"value": x.upper()}]}} for x in ("a", "b")
    ]
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [*people, about("a"), about("b"), about("a")]}
    found = list(fhir.reports_of(read(json.dumps(bundle)), source="x", zone=TOKYO))
    assert [(x.person.mrn, len(x.observations)) for x in found] == [("A", 2), ("B", 1)]
    assert isinstance(read(json.dumps(bundle)), Object)
    assert report(obx(FERRITIN, "1")).person.mrn == "7001234"


def test_125_a_unit_that_can_be_two_is_asked_about() -> None:
    assert waits(obx(KL6, "620", "μ/ml")) == [("value", "kl6")]
    assert told(obx("5C095000002302301^Ferritin^JC10", "620", "ng./ml"))[0]["unit"] == "ng/mL"


# -- never another person's, never another sample's -------------------------------------------------------------------


def test_a_message_about_two_patients_is_a_report_about_each() -> None:
    second = PERSON.replace("7001234", "8").replace("Torii^Kaori", "Sato^Yuki")
    one = message(obx(FERRITIN, "1", "ng/mL"), second, ORDER, obx(FERRITIN, "2", "ng/mL"))
    found = [(x.person.mrn, [y.text for y in x.observations]) for x, _thousands in reports_of(one)]
    assert found == [("7001234", ["1"]), ("8", ["2"])]


def test_what_is_contained_in_a_resource_is_known_there_alone() -> None:
    def about(name: str) -> dict[str, Any]:
        person = {"resourceType": "Patient", "id": "p", "identifier": [{"value": name}]}
        code = {"coding": [{"system": "http://loinc.org", "code": "2276-4"}]}
        subject = {"contained": [person], "subject": {"reference": "#p"}}
        return {"resource": {"resourceType": "Observation", "id": name, "code": code, "status": "final", **subject}}

    bundle = {"resourceType": "Bundle", "entry": [about("A"), about("B")]}
    found = fhir.reports_of(read(json.dumps(bundle)), source="x", zone=TOKYO)
    assert [(x.person.mrn, [y.ref for y in x.observations]) for x in found] == [("A", ["A"]), ("B", ["B"])]


def test_an_address_of_two_patients_is_nobodys() -> None:
    people = [{"resource": {"resourceType": "Patient", "id": "p", "identifier": [{"value": x}]}} for x in ("A", "B")]
    measured = {"resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/p"}}
    bundle = {"resourceType": "Bundle", "entry": [*people, {"resource": measured}]}
    (one,) = fhir.reports_of(read(json.dumps(bundle)), source="x", zone=TOKYO)
    assert one.person.mrn == ""


def test_rows_of_one_number_under_two_names_are_of_two_people() -> None:
    head = "mrn,name,date,test code,test,value,unit\n"
    rows = "7,Torii Kaori,2026-03-04,F001,x,1,ng/mL\n7,Sato Yuki,2026-03-04,F001,x,2,ng/mL\n"
    found = [(x.person.family_name, len(x.observations)) for x, _thousands in reports_of((head + rows).encode())]
    assert found == [("Torii", 1), ("Sato", 1)]


def test_two_gases_of_one_order_have_each_their_own_oxygen() -> None:
    def gas(value: str, share: str, time: str) -> tuple[str, str]:
        return obx(PAO2, value, "mm[Hg]", time=time), obx("3150-0^FiO2^LN", share, "%", time=time)

    found = told(*gas("80", "21", "202603040800"), *gas("65", "40", "202603041200"))
    assert [(x["value"], x["fio2"]) for x in found] == [("80", "0.21"), ("65", "0.4")]


@pytest.mark.parametrize("dash", ["-", "−", "－"])
def test_a_dash_alone_is_no_negative_antibody(dash: str) -> None:
    assert waits(obx("8076-2^Jo-1^LN", dash, kind="ST")) == [("value", "anti_jo1")]
    assert told(obx("8076-2^Jo-1^LN", "(-)", kind="ST"))[0]["result"] == "negative"
