"""The marks behind the questions, and how the answer from the entry is joined with the step that runs."""

from __future__ import annotations

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.walk.reading import ACTIVITY, ENTRY, GAS_ALONE, read
from algorithm.walk.whatif import Outcome, _joined
from patients.clinical.regimen import StepStart
from patients.clinical.truth import Truth
from tests.algorithm.courses import chronic, no_risk, on_t1
from tests.story import DAY_0, Story, moment

Y, N, U = Truth.YES, Truth.NO, Truth.UNKNOWN


def marks(story: Story, names: tuple[str, ...], day: int = 5) -> tuple[Truth, ...]:
    found = read(story.snapshot(day)).marks
    return tuple(found[name] for name in names)


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (Story(), (N, U, U, U, U)),
        (no_risk(), (Y, N, N, N, N)),
        (chronic(), (N, N, N, N, N)),
        (Story().onset(-200, known=0), (N, N, U, U, U)),
        (Story().dyspnoea(0, False), (N, N, N, U, U)),  # absent: it stands for the onset
        (Story().dyspnoea(0, True), (N, U, U, U, U)),
        (Story().hrct(0, change="unchanged"), (N, U, U, N, U)),
        (Story().test(0, "vc", "2.2"), (N, U, U, U, N)),
        (Story().test(0, "vc", "2.2").test(3, "vc", "<2.2"), (N, U, U, U, U)),
    ],
)
def test_the_marks_of_n1(story: Story, expected: tuple[Truth, ...]) -> None:
    """Episode, onset, symptoms, HRCT, physiology."""
    assert marks(story, ENTRY) == expected


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (Story(), (U, U, U, U)),
        (no_risk().dyspnoea(1, True), (N, N, N, N)),  # acute: N7 is not asked
        (chronic(), (N, N, N, N)),
        (chronic().finding(1, "cough", True), (N, Y, N, N)),
        (Story().onset(-200, known=0).dyspnoea(0, True), (Y, U, U, U)),
        (Story().onset(-200, known=0).dyspnoea(0, True).finding(0, "cough", False), (Y, N, U, U)),
        (Story().onset(-200, known=0).finding(0, "cough", True), (U, Y, U, U)),
        (Story().onset(-200, known=0).finding(0, "cough", None, "unchanged").dyspnoea(0, True), (Y, U, U, U)),
        (Story().onset(-200, known=0).dyspnoea(0, False), (N, U, U, U)),
        (Story().test(-100, "vc", "2.2").test(0, "vc", "2.0").hrct(0, change="unchanged"), (U, U, Y, N)),
    ],
)
def test_the_marks_of_n7(story: Story, expected: tuple[Truth, ...]) -> None:
    """Dyspnoea, cough, VC falling, GGO increasing."""
    assert marks(story, ACTIVITY) == expected


@pytest.mark.parametrize(
    ("story", "open_tests", "alone"),
    [
        (Story(), ("pao2", "vc"), N),
        (Story().pao2(0, "80").pao2(3, "75", "0.4"), ("pao2",), Y),
        (Story().test(0, "vc", "2.2").test(3, "vc", "<2.2"), ("vc",), N),
        (Story().test(0, "vc", "2.2"), (), N),
    ],
)
def test_which_tests_leave_the_physiology_of_n1_open(story: Story, open_tests: tuple[str, ...], alone: Truth) -> None:
    assert read(story.snapshot(5)).open_tests == open_tests
    assert marks(story, (GAS_ALONE,)) == (alone,)


@pytest.mark.parametrize(("day", "early"), [(1, False), (2, True), (15, True), (16, False)])
def test_11_days_1_to_14_of_t1(day: int, early: bool) -> None:
    """Glucocorticoid from day 1."""
    assert read(on_t1().snapshot(day)).early_on_gc is early
    assert not read(on_t1().drug(1, "csa").snapshot(day)).early_on_gc
    assert not read(no_risk().snapshot(day)).early_on_gc


def test_every_question_says_its_separate_tests() -> None:
    reading = read(no_risk().snapshot(5))
    assert [len(reading.parts(x)) for x in ("course", "poor_risk", "chronic_activity", "improvement")] == [4, 5, 3, 0]
    assert reading.judged("course").answer is Y
    assert (reading.judged("improvement").answer, reading.judged("dermatomyositis").answer) == (U, Y)


# -- joined with the step that runs (11 (10), (26)) ------------------------------------------------------------------


def joined(entry: str, running: str | None, improved: Truth) -> tuple[str | None, str]:
    start = StepStart(running, moment(0), DAY_0) if running else None
    outcome = _joined(CURRENT, frozenset(entry.split()), start, improved)
    return outcome.step, " ".join(outcome.possible)


@pytest.mark.parametrize(
    ("entry", "running", "improved", "step", "possible"),
    [
        ("T1 T3", None, U, None, "T1 T3"),
        ("T3", None, U, "T3", "T3"),
        ("T1", "T1", Y, "T1", "T1"),
        ("T1", "T1", U, "T1", "T1 T2"),
        ("T1", "T1", N, "T2", "T2"),
        ("T2", "T1", N, "T2", "T2"),
        ("T2", "T1", U, "T2", "T2"),
        ("T3", "T1", U, "T3", "T3"),
        ("T3", "T1", N, "T3", "T3"),
        ("T1 T3", "T2", U, "T2", "T2 T3"),
        ("T1 T3", "T2", Y, "T2", "T2 T3"),
        ("T1 T2", "T2", Y, "T2", "T2"),
        ("T2 T3", "T2", N, "T3", "T3"),
        ("observation", "T1", Y, "T1", "T1"),
        ("observation T1", "T1", U, "T1", "T1 T2"),
        ("T3", "T4", N, "T4", "T4"),
        ("T3", "T4", U, "T4", "T4"),
    ],
)
def test_26_the_running_step_until_no_then_the_next_and_a_higher_entry_wins(entry, running, improved, step, possible):
    assert joined(entry, running, improved) == (step, possible)


@pytest.mark.parametrize(
    ("step", "possible", "settled"),
    [("T1", ("T1",), True), ("T1", ("T1", "T2"), False), (None, ("T1", "T2"), False), (None, ("T1",), False)],
)
def test_an_outcome_is_settled_with_one_step_and_no_other(step, possible, settled: bool) -> None:
    assert Outcome(step, possible).settled is settled
