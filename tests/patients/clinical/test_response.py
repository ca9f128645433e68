"""N4-N6 and GC resistance. Readings (11), (32), (35)."""

from decimal import Decimal
from itertools import pairwise

import pytest

from patients.clinical.reasons import say
from patients.clinical.regimen import regimen_of
from patients.clinical.response import gc_resistance, improvement, reopened
from patients.clinical.truth import Truth
from tests.story import Story

Y, N, U = Truth.YES, Truth.NO, Truth.UNKNOWN


def on_gc():
    return Story().onset(0).drug(0, "gc")


def on_t2():
    return on_gc().drug(0, "csa")


def answers(story, day):
    snapshot = story.snapshot(day)
    regimen = regimen_of(snapshot)
    return improvement(snapshot, regimen.running).answer, gc_resistance(snapshot).answer


@pytest.mark.parametrize("day", [1, 14, 15, 27, 28, 60])
def test_n4_worse_on_any_day_is_no(day):
    assert answers(on_gc().judged(day, "worse"), day)[0] is N


def test_n4_not_judged_is_unknown_even_after_day_28():
    assert answers(on_gc(), 40) == (U, U)


@pytest.mark.parametrize(("day", "expected"), [(27, U), (28, N)])
def test_n4_unchanged_counts_from_day_28(day, expected):
    assert answers(on_gc().judged(day, "unchanged"), day)[0] is expected


@pytest.mark.parametrize(("day", "expected"), [(27, U), (28, N)])
def test_n4_unchanged_said_before_counts_on_day_28(day, expected):
    assert answers(on_gc().judged(20, "unchanged"), day)[0] is expected


@pytest.mark.parametrize(("day", "expected"), [(13, U), (14, N)])
def test_n5_unchanged_counts_from_day_14(day, expected):
    assert answers(on_t2().judged(10, "unchanged"), day)[0] is expected


@pytest.mark.parametrize(("day", "expected"), [(14, U), (15, N)])
def test_35_t4_unchanged_counts_from_day_14_too(day, expected):
    story = on_t2().drug(0, "ivcy").drug(1, "ivig").judged(10, "unchanged")
    assert regimen_of(story.snapshot(day)).running.step == "T4"
    assert answers(story, day)[0] is expected
    on_t3 = on_t2().drug(0, "ivcy").judged(10, "unchanged")
    assert answers(on_t3, day - 1)[0] is expected


def test_improved_is_yes():
    assert answers(on_gc().judged(10, "improved"), 40) == (Y, N)


def test_improved_after_worse_stands():
    assert answers(on_gc().judged(5, "worse").judged(20, "improved"), 21)[0] is Y


@pytest.mark.parametrize(("at", "expected"), [("10T08:59", Y), ("10T09:00", Y), ("10T09:01", N)])
def test_worse_supersedes_an_improvement_only_from_after_its_moment(at, expected):
    assert answers(on_gc().judged("10T09:00", "improved").judged(at, "worse"), 10)[0] is expected


def test_unchanged_after_worse_does_not_undo_it():
    assert answers(on_gc().judged(5, "worse").judged(12, "unchanged"), 13)[0] is N


@pytest.mark.parametrize(("day", "expected"), [(0, U), (1, N), (14, N), (15, U)])
def test_dyspnoea_worse_answers_by_itself_on_days_1_to_14_of_t1(day, expected):
    assert answers(on_gc().dyspnoea(day, change="worse"), 16)[0] is expected


def test_hrct_increased_answers_by_itself():
    assert answers(on_gc().hrct(10, change="increased"), 10) == (N, Y)


@pytest.mark.parametrize(
    ("value", "fio2", "expected"),
    [("70", "0.21", U), ("69.9", "0.21", N), ("70", "0.4", U), ("69.9", "0.4", N), ("90", "0.4", U)],
)
def test_64_pao2_fall_against_day_0_at_the_same_or_more_oxygen(value, fio2, expected):
    assert answers(on_gc().pao2(0, "80").pao2(7, value, fio2=fio2), 7)[0] is expected


@pytest.mark.parametrize("value", ["60", "79"])
def test_64_pao2_lower_at_less_oxygen_is_no_fall_on_gc(value):
    assert answers(on_gc().pao2(0, "90", fio2="0.4").pao2(7, value), 7)[0] is U


def test_64_the_last_value_of_day_0_at_the_same_or_less_oxygen_is_the_reference():
    """Not the one before it: 85 on air had fallen to 74 on 40 % before GC began."""
    story = on_gc().pao2(-3, "85").pao2(0, "74", fio2="0.4")
    assert answers(story.pao2(7, "66", fio2="0.4"), 7)[0] is U
    assert answers(story.pao2(8, "63.9", fio2="0.4"), 8)[0] is N


@pytest.mark.parametrize(
    ("before", "later", "expected"),
    [(["74", "<75"], "63.9", N), (["74", "<75"], "64", U), (["60", ">80"], "69.9", N), (["80", "60", "<90"], "65", U)],
)
def test_a_censored_value_at_day_0_hides_no_fall(before, later, expected):
    story = on_gc()
    for day, value in zip((-3, -2, -1), before, strict=False):
        story.pao2(day, value)
    assert answers(story.pao2(7, later), 7)[0] is expected


def test_facts_do_not_answer_by_themselves_on_t2():
    assert answers(on_t2().dyspnoea(5, change="worse"), 6) == (U, N)


def test_gc_resistant_concerns_t1_only():
    assert answers(on_t2().judged(5, "worse"), 6) == (N, N)


@pytest.mark.parametrize(("day", "late"), [(14, False), (15, True), (27, True), (28, False)])
def test_worse_on_days_15_to_27_says_after_the_two_weeks(day, late):
    snapshot = on_gc().judged(day, "worse").snapshot(day)
    given = gc_resistance(snapshot)
    assert given.answer is Y
    assert any("after the two weeks" in x.message for x in given.reasons) is late


def test_relapse_after_improvement_is_not_gc_resistance():
    assert answers(on_gc().judged(20, "improved").judged(60, "worse"), 60) == (N, N)


def test_judgement_before_the_step_does_not_answer_it():
    story = on_gc().judged(10, "worse").drug(10, "csa")
    assert answers(story, 12)[0] is U


@pytest.mark.parametrize(("day", "expected"), [(10, Y), (20, Y), (27, Y), (28, N)])
def test_worse_before_day_28_is_gc_resistance_even_after_an_improvement(day, expected):
    assert answers(on_gc().judged(5, "improved").judged(day, "worse"), day) == (N, expected)


@pytest.mark.parametrize(("at", "resistant"), [("10T09:00", N), ("10T09:01", Y)])
def test_worse_of_the_moment_of_an_improvement_makes_a_relapse_no_resistance(at, resistant):
    judged = on_gc().judged("10T09:00", "improved").judged(at, "worse").judged(30, "worse")
    assert answers(judged, 30) == (N, resistant)
    seen = on_gc().judged("10T09:00", "improved").dyspnoea(at, change="worse").judged(30, "worse")
    assert answers(seen, 30) == (N, resistant)


@pytest.mark.parametrize(("seen", "expected"), [(0, Y), (1, U)])
def test_42_a_late_report_opens_an_improvement_only_if_it_is_of_a_day_after_day_0(seen, expected):
    story = on_gc().judged(10, "improved").dyspnoea(seen, change="worse", known=12)
    assert answers(story, 12)[0] is expected


def test_worsening_on_the_day_of_the_next_step_belongs_to_gc():
    story = on_gc().judged(14, "worse").drug(14, "csa")
    assert answers(story, 14) == (U, Y)
    assert answers(story, 15) == (U, N)


@pytest.mark.parametrize(("day", "expected"), [(-90, N), (-91, U)])
def test_the_pao2_of_day_0_may_be_90_days_old(day, expected):
    assert answers(on_gc().pao2(day, "80").pao2(7, "60"), 7)[0] is expected


@pytest.mark.parametrize(("day", "resistant"), [(14, Y), (15, U)])
def test_a_fall_of_pao2_answers_by_itself_until_day_14(day, resistant):
    assert answers(on_gc().pao2(0, "80").pao2(day, "69"), day)[1] is resistant


@pytest.mark.parametrize(("day", "expected"), [(0, U), (1, N)])
def test_a_judgement_of_day_0_does_not_answer_for_the_step(day, expected):
    assert answers(on_gc().judged(f"{day}T12:00", "worse"), 2)[0] is expected


@pytest.mark.parametrize(("day", "expected"), [(0, U), (1, N)])
def test_70_a_pulse_for_worsening_counts_from_the_day_after_day_0(day, expected):
    story = on_gc().drug(f"{day}T12:00", "gc_pulse", stop=day + 2, planned=False)
    assert answers(story, 3)[0] is expected


# -- what answers by itself, and from when -----------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "expected"), [(0, N), (1, U)])
def test_11_a_pao2_of_the_day_after_day_0_is_no_value_of_day_0(day, expected):
    """Specification 11 (11): a fall of more than 10 mmHg against D0."""
    assert answers(on_gc().pao2(day, "80").pao2(7, "69"), 7)[0] is expected


def test_of_the_values_of_day_0_that_show_a_fall_the_last_exact_one_is_named():
    snapshot = on_gc().pao2(-3, "90").pao2(-2, "80").pao2(-1, ">85").pao2(7, "69").snapshot(7)
    (why,) = improvement(snapshot, regimen_of(snapshot).running).reasons
    assert say(why) == "PaO2 80 mmHg at day 0 to 69 mmHg on 8 Mar, day 7 of GC: a fall of more than 10"


def test_70_a_smaller_dose_for_worsening_is_no_pulse():
    for dose, expected in (("249", U), ("250", N)):
        story = on_gc().drug(5, "gc_pulse", stop=7, planned=False, dose=Decimal(dose), unit="mg/day")
        assert answers(story, 8)[0] is expected


@pytest.mark.parametrize(("at", "resistant"), [("0T12:00", Y), ("1T12:00", N)])
def test_an_improvement_of_day_0_makes_no_relapse(at, resistant):
    assert answers(on_gc().judged(at, "improved").judged(60, "worse"), 60) == (N, resistant)


def late(story, day):
    return any("after the two weeks" in x.message for x in gc_resistance(story.snapshot(day)).reasons)


def test_32_worse_on_day_0_or_seen_in_the_first_two_weeks_does_not_count_for_the_label():
    assert late(on_gc().judged("0T12:00", "worse").judged(20, "worse"), 20)
    assert not late(on_gc().dyspnoea(10, change="worse").judged(20, "worse"), 20)


def under_gc():
    """An episode that begins on day 100 under 14 days of 30 mg."""
    return Story().dyspnoea(100, True, "worse").drug(80, "gc", dose=Decimal(30), unit="mg/day")


@pytest.mark.parametrize(("at", "expected"), [("99T12:00", U), ("100T12:00", N)])
def test_67_a_judgement_of_day_0_answers_and_none_before_it(at, expected):
    assert answers(under_gc().judged(at, "worse"), 101)[0] is expected


def test_67_the_question_is_open_until_it_is_judged_on_that_day():
    open_, judged = under_gc().snapshot(101), under_gc().judged("100T12:00", "improved").snapshot(101)
    again = reopened(open_, regimen_of(open_).running)
    assert (again.day, again.under_gc, [x.day for x in again.worsening]) == (again.day, True, [again.day])
    assert reopened(judged, regimen_of(judged).running) is None


def test_67_only_what_was_newly_met_on_that_day_is_named_and_an_onset_alone_is_not_mild():
    snapshot = under_gc().hrct(98, change="unchanged").hrct(102, change="increased").snapshot(103)
    assert len(reopened(snapshot, regimen_of(snapshot).running).worsening) == 1
    by_onset = Story().onset(100).drug(80, "gc", dose=Decimal(30), unit="mg/day").snapshot(101)
    again = reopened(by_onset, regimen_of(by_onset).running)
    assert (again.under_gc, again.worsening, again.mild) == (True, (), False)


@pytest.mark.parametrize(("day", "at_once"), [(60, False), (61, True)])
def test_67_what_led_to_the_new_day_0_does_not_fail_it_at_once(day, at_once):
    story = Story().dyspnoea(0, True, "worse").drug(0, "gc", dose=Decimal(30), unit="mg/day", stop=59)
    story.drug(60, "gc", dose=Decimal(60), unit="mg/day").dyspnoea(day, True, "worse")
    snapshot = story.snapshot(62)
    assert regimen_of(snapshot).running.again
    assert (reopened(snapshot, regimen_of(snapshot).running) is not None) is at_once


def test_72_worse_judged_on_the_day_of_a_new_step_was_not_said_on_it():
    story = (
        Story().dyspnoea(0, True, "worse").drug(0, "gc", dose=Decimal(30), unit="mg/day").dyspnoea(55, True, "worse")
    )
    snapshot = story.judged("60T00:00", "worse").drug("60T08:00", "csa").snapshot(61)
    start = regimen_of(snapshot).running
    assert (start.step, start.again) == ("T2", True)
    assert improvement(snapshot, start).answer is U


@pytest.mark.parametrize(("judged", "seen"), [(5, 8), (8, 5)])
def test_of_several_statements_of_worse_the_newest_is_named(judged, seen):
    snapshot = on_gc().judged(judged, "worse").dyspnoea(seen, change="worse").snapshot(9)
    (why,) = improvement(snapshot, regimen_of(snapshot).running).reasons
    assert why.facts == (("3",) if judged > seen else ("4",))


def raised(*doses, said):
    """T1 at these doses from these days, raised to 60 mg on day 60; what was judged on which day."""
    story = Story().dyspnoea(0, True, "worse")
    for (day, mg), (following, _mg) in pairwise((*doses, (60, 60))):
        story.drug(day, "gc", dose=Decimal(mg), unit="mg/day", stop=following - 1)
    for at, improvement_ in said:
        story.judged(at, improvement_)
    return story.drug("60T08:00", "gc", dose=Decimal(60), unit="mg/day")


def test_72_the_dose_is_that_of_the_day_of_the_judgement_or_of_the_day_before_day_0():
    said = [(45, "unchanged"), (55, "worse")]
    assert answers(raised((0, 50), (14, 20), (50, 30), said=said), 61)[0] is N
    for last, expected in ((30, N), (20, U)):
        story = raised((0, 30), (59, last), said=[("60T00:00", "worse")])
        assert answers(story, 61)[0] is expected


def test_72_worse_said_on_the_last_step_that_ran_answers_for_it():
    story = raised((0, 30), said=[(50, "worse")]).drug(20, "csa")
    assert answers(story, 61)[0] is N
