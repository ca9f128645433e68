"""Six published courses: course, subtype, step and factors as a clinician expects them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion, output_of
from patients.imports.case import snapshot_of
from patients.imports.case_file import parse

ROOT = Path(__file__).parents[2]
EXPECTED: dict[str, dict[str, Any]] = json.loads((ROOT / "tests/cases/expected.json").read_text("utf-8"))


@pytest.mark.parametrize("name", EXPECTED)
def test_published_case(name: str) -> None:
    wanted = EXPECTED[name]
    case = parse((ROOT / f"ildcare/demo/cases/{name}.json").read_bytes(), now=datetime(2026, 1, 1, tzinfo=UTC))
    moment = datetime.fromisoformat(wanted["as_of"]).replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    found = output_of(opinion(CURRENT, snapshot_of(case, moment, moment)))
    for key in ("course", "subtype", "step"):
        assert found[key] in wanted[key], key
    assert {code: found["poor_risk"][code] for code in wanted["poor_risk"]} == wanted["poor_risk"]
    assert found["step"] is not None or len(found["steps_possible"]) > 1
