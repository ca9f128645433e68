"""OVERDUE after the acute phase, and when nothing is asked for any more: specification 12 (58), 13 (87)-(89)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from monitoring.engine import Situation, examine
from monitoring.intervals import OF_LUNG_FUNCTION, due_tests
from monitoring.lifecycle import AlertState, Moment, Step, reconcile
from monitoring.rules import BY_CODE, RULES
from patients.clinical.facts import Discharge, HospitalAdmission, Outcome
from patients.clinical.regimen import regimen_of
from tests.monitoring.looking import course_of_alerts, issues, steps_to
from tests.monitoring.test_clock_rules import on
from tests.story import DAY_0, Day, Story, moment


@pytest.mark.parametrize(("today", "fires"), [(182, False), (183, True)])
def test_88_lung_function_in_chronic_disease_is_due_at_three_months_and_overdue_at_six(today: int, fires: bool) -> None:
    story = Story().onset(-200, known=0).quiet(0).chronic(0)
    found = issues("OVERDUE", story.snapshot(today))
    assert ("vc" in found) is fires
    assert not fires or found["vc"].on == moment(91).date()


@pytest.mark.parametrize(("today", "fires"), [(98, False), (99, True)])
def test_88_without_treatment_every_three_months(today: int, fires: bool) -> None:
    story = Story().onset(-200, known=0).quiet(0).chronic(0)
    expected = {"ferritin", "kl6", "crp", "ldh", "creatinine", "alt", "wbc"} if fires else set()
    assert set(issues("OVERDUE", story.snapshot(today))) == expected


def late(drug: str = "csa", dose: str = "10") -> Story:
    """A/S on day 0, treated from day 0, its acute phase over without a test that is owed."""
    story = Story().dyspnoea(-1, True, "worse").drug(0, "gc", dose=Decimal(dose), unit="mg/day").drug(0, drug)
    return measured(story, 28)


def measured(story: Story, day: int) -> Story:
    for code in ("ferritin", "kl6", "crp", "ldh", "creatinine", "potassium", "alt", "wbc", "bdg", "cmv_pp65", "spo2"):
        story.test(day, code, "1")
    for code in ("magnesium", "systolic_bp", "vc", "hba1c"):
        story.test(day, code, "1")
    return story.test(day, "csa", "220", route="iv", timing="pre_dose").hrct(day, change="unchanged").pao2(day, "80")


def asked_within(story: Story, days: int) -> set[str]:
    return set(issues("OVERDUE", story.snapshot(28 + days)))


def test_88_in_hospital_after_day_28() -> None:
    story = late().add(HospitalAdmission, 0)
    assert asked_within(story, 2) == set()
    assert asked_within(story, 9) == {"spo2"}
    assert asked_within(story, 10) == {"spo2", "creatinine", "potassium", "alt", "wbc", "csa"}
    assert asked_within(story, 22) >= {"ferritin", "kl6", "crp", "ldh", "bdg", "cmv_pp65"}


def test_88_at_home_in_the_first_twelve_weeks_of_t2() -> None:
    story = late().add(HospitalAdmission, 0).add(Discharge, 28, to="home")
    assert asked_within(story, 21) == set()
    weekly = {"ferritin", "kl6", "crp", "ldh", "creatinine", "potassium", "alt", "wbc", "csa", "magnesium"}
    assert asked_within(story, 22) == weekly | {"systolic_bp"}
    assert asked_within(story, 36) == weekly | {"systolic_bp", "bdg", "cmv_pp65"}


@pytest.mark.parametrize(("day", "overdue"), [(25, False), (26, True)])
def test_88_who_goes_home_within_the_first_four_weeks_is_asked_for_tests_at_once(day: int, overdue: bool) -> None:
    story = Story().dyspnoea(-1, True, "worse").drug(0, "gc", dose=Decimal(10), unit="mg/day").drug(0, "csa")
    measured(story.add(HospitalAdmission, 0).add(Discharge, 4, to="home"), 4)
    assert ("ferritin" in issues("OVERDUE", story.snapshot(day))) is overdue


@pytest.mark.parametrize(("dose", "every"), [("15", 28), ("14.9", 91)])
def test_88_later_at_home_glucocorticoid_alone_by_its_dose(dose: str, every: int) -> None:
    story = Story().dyspnoea(-1, True, "worse").drug(0, "gc", dose=Decimal(dose), unit="mg/day").add(Discharge, 27)
    measured(story, 100)
    assert "ferritin" not in issues("OVERDUE", story.snapshot(100 + every + 7))
    assert "ferritin" in issues("OVERDUE", story.snapshot(100 + every + 8))


def test_88_later_at_home_with_another_drug_every_four_weeks() -> None:
    story = measured(late("mmf", "5").add(Discharge, 28, to="home"), 200)
    assert "ferritin" not in issues("OVERDUE", story.snapshot(235))
    assert "ferritin" in issues("OVERDUE", story.snapshot(236))


@pytest.mark.parametrize(("dose", "asked"), [("5", False), ("5.1", True)])
@pytest.mark.parametrize(("days", "overdue"), [(98, False), (99, True)])
def test_88_hba1c_every_three_months_above_5_mg(dose: str, asked: bool, days: int, overdue: bool) -> None:
    assert ("hba1c" in asked_within(late(dose=dose), days)) is (asked and overdue)


def test_88_hba1c_is_asked_for_under_glucocorticoid_that_starts_no_step_too() -> None:
    """It goes on from before a new acute episode, in which the patient was first seen 60 days ago."""
    story = Story().onset(-300).chronic(-200).drug(-200, "gc", dose=Decimal(11), unit="mg/day")
    story.test(-60, "vc", "3.19").test(-45, "vc", "2.75").add(Discharge, -44, to="home").ferritin(0, "100")
    assert regimen_of(story.snapshot(39)).running is None
    assert "hba1c" not in issues("OVERDUE", story.snapshot(38))
    assert "hba1c" in issues("OVERDUE", story.snapshot(39))
    assert "hba1c" not in issues("OVERDUE", story.test(-50, "hba1c", "6.0").snapshot(39))


def test_88_no_hba1c_is_overdue_before_the_patient_was_first_seen() -> None:
    story = Story().chronic(0).drug("0T08:00", "gc", dose=Decimal(11), unit="mg/day").ferritin(0, "100")
    assert "hba1c" not in issues("OVERDUE", story.snapshot(98))
    assert "hba1c" in issues("OVERDUE", story.snapshot(99))


def test_88_the_first_hba1c_is_due_three_months_after_day_0() -> None:
    story = Story().dyspnoea(-1, True, "worse").drug(0, "gc", dose=Decimal(10), unit="mg/day").ferritin(0, "100")
    assert "hba1c" not in issues("OVERDUE", story.snapshot(98))
    assert "hba1c" in issues("OVERDUE", story.snapshot(99))


def test_87_a_discharge_to_another_ward_is_none() -> None:
    story = late().add(HospitalAdmission, 0).add(Discharge, 28, to="other_ward")
    assert asked_within(story, 3) == {"spo2"}


def test_87_without_a_stay_who_is_on_a_ward_is_in_hospital() -> None:
    snapshot = late().snapshot(31)
    assert set(issues("OVERDUE", snapshot)) == set()
    assert set(issues("OVERDUE", replace(snapshot, on_ward=True))) == {"spo2"}


def test_89_no_test_was_due_before_the_patient_was_first_seen() -> None:
    story = Story().onset(0).dyspnoea(0, True).diagnosis(1, "DM").mda5(2, "positive")
    assert issues("OVERDUE", story.snapshot(40)) == {}
    assert "spo2" not in issues("OVERDUE", story.ferritin(40, "500").snapshot(42))
    assert "spo2" in issues("OVERDUE", story.snapshot(43))


def test_89_who_lies_on_a_ward_is_seen() -> None:
    snapshot = replace(Story().dyspnoea(0, True, "worse").snapshot(3), on_ward=True)
    assert "spo2" in issues("OVERDUE", snapshot)


@pytest.mark.parametrize("what", ["death", "transferred", "care_ended"])
def test_58_after_the_end_of_care_nothing_is_overdue_and_no_condition_holds(what: str) -> None:
    story = on("T1").ferritin(0, "2000").snapshot
    assert examine(RULES, story(40)).issues
    ended = examine(RULES, on("T1").ferritin(0, "2000").add(Outcome, 30, what=what).snapshot(40))
    assert ended.issues == ()
    assert ended.judged == {x.code for x in RULES}  # so that what was open ends


def test_87_after_a_withdrawn_outcome_alerts_return() -> None:
    story = on("T1").ferritin(0, "2000").add(Outcome, 30, what="death", id="o")
    before = alerts_by_rule(story, "30T12:00")["FERRITIN_HIGH"]
    (dead,) = before
    assert (dead.open, dead.closed_because) == (False, Step.CARE_ENDED)
    story.add(Outcome, 30, what="death", id="o", known=31, cancelled=True)
    (back,) = alerts_by_rule(story, 40)["FERRITIN_HIGH"]  # the same episode, of its day
    assert back.reasons[0] == dead.reasons[0]  # then how old its value is by now
    assert replace(back, reasons=dead.reasons) == replace(dead, closed_at=None, closed_because=None)
    assert (back.opened_on, back.episode) == (DAY_0, 1)


@pytest.mark.parametrize("what", ["death", "transferred", "care_ended", "lung_transplant"])
def test_54_with_the_end_of_care_open_alerts_end_for_that_reason_and_do_not_ask_anew_when_it_is_withdrawn(
    what: str,
) -> None:
    story = on("T1").ferritin(0, "2000").add(Outcome, 3, what=what, id="o")
    assert steps_to(story, 2, 3, "FERRITIN_HIGH") == [Step.CARE_ENDED]
    story.add(Outcome, 3, what=what, id="o", known=5, cancelled=True)
    snapshot, stood = story.snapshot(5), alerts_by_rule(story, 4)["FERRITIN_HIGH"]
    found = examine([BY_CODE["FERRITIN_HIGH"]], snapshot)
    looked = Moment(snapshot.as_of, snapshot.zone, moment(4))
    (change,) = reconcile(stood, found, frozenset(snapshot.facts_by_id), looked)
    assert (change.step, change.asks_again) == (Step.RETURNED, False)


def test_54_what_a_transplant_does_not_end_goes_on() -> None:
    story = on("T1").pao2(0, "55").add(Outcome, 3, what="lung_transplant")
    (open_still,) = alerts_by_rule(story, 4)["PAO2_LOW"]
    assert open_still.open


def test_54_a_condition_that_ended_before_does_not_return_and_one_that_is_graver_asks_again() -> None:
    story = on("T1").ferritin(0, "1200").ferritin(1, "500").add(Outcome, 3, what="death", id="o")
    story.add(Outcome, 3, what="death", id="o", known=5, cancelled=True)
    (ended,) = alerts_by_rule(story, 6)["FERRITIN_HIGH"]
    assert ended.closed_because is Step.ENDED
    graver = on("T1").ferritin(0, "1200").add(Outcome, 3, what="death", id="o").ferritin(3, "1600", known=4)
    graver.add(Outcome, 3, what="death", id="o", known=5, cancelled=True)
    (found,) = alerts_by_rule(graver, 6)["FERRITIN_HIGH"]
    assert [x.label for _at, x in found.history] == ["warning", "critical"]


def test_87_care_that_is_resumed_begins_its_own_episodes() -> None:
    """The transfer stands: who admits the patient anew is told anew."""
    story = on("T1").ferritin(0, "2000").add(Outcome, 3, what="transferred").add(HospitalAdmission, 50)
    first, second = alerts_by_rule(story, 51)["FERRITIN_HIGH"]
    assert (first.closed_because, second.open, second.episode) == (Step.CARE_ENDED, True, 2)


def overdue_spo2(story: Story, until: Day) -> list[AlertState]:
    return [x for x in alerts_by_rule(story, until).get("OVERDUE", []) if x.subject == "spo2"]


def test_87_a_discharge_that_was_taken_back_lets_what_is_overdue_stand_as_it_stood() -> None:
    story = on("T1").add(HospitalAdmission, 0).test(0, "spo2", "96", fio2=Decimal("0.21"))
    (before,) = overdue_spo2(story, 4)
    story.add(Discharge, 5, to="home", id="d")
    (gone,) = overdue_spo2(story, 6)
    assert (before.open, gone.open, gone.closed_because) == (True, False, Step.ENDED)
    (back,) = overdue_spo2(story.add(Discharge, 5, to="home", id="d", known=7, cancelled=True), 8)
    assert (back.open, back.episode, back.opened_on, back.opened_at) == (
        True,
        1,
        before.opened_on,
        before.opened_at,
    )


@pytest.mark.parametrize(("taken_back", "episodes"), [("8T00:00", [1]), ("8T00:01", [1, 2])])
def test_87_92_it_is_the_same_episode_within_72_hours(taken_back: str, episodes: list[int]) -> None:
    story = on("T1").add(HospitalAdmission, 0).test(0, "spo2", "96", fio2=Decimal("0.21"))
    story.add(Discharge, 5, to="home", id="d").add(Discharge, 5, to="home", id="d", known=taken_back, cancelled=True)
    assert [x.episode for x in overdue_spo2(story, 9)] == episodes


def test_87_after_a_discharge_that_stands_an_admission_begins_its_own_episodes() -> None:
    story = on("T1").add(HospitalAdmission, 0).test(0, "spo2", "96", fio2=Decimal("0.21"))
    story.add(Discharge, 5, to="home").add(HospitalAdmission, 20)
    assert [x.episode for x in overdue_spo2(story, 23)] == [1, 2]


def test_87_a_test_that_was_done_and_is_due_again_is_another_episode() -> None:
    story = on("T1").add(HospitalAdmission, 0).test(0, "spo2", "96", fio2=Decimal("0.21"))
    story.test(5, "spo2", "96", fio2=Decimal("0.21"))
    assert [x.episode for x in overdue_spo2(story, 9)] == [1, 2]


def alerts_by_rule(story: Story, until: Day) -> dict[str, list[AlertState]]:
    found: dict[str, list[AlertState]] = {}
    for x in course_of_alerts(story, until):
        found.setdefault(x.rule, []).append(x)
    return found


def test_87_care_goes_on_when_the_patient_comes_back_but_not_from_death() -> None:
    def after(what: str) -> bool:
        story = on("T1").ferritin(0, "2000").add(Outcome, 30, what=what).add(HospitalAdmission, 35)
        return bool(examine(RULES, story.snapshot(40)).issues)

    assert after("transferred")
    assert not after("death")


def test_87_after_a_transplant_course_and_response_end_and_the_rest_goes_on() -> None:
    story = on("T2").ferritin(0, "2000").pao2(0, "55").test(4, "csa", "150", route="iv", timing="pre_dose")
    before = {x.rule for x in examine(RULES, story.snapshot(40)).issues}
    after = {x.rule for x in examine(RULES, story.add(Outcome, 30, what="lung_transplant").snapshot(40)).issues}
    assert {"FERRITIN_HIGH", "AS_ENTRY", "PAO2_LOW", "CSA_LOW"} <= before
    assert after & {"FERRITIN_HIGH", "AS_ENTRY", "IMPROVEMENT_JUDGEMENT_DUE"} == set()
    assert after >= {"PAO2_LOW", "CSA_LOW"}


# -- the day on which a plan changes ----------------------------------------------------------------------------------


def plan(story: Story, day: int) -> dict[str, str]:
    """How often each test is asked for."""
    return {x.code: x.how.text for x in due_tests(Situation(story.snapshot(day)))}


def home() -> Story:
    return late().add(HospitalAdmission, 0).add(Discharge, 28, to="home")


@pytest.mark.parametrize(("day", "later"), [(28, False), (29, True)])
def test_88_the_acute_phase_lasts_28_days(day: int, later: bool) -> None:
    """Then lung function is asked for too, and kidney and potassium by the plan of hospital or home."""
    story = late().add(HospitalAdmission, 0)
    assert ("vc" in plan(story, day)) is later
    assert (
        "potassium" in plan(Story().dyspnoea(-1, True, "worse").drug(0, "gc").add(HospitalAdmission, 0), day)
    ) is later


@pytest.mark.parametrize(("day", "how"), [(84, "every 2 weeks"), (85, "every 4 weeks")])
def test_88_at_home_the_first_twelve_weeks_last_84_days(day: int, how: str) -> None:
    assert plan(home(), day)["ferritin"] == how


@pytest.mark.parametrize(("day", "how"), [(90, "every 2 weeks"), (91, "every 4 weeks")])
def test_88_the_first_three_months_of_a_calcineurin_inhibitor(day: int, how: str) -> None:
    assert plan(home(), day)["magnesium"] == how


@pytest.mark.parametrize(("day", "how"), [(28, "weekly"), (29, "every 2 weeks")])
def test_88_a_level_is_asked_for_weekly_in_the_acute_phase_where_nobody_says_who_lies_where(day: int, how: str) -> None:
    assert plan(late(), day)["csa"] == how


@pytest.mark.parametrize(("day", "how"), [(84, "every 2 weeks"), (85, "every 4 weeks")])
def test_88_a_level_at_home(day: int, how: str) -> None:
    assert plan(home(), day)["csa"] == how


def test_88_a_level_in_hospital_is_weekly_however_late() -> None:
    assert plan(late().add(HospitalAdmission, 0), 300)["csa"] == "weekly"


@pytest.mark.parametrize(("last", "asked"), [(274, True), (275, False)])
def test_88_lung_function_is_asked_for_in_year_1(last: int, asked: bool) -> None:
    """Due 91 days after the last: on day 365 of the chronic course, and on day 366 no more."""
    story = Story().onset(-200, known=0).quiet(0).chronic(0).test(last, "vc", "2.2")
    assert ("vc" in plan(story, last + 1)) is asked


def test_of_two_plans_for_one_test_the_earlier_day_counts() -> None:
    """Creatinine at home: every 2 weeks by its drug, every 4 weeks by its course."""
    story = measured(late("csa", "10").add(Discharge, 28, to="home"), 84)
    assert plan(story, 86)["creatinine"] == "every 2 weeks"


def test_of_several_scans_the_last_tells_which_of_the_two_is_due() -> None:
    scanned = on("T1").hrct(6, ggo=True).hrct(12, ggo=True)
    tests = {x.code: x for x in due_tests(Situation(scanned.snapshot(13)))}
    assert (tests["hrct"].due, tests["hrct"].last.id) == (moment(28).date(), "4")


@pytest.mark.parametrize(("day", "how"), [(190, "every 2 weeks"), (191, "every 4 weeks")])
def test_88_a_calcineurin_inhibitor_that_is_begun_anew_has_its_first_three_months_again(day: int, how: str) -> None:
    story = Story().dyspnoea(-1, True, "worse").drug(0, "gc").drug(0, "csa", stop=20).drug(100, "csa")
    measured(story.add(HospitalAdmission, 0).add(Discharge, 28, to="home"), 110)
    assert plan(story, day)["magnesium"] == how


@pytest.mark.parametrize(("day", "overdue"), [(118, False), (119, True)])
def test_88_hba1c_counts_from_the_glucocorticoid_that_runs_and_from_no_other_drug(day: int, overdue: bool) -> None:
    given = {"dose": Decimal(11), "unit": "mg/day", "indication": "other"}
    story = Story().dyspnoea(0, True, "worse").ferritin(0, "100").drug(1, "gc", stop=10, **given)
    story.drug(5, "tmp_smx").drug(20, "gc", **given)
    assert ("hba1c" in issues("OVERDUE", story.snapshot(day))) is overdue


@pytest.mark.parametrize(("dose", "how"), [("15", "every 4 weeks"), (None, "every 3 months")])
def test_88_glucocorticoid_that_has_no_known_dose_is_no_maintenance_of_15_mg(dose: str | None, how: str) -> None:
    told = {"dose": Decimal(dose), "unit": "mg/day"} if dose else {}
    story = Story().dyspnoea(-1, True, "worse").drug(0, "gc", **told).add(Discharge, 27)
    assert plan(measured(story, 100), 101)["ferritin"] == how


@pytest.mark.parametrize(("drug", "how"), [("csa", "every 4 weeks"), ("tmp_smx", "every 3 months")])
def test_88_combined_is_glucocorticoid_with_another_drug_of_the_chart(drug: str, how: str) -> None:
    story = Story().dyspnoea(-1, True, "worse").drug(0, drug).add(Discharge, 27)
    assert plan(measured(story, 100), 101)["ferritin"] == "every 3 months"
    assert plan(story.drug(50, "gc", dose=Decimal(5), unit="mg/day"), 140)["ferritin"] == how


@pytest.mark.parametrize(("at_home", "how"), [(True, "every 2 weeks"), (False, "weekly")])
def test_88_a_level_in_the_acute_phase_by_where_the_patient_is(at_home: bool, how: str) -> None:
    story = Story().dyspnoea(-1, True, "worse").drug(0, "gc").drug(0, "csa").add(HospitalAdmission, 0)
    if at_home:
        story.add(Discharge, 4, to="home")
    assert plan(measured(story, 5), 10)["csa"] == how


def test_88_in_hospital_an_untreated_acute_course_keeps_the_in_patient_intervals_after_day_28() -> None:
    story = Story().dyspnoea(0, True, "worse").ferritin(28, "500").add(HospitalAdmission, 0)
    asked = plan(story, 29)
    assert (asked["ferritin"], asked["creatinine"], asked["spo2"]) == ("every 2 weeks", "weekly", "daily")
    chronic = Story().chronic(0).ferritin(0, "500").add(HospitalAdmission, 0)
    assert (plan(chronic, 29)["ferritin"], plan(chronic, 29)["creatinine"]) == ("every 3 months", "every 3 months")


def test_88_under_a_cni_kidney_and_pressure_are_asked_for_while_no_level_follows_a_change() -> None:
    story = Story().chronic(0).drug(0, "csa", route="oral")
    assert {x: plan(story, 1).get(x) for x in ("magnesium", "potassium", "creatinine", "systolic_bp", "csa")} == {
        **dict.fromkeys(("magnesium", "potassium", "creatinine", "systolic_bp"), "every 2 weeks"),
        "csa": "3 days after start or change",
    }


def test_88_while_the_course_is_not_known_who_lies_in_hospital_is_watched_as_acute() -> None:
    story = Story().ferritin(0, "500").add(HospitalAdmission, 0)
    asked = plan(story, 1)
    assert (asked["ferritin"], asked["spo2"], asked["pao2"]) == ("weekly", "daily", "twice weekly")
    assert {"kl6", "crp", "ldh", "hrct"} <= set(asked)
    later = plan(story.ferritin(28, "500"), 29)
    assert (later["ferritin"], later["creatinine"], later["spo2"]) == ("every 2 weeks", "weekly", "daily")


@pytest.mark.parametrize(("day", "overdue"), [(98, False), (99, True)])
def test_88_while_the_course_is_not_known_who_is_at_home_is_watched_as_in_chronic_disease(
    day: int, overdue: bool
) -> None:
    story = Story().ferritin(0, "500").add(Discharge, 0, to="home")
    assert ("ferritin" in issues("OVERDUE", story.snapshot(day))) is overdue


# -- KL-6 at days 14 and 28 -------------------------------------------------------------------------------------------


def with_kl6(*days: int) -> Story:
    """Acute/subacute and treated from day 0; KL-6 on some days."""
    story = Story().dyspnoea(-1, True, "worse").drug(0, "gc").add(HospitalAdmission, 0)
    for day in days:
        story.test(day, "kl6", "900")
    return story


@pytest.mark.parametrize(("last", "day", "overdue"), [(22, 28, False), (22, 29, True), (25, 29, True), (26, 29, False)])
def test_8_kl6_of_day_28_is_overdue_with_the_end_of_its_window(last: int, day: int, overdue: bool) -> None:
    assert ("kl6" in issues("OVERDUE", with_kl6(8, 14, last).snapshot(day))) is overdue


@pytest.mark.parametrize(("last", "day", "overdue"), [(11, 16, False), (11, 17, True), (12, 17, False)])
def test_8_kl6_of_day_14_has_the_grace_of_weekly_tests(last: int, day: int, overdue: bool) -> None:
    assert ("kl6" in issues("OVERDUE", with_kl6(7, last).snapshot(day))) is overdue


def test_8_kl6_of_day_28_is_asked_for_until_there_is_one() -> None:
    assert plan(with_kl6(8, 14, 22), 24)["kl6"] == "at days 14 and 28"
    assert "kl6" in issues("OVERDUE", with_kl6(8, 14, 22).snapshot(33))
    assert "kl6" not in issues("OVERDUE", with_kl6(8, 14, 22, 33).snapshot(33))


def test_89_a_level_and_the_tests_beside_it_are_not_due_before_the_patient_was_first_seen() -> None:
    story = Story().dyspnoea(0, True, "worse").drug(-200, "csa").test(0, "wbc", "6000")
    due = {x.code: x.due for x in due_tests(Situation(story.snapshot(1))) if x.code in ("csa", "potassium")}
    assert due == {"csa": moment(0).date(), "potassium": moment(28).date()}


# -- lung function ----------------------------------------------------------------------------------------------------


def test_88_lung_function_is_answered_by_every_test_of_it_in_the_catalogue() -> None:
    assert set(OF_LUNG_FUNCTION) == {"vc", "fvc", "vc_pp", "fvc_pp", "dlco_pp"}


@pytest.mark.parametrize("code", [*OF_LUNG_FUNCTION, "spo2", "pao2"])
def test_88_lung_function_answered_by_any_of_its_tests_and_by_no_gas(code: str) -> None:
    story = Story().onset(-200, known=0).quiet(0).chronic(0).test(150, code, "70")
    assert ("vc" in issues("OVERDUE", story.snapshot(190))) is (code not in OF_LUNG_FUNCTION)
