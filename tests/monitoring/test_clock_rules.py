"""Rules that the clock brings: STEP_NOT_STARTED, IMPROVEMENT_JUDGEMENT_DUE, OVERDUE."""

from datetime import date
from decimal import Decimal

import pytest

from monitoring.engine import Severity, Situation
from monitoring.intervals import due_tests
from patients.clinical.reasons import say
from patients.clinical.regimen import Indicated
from tests.monitoring.looking import indicated, issues, one
from tests.story import Story, moment

# -- STEP_NOT_STARTED -------------------------------------------------------------------------------------------------


def acute() -> Story:
    return Story().dyspnoea(0, True, "worse").mda5("1T10:00", "positive")


T3 = indicated("T3", "1T10:00", "2")


@pytest.mark.parametrize(("now", "fires"), [("3T09:59", False), ("3T10:00", True)])
def test_step_not_started_after_48_hours(now: str, fires: bool) -> None:
    found = one("STEP_NOT_STARTED", acute().snapshot(now), T3)
    assert (found is not None) is fires
    assert not found or (found.subject, found.severity, found.known) == ("T3", Severity.WARNING, moment("3T10:00"))


def test_step_not_started_is_silent_once_started() -> None:
    assert one("STEP_NOT_STARTED", acute().snapshot(9), indicated("T3", "1T10:00", "2", started=True)) is None


@pytest.mark.parametrize("step", [None, "observation"])
def test_step_not_started_needs_a_treatment_step(step: str | None) -> None:
    assert one("STEP_NOT_STARTED", acute().snapshot(9), indicated(step, 1, "2")) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("accepted", [True, False])
def test_step_not_started_is_silenced_by_a_decision_with_a_reason(accepted: bool) -> None:
    from patients.clinical.facts import Decision

    story = acute().add(Decision, 2, step="T3", accepted=accepted, reason="pneumonia first")
    assert one("STEP_NOT_STARTED", story.snapshot(9), T3) is None


@pytest.mark.parametrize(("step", "reason"), [("T3", " "), ("T2", "pneumonia first")])
def test_step_not_started_is_not_silenced_without_reason_or_by_another_step(step: str, reason: str) -> None:
    from patients.clinical.facts import Decision

    story = acute().add(Decision, 2, step=step, accepted=False, reason=reason)
    assert one("STEP_NOT_STARTED", story.snapshot(9), T3) is not None


def test_step_not_started_speaks_again_when_its_facts_changed_after_the_decision() -> None:
    from patients.clinical.facts import Decision

    story = acute().add(Decision, 2, step="T3", accepted=False, reason="wait").ferritin(4, "1679")
    assert one("STEP_NOT_STARTED", story.snapshot(9), indicated("T3", "1T10:00", "2", "4")) is not None


def test_step_not_started_does_not_nag_for_a_taper_after_improvement() -> None:
    story = acute().drug(2, "gc", stop=60).drug(2, "csa", stop=60).drug(2, "ivcy").judged(30, "improved")
    assert one("STEP_NOT_STARTED", story.snapshot(95), T3) is None


def test_step_not_started_when_the_drugs_of_the_step_were_stopped_counts_from_the_stop() -> None:
    story = acute().drug(2, "gc").drug(2, "csa", stop=10).drug(2, "ivcy", stop=2)
    t3 = indicated("T3", "1T10:00", "2")
    assert one("STEP_NOT_STARTED", story.snapshot(39), t3) is None  # IVCY covers 35 days: to day 37
    assert one("STEP_NOT_STARTED", story.snapshot(40), t3) is not None


@pytest.mark.parametrize(("at", "silent"), [("1T09:59", False), ("1T10:00", True)])
def test_step_not_started_a_decision_of_the_moment_of_its_fact_is_not_older(at: str, silent: bool) -> None:
    from patients.clinical.facts import Decision

    story = acute().add(Decision, at, step="T3", accepted=False, reason="pneumonia first")
    assert (one("STEP_NOT_STARTED", story.snapshot(9), T3) is None) is silent


def test_step_not_started_is_of_the_day_of_its_newest_fact_or_of_the_day_from_which_it_is_due() -> None:
    story = acute().ferritin("2T08:00", "1679")
    found = one("STEP_NOT_STARTED", story.snapshot(9), indicated("T3", "1T10:00", "2", "3"))
    assert found
    assert found.on == date(2024, 3, 3)
    found = one("STEP_NOT_STARTED", story.snapshot(9), indicated("T3", "1T10:00"))
    assert found
    assert found.on == date(2024, 3, 2)


def test_step_not_started_a_drug_that_ends_today_ends_no_step_yet_and_one_of_another_kind_never() -> None:
    """GC stopped on day 10: due from the start of day 11."""
    story = acute().drug(2, "gc", stop=10).drug(2, "csa").drug(2, "ivcy").drug(2, "tmp_smx", stop=11)
    assert one("STEP_NOT_STARTED", story.snapshot("12T23:59"), T3) is None
    found = one("STEP_NOT_STARTED", story.snapshot(13), T3)
    assert found
    assert found.known == moment(13)


@pytest.mark.parametrize(
    ("drugs", "stop", "fires"),
    [(("gc",), None, True), (("gc", "csa"), None, False), (("gc", "csa"), 3, True), ((), None, True)],
)
def test_76_undecided_the_lowest_possible_step_is_owed_unless_it_or_a_higher_one_runs(drugs, stop, fires) -> None:
    story = Story().dyspnoea(0, True, "worse")
    for drug in drugs:
        story.drug(1, drug, stop=stop)
    open_between = Indicated(possible=("T2", "T3"))
    assert ("T2" in issues("STEP_NOT_STARTED", story.snapshot(9), open_between)) is fires


# -- IMPROVEMENT_JUDGEMENT_DUE ----------------------------------------------------------------------------------------


def on(step: str) -> Story:
    story = Story().dyspnoea(-1, True, "worse").drug(0, "gc")
    if step in ("T2", "T3"):
        story.drug(0, "csa")
    return story.drug(0, "ivcy") if step == "T3" else story


@pytest.mark.parametrize(
    ("step", "today", "due"), [("T1", 13, None), ("T1", 14, 14), ("T2", 6, None), ("T2", 7, 7), ("T3", 7, 7)]
)
def test_judgement_due(step: str, today: int, due: int | None) -> None:
    found = one("IMPROVEMENT_JUDGEMENT_DUE", on(step).snapshot(today))
    assert (found.on if found else None) == (moment(due).date() if due else None)


@pytest.mark.parametrize(("day", "due"), [(10, 14), (11, None), (14, None)])
def test_judgement_due_on_day_14_of_t1_is_answered_three_days_early(day: int, due: int | None) -> None:
    found = one("IMPROVEMENT_JUDGEMENT_DUE", on("T1").judged(day, "improved").snapshot(16))
    assert (found.on if found else None) == (moment(due).date() if due else None)


def test_judgement_due_again_on_day_28_of_t1_and_then_after_four_weeks() -> None:
    story = on("T1").judged(14, "improved")
    assert one("IMPROVEMENT_JUDGEMENT_DUE", story.snapshot(27)) is None
    assert one("IMPROVEMENT_JUDGEMENT_DUE", story.snapshot(28)) is not None
    assert one("IMPROVEMENT_JUDGEMENT_DUE", story.judged(28, "improved").snapshot(55)) is None
    assert one("IMPROVEMENT_JUDGEMENT_DUE", story.snapshot(56)) is not None


def test_judgement_due_weekly_after_the_last_on_t2() -> None:
    story = on("T2").judged(5, "unchanged")
    assert one("IMPROVEMENT_JUDGEMENT_DUE", story.snapshot(11)) is None
    found = one("IMPROVEMENT_JUDGEMENT_DUE", story.snapshot(12))
    assert found
    assert "T2 was to be judged on 13 Mar, day 12" in say(found.reasons[0])


def test_judgement_due_is_silent_once_the_step_was_answered_no() -> None:
    assert one("IMPROVEMENT_JUDGEMENT_DUE", on("T1").judged(5, "worse").snapshot(20)) is None


def test_judgement_due_is_silent_without_treatment() -> None:
    assert one("IMPROVEMENT_JUDGEMENT_DUE", Story().dyspnoea(0, True, "worse").snapshot(60)) is None


# -- OVERDUE ----------------------------------------------------------------------------------------------------------


def test_overdue_is_named_by_the_measurement_code() -> None:
    found = issues("OVERDUE", Story().dyspnoea(0, True, "worse").test(0, "ck", "80").snapshot(12))
    assert set(found) == {"ferritin", "crp", "ldh", "kl6", "spo2", "pao2"}
    assert {x.severity for x in found.values()} == {Severity.WARNING}


@pytest.mark.parametrize(
    ("code", "silent", "overdue"),
    [("spo2", 2, 3), ("pao2", 5, 6), ("ferritin", 9, 10), ("kl6", 9, 10), ("bdg", 21, 22), ("hrct", 21, 22)],
)
def test_overdue_after_interval_and_grace(code: str, silent: int, overdue: int) -> None:
    story = on("T1")
    assert code not in issues("OVERDUE", story.snapshot(silent))
    assert code in issues("OVERDUE", story.snapshot(overdue))


def test_overdue_counts_from_the_last_test_and_names_it() -> None:
    story = on("T1").ferritin(6, "500")
    assert "ferritin" not in issues("OVERDUE", story.snapshot(15))
    found = issues("OVERDUE", story.snapshot(16))["ferritin"]
    assert say(found.reasons[0]) == "ferritin was due on 14 Mar (weekly); the last is of 7 Mar"
    assert found.known == moment(16)
    assert found.on == date(2024, 3, 14)


def test_overdue_ends_when_the_test_is_done() -> None:
    assert "ferritin" not in issues("OVERDUE", on("T1").ferritin(16, "500").snapshot(16))


def test_overdue_asks_for_nothing_new_after_four_weeks_and_keeps_what_was_not_done() -> None:
    done = on("T1").ferritin(22, "500")
    assert "ferritin" not in issues("OVERDUE", done.snapshot(60))
    assert "ferritin" in issues("OVERDUE", on("T1").ferritin(20, "500").snapshot(60))


def test_overdue_still_asks_for_what_is_due_on_day_28() -> None:
    assert "ferritin" in issues("OVERDUE", on("T1").ferritin(21, "500").snapshot(31))


def test_overdue_second_scan_at_four_weeks() -> None:
    story = on("T1").hrct(12, ggo=True)
    assert "hrct" not in issues("OVERDUE", story.snapshot(35))
    assert "hrct" in issues("OVERDUE", story.snapshot(36))


@pytest.mark.parametrize(("today", "fires"), [(4, False), (5, True)])
def test_overdue_csa_level_three_days_after_start(today: int, fires: bool) -> None:
    assert ("csa" in issues("OVERDUE", on("T2").snapshot(today))) is fires


def test_overdue_csa_level_after_a_change_of_dose() -> None:
    story = (
        on("T2").test(4, "csa", "210", route="iv", timing="pre_dose").drug(6, "csa", dose=Decimal(300), unit="mg/day")
    )
    assert "csa" not in issues("OVERDUE", story.snapshot(10))
    assert "csa" in issues("OVERDUE", story.snapshot(11))


def test_overdue_csa_level_of_the_day_of_the_change_does_not_answer_it() -> None:
    story = (
        on("T2")
        .drug(6, "csa", dose=Decimal(300), unit="mg/day")
        .test("6T07:00", "csa", "210", route="iv", timing="pre_dose")
    )
    assert "csa" in issues("OVERDUE", story.snapshot(11))


def test_105_overdue_csa_level_of_an_order_that_is_only_renewed_is_not_asked_for_anew() -> None:
    story = on("T2").test(4, "csa", "210", route="iv", timing="pre_dose").drug(6, "csa", dose=None)
    assert "csa" not in issues("OVERDUE", story.snapshot(11))
    assert "csa" in issues("OVERDUE", story.snapshot(14))


def test_overdue_csa_level_then_weekly() -> None:
    story = on("T2").test(4, "csa", "210", route="iv", timing="pre_dose")
    assert "csa" not in issues("OVERDUE", story.snapshot(13))
    assert "csa" in issues("OVERDUE", story.snapshot(14))


def test_overdue_a_blood_count_is_answered_by_any_of_its_tests() -> None:
    assert "wbc" not in issues("OVERDUE", on("T1").test(8, "lymphocytes", "900").snapshot(12))


def test_overdue_asks_for_nothing_while_the_course_is_unknown() -> None:
    assert issues("OVERDUE", Story().mda5(0, "positive").snapshot(40)) == {}


@pytest.mark.parametrize(("scanned", "due"), [(6, 14), (7, 28), (20, 28), (21, None)])
def test_overdue_a_scan_of_the_week_before_answers_its_day(scanned: int, due: int | None) -> None:
    tests = {x.code: x for x in due_tests(Situation(on("T1").hrct(scanned, ggo=True).snapshot(22)))}
    assert (tests["hrct"].due if "hrct" in tests else None) == (moment(due).date() if due else None)


def test_step_not_started_counts_hours_through_a_change_of_clocks() -> None:
    """Europe/Berlin loses an hour on 31 March 2024 (day 30): 48 hours after 10:00 it is 11:00."""
    story = Story("Europe/Berlin").dyspnoea("29T10:00", True, "worse").mda5("29T10:00", "positive")
    known = moment("29T10:00", "Europe/Berlin")
    decided = Indicated(step="T3", known_from=known, facts=("2",))
    for given in (decided, Indicated(possible=("T2", "T3"))):
        assert issues("STEP_NOT_STARTED", story.snapshot("31T10:59"), given) == {}
        assert len(issues("STEP_NOT_STARTED", story.snapshot("31T11:00"), given)) == 1
