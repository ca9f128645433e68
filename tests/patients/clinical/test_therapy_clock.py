"""The therapy clock, reading by reading: specification 12 (40)-(42), 13 (66)-(75), each at its boundaries."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from patients.clinical.glucocorticoid import counted_on, dose_on, high_dose, is_high, is_pulse
from patients.clinical.poor_risk import poor_risk_factors
from patients.clinical.regimen import Regimen, StepStart, regimen_of
from patients.clinical.response import gc_resistance, improvement, reopened
from patients.clinical.truth import Truth
from tests.story import DAY_0, Day, Story, moment


def regimen(story: Story, day: Day) -> Regimen:
    return regimen_of(story.snapshot(day))


def running(story: Story, day: Day) -> StepStart:
    found = regimen(story, day).running
    assert found is not None
    return found


def starts(story: Story, day: Day) -> list[tuple[str, int]]:
    return [(x.step, (x.day - DAY_0).days) for x in regimen(story, day).starts]


def answer(story: Story, day: Day) -> Truth:
    return improvement(story.snapshot(day), running(story, day)).answer


def gc(story: Story, day: int, mg: str | None, stop: int | None = None) -> Story:
    return story.drug(day, "gc", stop=stop, dose=Decimal(mg) if mg else None, unit="mg/day" if mg else None)


def relapse() -> Story:
    """An episode that begins on day 100 with dyspnoea worse."""
    return Story().dyspnoea(100, True, "worse")


# -- (40), (66): given before the episode, or for another disease ----------------------------------------------------


@pytest.mark.parametrize(("day", "step"), [(86, "T1"), (85, None)])
def test_40_a_first_dose_more_than_14_days_before_the_episode_starts_no_step(day: int, step: str | None) -> None:
    found = regimen(gc(relapse(), day, "10"), 110)
    assert (found.running.step if found.running else None) == step
    assert bool(found.background) is (step is None)


def test_40_the_first_dose_is_that_of_the_unbroken_run() -> None:
    unbroken = gc(gc(relapse(), 20, "20", stop=79), 80, "10", stop=94)
    assert regimen(gc(unbroken, 95, "9"), 110).running is None
    broken = gc(gc(relapse(), 20, "20", stop=79), 95, "10")
    assert regimen(broken, 110).running is not None


def test_40_what_is_given_for_another_disease_starts_no_step() -> None:
    story = relapse().drug(101, "gc", dose=Decimal(50), unit="mg/day", indication="other")
    found = regimen(story, 110)
    assert found.running is None
    assert [x.why.message for x in found.background] == ["given for another disease"]
    assert "gc" in found.active  # other rules see it: (68)


@pytest.mark.parametrize(("mg", "starts_it"), [("30", True), ("29.9", False), (None, False)])
def test_40_background_glucocorticoid_at_a_high_dose_counts_from_the_first_day(mg: str | None, starts_it: bool) -> None:
    found = regimen(gc(relapse(), 50, mg), 110)
    assert (found.running is not None) is starts_it
    assert not starts_it or (found.running and (found.running.step, found.running.d0)) == ("T1", moment(100))


@pytest.mark.parametrize(("kg", "starts_it"), [("50", True), ("50.1", False)])
def test_40_high_by_weight_where_that_is_less(kg: str, starts_it: bool) -> None:
    story = gc(relapse(), 50, "25").test(60, "weight", kg)
    assert (regimen(story, 110).running is not None) is starts_it


def test_40_a_background_calcineurin_inhibitor_counts_from_the_day_0_of_glucocorticoid() -> None:
    story = gc(relapse().drug(20, "csa"), 102, "50")
    start = running(story, 110)
    assert (start.step, start.day) == ("T2", moment(102).date())
    assert "%(drug)s continued from before this episode" in [x.message for x in start.variants]
    assert regimen(relapse().drug(20, "csa"), 110).running is None


def test_40_in_an_open_course_whatever_is_given_counts() -> None:
    assert running(gc(Story(), 0, "10"), 60).step == "T1"


@pytest.mark.parametrize(("onset", "step"), [(10, "T1"), (9, None)])
def test_66_glucocorticoid_begun_after_an_onset_within_90_days_is_that_of_the_chart(
    onset: int, step: str | None
) -> None:
    """However long ago; and an onset 91 days before the criterion is none of this episode."""
    story = gc(relapse().onset(onset, known=100), 12, "40", stop=40)
    found = regimen(gc(story, 41, "10"), 110)
    assert (found.running.step if found.running else None) == step


def test_66_an_onset_before_the_decision_that_ended_the_last_episode_belongs_to_that() -> None:
    story = gc(relapse().onset(20).chronic(90), 22, "10")
    assert regimen(story, 110).running is None


# -- (13), (33), (41): the decision that the course is chronic moves no day 0 -----------------------------------------


def tapered(decided: Day | None = None) -> Story:
    """PM, worse on day 0, 50 mg, improved, tapered in courses of which each begins the day after the last ended."""
    story = Story().diagnosis(0, "PM").mda5(0, "negative").dyspnoea(0, True, "worse").hrct(0, change="first")
    story.pao2(0, "80").ferritin(0, "200")
    for day, mg, stop in ((1, "50", 28), (29, "30", 99), (100, "10", 151), (152, "7.5", None)):
        gc(story, day, mg, stop)
    story.judged(15, "improved").judged(29, "improved")
    return story.chronic(decided) if decided is not None else story


@pytest.mark.parametrize("decided", [None, 100, 151, 152, 153, 155])
def test_13_33_day_0_is_that_of_the_unbroken_run_whenever_the_course_was_decided_to_be_chronic(
    decided: Day | None,
) -> None:
    story = tapered(decided).dyspnoea(161, True, "worse")
    assert starts(story, 160) == [("T1", 1)]
    assert answer(story, 160) is Truth.YES
    snapshot = story.snapshot(161)
    assert gc_resistance(snapshot).answer is not Truth.YES  # worse on day 160 of GC, not on day 9


@pytest.mark.parametrize(("begun", "day_0"), [(100, 1), (101, 101)])
def test_13_33_a_run_is_broken_by_a_day_without(begun: int, day_0: int) -> None:
    story = gc(gc(Story().dyspnoea(0, True, "worse"), 1, "50", stop=99), begun, "10").chronic(110)
    assert starts(story, 120) == [("T1", day_0)]


def test_13_33_a_pulse_belongs_to_the_run_that_it_began() -> None:
    story = gc(Story().dyspnoea(0, True, "worse").drug(1, "gc_pulse", stop=3), 4, "50")
    assert starts(story, 60) == starts(story.chronic(50), 60) == [("T1", 1)]


def test_13_33_what_ended_before_the_decision_is_none_of_the_chronic_course() -> None:
    story = gc(gc(Story().dyspnoea(0, True, "worse"), 1, "50", stop=40), 41, "10").drug(1, "csa", stop=49)
    assert starts(story, 60) == [("T2", 1)]
    assert starts(story.chronic(50), 60) == [("T1", 1)]
    assert starts(gc(Story().dyspnoea(0, True, "worse"), 1, "50", stop=49).chronic(51), 60) == []


def test_13_33_a_re_escalation_before_the_decision_keeps_its_day_0() -> None:
    story = gc(gc(gc(Story().dyspnoea(0, True, "worse"), 1, "50", stop=40), 41, "10", stop=79), 80, "40", stop=120)
    gc(story, 121, "10")
    assert starts(story, 140) == starts(story.chronic(130), 140) == [("T1", 1), ("T1", 80)]


def test_13_in_an_acute_episode_too_day_0_is_that_of_the_unbroken_run() -> None:
    story = gc(gc(relapse(), 90, "50", stop=97), 98, "40")
    assert starts(story, 110) == [("T1", 90)]
    background = gc(gc(relapse(), 80, "50", stop=97), 98, "20")  # begun 20 days before
    assert starts(background, 110) == []
    assert [x.treatment.day for x in regimen(background, 110).background] == [moment(98).date()]


# -- (69) -------------------------------------------------------------------------------------------------------------


def test_69_doses_of_a_day_are_added_in_prednisolone_equivalent() -> None:
    story = gc(Story(), 0, "10", stop=9).drug(0, "gc_pulse", stop=9, dose=Decimal(100), unit="mg/day")
    assert dose_on(story.snapshot(10), moment(5).date()) == Decimal(135)
    assert dose_on(story.snapshot(10), moment(10).date()) == 0
    assert dose_on(gc(story, 3, None).snapshot(10), moment(5).date()) is None


def test_69_an_open_dose_ends_where_the_next_begins() -> None:
    assert dose_on(gc(gc(Story(), 0, "40"), 7, "30").snapshot(10), moment(8).date()) == 30


def test_69_two_open_orders_of_one_day_are_added_and_one_of_a_later_day_replaces_them() -> None:
    one_moment = gc(gc(Story(), 0, "20"), 0, "10")
    assert dose_on(one_moment.snapshot(10), moment(0).date()) == 30
    assert dose_on(one_moment.snapshot(10), moment(9).date()) == 30
    split = Story()
    for at, mg in (("0T08:00", "20"), ("0T20:00", "10")):
        split.drug(at, "gc", dose=Decimal(mg), unit="mg/day")
    assert dose_on(split.snapshot(10), moment(9).date()) == 30
    later = gc(split, 1, "15").snapshot(10)
    assert [dose_on(later, moment(n).date()) for n in (0, 1, 9)] == [30, 15, 15]
    of_one_day = gc(gc(Story(), 0, "20"), 0, "10", stop=4).snapshot(10)
    assert [dose_on(of_one_day, moment(n).date()) for n in (4, 5)] == [30, 20]


@pytest.mark.parametrize(
    ("later", "mg"),
    [
        ({"name": "dexamethasone", "dose": Decimal(44)}, 64),  # 6.6 mg of dexamethasone
        ({"name": "hydrocortisone", "dose": Decimal(5)}, 25),
        ({"route": "iv", "dose": Decimal(10)}, 30),
        ({"name": "Predonine", "dose": Decimal(10)}, 10),  # a brand is no other glucocorticoid
        ({"dose": Decimal(10)}, 10),
        ({"dose": None}, None),
    ],
)
def test_69_another_glucocorticoid_is_added_whenever_it_began(later: dict[str, Any], mg: int | None) -> None:
    story = gc(Story(), 0, "20").drug(7, "gc", unit="mg/day", **later)
    assert dose_on(story.snapshot(10), moment(8).date()) == mg
    same_day = gc(Story(), 7, "20").drug(7, "gc", unit="mg/day", **later)
    both = None if later["dose"] is None else 20 + later["dose"]
    assert dose_on(same_day.snapshot(10), moment(8).date()) == both


def test_69_the_orders_that_make_the_dose_of_a_day() -> None:
    story = gc(gc(gc(Story(), 0, "40"), 5, "20"), 5, "10").drug(6, "gc", name="dexamethasone", dose=Decimal(8))
    snapshot = story.snapshot(10)
    assert [[x.id for x in counted_on(snapshot, moment(n).date())] for n in (0, 5, 6)] == [
        ["1"],
        ["2", "3"],
        ["2", "3", "4"],
    ]


@pytest.mark.parametrize(("evening", "high"), [("9.9", Truth.NO), ("10", Truth.YES)])
def test_69_split_doses_are_high_together(evening: str, high: Truth) -> None:
    assert is_high(gc(gc(Story(), 0, "20"), 0, evening).snapshot(9), DAY_0) is high


@pytest.mark.parametrize(("mg", "pulse"), [("250", True), ("249", False), (None, True)])
def test_69_a_pulse_by_its_dose(mg: str | None, pulse: bool) -> None:
    story = Story().drug(0, "gc_pulse", stop=2, dose=Decimal(mg) if mg else None, unit="mg/day" if mg else None)
    snapshot = story.snapshot(1)
    assert is_pulse(snapshot, snapshot.treatments[0]) is pulse


def test_69_by_weight_and_unknown_without_one() -> None:
    story = Story().drug(0, "gc", dose=Decimal("0.5"), unit="mg/kg/day")
    assert is_high(story.snapshot(1), DAY_0) is Truth.UNKNOWN
    weighed = story.test(0, "weight", "48").snapshot(1)
    assert (dose_on(weighed, DAY_0), high_dose(weighed, DAY_0), is_high(weighed, DAY_0)) == (24, 24, Truth.YES)
    assert high_dose(weighed, moment(91).date()) == 30  # a weight of 91 days ago counts no more


# -- (41), (71): begun again ------------------------------------------------------------------------------------------


def treated(mg: str = "15") -> Story:
    """T1 from day 0 at 50 mg, tapered."""
    return gc(gc(Story().dyspnoea(0, True, "worse"), 0, "50", stop=13), 14, mg)


@pytest.mark.parametrize(("day", "again"), [(28, False), (29, True)])
def test_41_more_than_28_days_after_day_0(day: int, again: bool) -> None:
    assert starts(gc(treated(), day, "30"), 60) == [("T1", 0), *([("T1", day)] if again else [])]


@pytest.mark.parametrize(
    ("before", "mg", "again"), [("15", "30", True), ("15.1", "30", False), ("10", "29.9", False), ("20", "40", True)]
)
def test_41_to_30_mg_and_to_twice_the_lowest_dose(before: str, mg: str, again: bool) -> None:
    assert (len(starts(gc(treated(before), 40, mg), 60)) == 2) is again


@pytest.mark.parametrize(("day", "again"), [(54, True), (55, False)])
def test_41_the_lowest_dose_of_the_14_days_before(day: int, again: bool) -> None:
    """15 mg to day 40, 29 mg from day 41: 15 is among the 14 days before day 54, and not before day 55."""
    story = gc(gc(treated(), 41, "29"), day, "35")
    assert (len(starts(story, 60)) == 2) is again


def test_41_glucocorticoid_stopped_counts_as_zero_and_unknown_as_unknown() -> None:
    stopped = gc(gc(Story().dyspnoea(0, True, "worse"), 0, "50", stop=20), 60, "30")
    assert starts(stopped, 70) == [("T1", 0), ("T1", 60)]
    unknown = gc(gc(gc(Story().dyspnoea(0, True, "worse"), 0, "50", stop=13), 14, None), 60, "60")
    assert starts(unknown, 70) == [("T1", 0)]


@pytest.mark.parametrize(("day", "from_entry"), [(90, False), (91, True)])
def test_41_more_than_90_days_after_day_0_the_chart_is_walked_again(day: int, from_entry: bool) -> None:
    story = Story().dyspnoea(0, True, "worse").ferritin(0, "2000").drug(0, "csa", stop=20)
    story = gc(gc(story, 0, "50", stop=13), 14, "10")
    story = gc(story, day, "40")
    start = running(story, day + 1)
    assert (start.step, start.from_entry) == (("T1", True) if from_entry else ("T2", False))
    assert starts(story, day + 1)[0] == ("T2", 0)  # what was given before stays in view


@pytest.mark.parametrize(("day", "counts"), [(2, True), (1, False)])
def test_73_then_values_count_from_90_days_before_the_new_day_0(day: int, counts: bool) -> None:
    story = gc(treated("10").ferritin(day, "2000"), 92, "40")
    snapshot = story.snapshot(95)
    factor = poor_risk_factors(snapshot)["ferritin"]
    assert factor.answer is (Truth.YES if counts else Truth.UNKNOWN)
    assert poor_risk_factors(story.mda5(0, "positive").snapshot(95))["mda5"].answer is Truth.YES  # it does not age


@pytest.mark.parametrize(
    ("worse", "mg", "again"),
    [(46, "22.5", True), (45, "22.5", False), (46, "22.4", False), (None, "22.5", False)],
)
def test_71_raised_by_half_within_14_days_after_a_worsening(worse: int | None, mg: str, again: bool) -> None:
    story = treated()
    if worse is not None:
        story.dyspnoea(worse, True, "worse")
    assert (len(starts(gc(story, 60, mg), 70)) == 2) is again


@pytest.mark.parametrize(("mg", "again"), [("20", True), ("19.9", False)])
def test_71_and_to_20_mg(mg: str, again: bool) -> None:
    story = gc(treated("10").dyspnoea(55, True, "worse"), 60, mg)
    assert (len(starts(story, 70)) == 2) is again


@pytest.mark.parametrize("drug", ["aza", "mmf", "rtx", "tofacitinib", "ivig", "pmx_dhp", "plasma_exchange"])
def test_71_another_drug_begun_after_a_worsening(drug: str) -> None:
    assert starts(treated().dyspnoea(50, True, "worse").drug(55, drug), 60) == [("T1", 0), ("T1", 55)]
    assert starts(treated().drug(55, drug), 60) == [("T1", 0)]
    assert starts(treated().dyspnoea(50, True, "worse").drug(55, drug, indication="other"), 60) == [("T1", 0)]


# -- (70): series of pulses -------------------------------------------------------------------------------------------


def pulses(*days: int) -> Story:
    story = Story().dyspnoea(0, True, "worse")
    for day in days:
        story.drug(day, "gc_pulse", stop=day + 2)
    return gc(story, 3, "40")


@pytest.mark.parametrize(("day", "again"), [(35, False), (36, True)])
def test_70_a_pulse_within_35_days_of_another_is_of_a_series(day: int, again: bool) -> None:
    assert starts(pulses(0, day), 60) == [("T1", 0), *([("T1", day)] if again else [])]


@pytest.mark.parametrize(("ivcy", "again"), [(63, False), (64, True)])
def test_70_a_pulse_with_a_repeated_ivcy_belongs_to_it(ivcy: int, again: bool) -> None:
    story = pulses(0, 60).drug(30, "ivcy", stop=30).drug(ivcy, "ivcy", stop=ivcy)
    assert (("T2", 60) in starts(story, 70)) is again


def test_70_a_planned_pulse_is_none_and_one_for_worsening_is() -> None:
    story = gc(Story().dyspnoea(0, True, "worse"), 0, "40")
    assert starts(story.drug(60, "gc_pulse", stop=62, planned=True), 70) == [("T1", 0)]
    other = gc(Story().dyspnoea(0, True, "worse"), 0, "40")
    assert starts(other.drug(60, "gc_pulse", stop=62, planned=False), 70) == [("T1", 0), ("T1", 60)]


@pytest.mark.parametrize(("day", "again"), [(21, True), (20, False)])
def test_70_a_pulse_of_a_series_after_worsening_begins_again(day: int, again: bool) -> None:
    judged = pulses(0, 35).judged(day, "worse")
    assert (("T1", 35) in starts(judged, 40)) is again
    found = pulses(0, 35).hrct(day, change="increased")
    assert (("T1", 35) in starts(found, 40)) is again


def test_70_a_pulse_for_worsening_counts_as_the_judgement_worse_of_its_day() -> None:
    story = gc(Story().dyspnoea(0, True, "worse"), 0, "40").drug(20, "gc_pulse", stop=22, planned=False)
    assert answer(story, 20) is Truth.NO


# -- (72): what was judged before a new day 0 --------------------------------------------------------------------------


def raised_again(mg: str, judged: int) -> Story:
    """T1, at `mg` when worse was judged, and begun again on day 60."""
    return gc(gc(gc(treated(), 20, mg).judged(judged, "worse"), 50, "15"), 60, "50")


@pytest.mark.parametrize(
    ("mg", "judged", "expected"),
    [("30", 40, Truth.NO), ("30", 32, Truth.NO), ("30", 31, Truth.UNKNOWN), ("29", 40, Truth.UNKNOWN)],
)
def test_72_worse_of_28_days_at_a_high_dose_answers_and_on_a_taper_does_not(mg, judged, expected) -> None:
    story = raised_again(mg, judged)
    assert running(story, 61).again
    assert answer(story, 61) is expected


def test_72_until_a_later_judgement() -> None:
    assert answer(raised_again("30", 40).judged(65, "improved"), 66) is Truth.YES


@pytest.mark.parametrize("said", ["improved", "unchanged"])
def test_41_earlier_improved_and_unchanged_answer_no_more(said: str) -> None:
    story = gc(treated().judged(40, said), 60, "50")
    assert answer(story, 61) is Truth.UNKNOWN


# -- (42), (67), (74): a judgement ages -------------------------------------------------------------------------------


def improved_on_t1() -> Story:
    return gc(Story().dyspnoea(-1, True, "worse"), 0, "20").pao2(-1, "90").judged(28, "improved")


def test_42_improved_is_open_again_after_a_worsening() -> None:
    assert answer(improved_on_t1(), 40) is Truth.YES
    for story in (
        improved_on_t1().dyspnoea(35, True, "worse"),
        improved_on_t1().hrct(35, change="increased"),
        improved_on_t1().pao2(35, "79"),
        improved_on_t1().test(20, "vc", "2.20").test(35, "vc", "1.97"),
    ):
        assert answer(story, 40) is Truth.UNKNOWN
        again = reopened(story.snapshot(40), running(story, 40))
        assert again is not None
        assert again.day == moment(35).date()
        assert answer(story.judged(36, "improved"), 40) is Truth.YES


def test_42_a_worsening_on_the_day_of_the_judgement_or_before_it_does_not_open_it() -> None:
    assert answer(improved_on_t1().dyspnoea(28, True, "worse"), 40) is Truth.YES
    assert answer(improved_on_t1().pao2(20, "70").pao2(35, "72"), 40) is Truth.YES  # no lower than when it was judged


def test_42_a_report_that_the_judgement_could_not_know_of_opens_it() -> None:
    assert answer(improved_on_t1().hrct(27, known=30, change="increased"), 40) is Truth.UNKNOWN


def test_42_what_has_been_low_before_opens_it_only_by_a_new_fall() -> None:
    story = improved_on_t1().pao2(20, "75")
    assert answer(story, 40) is Truth.YES
    assert answer(story.pao2(35, "64.9"), 40) is Truth.UNKNOWN


@pytest.mark.parametrize(("value", "mild"), [("79.9", False), ("80", True)])
def test_74_a_fall_that_leaves_80_on_air_is_mild(value: str, mild: bool) -> None:
    story = gc(Story().dyspnoea(-1, True, "worse"), 0, "20").pao2(-1, "95").judged(28, "improved").pao2(35, value)
    again = reopened(story.snapshot(40), running(story, 40))
    assert again is not None
    assert again.mild is mild


@pytest.mark.parametrize(("since", "under"), [(86, True), (87, False)])
def test_67_an_episode_under_14_days_of_a_high_dose_asks_at_once(since: int, under: bool) -> None:
    story = gc(gc(relapse(), 50, "10", stop=since - 1), since, "30")
    start = running(story, 101)
    assert (start.step, start.under_gc) == ("T1", under)
    assert (reopened(story.snapshot(100), start) is not None) is under
    assert answer(story.judged("100T12:00", "unchanged"), 100) is (Truth.NO if under else Truth.UNKNOWN)


@pytest.mark.parametrize(("day", "at_once"), [(14, True), (13, False)])
def test_67_on_t1_too(day: int, at_once: bool) -> None:
    story = gc(Story().dyspnoea(-1, True, "worse"), 0, "30").test(0, "vc", "2.20").test(day, "vc", "1.90")
    story.judged(day, "unchanged")
    assert answer(story, 20) is (Truth.NO if at_once else Truth.UNKNOWN)


# -- (68), (75) -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("drug", "days"), [("ivcy", 35), ("rtx", 180), ("pentamidine", 35), ("ivig", 35)])
def test_68_what_a_single_dose_covers(drug: str, days: int) -> None:
    story = relapse().drug(101, drug, stop=101)
    assert drug in regimen(story, 101 + days).active
    assert drug not in regimen(story, 102 + days).active


LATER_REGIMENS = [
    ("tac", "tofacitinib"),
    ("csa", "rtx"),
    ("csa", "mmf"),
    ("tofacitinib", "rtx"),
    ("tofacitinib", "ivcy"),
]


@pytest.mark.parametrize("pair", LATER_REGIMENS)
def test_75_a_later_regimen_sets_a_day_0_and_says_so(pair: tuple[str, str]) -> None:
    story = gc(relapse(), 101, "50").drug(102, pair[0]).drug(105, pair[1])
    found = regimen(story, 106)
    assert found.later
    assert found.running is not None
    assert found.running.day == moment(105).date()
    assert "later regimen, not of the chart" in [x.message for x in found.running.variants]


@pytest.mark.parametrize("pair", [("aza", "rtx"), ("ivcy", "mmf"), ("csa", "aza")])
def test_75_other_pairs_are_none(pair: tuple[str, str]) -> None:
    assert not regimen(gc(relapse(), 101, "50").drug(102, pair[0]).drug(105, pair[1]), 106).later


@pytest.mark.parametrize(("indication", "step"), [("ild", "T4"), (None, "T4"), ("myositis", "T3"), ("other", "T3")])
def test_75_ivig_for_the_muscle_is_no_salvage(indication: str | None, step: str) -> None:
    story = gc(relapse(), 101, "50").drug(101, "csa").drug(101, "ivcy").drug(110, "ivig", indication=indication)
    assert running(story, 111).step == step
