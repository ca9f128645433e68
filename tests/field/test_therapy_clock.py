"""Courses from the field that hang on the therapy clock: specification 12 (40)-(42), 13 (66)-(75)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ildcare.evaluation.replay import as_json, as_of_text, replay
from patients.clinical.course import course_of
from patients.clinical.regimen import regimen_of
from patients.clinical.response import improvement_on
from patients.imports.case import Case, snapshot_of
from patients.imports.case_file import parse

HERE = Path(__file__).parent
ZONE = "Asia/Tokyo"


def told(name: str) -> Case:
    return parse((HERE / f"{name}.json").read_bytes(), now=datetime(2026, 11, 1, tzinfo=UTC))


def replayed(name: str, as_of: str) -> dict[str, Any]:
    return as_json(replay(told(name), as_of_text(as_of, ZONE)))


def opened(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {x["rule"]: x for x in found["alerts"] if x["open"]}


def test_41_relapse_on_maintenance_has_its_own_day_0() -> None:
    found = replayed("relapse-on-maintenance", "2022-03-15")
    moment = as_of_text("2022-03-15", ZONE)
    running = regimen_of(snapshot_of(told("relapse-on-maintenance"), moment, moment)).running
    assert running is not None
    assert (running.step, running.day.isoformat()) == ("T1", "2022-03-01")
    assert found["step"] == "T2"
    alerts = opened(found)
    assert (alerts["GC_RESISTANT"]["severity"], alerts["GC_RESISTANT"]["on"]) == ("critical", "2022-03-15")
    assert "PaO2 76 mmHg at day 0 to 64 mmHg on 15 Mar, day 14" in alerts["GC_RESISTANT"]["reason"]
    assert alerts["KL6_RATIO"]["on"] == "2022-03-15"
    assert "1.778 times 900" in alerts["KL6_RATIO"]["reason"]


@pytest.mark.parametrize(
    ("as_of", "course", "day_0", "improved"),
    [
        ("2020-02-18", "A/S", "2020-01-22", None),  # day 14 was not judged
        ("2020-02-19", "A/S", "2020-01-22", True),
        ("2020-05-01", "A/S", "2020-01-22", True),  # the first step of the taper
        ("2020-08-31", "A/S", "2020-01-22", True),
        ("2020-09-01", "C", "2020-01-22", True),  # decided to be chronic
        ("2021-12-20", "C", "2020-01-22", True),
        ("2022-02-19", "C", "2020-01-22", True),
        ("2022-02-20", "A/S", None, None),  # worse under 7.5 mg, begun before this episode
        ("2022-02-28", "A/S", None, None),
        ("2022-03-01", "A/S", "2022-03-01", None),  # begun again
        ("2022-03-14", "A/S", "2022-03-01", None),
        ("2022-03-15", "A/S", "2022-03-01", False),  # PaO2 from 76 to 64
    ],
)
def test_33_41_relapse_on_maintenance_day_by_day(
    as_of: str, course: str, day_0: str | None, improved: bool | None
) -> None:
    """Day 0 is that of the unbroken run: neither the taper nor the decision moves it."""
    moment = as_of_text(as_of, ZONE)
    snapshot = snapshot_of(told("relapse-on-maintenance"), moment, moment)
    running = regimen_of(snapshot).running
    assert course_of(snapshot).course == course
    assert (running.day.isoformat() if running else None) == day_0
    assert improvement_on(snapshot, running).answer.as_bool is improved
    open_now = opened(replayed("relapse-on-maintenance", as_of))
    assert ("GC_RESISTANT" in open_now) is (as_of == "2022-03-15")


def test_33_relapse_off_therapy() -> None:
    found = replayed("relapse-off-therapy", "2022-03-15")
    assert found["step"] == "T2"
    assert {"GC_RESISTANT", "KL6_RATIO", "PAO2_FALL"} <= set(opened(found))


def test_42_a_judgement_of_two_years_ago_answers_nothing() -> None:
    found = replayed("relapse-old-judgement", "2022-03-15")
    assert found["steps_possible"] == ["T1", "T2"]
    assert "judgement" in found["missing"]


def test_published_tofacitinib_and_aspergillus() -> None:
    found = replayed("published-jmcr2024-tofacitinib-aspergillus", "2023-05-12")
    assert (found["step"], found["subtype"]) == ("T4", "A/S-1")
    moment = as_of_text("2023-05-13", ZONE)
    running = regimen_of(snapshot_of(told("published-jmcr2024-tofacitinib-aspergillus"), moment, moment)).running
    assert running is not None
    assert (running.step, running.day.isoformat()) == ("T4", "2023-05-13")


def test_published_anti_pl12() -> None:
    found = replayed("published-jrs2008-pl12", "2003-01-31")
    assert (found["course"], found["step"], found["steps_possible"]) == ("A/S", "T1", ["T1", "T2", "T3"])
    assert replayed("published-jrs2008-pl12", "2003-02-21")["step"] == "T2"


def test_75_a_later_regimen_is_not_the_combination_of_the_chart() -> None:
    found = replayed("published-daratumumab-expressible-part", "2022-03-15")
    assert found["step"] == "T3"
    alert = opened(found)["STEP_NOT_STARTED"]
    assert (alert["on"], alert["severity"]) == ("2022-03-06", "info")
    assert "a later regimen runs" in alert["reason"]


@pytest.mark.parametrize("as_of", ["2022-03-05", "2022-03-07"])
def test_75_until_it_runs_the_step_is_owed_as_a_warning(as_of: str) -> None:
    alert = opened(replayed("published-daratumumab-expressible-part", as_of)).get("STEP_NOT_STARTED")
    assert (alert is not None) is (as_of == "2022-03-07")
    assert alert is None or alert["severity"] == "warning"
