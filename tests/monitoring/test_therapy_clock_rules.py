"""What the rules make of the therapy clock: specification 12 (42), 13 (67), (74)-(77)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.walk.engine import walk
from monitoring.clock import Appointment, appointments
from monitoring.engine import Severity
from monitoring.lifecycle import Step
from patients.clinical.facts import Decision, Outcome, Support
from patients.clinical.reasons import say
from tests.monitoring.looking import course_of_alerts, issues, one, steps_to
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


def test_67_worse_under_a_high_dose_is_critical_though_day_14_was_not_judged() -> None:
    """The usual lapse: an older question that nobody answered hides no newer one."""
    story = on_t1("60").dyspnoea(30, True, "worse")
    before = due(story, 29)
    assert before
    assert (before.severity, before.on) == (Severity.WARNING, moment(14).date())
    found = due(story, 30)
    assert found
    assert (found.severity, found.on, found.known) == (Severity.CRITICAL, moment(30).date(), moment(30))
    assert [say(x) for x in found.reasons] == [
        "improvement on T1 is asked at once: worse under a high dose of glucocorticoid",
        "dyspnoea on exertion worse on 31 Mar",
        "improvement on T1 was to be judged on 15 Mar, day 14, and is not recorded",
        "4 weeks of T1 are over: improvement was to be judged on 29 Mar, day 28, and is not recorded",
    ]
    assert [x.day for x in open_appointments(story, 30)] == [moment(n).date() for n in (14, 28, 30)]


def test_67_a_second_worsening_under_a_high_dose_after_an_improvement_is_critical_too() -> None:
    story = on_t1("60").dyspnoea(20, True, "worse").judged(21, "improved").judged(28, "improved")
    found = due(story.dyspnoea(40, True, "worse"), 40)
    assert found
    assert (found.severity, found.on) == (Severity.CRITICAL, moment(40).date())
    assert due(story.judged(40, "improved"), 40) is None


@pytest.mark.parametrize(("mg", "severity"), [("60", Severity.CRITICAL), ("20", Severity.WARNING)])
def test_42_67_111_a_question_that_comes_later_asks_anew_of_one_that_was_acknowledged(
    mg: str, severity: Severity
) -> None:
    """Day 14 was not judged; then improved on day 21 and, on day 40, worse, with day 28 not judged."""
    story = on_t1(mg).judged(21, "improved")
    late = due(story, 32)
    assert late
    assert late.on == moment(28).date()
    found = due(story.dyspnoea(40, True, "worse"), 40)
    assert found
    assert (found.severity, found.on) == (severity, moment(40).date())
    assert found.reasons[0].message in found.again


@pytest.mark.parametrize(
    ("story", "step"),
    [
        (on_t1("60").dyspnoea(30, True, "worse"), Step.RAISED),  # to critical
        (on_t1("20").judged(21, "improved").dyspnoea(40, True, "worse"), Step.RAISED),  # as grave, and another question
        (on_t1("20").judged(21, "improved").pao2(40, "84"), Step.UPDATED),  # as info
    ],
)
def test_42_67_what_was_acknowledged_asks_again(story: Story, step: Step) -> None:
    assert steps_to(story, 29, 40, "IMPROVEMENT_JUDGEMENT_DUE") == [step]


def test_24_day_28_asks_anew_where_day_14_was_not_judged() -> None:
    story = on_t1()
    found = due(story, 27)
    assert found
    assert (len(found.reasons), found.again) == (1, frozenset())
    found = due(story, 28)
    assert found
    assert (found.on, len(found.reasons)) == (moment(14).date(), 2)
    assert found.reasons[1].message in found.again
    [first, *others] = course_of_alerts(story, 30, "IMPROVEMENT_JUDGEMENT_DUE")
    assert (first.open, others) == (True, [])


def test_111_more_oxygen_asks_anew_though_an_older_question_is_open() -> None:
    story = on_t1().add(Support, 2, level="room_air").add(Support, 20, level="oxygen", flow=Decimal(2))
    found = due(story, 20)
    assert found
    assert say(found.reasons[0]) == "improvement on T1 is asked at once: oxygen, or more of it, is needed"
    assert found.reasons[0].message in found.again
    assert (found.severity, found.on) == (Severity.WARNING, moment(20).date())
    assert say(found.reasons[-1]) == "improvement on T1 was to be judged on 15 Mar, day 14, and is not recorded"


def test_74_a_mild_fall_hides_no_warning_and_asks_nothing_anew() -> None:
    found = due(on_t1().pao2(20, "84"), 20)
    assert found
    assert (found.severity, found.on) == (Severity.WARNING, moment(14).date())
    improved = due(on_t1().judged(21, "improved").pao2(40, "84"), 40)
    assert improved
    assert (improved.severity, improved.on) == (Severity.WARNING, moment(28).date())
    assert improved.again.isdisjoint(x.message for x in improved.reasons[1:])


def open_appointments(story: Story, day: Day) -> list[Appointment]:
    return [x for x in appointments(story.snapshot(day)) if x.judgement is None]


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
