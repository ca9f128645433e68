"""N7: how far back it looks, and the boundary of a falling VC. Reading (7)."""

from __future__ import annotations

import pytest

from patients.clinical.chronic import chronic_activity, chronic_tests
from patients.clinical.reasons import say
from patients.clinical.truth import Truth
from tests.story import Story

Y, N, U = Truth.YES, Truth.NO, Truth.UNKNOWN


def answers(story: Story, day: int) -> tuple[Truth, ...]:
    """Symptomatic, VC falling, GGO increasing."""
    return tuple(x.answer for x in chronic_tests(story.snapshot(day)))


@pytest.mark.parametrize(("day", "seen"), [(365, True), (366, False)])
def test_n7_looks_at_the_last_12_months(day: int, seen: bool) -> None:
    story = Story().dyspnoea(0, True).hrct(0, change="increased").test(0, "vc", "2.2")
    assert answers(story, day) == ((Y, N, Y) if seen else (U, U, U))
    cough = Story().finding(0, "cough", True)
    assert answers(cough, day)[0] is (Y if seen else U)


@pytest.mark.parametrize(("day", "answer"), [(365, Y), (366, N)])
def test_vc_falls_against_the_best_of_12_months(day: int, answer: Truth) -> None:
    story = Story().test(0, "vc", "2.20").test(day, "vc", "2.08")
    assert answers(story, day)[1] is answer


@pytest.mark.parametrize(("value", "answer"), [("2.09", N), ("2.089", Y)])
def test_a_fall_of_exactly_5_per_cent_is_none(value: str, answer: Truth) -> None:
    assert answers(Story().test(0, "vc", "2.20").test(100, "vc", value), 100)[1] is answer


@pytest.mark.parametrize(("best", "later", "answer"), [(">2.2", "2.1", U), ("2.2", "<2.2", U), ("2.2", "<2.0", Y)])
def test_a_censored_vc_may_be_falling(best: str, later: str, answer: Truth) -> None:
    judged = chronic_tests(Story().test(0, "vc", best).test(100, "vc", later).snapshot(100))[1]
    assert (judged.answer, judged.missing) == (answer, ("vc",) if answer is U else ())


def test_worse_says_that_it_is_there_whether_or_not_present_is_told() -> None:
    assert answers(Story().dyspnoea(0, None, "worse"), 1)[0] is Y
    assert answers(Story().dyspnoea(0, None, "unchanged"), 1)[0] is U
    assert answers(Story().dyspnoea(0, False), 1)[0] is U, "cough is not known"


def test_the_newest_entry_of_a_symptom_tells() -> None:
    story = Story().dyspnoea(0, True).finding(0, "cough", False).dyspnoea(9, False)
    assert answers(story, 10)[0] is N


def test_an_increase_against_an_old_scan_speaks_for_n7_and_a_newer_comparison_against_it() -> None:
    """11 (5): "increased" against a scan more than 90 days older."""
    story = Story().hrct(0, change="increased", compared_with=Story().hrct(-200).snapshot(0).hrcts[0].day)
    assert answers(story, 5)[2] is Y
    assert answers(story.hrct(3, change="unchanged"), 5)[2] is N
    assert chronic_activity(Story().hrct(0, ggo=True).snapshot(1)).answer is U


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((), "no VC in the last 12 months"),
        ((("vc", "2.20"),), "VC 2.20 L on 9 Jun: not more than 5 % below the best of 12 months"),
        ((("vc", "2.08"),), "VC 2.08 L on 9 Jun: more than 5 % below the best of 12 months"),
        ((("vc", "<2.20"),), "VC <2.20 L on 9 Jun: may be more than 5 % below the best of 12 months"),
        ((("fvc", "2.20"),), "FVC (for VC) 2.20 L on 9 Jun: not more than 5 % below the best of 12 months"),
        ((("vc", "2.20"), ("fvc", "1.0")), "VC 2.20 L on 9 Jun: not more than 5 % below the best of 12 months"),
    ],
)
def test_7_what_the_lung_function_of_12_months_says(values, said: str) -> None:
    story = Story()
    for code, value in values:
        story.test(0, code, "2.20").test(100, code, value)
    assert say(chronic_tests(story.snapshot(110))[1].reasons[0]) == said


@pytest.mark.parametrize(
    ("present", "change", "said"),
    [
        (True, None, "cough present on 1 Mar"),
        (False, None, "cough absent on 1 Mar"),
        (None, "worse", "cough present on 1 Mar"),
        (None, "unchanged", "cough: not recorded in the last 12 months"),
    ],
)
def test_7_what_is_said_of_a_symptom(present: bool | None, change: str | None, said: str) -> None:
    story = Story().finding(0, "cough", present, change).dyspnoea(0, False)
    reasons = chronic_tests(story.snapshot(5))[0].reasons
    assert said in [say(x) for x in reasons]
