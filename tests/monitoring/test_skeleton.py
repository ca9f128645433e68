"""The skeleton of a rule is a rule: what is copied works before anything in it is changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

from monitoring.canaries import canary_in
from monitoring.engine import examine
from patients.imports.case import snapshot_of
from tests.monitoring.test_registry import imports_pure_code_only, says_what_it_must
from tests.vignettes.rules.test_rule_vignettes import alerts, end_of

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "skeletons"


@pytest.fixture(scope="module")
def skeleton() -> ModuleType:
    spec = spec_from_file_location("new_rule", FOLDER / "new_rule.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_keeps_what_every_rule_keeps(skeleton: ModuleType) -> None:
    says_what_it_must(skeleton)
    imports_pure_code_only(FOLDER / "new_rule.py")
    assert skeleton.RULE.code == "NEW_RULE"  # the name of the file, as of every rule


def test_its_vignette_holds(skeleton: ModuleType) -> None:
    vignette = json.loads((FOLDER / "new_rule.json").read_text())
    found = [alerts(vignette, end_of(x["as_of"]), skeleton.RULE) for x in vignette["expected"]]
    assert found == [x["alerts"] for x in vignette["expected"]]
    assert [len(x) for x in found] == [0, 1, 1]  # silent, open, closed


def test_its_canary_raises_its_alert(skeleton: ModuleType) -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    document = json.loads((FOLDER / "new_canary.json").read_text())
    case = canary_in(document, "CANARY-1", now=now, zone=ZoneInfo("Asia/Tokyo")).case
    assert document["rule"] == skeleton.RULE.code
    assert len(examine([skeleton.RULE], snapshot_of(case, now, now)).issues) == 1
