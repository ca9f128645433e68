"""Begun again, and what belongs to an episode: the boundaries of specification 13 (66), (69)-(72) day by day."""

from __future__ import annotations

import copy

import pytest

from patients.clinical.glucocorticoid import dose_on, high_dose, high_for, is_high, lowest_dose, weight_on
from patients.clinical.truth import Truth
from tests.patients.clinical.test_therapy_clock import answer, gc, pulses, regimen, running, starts, treated
from tests.story import DAY_0, Story, moment

# -- (70): series of pulses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "again"), [(26, False), (25, True)])
def test_70_the_earlier_ivcy_lies_within_35_days_of_the_one_beside_the_pulse(before: int, again: bool) -> None:
    """A pulse on day 60, IVCY on day 61: one of day 26 is 35 days before it, one of day 25 is 36."""
    story = pulses(0, 60).drug(before, "ivcy", stop=before).drug(61, "ivcy", stop=61)
    assert (("T2", 60) in starts(story, 70)) is again


@pytest.mark.parametrize(("ivcy", "again"), [(57, False), (56, True)])
def test_70_the_ivcy_may_come_3_days_before_the_pulse(ivcy: int, again: bool) -> None:
    story = pulses(0, 60).drug(ivcy - 28, "ivcy", stop=ivcy - 28).drug(ivcy, "ivcy", stop=ivcy)
    assert (("T2", 60) in starts(story, 70)) is again


def test_70_a_pulse_with_the_first_ivcy_is_none_of_a_series() -> None:
    story = pulses(0, 60).drug(61, "ivcy", stop=61)
    assert ("T1", 60) in starts(story, 60)
    story.drug(62, "ivcy", stop=62)
    assert ("T1", 60) not in starts(story, 62)  # of a repeated one, though a day apart


@pytest.mark.parametrize(("at", "again"), [("35T00:00", True), ("36T00:00", False)])
def test_70_worse_judged_on_the_day_of_the_pulse_counts_and_later_does_not(at: str, again: bool) -> None:
    assert (("T1", 35) in starts(pulses(0, 35).judged(at, "worse"), 40)) is again


# -- (71): after a worsening ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("worse", "again"), [(60, True), (61, False)])
def test_71_a_worsening_of_the_day_counts_and_a_later_one_does_not(worse: int, again: bool) -> None:
    story = gc(treated().dyspnoea(worse, True, "worse"), 60, "22.5")
    assert (len(starts(story, 70)) == 2) is again


@pytest.mark.parametrize(("drug", "begun", "again"), [("aza", 59, True), ("aza", 60, False)])
def test_71_a_drug_begun_up_to_14_days_after_a_worsening(drug: str, begun: int, again: bool) -> None:
    story = treated().dyspnoea(45, True, "worse").drug(begun, drug)
    assert (("T1", begun) in starts(story, 70)) is again


def test_71_a_new_dose_of_a_drug_that_runs_is_no_start_of_it() -> None:
    story = treated().drug(20, "aza", stop=54).dyspnoea(50, True, "worse").drug(55, "aza")
    assert starts(story, 70) == [("T1", 0)]
    paused = treated().drug(20, "aza", stop=53).dyspnoea(50, True, "worse").drug(55, "aza")
    assert starts(paused, 70) == [("T1", 0), ("T1", 55)]


@pytest.mark.parametrize(("worse", "again"), [(45, True), (44, False)])
def test_71_a_fall_counts_like_dyspnoea(worse: int, again: bool) -> None:
    story = treated().pao2(40, "80").pao2(worse, "69").drug(59, "mmf")
    assert (("T1", 59) in starts(story, 70)) is again


# -- (41), (69): doses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "kg"), [(90, 48), (91, None)])
def test_69_a_weight_counts_for_90_days(day: int, kg: int | None) -> None:
    snapshot = Story().test(0, "weight", "48").snapshot(100)
    assert weight_on(snapshot, moment(day).date()) == kg
    assert high_dose(snapshot, moment(day).date()) == (24 if kg else 30)


def test_69_of_several_weights_the_last_one_up_to_the_day_and_no_censored_one() -> None:
    story = Story().test(0, "weight", "60").test(10, "weight", "48").test(20, "weight", "50")
    assert weight_on(story.snapshot(30), moment(15).date()) == 48
    assert weight_on(story.test(25, "weight", "<50").snapshot(30), moment(30).date()) is None


def test_41_the_lowest_dose_looks_at_the_days_before_and_not_at_the_day_itself() -> None:
    snapshot = gc(gc(gc(Story(), 0, "20", stop=4), 5, "10", stop=9), 10, "40").snapshot(30)
    lowest = [lowest_dose(snapshot, moment(n).date(), 5) for n in (5, 6, 10, 14, 15)]
    assert lowest == [20, 10, 10, 10, 40]
    assert lowest_dose(gc(Story(), 0, "20").snapshot(30), DAY_0, 1) == 0


def test_67_high_for_14_days_is_every_one_of_the_14_days_before() -> None:
    snapshot = gc(Story(), 0, "30").snapshot(30)
    assert [high_for(snapshot, moment(n).date(), 14) for n in (13, 14)] == [False, True]
    gap = gc(gc(gc(Story(), 0, "30", stop=6), 7, "29.9", stop=7), 8, "30").snapshot(40)
    assert [high_for(gap, moment(n).date(), 14) for n in (14, 21, 22)] == [False, False, True]


def test_69_a_course_counts_on_its_first_and_on_its_last_day() -> None:
    snapshot = gc(Story(), 3, "20", stop=5).snapshot(30)
    assert [dose_on(snapshot, moment(n).date()) for n in (2, 3, 5, 6)] == [0, 20, 20, 0]


def test_69_a_weight_of_the_day_after_is_none_of_the_day() -> None:
    snapshot = Story().test(5, "weight", "48").snapshot(9)
    assert [weight_on(snapshot, moment(n).date()) for n in (4, 5)] == [None, 48]


@pytest.mark.parametrize(("last", "high"), [(12, False), (13, True)])
def test_67_high_for_14_days_counts_the_day_before_and_not_the_day_itself(last: int, high: bool) -> None:
    story = gc(gc(Story(), 0, "30", stop=last), last + 1, "10")
    assert high_for(story.snapshot(30), moment(14).date(), 14) is high


def test_69_a_pulse_makes_its_own_days_high_and_no_other() -> None:
    snapshot = gc(Story(), 0, "10").drug(3, "gc_pulse", stop=5).snapshot(30)
    assert [is_high(snapshot, moment(n).date()) is Truth.YES for n in (2, 3, 5, 6)] == [False, True, True, False]


# -- (66): the first day of an episode --------------------------------------------------------------------------------


def begun_before(decided: str) -> Story:
    """Onset on day 99, 10 mg since day 85, the last episode decided to be chronic, dyspnoea worse on day 100."""
    story = gc(Story().dyspnoea(0, True, "worse").onset(99, known=99), 85, "10")
    return story.chronic(decided).dyspnoea("100T12:00", True, "worse")


def test_66_the_decision_may_be_of_the_day_of_the_new_criterion() -> None:
    """The onset came before it: the episode begins on day 100, and what was begun 15 days before is background."""
    assert regimen(begun_before("100T08:00"), 110).running is None
    assert regimen(begun_before("98T08:00"), 110).running is not None


# -- (72): what was judged before a new day 0 --------------------------------------------------------------------------


@pytest.mark.parametrize(("mg", "expected"), [("30", Truth.NO), ("29.9", Truth.UNKNOWN)])
def test_72_worse_judged_on_the_day_of_the_new_day_0_was_said_on_the_dose_of_the_day_before(mg, expected) -> None:
    story = gc(gc(treated("10"), 20, mg).judged("60T00:00", "worse"), 60, "60")
    start = running(story, 61)
    assert (start.day, start.again) == (moment(60).date(), True)
    assert answer(story, 61) is expected


def test_72_only_the_last_judgement_before_a_new_day_0_is_carried_over() -> None:
    story = gc(treated("10"), 20, "30").judged(50, "worse")
    assert answer(gc(copy.deepcopy(story), 60, "60"), 61) is Truth.NO
    story = gc(story.judged(55, "unchanged"), 60, "60")
    assert running(story, 61).again
    assert answer(story, 61) is Truth.UNKNOWN


def test_72_said_on_another_step_it_is_not_carried_over() -> None:
    story = gc(gc(treated("10"), 20, "30").judged(50, "worse").drug(60, "csa"), 60, "60")
    assert (running(story, 61).step, running(story, 61).again) == ("T2", True)
    assert answer(story, 61) is Truth.UNKNOWN


def test_41_the_same_dose_ordered_again_is_no_raise() -> None:
    """Raised on day 20, too soon after day 0 to begin again; on day 30 the order is only renewed."""
    story = gc(gc(Story().dyspnoea(0, True, "worse"), 0, "10", stop=19), 20, "40", stop=29)
    assert starts(gc(story, 30, "40"), 40) == [("T1", 0)]
    raised = gc(gc(Story().dyspnoea(0, True, "worse"), 0, "10", stop=19), 20, "40", stop=29)
    assert starts(gc(raised, 30, "40.1"), 40) == [("T1", 0), ("T1", 30)]
