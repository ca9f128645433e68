"""The flowchart's vignettes: one course for every node, edge and boundary, and what the chart says of it.

Written to be read and signed by a clinician (`reviewed_by`): events, then for each moment the course, subtype, step,
path or missing facts that the chart must give, and why.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion, output_of
from patients.imports.case import snapshot_of
from patients.imports.case_file import parse

ZONE = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
VIGNETTES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(Path(__file__).parent.glob("*.json"))}


def end_of(text: str) -> datetime:
    """A date means its end."""
    if "T" in text:
        return datetime.fromisoformat(text).replace(tzinfo=ZONE)
    return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), ZONE) - timedelta(seconds=1)


def expectations() -> Iterator[Any]:
    for name, vignette in VIGNETTES.items():
        for expected in vignette["expected"]:
            yield pytest.param(vignette["case"], expected, id=f"{name} {expected['as_of']}")


def said(case: dict[str, Any], as_of: str) -> dict[str, Any]:
    moment = end_of(as_of)
    return output_of(opinion(CURRENT, snapshot_of(parse(json.dumps(case), now=NOW), moment, moment)))


@pytest.mark.parametrize(("case", "expected"), list(expectations()))
def test_vignette(case: dict[str, Any], expected: dict[str, Any]) -> None:
    found = said(case, expected["as_of"])
    wanted = {k: v for k, v in expected.items() if k not in ("as_of", "because")}
    assert {key: shown(found, key, value) for key, value in wanted.items()} == wanted


def shown(found: dict[str, Any], key: str, wanted: Any) -> Any:
    """That part of the answer which a vignette speaks of."""
    if key == "path_ends":
        return found["path"][-len(wanted) :]
    if key == "missing_includes":
        return [x for x in found["missing"] if x in wanted]
    if key == "notices":
        return [x for x in wanted if x in {notice["code"] for notice in found["notices"]}]
    if key == "poor_risk":
        return {code: found["poor_risk"][code] for code in wanted}
    if key == "missing":
        return [x for x in found["missing"] if x not in found["subtype_detail"]["missing"] or x in wanted]
    return found[key]


def test_every_edge_and_node_has_a_vignette() -> None:
    for node in CURRENT.nodes:
        assert any(name.startswith(node.id.lower()) or node.id.lower() in name.split("_") for name in VIGNETTES), (
            node.id
        )
    for edge in CURRENT.edges:
        name = f"{edge.source}_{edge.answer}_{edge.target}".lower()
        assert any(x.startswith(name) for x in VIGNETTES), name


def test_every_vignette_can_be_signed() -> None:
    assert all({"title", "source", "reviewed_by", "case", "expected"} == set(x) for x in VIGNETTES.values())
    assert all(step["because"] for x in VIGNETTES.values() for step in x["expected"])
