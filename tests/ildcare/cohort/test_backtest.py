"""What the rules would have told, and what was recorded after it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from ildcare.cohort.backtest import Firing, Recorded, firings_of, outcomes_of, rules_on_cohort
from monitoring.engine import Severity
from monitoring.lifecycle import AlertState
from patients.clinical import facts as f
from tests.story import Story, moment


def alert(rule: str, day: int) -> AlertState:
    return AlertState(
        rule=rule,
        version=1,
        subject="",
        episode=1,
        severity=Severity.WARNING,
        reasons=(),
        facts=(),
        opened_on=moment(day).date(),
        opened_at=moment(day),
        value_on=moment(day).date(),
    )


def test_judgements_steps_and_death_are_outcomes() -> None:
    story = Story().onset(0).dyspnoea(0, True, "worse")
    story.drug(2, "gc", route="oral", dose=Decimal(50), unit="mg/day", stop=60).drug(9, "csa", route="oral")
    story.judged(16, "worse").judged(30, "improved").add(f.Outcome, 40, what="death", cause="infection")
    assert [(x.at, x.worse) for x in outcomes_of(story.snapshot(50))] == [
        (moment(2), False),  # the first step is no worsening
        (moment(9), True),
        (moment(16), True),
        (moment(30), False),
        (moment(40), True),
    ]


@pytest.mark.parametrize(("after", "followed"), [(0, 0), (1, 1), (14, 1), (15, 0)])
def test_an_outcome_counts_for_14_days(after: int, followed: int) -> None:
    (found,) = firings_of([alert("AKI", 3)], [Recorded(moment(3) + timedelta(days=after), worse=True)])
    assert (found.alerts, found.followed, found.worse) == (1, followed, followed)


def test_rules_on_everybody() -> None:
    told = [Firing(rule="AKI", alerts=2, followed=1, worse=1), Firing(rule="AKI", alerts=1, followed=1, worse=0)]
    aki, pao2 = rules_on_cohort([*told, Firing(rule="PAO2_FALL", alerts=1, followed=0, worse=0)], days=70)
    assert (aki.people, aki.alerts, aki.in_100_weeks, aki.worse_part) == (2, 3, 30, 0.5)
    assert (pao2.people, pao2.worse_part) == (1, None)


def test_without_a_day_there_is_no_rate() -> None:
    (found,) = rules_on_cohort([Firing(rule="AKI", alerts=1, followed=0, worse=0)], days=0)
    assert found.in_100_weeks is None
