"""Courses as hospitals write them, and what is right for each at a moment: oxygen, titres, antibodies."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion, output_of
from patients.clinical.reasons import say
from patients.clinical.written import reason_from_json
from patients.imports.case import snapshot_of
from patients.imports.case_file import parse

FIELD = Path(__file__).parent

CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("titre-without-result", "2026-03-02", {"subtype": "A/S-1", "step": "T3"}),
    (
        "titre-against-negative",
        "2026-03-02",
        {
            "subtype": None,
            "subtypes_possible": ["A/S-1", "A/S-2"],
            "step": None,
            "steps_possible": ["T2", "T3"],
            "missing": ["anti_mda5"],
        },
    ),
    ("titre-of-another-kit", "2026-03-02", {"steps_possible": ["T2", "T3"], "missing": ["anti_mda5"]}),
    ("titre-at-the-limit", "2026-03-08", {"subtype": "A/S-2", "step": "T2"}),
    ("titre-at-the-limit", "2026-03-10", {"subtype": "A/S-1", "step": "T3"}),
    ("published-jmcr2024-tofacitinib-aspergillus", "2023-05-12", {"subtype": "A/S-1", "step": "T4"}),
    (
        "published-jrs2008-pl12",
        "2003-01-31",
        {"course": "A/S", "step": "T1", "steps_possible": ["T1", "T2", "T3"]},
    ),
    ("published-jrs2008-pl12", "2003-02-21", {"step": "T2"}),
    ("published-daratumumab-expressible-part", "2022-03-15", {"step": "T3"}),
]


def answer(name: str, day: str) -> dict[str, Any]:
    case = parse((FIELD / f"{name}.json").read_bytes(), now=datetime(2026, 12, 1, tzinfo=UTC))
    moment = datetime.fromisoformat(f"{day}T23:59").replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    return output_of(opinion(CURRENT, snapshot_of(case, moment, moment)))


def mda5_at_n2(found: dict[str, Any]) -> str:
    (n2,) = [x for x in found["visits"] if x["node"] == "N2"]
    (mda5,) = [x for x in n2["parts"] if x["code"] == "mda5"]
    return "; ".join(say(reason_from_json(x)) for x in mda5["reasons"])


@pytest.mark.parametrize(("name", "day", "right"), CASES)
def test_field_case(name: str, day: str, right: dict[str, Any]) -> None:
    found = answer(name, day)
    assert {key: found[key] for key in right} == right


def test_43_a_titre_without_a_result_is_marked_as_read_from_the_titre() -> None:
    assert mda5_at_n2(answer("titre-without-result", "2026-03-02")).endswith("positive (read from the titre)")


def test_43_a_contradiction_is_told_at_n2_with_both_sides() -> None:
    found = answer("titre-against-negative", "2026-03-02")
    both = "anti-MDA5 result negative on 2 Mar and titre 3,040 on 2 Mar contradict each other"
    told = [say(reason_from_json(x["reason"])) for x in found["notices"] if x["node"] == "N2"]
    assert both in told
    assert mda5_at_n2(found) == both
    assert found["antibodies"]["mda5"] == "contradiction"


def test_43_a_titre_of_another_kit_is_not_judged_and_says_so() -> None:
    assert "is not judged: the limit of the kit EUROLINE is not in the catalogue" in mda5_at_n2(
        answer("titre-of-another-kit", "2026-03-02")
    )
