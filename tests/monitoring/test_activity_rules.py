"""Disease activity: KL6_RATIO, FERRITIN_HIGH, FERRITIN_RISE, POOR_RISK_MET, AS_ENTRY, GC_RESISTANT; every boundary."""

from datetime import date

import pytest

from monitoring.engine import Severity
from patients.clinical.facts import Decision
from patients.clinical.reasons import say
from tests.monitoring.looking import course_of_alerts, issues, one, remarks
from tests.story import Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


# -- KL6_RATIO --------------------------------------------------------------------------------------------------------


def kl6(later: str, day: int = 20, base: str = "1000", base_day: int = -1, **more: str) -> Story:
    return Story().test(base_day, "kl6", base).drug(0, "gc").test(day, "kl6", later, **more)


def test_kl6_ratio_of_1_701_fires_with_both_values_in_the_sentence() -> None:
    found = one("KL6_RATIO", kl6("1701").snapshot(20))
    assert found
    assert found.severity is WARNING
    assert found.on == date(2024, 3, 21)
    assert say(found.reasons[0]) == "KL-6 1,701 U/mL on 21 Mar, day 20 of T1, is 1.701 times 1,000 of 29 Feb (> 1.70)"


def test_kl6_ratio_of_exactly_1_70_does_not_fire() -> None:
    assert one("KL6_RATIO", kl6("1700").snapshot(20)) is None


@pytest.mark.parametrize(("day", "fires"), [(0, False), (1, True), (28, True), (29, False)])
def test_kl6_ratio_counts_on_days_1_to_28(day: int, fires: bool) -> None:
    assert (one("KL6_RATIO", kl6("1800", day).snapshot(day)) is not None) is fires


@pytest.mark.parametrize(("day", "early"), [(13, True), (14, False)])
def test_kl6_ratio_before_day_14_is_labelled_early(day: int, early: bool) -> None:
    found = one("KL6_RATIO", kl6("1800", day).snapshot(day))
    assert found
    assert any("early" in say(x) for x in found.reasons) is early


@pytest.mark.parametrize(("day", "fires"), [(-15, False), (-14, True), (0, True)])
def test_kl6_baseline_is_looked_for_on_days_minus_14_to_0(day: int, fires: bool) -> None:
    assert (one("KL6_RATIO", kl6("1800", base_day=day).snapshot(20)) is not None) is fires


def test_kl6_baseline_is_the_last_value_before_the_start() -> None:
    story = Story().test(-10, "kl6", "500").test(-2, "kl6", "1000").drug(0, "gc").test(20, "kl6", "1600")
    assert one("KL6_RATIO", story.snapshot(20)) is None


def test_kl6_without_a_baseline_says_so_and_does_not_fire() -> None:
    story = Story().drug(0, "gc").test(20, "kl6", "1800")
    assert one("KL6_RATIO", story.snapshot(20)) is None
    assert "no baseline" in say(remarks("KL6_RATIO", story.snapshot(20))[0].reason)


def test_kl6_kits_that_differ_block_the_ratio_and_say_so() -> None:
    story = Story().test(-1, "kl6", "1000", kit="A").drug(0, "gc").test(20, "kl6", "1800", kit="B")
    assert one("KL6_RATIO", story.snapshot(20)) is None
    assert "the kit changed" in say(remarks("KL6_RATIO", story.snapshot(20))[0].reason)


def test_kl6_kit_named_on_one_side_only_is_computed_and_labelled() -> None:
    found = one("KL6_RATIO", kl6("1800", kit="B").snapshot(20))
    assert found
    assert "kit B named on one side only" in [say(x) for x in found.reasons]


@pytest.mark.parametrize(
    ("base", "later", "severity"),
    [
        ("<200", "340", WARNING),
        ("<200", "341", WARNING),
        ("<200", "300", INFO),
        ("1000", ">1700", WARNING),
        ("1000", ">1600", INFO),
    ],
)
def test_kl6_censored_values_make_the_ratio_an_interval(base: str, later: str, severity: Severity) -> None:
    found = one("KL6_RATIO", kl6(later, base=base).snapshot(20))
    assert found
    assert found.severity is severity
    assert found.possible is (severity is INFO)


def test_kl6_censored_value_below_the_ratio_is_silent() -> None:
    assert one("KL6_RATIO", kl6("<1500").snapshot(20)) is None


def test_kl6_ratio_ends_with_a_later_value_below_it_also_after_day_28() -> None:
    story = kl6("1800", 27).test(40, "kl6", "1200")
    assert one("KL6_RATIO", story.snapshot(39)) is not None
    assert one("KL6_RATIO", story.snapshot(40)) is None


def test_kl6_ratio_has_a_new_window_at_each_step() -> None:
    story = kl6("1800", 10).drug(15, "csa").drug(15, "ivcy").test(20, "kl6", "3061")
    assert one("KL6_RATIO", story.snapshot(15)) is None
    found = one("KL6_RATIO", story.snapshot(20))
    assert found
    assert "day 5 of T3, is 1.701 times 1,800" in say(found.reasons[0])


@pytest.mark.parametrize(("day", "fires"), [(14, True), (28, True), (29, False)])
def test_kl6_of_the_day_of_the_next_step_is_judged_in_the_window_before_it(day: int, fires: bool) -> None:
    story = kl6("1800", day).drug(day, "csa")
    assert (one("KL6_RATIO", story.snapshot(day)) is not None) is fires


def test_kl6_of_two_values_of_day_28_the_last_is_judged() -> None:
    story = Story().test(-1, "kl6", "1000").drug(0, "gc").test("28T08:00", "kl6", "1200")
    assert one("KL6_RATIO", story.test("28T20:00", "kl6", "1800").snapshot(28)) is not None


@pytest.mark.parametrize(
    ("base", "later", "said"),
    [
        ("1000", ">1700", "KL-6 >1,700 U/mL on 21 Mar, day 20 of T1, against 1,000 of 29 Feb: ratio > 1.70"),
        ("<1000", "1700", "KL-6 1,700 U/mL on 21 Mar, day 20 of T1, against <1,000 of 29 Feb: ratio > 1.70"),
        ("<1000", "1600", "KL-6 1,600 U/mL on 21 Mar, day 20 of T1, against <1,000 of 29 Feb: possibly > 1.70"),
    ],
)
def test_kl6_a_ratio_that_cannot_be_told_is_not_told(base: str, later: str, said: str) -> None:
    found = one("KL6_RATIO", kl6(later, base=base).snapshot(20))
    assert found
    assert say(found.reasons[0]) == said


def test_kl6_against_nothing_at_all_there_is_no_ratio_to_tell() -> None:
    story = Story().test(-1, "kl6", "0", confirmed=True).drug(0, "gc").test(20, "kl6", "160")
    found = one("KL6_RATIO", story.snapshot(20))
    assert found
    assert say(found.reasons[0]).endswith("against 0 of 29 Feb: ratio > 1.70")


def test_kl6_what_cannot_be_compared_is_said_of_the_newest_value() -> None:
    story = Story().drug(0, "gc").test(5, "kl6", "900").test(9, "kl6", "950")
    assert [x.facts for x in remarks("KL6_RATIO", story.snapshot(20))] == [("3",)]
    kits = (
        Story()
        .test(-1, "kl6", "500", kit="A")
        .drug(0, "gc")
        .test(5, "kl6", "600", kit="B")
        .test(9, "kl6", "9", kit="B")
    )
    assert [x.facts for x in remarks("KL6_RATIO", kits.snapshot(20))] == [("1", "4")]


def test_kl6_of_one_kit_says_nothing_of_it() -> None:
    story = Story().test(-1, "kl6", "1000", kit="A").drug(0, "gc").test(20, "kl6", "1800", kit="A")
    found = one("KL6_RATIO", story.snapshot(20))
    assert found
    assert len(found.reasons) == 1


def test_kl6_without_treatment_is_silent() -> None:
    assert one("KL6_RATIO", Story().test(0, "kl6", "500").test(10, "kl6", "2000").snapshot(10)) is None


# -- FERRITIN_HIGH ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        ("1000", None),
        ("1000.1", WARNING),
        ("1499.9", WARNING),
        ("1500", CRITICAL),
        (">3000", CRITICAL),
        (">1200", WARNING),
        ("<900", None),
    ],
)
def test_ferritin_high_boundaries(value: str, severity: Severity | None) -> None:
    found = one("FERRITIN_HIGH", Story().ferritin(0, value).snapshot(0))
    assert (found.severity if found else None) is severity


@pytest.mark.parametrize("value", [">800", ">1000.5", "<2000"])
def test_ferritin_censored_around_1000(value: str) -> None:
    found = one("FERRITIN_HIGH", Story().ferritin(0, value).snapshot(0))
    assert found
    assert (found.possible, found.severity) == ((False, WARNING) if value == ">1000.5" else (True, INFO))


def test_ferritin_high_ends_with_a_newer_value_not_above_1000() -> None:
    assert one("FERRITIN_HIGH", Story().ferritin(0, "1200").ferritin(3, "1000").snapshot(3)) is None


def test_ferritin_high_is_not_ended_by_an_older_sample_that_arrives_late() -> None:
    story = Story().ferritin(3, "1200").ferritin(0, "900", known=5)
    assert one("FERRITIN_HIGH", story.snapshot(5)) is not None


def test_ferritin_high_marks_a_preliminary_result() -> None:
    found = one("FERRITIN_HIGH", Story().ferritin(0, "1200", status="preliminary").snapshot(0))
    assert found
    assert "(preliminary result of 1 Mar)" in [say(x) for x in found.reasons]


def test_ferritin_high_became_known_with_the_first_value_of_the_run() -> None:
    story = Story().ferritin(0, "900").ferritin(2, "1200").ferritin(4, "1300")
    found = one("FERRITIN_HIGH", story.snapshot(4))
    assert found
    assert found.known.date() == date(2024, 3, 3)
    assert found.on == date(2024, 3, 5)


# -- FERRITIN_RISE ----------------------------------------------------------------------------------------------------


def rise(before: str, after: str, day: int = -1, later: int = 7) -> Story:
    return Story().ferritin(day, before).drug(0, "gc").ferritin(later, after)


@pytest.mark.parametrize(
    ("before", "after", "fires"),
    [
        ("1000", "1200", True),
        ("1000", "1199.9", False),
        ("500", "600", True),
        ("400", "499.9", False),
        ("400", "500", True),
    ],
)
def test_ferritin_rise_needs_20_per_cent_and_100(before: str, after: str, fires: bool) -> None:
    assert (one("FERRITIN_RISE", rise(before, after).snapshot(7)) is not None) is fires


@pytest.mark.parametrize(("day", "fires"), [(-14, True), (-15, False)])
def test_ferritin_rise_earlier_sample_not_older_than_14_days_before_d0(day: int, fires: bool) -> None:
    assert (one("FERRITIN_RISE", rise("500", "900", day).snapshot(7)) is not None) is fires


def test_ferritin_rise_needs_the_later_sample_on_therapy() -> None:
    assert one("FERRITIN_RISE", Story().ferritin(-3, "500").ferritin(-1, "900").drug(0, "gc").snapshot(7)) is None


def test_ferritin_rise_a_sample_at_the_moment_of_the_first_dose_is_not_on_therapy() -> None:
    story = Story().ferritin(-3, "500").ferritin(0, "900").drug(0, "gc")
    assert one("FERRITIN_RISE", story.snapshot(7)) is None


def test_ferritin_rise_counts_across_a_change_of_step() -> None:
    story = rise("500", "600", later=20).drug(21, "csa").drug(21, "ivcy").ferritin(22, "900")
    assert one("FERRITIN_RISE", story.snapshot(22)) is not None


def test_ferritin_rise_compares_consecutive_samples_and_ends_with_the_next() -> None:
    assert one("FERRITIN_RISE", rise("500", "900").ferritin(9, "910").snapshot(9)) is None


def test_ferritin_rise_of_a_sample_that_was_reported_twice() -> None:
    story = rise("500", "600").ferritin(7, "600")
    assert one("FERRITIN_RISE", story.snapshot(7)) is not None


def test_ferritin_rise_across_kits_is_blocked_and_said() -> None:
    story = Story().ferritin(-1, "500", kit="A").drug(0, "gc").ferritin(7, "900", kit="B")
    assert one("FERRITIN_RISE", story.snapshot(7)) is None
    assert remarks("FERRITIN_RISE", story.snapshot(7))


def test_ferritin_rise_censored_may_be_possible() -> None:
    found = one("FERRITIN_RISE", rise("<500", "580").snapshot(7))
    assert found
    assert found.possible
    assert found.severity is INFO


# -- POOR_RISK_MET, AS_ENTRY ------------------------------------------------------------------------------------------


def acute() -> Story:
    return Story().dyspnoea(0, True, "worse")


def test_as_entry_by_a_criterion() -> None:
    found = one("AS_ENTRY", acute().snapshot(0))
    assert found
    assert found.severity is CRITICAL
    assert "worse on 1 Mar" in say(found.reasons[0])


def test_as_entry_by_onset_alone() -> None:
    assert one("AS_ENTRY", Story().onset(-20, known=0).snapshot(0)) is not None


def test_as_entry_is_silent_while_the_course_is_unknown() -> None:
    assert one("AS_ENTRY", Story().onset(-200, known=0).mda5(0, "positive").snapshot(0)) is None


def test_as_entry_ends_with_the_decision_that_the_course_is_chronic() -> None:
    assert one("AS_ENTRY", acute().chronic(300).snapshot(300)) is None


def test_poor_risk_met_is_one_issue_per_factor() -> None:
    found = issues("POOR_RISK_MET", acute().mda5(0, "positive").ferritin(1, "1679").pao2(1, "59.9").snapshot(1))
    assert set(found) == {"mda5", "ferritin", "pao2"}
    assert {x.severity for x in found.values()} == {CRITICAL}


def test_poor_risk_met_only_in_an_acute_course() -> None:
    assert issues("POOR_RISK_MET", Story().mda5(0, "positive").diagnosis(0, "ADM").snapshot(0)) == {}


def test_poor_risk_met_not_in_a_chronic_course() -> None:
    story = Story().onset(-200, known=0).quiet(0).mda5(0, "positive").ferritin(0, "1679")
    assert issues("POOR_RISK_MET", story.snapshot(0)) == {}


@pytest.mark.parametrize(("value", "fires"), [("1000", False), ("1000.1", True)])
def test_poor_risk_met_by_ferritin_boundary(value: str, fires: bool) -> None:
    assert ("ferritin" in issues("POOR_RISK_MET", acute().ferritin(0, value).snapshot(0))) is fires


@pytest.mark.parametrize(("value", "fires"), [("60", False), ("59.9", True)])
def test_poor_risk_met_by_pao2_boundary(value: str, fires: bool) -> None:
    assert ("pao2" in issues("POOR_RISK_MET", acute().pao2(0, value).snapshot(0))) is fires


def test_poor_risk_met_is_known_when_factor_and_course_are() -> None:
    story = Story().mda5(-5, "positive").dyspnoea(2, True, "worse")
    assert issues("POOR_RISK_MET", story.snapshot(3))["mda5"].known.date() == date(2024, 3, 3)


def test_poor_risk_met_by_a_series_is_known_with_the_first_value_that_met_it() -> None:
    story = acute().ferritin(1, "900").ferritin(3, "1679").ferritin(9, "2000")
    found = issues("POOR_RISK_MET", story.snapshot(10))["ferritin"]
    assert (found.known.date(), found.on) == (date(2024, 3, 4), date(2024, 3, 10))


def test_poor_risk_met_says_when_the_diagnosis_is_provisional() -> None:
    found = issues("POOR_RISK_MET", acute().diagnosis(0, "ADM", provisional=True).snapshot(0))["adm"]
    assert "the diagnosis is provisional" in [say(x) for x in found.reasons]


def test_poor_risk_stays_met_after_treatment_lowered_it() -> None:
    story = acute().ferritin(0, "1679").drug(1, "gc").ferritin(10, "400")
    assert "ferritin" in issues("POOR_RISK_MET", story.snapshot(10))


# -- GC_RESISTANT -----------------------------------------------------------------------------------------------------


def on_gc() -> Story:
    return acute().drug(0, "gc")


@pytest.mark.parametrize(("day", "late"), [(1, False), (14, False), (15, True), (27, True)])
def test_gc_resistant_when_judged_worse(day: int, late: bool) -> None:
    found = one("GC_RESISTANT", on_gc().judged(day, "worse").snapshot(day))
    assert found
    assert found.severity is CRITICAL
    assert any("after the two weeks" in say(x) for x in found.reasons) is late


@pytest.mark.parametrize(("today", "fires"), [(27, False), (28, True)])
def test_gc_resistant_when_unchanged_counts_from_day_28(today: int, fires: bool) -> None:
    found = one("GC_RESISTANT", on_gc().judged(20, "unchanged").snapshot(today))
    assert (found is not None) is fires
    assert not found or found.known.date() == date(2024, 3, 29)


def test_gc_resistant_by_the_facts_themselves_within_14_days() -> None:
    assert one("GC_RESISTANT", on_gc().hrct(14, change="increased").snapshot(14)) is not None
    assert one("GC_RESISTANT", on_gc().hrct(15, change="increased").snapshot(15)) is None


def test_gc_resistant_concerns_t1_only_and_ends_with_the_next_step() -> None:
    story = on_gc().judged(10, "worse").drug(11, "csa")
    assert one("GC_RESISTANT", story.snapshot(10)) is not None
    assert one("GC_RESISTANT", story.snapshot(11)) is None


def test_gc_resistant_not_without_glucocorticoid() -> None:
    assert one("GC_RESISTANT", acute().judged(10, "worse").snapshot(10)) is None


def test_gc_resistant_found_on_the_day_of_the_next_step_stands_for_that_day() -> None:
    story = on_gc().judged(14, "worse").drug(14, "csa")
    alerts = course_of_alerts(story, 20, "GC_RESISTANT")
    assert [(x.opened_on.isoformat(), x.open) for x in alerts] == [("2024-03-15", False)]


def test_gc_resistant_found_before_ends_with_the_next_step() -> None:
    story = on_gc().judged(10, "worse").drug(14, "csa")
    assert one("GC_RESISTANT", story.snapshot(13)) is not None
    assert one("GC_RESISTANT", story.snapshot(14)) is None


@pytest.mark.parametrize(("decided", "open_"), [("10T11:59", True), ("10T12:00", False)])
def test_77_a_decision_of_the_moment_of_the_judgement_is_not_older(decided: str, open_: bool) -> None:
    story = on_gc().judged("10T12:00", "worse").add(Decision, decided, step="T2", accepted=False, reason="infection")
    assert (one("GC_RESISTANT", story.snapshot(10)) is not None) is open_


@pytest.mark.parametrize(("step", "reason"), [("T2", " "), (None, "infection first")])
def test_77_a_decision_without_a_reason_or_about_no_step_ends_no_resistance(step: str | None, reason: str) -> None:
    story = on_gc().judged(10, "worse").add(Decision, 11, step=step, accepted=False, reason=reason)
    assert one("GC_RESISTANT", story.snapshot(12)) is not None


def test_gc_resistant_by_several_facts_is_known_with_the_last_of_them() -> None:
    story = on_gc().pao2(-1, "80", known=9).pao2(7, "69", known=8)
    found = one("GC_RESISTANT", story.snapshot(9))
    assert found
    assert found.known == moment(9)


def test_poor_risk_met_by_the_antibody_is_known_with_the_first_result() -> None:
    story = acute().mda5(1, "positive").mda5(5, "positive")
    assert issues("POOR_RISK_MET", story.snapshot(6))["mda5"].known == moment(1)
    assert issues("POOR_RISK_MET", acute().mda5(1, "positive", known=3).snapshot(6))["mda5"].known == moment(3)


def test_ferritin_rise_is_not_hidden_by_a_sample_that_was_reported_twice_before() -> None:
    story = Story().ferritin(-1, "500").drug(0, "gc").ferritin(5, "600").ferritin(5, "600").ferritin(9, "800")
    found = one("FERRITIN_RISE", story.snapshot(9))
    assert found
    assert "600 ng/mL on 6 Mar to 800 on 10 Mar" in say(found.reasons[0])


def test_ferritin_rise_needs_two_samples() -> None:
    assert one("FERRITIN_RISE", Story().drug(0, "gc").ferritin(7, "900").snapshot(7)) is None
