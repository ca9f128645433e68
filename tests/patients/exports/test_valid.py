"""Every resource that goes out is one of FHIR R4, and holds only what its value sets have."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ildcare.exchange.fhir.shapes import said_of
from patients.exports.exact_json import exact_json
from patients.exports.fhir import patient_of
from patients.exports.profiles import LABORATORY_RESULT, PATIENT
from patients.exports.record import Record
from patients.imports.fields import read
from tests.patients.exports.going_out import PERSON, TOKYO, record_of, resources
from tests.patients.exports.test_round_trip import FILES, case_of
from tests.story import Story


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_goes_out_is_fhir(path: Path) -> None:
    found = resources(record_of(case_of(path).versions))
    assert len(found) > 1
    for resource in found:
        told = [x for x in said_of(read(exact_json(resource))) if x.refuses or x.code == "structure"]
        assert told == [], json.dumps(resource, default=str)
    ids = [(x["resourceType"], x["id"]) for x in found]
    assert len(set(ids)) == len(ids)


def test_a_person_is_said_to_keep_to_us_core_where_all_it_asks_is_told() -> None:
    assert patient_of(PERSON)["meta"] == {"profile": [PATIENT]}
    for lacking in ({"mrn": ""}, {"sex": ""}, {"family_name": "", "given_name": ""}):
        assert "meta" not in patient_of(replace(PERSON, **lacking)), lacking


def results(story: Story, **person: str) -> dict[str, dict]:
    """The Observations of a story, by the code of the catalogue."""
    record = Record(person=replace(PERSON, **person), zone=TOKYO, versions=tuple(story.versions))
    found = [x for x in resources(record) if x["resourceType"] == "Observation"]
    return {x["code"]["coding"][0]["code"]: x for x in found}


def test_a_result_is_said_to_keep_to_us_core_where_it_has_a_loinc_code_and_a_value() -> None:
    story = Story().ferritin(0, "890").antibody(0, "anti_mda5", "positive").antibody(1, "anti_jo1", "pending")
    found = results(story)
    assert found["ferritin"]["meta"] == {"versionId": "1", "profile": [LABORATORY_RESULT]}
    codes = {x["system"] for x in found["ferritin"]["code"]["coding"]}
    assert {"http://loinc.org"} <= codes
    assert found["ferritin"]["valueQuantity"]["system"] == "http://unitsofmeasure.org"
    assert "profile" not in found["anti_jo1"]["meta"], "it has no value yet"
    assert "profile" not in results(story, mrn="")["ferritin"]["meta"], "its patient does not keep to it"


def test_a_result_without_a_loinc_code_and_a_vital_sign_are_not() -> None:
    found = results(Story().test(0, "kl6", "900").test(0, "temperature", "36.5"))
    assert all("profile" not in x["meta"] for x in found.values())
    assert len(found) == 2


def test_nothing_is_said_of_profiles_that_are_not_kept() -> None:
    for path in FILES:
        for x in resources(record_of(case_of(path).versions)):
            assert set(x.get("meta", {}).get("profile", [])) <= {PATIENT, LABORATORY_RESULT}
