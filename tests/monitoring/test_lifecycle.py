"""The life of an alert on whole courses: opened, raised, lowered, ended, withdrawn, opened anew; the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest

from monitoring.engine import Failure, Group, Rule, Severity, examine
from monitoring.lifecycle import AlertState, Moment, Step, evaluation_moments, reconcile
from monitoring.rules import BY_CODE, RULES
from tests.monitoring.looking import course_of_alerts, frozen
from tests.story import DAY_0, Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
HIGH = (BY_CODE["FERRITIN_HIGH"],)


def test_severity_sorts_by_gravity_not_by_name() -> None:
    assert sorted([CRITICAL, INFO, WARNING]) == [INFO, WARNING, CRITICAL]


def test_one_alert_per_episode_whose_severity_rises() -> None:
    (alert,) = course_of_alerts(Story().ferritin(0, "1200").ferritin(2, "1679"), 5, "FERRITIN_HIGH")
    assert (alert.opened_on, alert.severity, alert.open) == (date(2024, 3, 1), CRITICAL, True)
    assert [severity for _, severity in alert.history] == [WARNING, CRITICAL]


def test_severity_sinks_and_the_history_is_kept() -> None:
    (alert,) = course_of_alerts(Story().ferritin(0, "1679").ferritin(2, "1200"), 5, "FERRITIN_HIGH")
    assert alert.severity is WARNING
    assert [x for _, x in alert.history] == [CRITICAL, WARNING]


def test_alert_ends_by_a_later_fact_and_a_new_episode_is_a_new_alert() -> None:
    story = Story().ferritin(0, "1200").ferritin(3, "800").ferritin(6, "1300")
    first, second = course_of_alerts(story, 7, "FERRITIN_HIGH")
    assert (first.closed_because, first.closed_at) == (Step.ENDED, moment(3))
    assert (second.episode, second.opened_on, second.open) == (2, date(2024, 3, 7), True)


def test_alert_opens_on_the_day_its_condition_became_known_and_keeps_the_day_of_the_value() -> None:
    (alert,) = course_of_alerts(Story().ferritin(0, "1200", known=4), 5, "FERRITIN_HIGH")
    assert (alert.opened_on, alert.value_on) == (date(2024, 3, 5), date(2024, 3, 1))


def test_a_cancelled_result_withdraws_its_alert() -> None:
    story = Story().ferritin(0, "1200", id="a").ferritin(0, "1200", known=2, id="a", cancelled=True)
    (alert,) = course_of_alerts(story, 3, "FERRITIN_HIGH")
    assert (alert.closed_because, alert.closed_at) == (Step.WITHDRAWN, moment(2))


def test_a_corrected_result_withdraws_its_alert() -> None:
    story = Story().ferritin(0, "1200", id="a").ferritin(0, "120", known=2, id="a")
    (alert,) = course_of_alerts(story, 3, "FERRITIN_HIGH")
    assert alert.closed_because is Step.WITHDRAWN


def test_a_correction_that_still_holds_says_so_and_asks_again() -> None:
    story = Story().ferritin(0, "1200", id="a").ferritin(0, "1210", known=2, id="a")
    before, after = frozen(story, moment(1)), frozen(story, moment(2))
    (opened,) = reconcile([], examine(HIGH, before), ids(before), Moment(moment(1), story.zone))
    (change,) = reconcile([opened.state], examine(HIGH, after), ids(after), Moment(moment(2), story.zone))
    assert change.step is Step.CORRECTED
    assert change.asks_again


def test_a_preliminary_result_that_becomes_final_is_no_correction() -> None:
    story = Story().ferritin(0, "1200", id="a", status="preliminary").ferritin(0, "1200", known=2, id="a")
    before, after = frozen(story, moment(1)), frozen(story, moment(2))
    (opened,) = reconcile([], examine(HIGH, before), ids(before), Moment(moment(1), story.zone))
    (change,) = reconcile([opened.state], examine(HIGH, after), ids(after), Moment(moment(2), story.zone))
    assert change.step is Step.UPDATED


def ids(snapshot: object) -> frozenset[str]:
    return frozenset(x.id for x in snapshot.all_facts)  # type: ignore[attr-defined]


def test_a_newer_value_of_the_same_severity_updates_without_asking_again() -> None:
    story = Story().ferritin(0, "1200").ferritin(2, "1210")
    before, after = frozen(story, moment(1)), frozen(story, moment(2))
    (opened,) = reconcile([], examine(HIGH, before), ids(before), Moment(moment(1), story.zone))
    (change,) = reconcile([opened.state], examine(HIGH, after), ids(after), Moment(moment(2), story.zone))
    assert change.step is Step.UPDATED
    assert not change.asks_again


def test_looking_twice_changes_nothing() -> None:
    snapshot = Story().ferritin(0, "1200").dyspnoea(0, True, "worse").snapshot(12)
    at = Moment(moment(12), "Asia/Tokyo")
    opened = reconcile([], examine(RULES, snapshot), ids(snapshot), at)
    assert opened
    assert reconcile([x.state for x in opened], examine(RULES, snapshot), ids(snapshot), at) == ()


def broken() -> Rule:
    def detect(situation: object) -> list[object]:
        raise ZeroDivisionError("in the rule")

    return Rule(code="FERRITIN_HIGH", group=Group.COURSE, version=1, title="", source="", basis="J", detect=detect)  # type: ignore[arg-type]


def test_a_failing_rule_is_reported_and_silences_no_other() -> None:
    rules = (broken(), *(x for x in RULES if x.code != "FERRITIN_HIGH"))
    examination = examine(rules, Story().ferritin(0, "1200").dyspnoea(0, True, "worse").snapshot(0))
    assert examination.failures == (Failure("FERRITIN_HIGH", "ZeroDivisionError: in the rule"),)
    assert {x.rule for x in examination.issues} >= {"AS_ENTRY", "POOR_RISK_MET"}


def test_a_failing_rule_does_not_close_its_alerts() -> None:
    snapshot = Story().ferritin(0, "1200").snapshot(0)
    (opened,) = reconcile([], examine(HIGH, snapshot), ids(snapshot), Moment(moment(1), "Asia/Tokyo"))
    assert (
        reconcile([opened.state], examine([broken()], snapshot), ids(snapshot), Moment(moment(2), "Asia/Tokyo")) == ()
    )


def test_withdrawn_course_takes_entry_and_factors_with_it() -> None:
    story = Story().mda5(0, "positive").dyspnoea(1, True, "worse", id="d")
    story.dyspnoea(1, True, "worse", known=3, id="d", cancelled=True)
    alerts = course_of_alerts(story, 4, "AS_ENTRY", "POOR_RISK_MET")
    assert {(x.rule, x.closed_because) for x in alerts} == {
        ("AS_ENTRY", Step.WITHDRAWN),
        ("POOR_RISK_MET", Step.WITHDRAWN),
    }


def test_stopping_a_drug_is_no_correction() -> None:
    story = Story().test(4, "csa", "150", route="iv", timing="pre_dose").drug(0, "csa", id="c")
    story.drug(0, "csa", stop=6, known=6, id="c")
    (alert,) = course_of_alerts(story, 8, "CSA_LOW")
    assert alert.closed_because is Step.ENDED


def test_clock_rules_open_on_the_day_they_became_true() -> None:
    story = Story().dyspnoea(0, True, "worse").test(0, "ck", "80")
    alerts = {x.subject: x for x in course_of_alerts(story, 12, "OVERDUE")}
    assert alerts["ferritin"].opened_on == date(2024, 3, 11)
    assert alerts["spo2"].opened_on == date(2024, 3, 4)


def test_an_alert_that_a_cancellation_brings_opens_on_the_day_of_the_cancellation() -> None:
    story = Story().ferritin(0, "1200", known=1).ferritin("0T12:00", "900", known=1, id="b")
    story.ferritin("0T12:00", "900", known=5, id="b", cancelled=True)
    (alert,) = course_of_alerts(story, 6, "FERRITIN_HIGH")
    assert (alert.opened_on, alert.value_on) == (date(2024, 3, 6), date(2024, 3, 1))


def test_unknown_everything_raises_nothing() -> None:
    assert course_of_alerts(Story().finding(0, "cough"), 100) == []


def test_days_are_those_of_the_site_through_a_change_of_clocks() -> None:
    story = Story("America/New_York").test(-1, "kl6", "1000").drug(0, "gc").test("28T23:30", "kl6", "1800")
    (alert,) = course_of_alerts(story, 29, "KL6_RATIO")
    assert alert.opened_on == date(2024, 3, 29)
    late = Story("America/New_York").test(-1, "kl6", "1000").drug(0, "gc").test("29T00:10", "kl6", "1800")
    assert course_of_alerts(late, 29, "KL6_RATIO") == []


@pytest.mark.parametrize(("known", "opened"), [("1T12:00", 3), ("1T12:01", 1), ("3T09:01", 3)])
def test_17_what_the_last_look_should_have_seen_and_did_not_opens_today(known: str, opened: int) -> None:
    """Looked at on day 3 at 09:00, and before on day 1 at 12:00."""
    look = Moment(moment("3T09:00"), "Asia/Tokyo", moment("1T12:00"))
    assert look.day_known(moment(known)) == moment(opened).date()
    assert Moment(moment("3T09:00"), "Asia/Tokyo").day_known(moment("1T12:00")) == moment(1).date()


# -- a warning that closed and comes back (13 (92)) --------------------------------------------------------------------


def potassium(*values: tuple[str, str]) -> list[AlertState]:
    story = Story()
    for at, value in values:
        story.test(at, "potassium", value)
    return course_of_alerts(story, 20, "HYPERKALAEMIA")


@pytest.mark.parametrize(("at", "episodes"), [("5T08:00", 1), ("5T08:01", 2)])
def test_92_a_warning_that_comes_back_within_72_hours_is_the_same_episode(at: str, episodes: int) -> None:
    found = potassium(("0T08:00", "5.6"), ("2T08:00", "5.0"), (at, "5.6"))
    assert len(found) == episodes
    assert found[-1].open
    assert found[0].opened_on == date(2024, 3, 1)


def test_92_a_critical_alert_that_comes_back_is_a_new_episode() -> None:
    assert len(potassium(("0T08:00", "6.2"), ("2T08:00", "5.0"), ("3T08:00", "5.6"))) == 2


@pytest.mark.parametrize(("value", "steps"), [("5.8", [Step.UPDATED]), ("6.2", [Step.RAISED])])
def test_92_a_warning_that_comes_back_asks_anew_only_if_it_is_graver(value: str, steps: list[Step]) -> None:
    closed = potassium(("0T08:00", "5.6"), ("2T08:00", "5.0"))
    assert [x.closed_because for x in closed] == [Step.ENDED]
    story = Story().test("0T08:00", "potassium", "5.6").test("2T08:00", "potassium", "5.0")
    snapshot = story.test("3T08:00", "potassium", value).snapshot("3T08:00")
    rule = [BY_CODE["HYPERKALAEMIA"]]
    found = reconcile(closed, examine(rule, snapshot), ids(snapshot), Moment(moment("3T08:00"), story.zone))
    assert [x.step for x in found] == steps
    assert [(x.state.open, x.state.episode, x.state.closed_because) for x in found] == [(True, 1, None)]


def test_92_a_withdrawn_warning_does_not_come_back() -> None:
    story = Story().test(0, "potassium", "5.6", id="a").test(0, "potassium", "5.6", known=1, id="a", cancelled=True)
    story.test(2, "potassium", "5.7")
    found = course_of_alerts(story, 3, "HYPERKALAEMIA")
    assert [x.closed_because for x in found] == [Step.WITHDRAWN, None]


def test_92_what_is_no_measured_condition_does_not_come_back() -> None:
    """Of a test that is due again soon after it was done each is asked for anew."""
    story = Story().ferritin(0, "1200").ferritin(1, "800").ferritin(2, "1300")
    assert len(course_of_alerts(story, 3, "FERRITIN_HIGH")) == 2


# -- the moments at which a course is looked at ------------------------------------------------------------------------


def looks(known: list[str], until: str, turns: dict[int, int | None] | None = None) -> list[str]:
    """The moments, told as "day T time". `turns`: from a day on, the day on which an answer could turn next."""

    def turn(at: datetime) -> date | None:
        day = (turns or {}).get((at.date() - DAY_0).days)
        return None if day is None else moment(day).date()

    found = evaluation_moments(map(moment, known), moment(until), "Asia/Tokyo", None if turns is None else turn)
    return [f"{(x.date() - DAY_0).days}T{x:%H:%M}" for x in found]


@pytest.mark.parametrize(
    ("known", "until", "expected"),
    [
        ([], "3T12:00", []),
        (["0T09:00"], "0T09:00", ["0T09:00"]),
        (["0T09:00", "0T09:00"], "0T09:01", ["0T09:00", "0T09:01"]),
        (["0T09:00", "2T12:00"], "1T08:00", ["0T09:00", "1T00:00", "1T08:00"]),
        (["0T09:00", "1T08:00"], "1T08:00", ["0T09:00", "1T00:00", "1T08:00"]),
        (["0T09:00", "2T00:00"], "2T00:00", ["0T09:00", "1T00:00", "2T00:00"]),
    ],
)
def test_a_course_is_looked_at_when_something_became_known_at_each_start_of_a_day_and_at_the_end(
    known: list[str], until: str, expected: list[str]
) -> None:
    assert looks(known, until) == expected


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ({}, ["0T09:00", "9T00:00", "9T12:00"]),  # nothing turns: as it stood last, and the end
        ({0: 4}, ["0T09:00", "3T00:00", "4T00:00", "9T00:00", "9T12:00"]),
        ({0: 1, 1: 2}, ["0T09:00", "1T00:00", "2T00:00", "9T00:00", "9T12:00"]),
        ({0: 9}, ["0T09:00", "8T00:00", "9T00:00", "9T12:00"]),
        ({0: 10}, ["0T09:00", "9T00:00", "9T12:00"]),
    ],
)
def test_days_on_which_nothing_can_turn_are_left_out_but_for_the_one_before_a_look(
    turns: dict[int, int | None], expected: list[str]
) -> None:
    assert looks(["0T09:00"], "9T12:00", turns) == expected


@pytest.mark.parametrize("turns", [{}, {0: 9}, {0: 8}])
def test_a_look_at_the_start_of_a_day_is_made_once(turns: dict[int, int | None]) -> None:
    """Something becomes known at midnight, on the very day on which an answer turns by itself, or after it."""
    between = ["7T00:00", "8T00:00"] if 8 in turns.values() else ["8T00:00"]
    assert looks(["0T09:00", "9T00:00"], "9T00:00", turns) == ["0T09:00", *between, "9T00:00"]


def test_alerts_are_told_in_the_order_of_opening_and_the_gravest_first() -> None:
    story = Story().dyspnoea(0, True, "worse").ferritin(0, "1200").pao2(0, "55").mda5(3, "positive")
    told = [(x.opened_on, x.severity, x.rule) for x in course_of_alerts(story, 4) if x.rule != "OVERDUE"]
    assert told == sorted(told, key=lambda x: (x[0], -x[1], x[2]))
    assert len({x[0] for x in told}) > 1


def test_each_episode_counts_on_from_the_last_and_opens_not_before_that_ended() -> None:
    """The second is of a value that was known while the first was open."""
    story = Story().ferritin(0, "1200", id="a").ferritin(1, "900", known=2, id="b")
    story.ferritin(1, "900", known=4, id="b", cancelled=True).ferritin(5, "800").ferritin(6, "1300")
    alerts = course_of_alerts(story, 7, "FERRITIN_HIGH")
    assert [x.episode for x in alerts] == [1, 2, 3]
    assert [x.opened_on for x in alerts] == [moment(0).date(), moment(4).date(), moment(6).date()]
    assert [x.closed_at for x in alerts] == [moment(2), moment(5), None]


@pytest.mark.parametrize(
    ("before", "after", "step", "history"),
    [
        ("1200", "1210", Step.UPDATED, [WARNING]),
        ("1679", "1200", Step.LOWERED, [CRITICAL, WARNING]),
        ("1200", "1679", Step.RAISED, [WARNING, CRITICAL]),
    ],
)
def test_what_a_newer_value_does_to_an_open_alert(before: str, after: str, step: Step, history: list[Severity]) -> None:
    story = Story().ferritin(0, before).ferritin(2, after)
    first, second = frozen(story, moment(1)), frozen(story, moment(2))
    (opened,) = reconcile([], examine(HIGH, first), ids(first), Moment(moment(1), story.zone))
    (change,) = reconcile([opened.state], examine(HIGH, second), ids(second), Moment(moment(2), story.zone))
    assert (change.step, [x for _, x in change.state.history]) == (step, history)
    assert change.asks_again is (step is Step.RAISED)
    assert (change.state.opened_at, change.state.value_on) == (moment(1), moment(2).date())


def test_a_correction_that_raises_the_severity_is_a_rise_and_one_that_lowers_it_a_correction() -> None:
    for value, step in (("1679", Step.RAISED), ("1100", Step.CORRECTED)):
        story = (
            Story().ferritin(0, "1200" if step is Step.RAISED else "1679", id="a").ferritin(0, value, known=2, id="a")
        )
        before, after = frozen(story, moment(1)), frozen(story, moment(2))
        (opened,) = reconcile([], examine(HIGH, before), ids(before), Moment(moment(1), story.zone))
        (change,) = reconcile([opened.state], examine(HIGH, after), ids(after), Moment(moment(2), story.zone))
        assert change.step is step


# -- events and conditions (12 (59)) ----------------------------------------------------------------------------------

EVENTS = {"AS_ENTRY", "POOR_RISK_MET", "HRCT_WORSE", "DYSPNOEA_WORSE"}


def acknowledged(alert: AlertState, at: datetime) -> AlertState:
    """As the alert of an event is after a person acknowledged it."""
    return replace(alert, closed_at=at, closed_because=Step.TOLD)


def changes_after(story: Story, told_on: int, day: int, rule: str) -> list[tuple[Step, int]]:
    """What the look of a day does to the alert that was acknowledged on an earlier one: steps and episodes."""
    rules = (BY_CODE[rule],)
    first, then = frozen(story, moment(told_on)), frozen(story, moment(day))
    (opened,) = reconcile([], examine(rules, first), ids(first), Moment(moment(told_on), story.zone))
    held = acknowledged(opened.state, moment(told_on))
    found = reconcile([held], examine(rules, then), ids(then), Moment(moment(day), story.zone, moment(told_on)))
    return [(x.step, x.state.episode) for x in found]


def test_59_the_rules_that_tell_events() -> None:
    assert {x.code for x in RULES if x.event} >= EVENTS
    assert not BY_CODE["GC_RESISTANT"].event, "13 (77): a condition"
    assert not BY_CODE["PAO2_LOW"].event


def test_59_an_acknowledged_event_is_not_told_again() -> None:
    story = Story().dyspnoea(0, True, "worse")
    assert changes_after(story, 1, 5, "DYSPNOEA_WORSE") == []


def test_59_a_new_fact_of_the_kind_is_a_new_event() -> None:
    story = Story().dyspnoea(0, True, "worse").dyspnoea(4, True, "worse")
    assert changes_after(story, 1, 5, "DYSPNOEA_WORSE") == [(Step.OPENED, 2)]


def test_59_a_fact_that_became_known_before_the_acknowledgement_and_was_not_on_the_card_is_a_new_event() -> None:
    """Nobody saw it: the look that would have shown it came later."""
    story = Story().dyspnoea(0, True, "worse", id="a")
    shown = frozen(story, moment(1))
    (opened,) = reconcile([], examine((BY_CODE["DYSPNOEA_WORSE"],), shown), ids(shown), Moment(moment(1), story.zone))
    later = frozen(story.dyspnoea("1T12:00", True, "worse", id="b"), moment(2))
    held = acknowledged(opened.state, moment(2))
    (change,) = reconcile(
        [held], examine((BY_CODE["DYSPNOEA_WORSE"],), later), ids(later), Moment(moment(2), story.zone)
    )
    assert (change.step, change.state.episode) == (Step.OPENED, 2)


def test_59_an_acknowledged_event_that_never_happened_is_withdrawn_once() -> None:
    story = Story().dyspnoea(0, True, "worse", id="d").dyspnoea(0, True, "worse", known=4, id="d", cancelled=True)
    assert changes_after(story, 1, 5, "DYSPNOEA_WORSE") == [(Step.WITHDRAWN, 1)]


def test_59_an_acknowledged_event_that_something_else_followed_stays_as_it_was() -> None:
    story = Story().dyspnoea(0, True, "worse").dyspnoea(4, True, "improved")
    assert changes_after(story, 1, 5, "DYSPNOEA_WORSE") == []


def test_59_a_version_that_says_the_same_is_no_new_event() -> None:
    story = Story().dyspnoea(0, True, "worse", id="d")
    story.dyspnoea(0, True, "worse", known=4, id="d")
    assert changes_after(story, 1, 5, "DYSPNOEA_WORSE") == []


@pytest.mark.parametrize(("known", "told"), [("1T12:00", False), ("2T00:00", False), ("2T00:01", True)])
def test_59_an_event_that_names_no_news_is_another_one_if_it_became_known_after_the_acknowledgement(
    known: str, told: bool
) -> None:
    story = Story().dyspnoea(0, True, "worse")
    snapshot = frozen(story, moment(1))
    rule = (BY_CODE["DYSPNOEA_WORSE"],)
    examination = examine(rule, snapshot)
    (opened,) = reconcile([], examination, ids(snapshot), Moment(moment(1), story.zone))
    held = acknowledged(opened.state, moment(2))
    silent = replace(examination, issues=(examination.issues[0]._replace(news=(), known=moment(known)),))
    found = reconcile([held], silent, ids(snapshot), Moment(moment(3), story.zone, moment(2)))
    assert bool(found) is told


@pytest.mark.parametrize(("then", "told"), [(INFO, False), (WARNING, False), (CRITICAL, True)])
def test_59_an_acknowledged_event_that_is_graver_is_told_anew(then: Severity, told: bool) -> None:
    story = Story().dyspnoea(0, True, "worse")
    snapshot = frozen(story, moment(1))
    rule = (BY_CODE["DYSPNOEA_WORSE"],)
    examination = examine(rule, snapshot)
    (opened,) = reconcile([], examination, ids(snapshot), Moment(moment(1), story.zone))
    held = acknowledged(opened.state, moment(1))
    graver = replace(examination, issues=(examination.issues[0]._replace(severity=then),))
    found = reconcile([held], graver, ids(snapshot), Moment(moment(2), story.zone, moment(1)))
    assert [(x.step, x.state.episode) for x in found] == ([(Step.OPENED, 2)] if told else [])


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (lambda x: x, False),
        (lambda x: x.finding(4, "pneumomediastinum", True), False),
        (lambda x: x.gas(4, "80", "niv"), True),
        (lambda x: x.gas(4, "80", "nasal_cannula", "2"), False),
    ],
)
def test_113_what_makes_an_acknowledged_pneumomediastinum_graver_is_told(more: Callable, told: bool) -> None:
    story = more(Story().finding(0, "pneumomediastinum", True))
    assert changes_after(story, 1, 5, "PNEUMOMEDIASTINUM") == ([(Step.OPENED, 2)] if told else [])
