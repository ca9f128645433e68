"""What the rules make of the therapy clock: specification 12 (42), 13 (67), (74)-(77)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.walk.engine import walk
from monitoring.engine import Severity
from patients.clinical.facts import Decision, Outcome
from patients.clinical.reasons import say
from tests.monitoring.looking import issues, one
from tests.story import Day, Story, moment


def due(story: Story, day: Day):
    return one("IMPROVEMENT_JUDGEMENT_DUE", story.snapshot(day))


def on_t1(mg: str = "20") -> Story:
    story = Story().dyspnoea(-1, True, "worse").drug(0, "gc", dose=Decimal(mg), unit="mg/day")
    return story.pao2(-1, "95")


def test_42_improvement_is_asked_again_at_once() -> None:
    story = on_t1().judged(14, "improved").judged(28, "improved").dyspnoea(40, True, "worse")
    found = due(story, 40)
    assert found
    assert (found.severity, found.on, found.known) == (Severity.WARNING, moment(40).date(), moment(40))
    assert [say(x) for x in found.reasons] == [
        "improvement on T1 is asked again: worse after it was judged improved",
        "dyspnoea on exertion worse on 10 Apr",
    ]
    assert due(story.judged(41, "improved"), 41) is None


@pytest.mark.parametrize(("value", "severity"), [("80", Severity.INFO), ("79.9", Severity.WARNING)])
def test_74_a_fall_of_pao2_alone_that_leaves_80_on_air_asks_as_info(value: str, severity: Severity) -> None:
    found = due(on_t1().judged(14, "improved").judged(28, "improved").pao2(40, value), 40)
    assert found
    assert found.severity is severity


def test_74_not_as_info_with_another_sign() -> None:
    story = on_t1().judged(28, "improved").pao2(40, "84").hrct(40, change="increased")
    found = due(story, 40)
    assert found
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize(("mg", "severity"), [("30", Severity.CRITICAL), ("29", None)])
def test_67_worse_under_a_high_dose_asks_at_once_and_critically(mg: str, severity: Severity | None) -> None:
    found = due(on_t1(mg).judged(12, "unchanged").hrct(20, change="increased"), 20)
    assert (found.severity if found else None) is severity


def test_67_unchanged_then_is_resistance_on_that_day() -> None:
    story = (
        on_t1("30").judged(12, "unchanged").test(1, "vc", "2.20").test(20, "vc", "1.90").judged("20T12:00", "unchanged")
    )
    found = one("GC_RESISTANT", story.snapshot(20))
    assert found
    assert found.known == moment("20T12:00")
    assert due(story, 20) is None


# -- (76): undecided is not untreated ---------------------------------------------------------------------------------


def undecided() -> Story:
    """A/S on day 0; T1, T2 and T3 possible."""
    return Story().dyspnoea(0, True, "worse")


def owed(story: Story, day: Day):
    snapshot = story.snapshot(day)
    return issues("STEP_NOT_STARTED", snapshot, walk(CURRENT, snapshot).indicated)


@pytest.mark.parametrize(("now", "fires"), [("1T23:59", False), ("2T00:00", True)])
def test_76_undecided_the_lowest_possible_step_is_owed_after_48_hours(now: str, fires: bool) -> None:
    found = owed(undecided(), now)
    assert set(found) == ({"T1"} if fires else set())
    assert not fires or "every possible step begins with glucocorticoid, at least T1" in say(found["T1"].reasons[0])


def test_76_the_lowest_follows_what_is_known() -> None:
    assert set(owed(undecided().diagnosis(0, "DM"), 3)) == {"T2"}


def test_76_it_ends_when_the_step_is_started_or_a_decision_gives_a_reason() -> None:
    assert owed(undecided().drug(1, "gc"), 3) == {}
    assert owed(undecided().add(Decision, 1, step="T1", accepted=False, reason="infection first"), 3) == {}
    assert owed(undecided().add(Decision, 1, step="T1", accepted=False, reason=""), 3) != {}
    early = Story().add(Decision, 0, step="T1", accepted=False, reason="well").dyspnoea(1, True, "worse")
    assert owed(early, 4) != {}


def test_76_only_in_an_acute_course() -> None:
    assert owed(Story().dyspnoea(0, True), 30) == {}


# -- (75), (77) -------------------------------------------------------------------------------------------------------


def test_75_a_later_regimen_makes_the_omission_an_info() -> None:
    story = Story().dyspnoea(0, True, "worse").mda5(0, "positive").drug(1, "gc").drug(1, "tac")
    assert owed(story, 3)["T3"].severity is Severity.WARNING
    later = owed(story.drug(2, "tofacitinib"), 3)["T3"]
    assert later.severity is Severity.INFO
    assert "the chart's combination is not given" in say(later.reasons[0])


def test_77_resistance_ends_with_a_decision_that_gives_a_reason() -> None:
    story = on_t1().judged(10, "worse")
    assert one("GC_RESISTANT", story.snapshot(12)) is not None
    decided = story.add(Decision, 11, step="T2", accepted=False, reason="infection first")
    assert one("GC_RESISTANT", decided.snapshot(12)) is None
    assert one("GC_RESISTANT", decided.judged(13, "worse").snapshot(14)) is not None  # newer than the decision


def test_76_the_end_of_care_owes_nothing() -> None:
    snapshot = undecided().add(Outcome, 1, what="death").snapshot(5)
    assert issues("STEP_NOT_STARTED", snapshot, walk(CURRENT, snapshot).indicated) == {}


def test_67_an_episode_that_an_onset_began_under_a_high_dose_asks_from_its_first_day() -> None:
    """No fact but the onset: the question is known with the start of that day."""
    story = Story().onset(100).drug(80, "gc", dose=Decimal(30), unit="mg/day")
    found = due(story, 101)
    assert found
    assert (found.severity, found.on, found.known) == (Severity.CRITICAL, moment(100).date(), moment(100))


@pytest.mark.parametrize(("stop", "asked"), [(40, True), (39, False)])
def test_no_judgement_is_due_once_the_drugs_of_the_step_were_stopped(stop: int, asked: bool) -> None:
    story = Story().dyspnoea(-1, True, "worse").drug(0, "gc", stop=stop)
    assert (due(story, 40) is not None) is asked


@pytest.mark.parametrize(("at", "owes"), [("0T11:59", True), ("0T12:00", False)])
def test_76_a_decision_of_the_moment_at_which_the_course_was_known_is_not_older(at: str, owes: bool) -> None:
    story = Story().dyspnoea("0T12:00", True, "worse").add(Decision, at, step="T1", accepted=False, reason="infection")
    assert bool(owed(story, 4)) is owes
