"""Every resource that goes out is one of FHIR R4, and holds only what its value sets have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ildcare.exchange.fhir.shapes import said_of
from patients.exports.exact_json import exact_json
from patients.imports.fields import read
from tests.patients.exports.going_out import record_of, resources
from tests.patients.exports.test_round_trip import FILES, case_of


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_goes_out_is_fhir(path: Path) -> None:
    found = resources(record_of(case_of(path).versions))
    assert len(found) > 1
    for resource in found:
        told = [x for x in said_of(read(exact_json(resource))) if x.refuses or x.code == "structure"]
        assert told == [], json.dumps(resource, default=str)
    ids = [(x["resourceType"], x["id"]) for x in found]
    assert len(set(ids)) == len(ids)
