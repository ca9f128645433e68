"""Every score's vignettes: facts in the case-file format, and the points, classes and missing facts that must come out.

A vignette is written to be read and signed by a clinician (`reviewed_by`): every boundary of a score stands in one with
a value on each side. `applies`: is the score for this patient (null: not known)?
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from algorithm.scores import SCORES
from algorithm.scoring import Scored, Total
from patients.imports.case import snapshot_of
from patients.imports.case_file import parse
from tests.vignettes.rules.test_rule_vignettes import ZONE, end_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
VIGNETTES = {path.stem: json.loads(path.read_text()) for path in sorted(Path(__file__).parent.glob("*.json"))}
BY_CODE = {x.code: x for x in SCORES}


def scored(vignette: dict[str, Any], case: dict[str, Any]) -> Scored:
    person = {"mrn": "V-SCORE", "family_name": "Vignette", "given_name": vignette["score"]}
    document = {
        "format": "ildcare-case/1",
        "source": "invented",
        "patient": {**person, **vignette["patient"], **case.get("person", {})},
        "events": case["events"],
    }
    moment = end_of(case["as_of"])
    return BY_CODE[vignette["score"]].of(
        snapshot_of(parse(json.dumps(document), zone=str(ZONE), now=NOW), moment, moment)
    )


def told(total: Total) -> dict[str, Any]:
    return {
        "low": total.low,
        "high": total.high,
        "bands": [x.title for x in total.bands_possible] if total.bands else [],
    }


def as_told(total: dict[str, Any]) -> dict[str, Any]:
    return {**total, "low": Decimal(total["low"]), "high": Decimal(total["high"])}


def cases() -> Iterator[Any]:
    for name, vignette in VIGNETTES.items():
        for number, case in enumerate(vignette["cases"], start=1):
            yield pytest.param(vignette, case, id=f"{name} {number}")


@pytest.mark.parametrize(("vignette", "case"), list(cases()))
def test_vignette(vignette: dict[str, Any], case: dict[str, Any]) -> None:
    found, expected = scored(vignette, case), case["expected"]
    assert found.applies.answer.as_bool is expected["applies"], case["because"]
    assert [told(x) for x in found.totals] == [as_told(x) for x in expected["totals"]], case["because"]
    if "missing" in expected:
        assert list(found.missing) == expected["missing"], case["because"]
    if "decisive" in expected:
        assert list(found.totals[0].decisive) == expected["decisive"], case["because"]


def test_every_score_has_its_vignettes_and_names_its_source() -> None:
    assert {x["score"] for x in VIGNETTES.values()} == set(BY_CODE)
    for vignette in VIGNETTES.values():
        assert BY_CODE[vignette["score"]].doi in vignette["source"]
