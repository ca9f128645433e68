"""Every rule's vignettes: a course in the case-file format, and the alerts of that rule that a replay must give.

A vignette is written to be read and signed by a clinician (`reviewed_by`): events, then for each moment which alerts of
the rule there are, since when, how grave, and whether they are still open, with the reason in a sentence.
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
from algorithm.walk.engine import walk
from monitoring.engine import Rule
from monitoring.lifecycle import alert_course, evaluation_moments
from monitoring.rules import BY_CODE, RULES
from patients.clinical.regimen import Indicated
from patients.clinical.snapshot import Snapshot
from patients.imports.case import Case, snapshot_of
from patients.imports.case_file import parse

ZONE = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FOLDER = Path(__file__).parent
VIGNETTES = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}

NOT_IN_A_COURSE = {"SENT_VALUE_WAITS"}  # of what is on no record yet: tests/monitoring/test_sent_value_waits.py


def end_of(text: str) -> datetime:
    """A date means its end."""
    if "T" in text:
        return datetime.fromisoformat(text).replace(tzinfo=ZONE)
    return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), ZONE) - timedelta(seconds=1)


def looks(case: Case, until: datetime) -> Iterator[tuple[datetime, Snapshot, Indicated]]:
    """The course as it was seen, moment by moment."""
    for moment in evaluation_moments((entry.version.fact.known for entry in case.events), until, str(ZONE)):
        snapshot = snapshot_of(case, moment, moment)
        yield moment, snapshot, walk(CURRENT, snapshot).indicated


def alerts(vignette: dict[str, Any], until: datetime, rule: Rule | None = None) -> list[dict[str, Any]]:
    """The alerts of the vignette's rule (or of another one), in the form in which vignettes state them."""
    case = parse(json.dumps(vignette["case"]), zone=str(ZONE), now=NOW)
    found = alert_course((rule or BY_CODE[vignette["rule"]],), looks(case, until))
    return [
        {"on": x.opened_on.isoformat(), "severity": x.severity.label, "open": x.open}
        | ({"subject": x.subject} if x.subject else {})
        for x in found
    ]


def expectations() -> Iterator[Any]:
    for name, vignette in VIGNETTES.items():
        for expected in vignette["expected"]:
            yield pytest.param(vignette, expected, id=f"{name} {expected['as_of']}")


@pytest.mark.parametrize(("vignette", "expected"), list(expectations()))
def test_vignette(vignette: dict[str, Any], expected: dict[str, Any]) -> None:
    found = alerts(vignette, end_of(expected["as_of"]))
    assert sorted(found, key=_order) == sorted(expected["alerts"], key=_order), expected["because"]


def _order(alert: dict[str, Any]) -> tuple[str, str]:
    return (alert["on"], alert.get("subject", ""))


def test_every_rule_has_a_vignette_that_fires_and_a_moment_where_it_is_silent() -> None:
    firing = {x["rule"] for x in VIGNETTES.values() if any(e["alerts"] for e in x["expected"])}
    silent = {x["rule"] for x in VIGNETTES.values() if any(not e["alerts"] for e in x["expected"])}
    assert firing == silent == {rule.code for rule in RULES} - NOT_IN_A_COURSE
