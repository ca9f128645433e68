"""What runs and what the chart says: two answers, neither in the words of the other."""

from __future__ import annotations

import pytest

from ildcare.ward.ranking import Step
from ildcare.ward.standing import Asked, Look, Pill, standing_of
from patients.clinical.reasons import say


@pytest.mark.parametrize(
    ("asked", "pill", "steps", "chart", "look", "step"),
    [
        (Asked(running="T3", day=4, step="T3", started=True), Pill.RUNS, "T3", "as the chart", Look.SAME, Step.SETTLED),
        (Asked(running="T3", step="T4", since=2), Pill.RUNS, "T3", "chart: T4, 2 d undecided", Look.ASKS, Step.SALVAGE),
        (Asked(running="T3", step="T4", since=0), Pill.RUNS, "T3", "chart: T4, new today", Look.ASKS, Step.SALVAGE),
        (Asked(running="T1", step="T2", since=1), Pill.RUNS, "T1", "chart: T2, 1 d undecided", Look.ASKS, Step.NEW),
        (Asked(running="T1", step="T2", since=2), Pill.RUNS, "T1", "chart: T2, 2 d undecided", Look.ASKS, Step.OWED),
        (Asked(running="T1", step="T2"), Pill.RUNS, "T1", "chart: T2, undecided", Look.ASKS, Step.OWED),
        (Asked(step="T3", since=0), Pill.DUE, "T3", "chart: T3, new today", Look.ASKS, Step.NEW),
        (Asked(step="T1", since=0, course="C"), Pill.DUE, "T1", "chart: T1, new today", Look.ASKS, Step.OWED),
        (
            Asked(running="T1", step="T3", since=4, decided=True),
            *(Pill.RUNS, "T1", "chart: T3, not followed", Look.DECIDED, Step.SETTLED),
        ),
        (
            Asked(running="T1", step="T3", since=4, decided=True, accepted=True),
            *(Pill.RUNS, "T1", "chart: T3, accepted", Look.ASKS, Step.OWED),
        ),
        (Asked(running="T3", step="T1", since=4), Pill.RUNS, "T3", "as the chart", Look.SAME, Step.SETTLED),
        (Asked(step="observation"), Pill.OBSERVED, "observation", "as the chart", Look.SAME, Step.SETTLED),
        (
            Asked(running="T2", step="T2", possible=("T2", "T3"), started=True, judge=True),
            *(Pill.RUNS, "T2", "chart: T2/T3, judge now", Look.UNKNOWN, Step.JUDGE),
        ),
        (
            Asked(possible=("T2", "T3"), mda5="pending"),
            *(Pill.OPEN, "T2 T3", "awaits anti-MDA5", Look.UNKNOWN, Step.OPEN),
        ),
        (
            Asked(possible=("T2", "T3"), mda5="negative"),
            *(Pill.OPEN, "T2 T3", "chart: undecided", Look.UNKNOWN, Step.OPEN),
        ),
        (
            Asked(running="T1", possible=("T1", "T3"), mda5="pending"),
            *(Pill.RUNS, "T1", "chart: T1/T3", Look.UNKNOWN, Step.OPEN),
        ),
        (Asked(), Pill.NONE, "", "chart: undecided", Look.UNKNOWN, Step.OPEN),
    ],
)
def test_standing(asked: Asked, pill: Pill, steps: str, chart: str, look: Look, step: Step) -> None:
    found = standing_of(asked)
    assert (found.pill, " ".join(found.steps), say(found.chart), found.look) == (pill, steps, chart, look)
    assert found.rank == step
    assert found.day == (asked.day if pill == Pill.RUNS else None)


def test_another_step_is_pointed_to_only_from_one_that_runs() -> None:
    assert standing_of(Asked(running="T3", step="T4", since=2)).to == "T4"
    assert standing_of(Asked(step="T4", since=2)).to == ""
    assert standing_of(Asked(running="T3", step="T4", since=2, decided=True)).to == ""
