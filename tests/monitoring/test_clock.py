"""The treatment clock: the days on which improvement is judged, and what answered them. In step with the rule."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.clock import appointments
from tests.effort import cases
from tests.monitoring.looking import one
from tests.monitoring.test_clock_rules import on
from tests.story import Story


def told(story: Story, today: int) -> list[tuple[int, str | None, str]]:
    snapshot = story.snapshot(today)
    found = appointments(snapshot)
    return [(x.number, x.judgement.improvement if x.judgement else None, x.basis) for x in found]


def test_T1_is_judged_at_two_and_four_weeks() -> None:
    assert told(on("T1"), 1) == [(14, None, "S"), (28, None, "S")]


def test_T1_a_judgement_answers_its_day() -> None:
    story = on("T1").judged(12, "improved")
    assert told(story, 13) == [(14, "improved", "S"), (28, None, "S")]
    judged = [(14, "improved", "S"), (28, "improved", "S")]
    assert told(story.judged(28, "improved"), 40) == [*judged, (56, None, "J")]  # four weeks later, 13 (90)


def test_T1_a_judgement_too_early_answers_nothing() -> None:
    assert told(on("T1").judged(5, "improved"), 6) == [(14, None, "S"), (28, None, "S")]


@pytest.mark.parametrize("step", ["T2", "T3"])
def test_other_steps_are_judged_every_week_after_the_last(step: str) -> None:
    assert told(on(step), 1) == [(7, None, "J")]
    assert told(on(step).judged(9, "unchanged"), 10) == [(9, "unchanged", "J"), (16, None, "J")]


@pytest.mark.parametrize(
    ("judged", "due"),
    [
        ((9,), 37),
        ((9, 37), 100),
        ((9, 34), 100),
        ((9, 33), 37),
        ((9, 37, 100), 191),
        ((9, 37, 100, 191), 373),
        ((9, 191, 373), 555),
    ],
)
def test_90_after_an_improvement_four_weeks_three_and_six_months_and_every_six_months(judged, due) -> None:
    story = on("T2")
    for day in judged:
        story.judged(day, "improved")
    assert told(story, judged[-1])[-1] == (due, None, "J")


def test_90_a_judgement_that_is_no_improvement_brings_back_the_week() -> None:
    assert told(on("T2").judged(9, "improved").judged(12, "unchanged"), 13)[-1] == (19, None, "J")


def test_nothing_is_open_once_the_chart_has_moved_on() -> None:
    assert told(on("T1").judged(5, "worse"), 6) == []
    assert told(on("T2").judged(14, "unchanged"), 15) == [(14, "unchanged", "J")]


def test_no_clock_once_the_drugs_of_the_step_were_stopped() -> None:
    story = Story().dyspnoea(-1, True, "worse").drug(0, "gc", stop=5)
    assert [len(told(story, day)) for day in (5, 6)] == [2, 0]


def test_no_clock_without_a_step() -> None:
    assert told(Story().dyspnoea(0, True, "worse"), 30) == []


@settings(deadline=None, max_examples=cases(60))
@given(
    step=st.sampled_from(["T1", "T2", "T3"]),
    judged=st.lists(st.tuples(st.integers(1, 40), st.sampled_from(["improved", "unchanged", "worse"])), max_size=3),
    today=st.integers(1, 60),
)
def test_the_rule_speaks_exactly_when_an_appointment_is_past(step, judged, today) -> None:
    story = on(step)
    for day, answer in judged:
        story.judged(day, answer)
    snapshot = story.snapshot(today)
    open_days = [x.day for x in appointments(snapshot) if x.judgement is None]
    issue = one("IMPROVEMENT_JUDGEMENT_DUE", snapshot)
    due = [x for x in open_days if x <= snapshot.today]
    assert (issue.on if issue else None) == (min(due) if due else None)


@pytest.mark.parametrize(("day", "due"), [(24, 28), (25, 53)])
def test_T1_a_judgement_three_days_early_answers_day_28(day: int, due: int) -> None:
    """And four weeks later it is asked again (13 (90))."""
    assert told(on("T1").judged(14, "improved").judged(day, "improved"), day)[-1] == (
        due,
        None,
        "S" if due == 28 else "J",
    )


@pytest.mark.parametrize(
    ("judged", "due"),
    [((9, 37, 86), 191), ((9, 37, 85), 100), ((9, 37, 100, 177), 373), ((9, 37, 100, 176), 191), ((9, 359), 555)],
)
def test_90_a_judgement_of_months_may_be_two_weeks_early(judged: tuple[int, ...], due: int) -> None:
    story = on("T2")
    for day in judged:
        story.judged(day, "improved")
    assert told(story, judged[-1])[-1] == (due, None, "J")
