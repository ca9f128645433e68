"""What runs and what the chart says: two answers, neither in the words of the other."""

from __future__ import annotations

import pytest

from ildcare.ward.ranking import Step
from ildcare.ward.standing import ChartAndCare, ChartStyle, Pill, standing_of
from patients.clinical.reasons import say


@pytest.mark.parametrize(
    ("asked", "pill", "steps", "chart", "look", "step"),
    [
        (
            ChartAndCare(running="T3", day=4, step="T3", started=True),
            Pill.RUNS,
            "T3",
            "as the chart",
            ChartStyle.SAME,
            Step.SETTLED,
        ),
        (
            ChartAndCare(running="T3", step="T4", since=2),
            Pill.RUNS,
            "T3",
            "chart: T4, 2 d undecided",
            ChartStyle.ASKS,
            Step.SALVAGE,
        ),
        (
            ChartAndCare(running="T3", step="T4", since=0),
            Pill.RUNS,
            "T3",
            "chart: T4, new today",
            ChartStyle.ASKS,
            Step.SALVAGE,
        ),
        (
            ChartAndCare(running="T1", step="T2", since=1),
            Pill.RUNS,
            "T1",
            "chart: T2, 1 d undecided",
            ChartStyle.ASKS,
            Step.NEW,
        ),
        (
            ChartAndCare(running="T1", step="T2", since=2),
            Pill.RUNS,
            "T1",
            "chart: T2, 2 d undecided",
            ChartStyle.ASKS,
            Step.OWED,
        ),
        (ChartAndCare(running="T1", step="T2"), Pill.RUNS, "T1", "chart: T2, undecided", ChartStyle.ASKS, Step.OWED),
        (ChartAndCare(step="T3", since=0), Pill.DUE, "T3", "chart: T3, new today", ChartStyle.ASKS, Step.NEW),
        (
            ChartAndCare(step="T1", since=0, course="C"),
            Pill.DUE,
            "T1",
            "chart: T1, new today",
            ChartStyle.ASKS,
            Step.OWED,
        ),
        (
            ChartAndCare(running="T1", step="T3", since=4, decided=True),
            *(Pill.RUNS, "T1", "chart: T3, not followed", ChartStyle.DECIDED, Step.SETTLED),
        ),
        (
            ChartAndCare(running="T1", step="T3", since=4, decided=True, accepted=True),
            *(Pill.RUNS, "T1", "chart: T3, accepted", ChartStyle.ASKS, Step.OWED),
        ),
        (
            ChartAndCare(running="T3", step="T1", since=4),
            Pill.RUNS,
            "T3",
            "as the chart",
            ChartStyle.SAME,
            Step.SETTLED,
        ),
        (ChartAndCare(step="observation"), Pill.OBSERVED, "observation", "as the chart", ChartStyle.SAME, Step.SETTLED),
        (
            ChartAndCare(running="T2", step="T2", possible=("T2", "T3"), started=True, judge=True),
            *(Pill.RUNS, "T2", "chart: T2/T3, judge now", ChartStyle.UNKNOWN, Step.JUDGE),
        ),
        (
            ChartAndCare(possible=("T2", "T3"), mda5="pending"),
            *(Pill.OPEN, "T2 T3", "awaits anti-MDA5", ChartStyle.UNKNOWN, Step.OPEN),
        ),
        (
            ChartAndCare(possible=("T2", "T3"), mda5="negative"),
            *(Pill.OPEN, "T2 T3", "chart: undecided", ChartStyle.UNKNOWN, Step.OPEN),
        ),
        (
            ChartAndCare(running="T1", possible=("T1", "T3"), mda5="pending"),
            *(Pill.RUNS, "T1", "chart: T1/T3", ChartStyle.UNKNOWN, Step.OPEN),
        ),
        (ChartAndCare(), Pill.NONE, "", "chart: undecided", ChartStyle.UNKNOWN, Step.OPEN),
    ],
)
def test_standing(asked: ChartAndCare, pill: Pill, steps: str, chart: str, look: ChartStyle, step: Step) -> None:
    found = standing_of(asked)
    assert (found.pill, " ".join(found.steps), say(found.chart), found.style) == (pill, steps, chart, look)
    assert found.rank == step
    assert found.day == (asked.day if pill == Pill.RUNS else None)


def test_another_step_is_pointed_to_only_from_one_that_runs() -> None:
    assert standing_of(ChartAndCare(running="T3", step="T4", since=2)).to == "T4"
    assert standing_of(ChartAndCare(step="T4", since=2)).to == ""
    assert standing_of(ChartAndCare(running="T3", step="T4", since=2, decided=True)).to == ""
