"""Whatever comes: an answer in FHIR, never a failure; a bundle or a prefetch with some things changed."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ildcare.exchange.fhir.arriving import take_bundle
from ildcare.exchange.fhir.cards import cards_of
from ildcare.exchange.fhir.prefetch import read_prefetch
from ildcare.exchange.fhir.shapes import said_of
from patients.clinical.snapshot import Settings
from patients.code_maps import bundled_map
from patients.exports.exact_json import exact_json
from patients.imports.fields import read
from patients.models import Source
from tests.effort import cases, dice
from tests.ildcare.exchange.fhir.bundles import bundle, ferritin, observation, order, patient

ODD: list[Any] = [
    *(
        None,
        True,
        0,
        -1,
        1.5,
        10**30,
        "",
        "x",
        "#",
        "Patient/p",
        "\u0000",
        "\ud800",
        "１２",
        [],
        {},
        [[]],
        [{}],
        [None],
    ),
    *({"coding": [{}]}, {"value": "5"}, {"reference": "#p"}, [{"url": "x", "valueString": "y"}], "2024-13-45"),
]
KEYS = ("modifierExtension", "component", "status", "value", "code", "contained", "valueString", "_status", "fullUrl")


def whole() -> dict[str, Any]:
    gas = observation("g", "2703-7", valueQuantity={"value": 58, "code": "mm[Hg]"}, note=[{"text": "n"}])
    gas["component"] = [{"code": {"coding": [{"code": "3150-0"}]}, "valueQuantity": {"value": 40, "unit": "%"}}]
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": {"text": "x"},
        "result": [{"reference": "#c"}, {"reference": "Observation/g"}],
        "contained": [{**ferritin("c"), "id": "c"}],
        "subject": {"reference": "Patient/p"},
    }
    given = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medicationCodeableConcept": {"text": "cyclophosphamide"},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2024-03-04",
        "dosage": {"dose": {"value": 500, "unit": "mg"}, "route": {"text": "iv"}},
    }
    return bundle(patient(), ferritin(), gas, report, order(), given)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every holder with a key in it."""
    if isinstance(value, dict):
        return [(value, x) for x in value] + [y for x in value.values() for y in places(x)]
    if isinstance(value, list):
        return [(value, x) for x in range(len(value))] + [y for x in value for y in places(x)]
    return []


def changed(document: dict[str, Any], roll: Any) -> dict[str, Any]:
    found = json.loads(json.dumps(document))
    for _ in range(roll.randint(1, 3)):
        holder, key = roll.choice(places(found))
        if isinstance(holder, dict) and roll.random() < 0.3:
            holder[roll.choice(KEYS)] = deepcopy(roll.choice(ODD))
        elif roll.random() < 0.3:
            del holder[key]
        else:
            holder[key] = deepcopy(roll.choice(ODD))
        if not places(found):
            return json.loads(json.dumps(document))
    return found


@pytest.mark.django_db
def test_a_bundle_with_something_changed_is_answered_in_fhir() -> None:
    source, roll, statuses = Source.objects.create(name="any", title="Any"), dice("bundles"), set()
    for _ in range(cases(600, gate=60)):
        document = json.dumps(changed(whole(), roll)).encode()
        answer = take_bundle(document, source)
        statuses.add(answer.status)
        wrong = [x for x in said_of(read(exact_json(answer.body))) if x.refuses or x.code == "structure"]
        assert wrong == [], document
    assert statuses == {200, 400}


def test_a_prefetch_with_something_changed_is_answered_with_cards() -> None:
    roll, now = dice("prefetches"), datetime(2024, 6, 1, 3, 0, tzinfo=UTC)
    for _ in range(cases(2000, gate=200)):
        document = json.dumps({"patient": patient(), "observations": changed(whole(), roll)})
        prefetch = read(document)
        known = read_prefetch(prefetch, bundled_map(), Settings(), zone=ZoneInfo("Asia/Tokyo"), now=now)
        assert exact_json({"cards": cards_of(known)})


@pytest.mark.parametrize("depth", [60, 900])
def test_what_is_nested_without_end_is_refused(depth: int) -> None:
    document = (
        b'{"resourceType": "Bundle", "type": "batch", "entry": [' + b'{"a":' * depth + b"1" + b"}" * depth + b"]}"
    )
    assert take_bundle(document, Source(name="x")).status == 400
