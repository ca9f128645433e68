"""CDS Hooks: what chart and rules say of a prefetch, in memory, and of nobody but its patient."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from ildcare.exchange.fhir.cards import cards_of
from ildcare.exchange.fhir.prefetch import lacking, read_prefetch
from patients.clinical.snapshot import Settings, field_of
from patients.clinical.versions import standing
from patients.code_maps import bundled_map
from patients.exports.exact_json import exact_json
from patients.imports.case_file import parse
from patients.imports.fields import Object, read
from tests.ildcare.exchange.fhir.bundles import bundle, ferritin, observation, order, patient
from tests.patients.exports.going_out import record_of, resources
from tests.patients.exports.test_round_trip import FILES

NOW = datetime(2024, 6, 1, 3, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")


def prefetched(*observations: dict[str, Any], medications: tuple[dict[str, Any], ...] = (), **person: Any) -> Object:
    told = {
        "patient": patient(**person),
        "observations": bundle(*observations, kind="searchset"),
        "medications": bundle(*medications, kind="searchset"),
    }
    return read(json.dumps(told))


def cards(prefetch: Object, now: datetime = NOW) -> list[dict[str, Any]]:
    return cards_of(read_prefetch(prefetch, bundled_map(), Settings(), zone=TOKYO, now=now))


def test_of_nothing_it_says_what_is_missing() -> None:
    (card,) = cards(prefetched())
    assert card["indicator"] == "info"
    assert "Missing:" in card["detail"]
    assert "diagnosis of myositis" in card["detail"]
    assert card["source"]["url"] == "https://doi.org/10.2147/ODRR.S50355"
    assert 0 < len(card["summary"]) < 140


def test_a_grave_value_is_a_grave_card() -> None:
    fio2 = {"code": {"coding": [{"system": "http://loinc.org", "code": "3150-0"}]}}
    gas = observation(
        "g",
        "2703-7",
        effectiveDateTime="2024-06-01T07:00:00+09:00",
        valueQuantity={"value": 48, "code": "mm[Hg]"},
        component=[{**fio2, "valueQuantity": {"value": 21, "unit": "%"}}],
    )
    found = cards(prefetched(gas))
    grave = [x for x in found if x["source"].get("topic", {}).get("code") == "PAO2_LOW"]
    assert [x["indicator"] for x in grave] == ["critical"]
    assert "48" in grave[0]["detail"]


def test_ferritin_is_told_once_and_what_is_only_possible_says_so() -> None:
    def told(**value: Any) -> list[str]:
        sent = observation("o", "2276-4", valueQuantity={"unit": "ng/mL", **value})
        codes = ("FERRITIN_HIGH", "POOR_RISK_MET")
        found = cards(prefetched(sent, worse_dyspnoea()))
        return [x["summary"] for x in found if x["source"].get("topic", {}).get("code") in codes]

    assert told(value=1679) == ["Ferritin above 1,000 ng/mL"]
    assert told(value=800, comparator=">") == ["Ferritin above 1,000 ng/mL (possible)"]


def worse_dyspnoea() -> dict[str, Any]:
    worse = observation(
        "d", "x", code={"coding": [{"system": "urn:ildcare:fact", "code": "finding:dyspnoea_on_exertion"}]}
    )
    worse["component"] = [
        {
            "code": {"coding": [{"system": "urn:ildcare:part", "code": "finding.change"}]},
            "valueCodeableConcept": {"coding": [{"code": "worse"}]},
        }
    ]
    worse["effectiveDateTime"] = "2024-04-28"
    return worse


def test_what_is_overdue_is_one_card() -> None:
    begun = order(drug="プレドニン")
    begun["dosageInstruction"][0]["timing"]["repeat"]["boundsPeriod"]["start"] = "2024-05-01"
    found = cards(prefetched(worse_dyspnoea(), medications=(begun,)))
    overdue = [x for x in found if x["source"].get("topic", {}).get("code") == "OVERDUE"]
    assert len(overdue) == 1
    assert overdue[0]["detail"].count("\n") > 2


def test_what_cannot_be_read_is_said() -> None:
    unit_missing = observation("x", "2276-4", valueQuantity={"value": 1679})
    (*_others, last) = cards(prefetched(unit_missing))
    assert "1679" in last["detail"]
    assert "unit" in last["detail"]


def test_what_was_not_sent_or_is_not_read_is_said() -> None:
    """Without the drugs the chart would take nothing as begun; of a first page the newest value may be missing."""
    statement = {"resourceType": "MedicationStatement", "status": "active", "subject": {"reference": "Patient/p"}}
    found = prefetched(ferritin(), medications=(statement,))
    assert "MedicationStatement (1)" in cards(found)[-1]["detail"]
    found["observations"]["link"] = read('{"a": [{"relation": "next", "url": "x"}]}')["a"]
    assert "observations" in cards(found)[-1]["detail"]
    del found["medications"]
    last = cards(found)[-1]
    assert "observations, medications" in last["detail"]
    assert last["indicator"] == "warning"


def test_of_another_person_nothing_is_judged() -> None:
    other = {**ferritin("o2", 5000), "subject": {"reference": "Patient/q"}}
    found = read_prefetch(prefetched(ferritin(), other), bundled_map(), Settings(), zone=TOKYO, now=NOW)
    assert [str(x.quantity) for x in found.snapshot.series("ferritin")] == ["1,679"]
    assert found.others == 1


@pytest.mark.parametrize("path", FILES, ids=lambda x: x.stem)
def test_another_installation_judges_as_this_one(path) -> None:
    """Diagnosis, HRCT and findings travel in the product's own codes: the chart says the same of them."""
    now = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
    case = parse(path.read_bytes(), now=now)
    (person, *others) = resources(record_of(case.versions))
    entries = [{"resource": x} for x in others]
    document = {"patient": person, "observations": {"resourceType": "Bundle", "type": "searchset", "entry": entries}}
    found = read_prefetch(read(exact_json(document)), bundled_map(), Settings(), zone=TOKYO, now=now)
    stands = standing(case.versions, now)
    kinds = ("diagnoses", "hrcts", "findings", "onsets", "judgements", "supports", "histologies", "treatments")
    of_kind = {name: len(getattr(found.snapshot, name)) for name in kinds}
    assert of_kind == {name: sum(field_of(x) == name for x in stands) for name in kinds}


def test_what_a_prefetch_lacks() -> None:
    assert lacking(read("{}")) == ("patient", "observations")
    assert lacking(prefetched()) == ()
    assert lacking(read('{"patient": null, "observations": {"resourceType": "OperationOutcome"}}')) == (
        "patient",
        "observations",
    )


def a_grave_ferritin() -> dict[str, Any]:
    found = cards(prefetched(ferritin(value=3840, effectiveDateTime="2024-05-31T07:00:00+09:00")))
    (card,) = (x for x in found if x["source"].get("topic", {}).get("code") == "FERRITIN_HIGH")
    return card


def test_a_card_of_a_rule_leads_to_its_paper() -> None:
    assert a_grave_ferritin()["source"]["url"] == "https://doi.org/10.2147/ODRR.S50355"


def test_a_card_in_japanese_names_its_source_in_japanese() -> None:
    english = a_grave_ferritin()["source"]["label"]
    with translation.override("ja"):
        japanese = a_grave_ferritin()["source"]["label"]
    assert "as quoted there" in english
    assert "as quoted there" not in japanese
    assert "10.2147/ODRR.S50355" in japanese


def test_a_card_leads_to_this_installation_and_names_nobody() -> None:
    read_one = read_prefetch(prefetched(), bundled_map(), Settings(), zone=TOKYO, now=NOW)
    (card,) = cards_of(read_one, home="https://ild.example/")
    assert card["links"] == [{"label": "Open ildcare", "url": "https://ild.example/", "type": "absolute"}]
    assert all("links" not in x for x in cards_of(read_one))
