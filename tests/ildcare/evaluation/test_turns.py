"""The replay visits the days on which something can turn, and says what a walk through every day says."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.walk.engine import walk
from ildcare.evaluation.replay import after_last_event, next_turn, replay
from monitoring.engine import Remark
from monitoring.lifecycle import AlertState, alert_course, evaluation_moments
from monitoring.rules import RULES
from patients.clinical.reasons import reason
from patients.imports.case import Case, CaseEvent, CasePatient, snapshot_of
from patients.imports.case_file import parse
from tests.effort import cases, dice
from tests.patients.imports.writing import document, event, ferritin, pao2
from tests.story import Story, moment

ROOT = Path(__file__).parents[3]
PUBLISHED = sorted((ROOT / "ildcare" / "demo" / "cases").glob("*.json"))
VIGNETTES = sorted((ROOT / "tests" / "vignettes" / "rules").glob("*.json"))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONG_AFTER = timedelta(days=500)
MOST_LOOKS = 200  # in 500 days without news; a drug by the day for 100 of them is counted every day


def every_day(case: Case, until: datetime) -> tuple[AlertState, ...]:
    """The alerts of a walk through every day."""
    looks = evaluation_moments((x.fact.known for x in case.versions), until, case.zone)
    seen = ((at, snapshot_of(case, at, at)) for at in looks)
    return alert_course(RULES, ((at, snapshot, walk(CURRENT, snapshot).indicated) for at, snapshot in seen))


def looks_of(case: Case, until: datetime) -> list[datetime]:
    known = (x.fact.known for x in case.versions)
    return list(evaluation_moments(known, until, case.zone, lambda at: next_turn(case, at)))


def case_of(story: Story) -> Case:
    events = tuple(CaseEvent(n, version) for n, version in enumerate(story.versions, 1))
    return Case(patient=CasePatient(mrn="R"), source="", format="case_file", events=events, zone=story.zone)


AMOUNTS = ["0", "40", "59.9", "60", "74", "199.9", "500", "1000.1", "1500", "1701", ">800", "<75", "2.20", "1.98"]
AMOUNTS += ["5.6", "38.4", "1.3"]
TESTS = ["ferritin", "kl6", "crp", "ldh", "vc", "fvc", "spo2", "creatinine", "wbc", "cmv_pp65", "bdg", "dlco_pp"]
TESTS += ["temperature", "potassium", "platelets", "neutrophils", "ast", "glucose", "systolic_bp", "haemoglobin"]
KINDS = ["onset", "diagnosis", "mda5", *("test", "pao2", "drug") * 2, "dyspnoea", "hrct", "judged"]
DRUGS = ["gc", "gc_pulse", "csa", "tac", "ivcy", "cy_oral", "aza", "mmf", "ivig", "pmx_dhp", "plasma_exchange"]


def random_story(roll: random.Random, zone: str) -> Story:
    """A course of up to half a year: every kind of fact, times of the day, late knowledge, stops, withdrawals."""
    story = Story(zone)
    last = roll.choice([10, 60, 180])
    for _ in range(roll.randint(1, 14)):
        day = roll.randint(0, last)
        clock = roll.choice(["", "T07:30", "T23:59"])
        late: dict[str, Any] = {"known": day + roll.choice([1, 30, 100])} if roll.random() < 0.2 else {}
        tell(story, roll, f"{day}{clock}", day, late)
        if roll.random() < 0.1:
            told = story.versions[-1]
            story.add(
                type(told.fact), day, known=day + roll.choice([1, 15, 101]), id=told.identity, cancelled=True,
                **content_of(told.fact),
            )  # fmt: skip
    return story


def tell(story: Story, roll: random.Random, at: str, day: int, late: dict[str, Any]) -> None:
    kind = roll.choice(KINDS)
    changes = roll.choice(["worse", "unchanged", "improved"])
    if kind == "onset":
        story.onset(day - roll.choice([0, 50, 89, 90, 200]), known=max(day, late.get("known", day)))
    elif kind == "diagnosis":
        story.diagnosis(at, roll.choice(["DM", "PM", "ADM", "CADM"]), **late)
    elif kind == "mda5":
        story.mda5(at, roll.choice(["positive", "negative", "pending"]), **late)
    elif kind == "test":
        story.test(at, roll.choice(TESTS), roll.choice(AMOUNTS), **late)
    elif kind == "pao2":
        story.pao2(at, roll.choice(AMOUNTS), roll.choice(["0.21", "0.4"]), **late)
    elif kind == "dyspnoea":
        story.dyspnoea(at, roll.choice([True, False, None]), changes, **late)
    elif kind == "hrct":
        story.hrct(at, ggo=True, change=roll.choice(["increased", "unchanged", "first"]), **late)
    elif kind == "drug":
        story.drug(at, roll.choice(DRUGS), stop=roll.choice([None, day, day + 1, day + 20]), **late)
    else:
        story.judged(at, changes, **late)


def content_of(fact: Any) -> dict[str, Any]:
    base = {"id", "on", "known", "day", "known_day", "first_known", "corrected"}
    return {name: getattr(fact, name) for name in type(fact).__slots__ if name not in base}


ZONES = ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "America/Havana", "Pacific/Kiritimati"]


@pytest.mark.parametrize("number", range(cases(80, gate=10)))
def test_a_random_course_raises_the_alerts_of_a_walk_through_every_day(number: int) -> None:
    roll = dice("turns", number)
    zone = roll.choice(ZONES)
    story = random_story(roll, zone)
    until = moment(f"{roll.choice([30, 120, 250])}T{roll.choice(['00:00', '12:00', '23:59'])}", zone)
    case = case_of(story)
    assert replay(case, until).alerts == every_day(case, until)


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda x: x.stem)
def test_a_published_case_raises_the_alerts_of_a_walk_through_every_day(path: Path) -> None:
    case = parse(path.read_bytes(), now=NOW)
    until = (after_last_event(case) or NOW) + timedelta(days=60)
    assert replay(case, until).alerts == every_day(case, until)


@pytest.mark.parametrize("path", VIGNETTES, ids=lambda x: x.stem)
def test_the_windows_of_a_rule_are_seen_and_nothing_is_looked_at_day_by_day(path: Path) -> None:
    """Every rule has its vignettes: one that asks the clock for more than comparisons is seen here."""
    case = parse(json.dumps(json.loads(path.read_text("utf-8"))["case"]), now=NOW)
    last = after_last_event(case)
    assert last is not None
    after = [x for x in looks_of(case, last + LONG_AFTER) if x > last]
    assert len(after) < MOST_LOOKS


def test_a_date_in_1900_costs_no_walk_through_the_century() -> None:
    cough = event("finding", code="cough", present=True, on="1900-01-01")
    case = parse(document(cough, ferritin(), pao2(), patient={"mrn": "1"}), now=NOW)
    until = datetime(2024, 6, 1, tzinfo=UTC)
    assert len(looks_of(case, until)) < MOST_LOOKS
    begun = process_time()  # of this process alone: what else the machine does is no fault
    replay(case, until)
    assert process_time() - begun < 10  # a second or less; the walk through every day took 54


def test_a_rule_that_does_with_the_clock_what_is_no_comparison_is_looked_at_every_day(monkeypatch) -> None:
    """Slow, and never wrong: a weekday, a day in a set, a number out of it, and what the clock cannot answer."""

    def detect(situation):
        today = situation.snapshot.today
        doings = {
            "weekday": lambda: today.weekday() == 0,
            "set": lambda: today in {case.events[0].version.fact.day},
            "product": lambda: situation.snapshot.days_since(case.events[0].version.fact.day) % 7 == 0,
            "unanswered": lambda: datetime.combine(today, datetime.min.time()) > datetime.max,
        }
        doings[what]()
        yield Remark(reason("nothing"))

    rule = replace(RULES[0], code="ODD", detect=detect)
    monkeypatch.setattr("ildcare.evaluation.replay.RULES", (rule,))
    case = parse(document(ferritin(on="2024-03-04")), now=NOW)
    at = datetime(2024, 3, 4, 12, tzinfo=UTC)
    for what in ("weekday", "set", "product", "unanswered"):
        assert next_turn(case, at) == datetime(2024, 3, 5, tzinfo=UTC).date(), what
