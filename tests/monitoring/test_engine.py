"""What an issue is made of, which of several is kept, and where a value stands against its reference."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from monitoring.engine import Group, Issue, Rule, Severity, Situation, examine, issue
from monitoring.limits import beyond, position
from monitoring.readings import baseline, kit_note, kits_differ, of_days, run_known
from monitoring.rules import BY_CODE, RULES
from patients.clinical.facts import Outcome
from patients.clinical.measurement_type import Reference
from patients.clinical.reasons import Reason, reason, say
from patients.clinical.truth import Truth
from tests.story import DAY_0, Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
WHY = Reason("because")


def test_an_issue_without_facts_needs_its_day_and_the_moment_at_which_it_was_known() -> None:
    for told in ({}, {"on": DAY_0}, {"known": moment(0)}):
        with pytest.raises(ValueError, match="without facts"):
            issue(WARNING, WHY, **told)
    found = issue(WARNING, WHY, on=DAY_0, known=moment(3))
    assert (found.on, found.known, found.facts, found.reasons) == (DAY_0, moment(3), (), (WHY,))


def test_an_issue_rests_on_its_facts_but_for_treatments_each_once() -> None:
    snapshot = Story().ferritin(2, "5", known=4).drug(1, "gc").ferritin(3, "6").snapshot(9)
    (first, second), (drug,) = snapshot.measurements, snapshot.treatments
    found = issue(WARNING, [WHY, WHY], first, drug, second, first)
    assert (found.facts, found.on, found.known) == (("1", "3"), moment(2).date(), moment(4))
    assert found.reasons == (WHY, WHY)
    planned = issue(WARNING, WHY, first, known=moment(8), on=DAY_0)
    assert (planned.on, planned.known) == (DAY_0, moment(8))


@pytest.mark.parametrize(("severity", "possible", "told"), [(CRITICAL, False, CRITICAL), (CRITICAL, True, INFO)])
def test_37_what_is_only_possible_is_info(severity: Severity, possible: bool, told: Severity) -> None:
    assert issue(severity, WHY, on=DAY_0, known=moment(0), possible=possible).severity is told


def saying(code: str, *severities: Severity, group: Group = Group.COURSE, subjects: str = "") -> Rule:
    """A rule that finds issues of these severities, of one subject or of several."""

    def detect(_situation: Situation) -> list[Issue]:
        named = subjects or "x" * len(severities)
        return [
            issue(x, reason(f"{n}"), on=DAY_0, known=moment(0), subject=subject)
            for n, (x, subject) in enumerate(zip(severities, named, strict=True))
        ]

    return Rule(code=code, group=group, version=7, title="", source="", basis="J", detect=detect)


def test_of_one_rule_and_subject_the_gravest_issue_is_kept_and_of_equal_ones_the_first() -> None:
    snapshot = Story().snapshot(0)
    for severities, kept in (((INFO, CRITICAL, WARNING), "1"), ((WARNING, WARNING), "0")):
        (found,) = examine([saying("A", *severities)], snapshot).issues
        assert (found.rule, found.version, found.reasons[0].message) == ("A", 7, kept)


def test_issues_come_worst_first_then_by_rule_and_subject() -> None:
    rules = [saying("B", WARNING, CRITICAL, subjects="yz"), saying("A", WARNING, WARNING, subjects="zx")]
    found = examine(rules, Story().snapshot(0)).issues
    assert [x.rule + x.subject for x in found] == ["Bz", "Ax", "Az", "By"]


@pytest.mark.parametrize(
    ("what", "speaking"),
    [(None, {"A", "B", "C"}), ("lung_transplant", {"C"}), ("death", set()), ("transferred", set())],
)
def test_87_after_a_transplant_course_and_response_are_silent_and_after_the_end_of_care_everything(
    what, speaking
) -> None:
    story = Story() if what is None else Story().add(Outcome, 0, what=what)
    rules = [saying("A", INFO), saying("B", INFO, group=Group.RESPONSE), saying("C", INFO, group=Group.ORGANS)]
    examination = examine(rules, story.snapshot(1))
    assert {x.rule for x in examination.issues} == speaking
    assert examination.judged == {"A", "B", "C"}


def test_a_situation_knows_the_facts_behind_reasons_each_once_and_no_others() -> None:
    situation = Situation(Story().ferritin(0, "5").ferritin(1, "6").snapshot(2))
    told = [Reason("", facts=("2", "1")), Reason("", facts=("gone", "2"))]
    assert [x.id for x in situation.facts_of(told)] == ["2", "1"]
    assert situation.day_of(moment("1T23:59")) == moment(1).date()
    assert situation.start_of_day(moment(1).date()) == moment(1)


# -- where a value stands ---------------------------------------------------------------------------------------------

BETWEEN = Reference(Decimal(10), Decimal(20))
UP_TO = Reference(high=Decimal(20))
BELOW = Reference(high=Decimal(20), strict_high=True)
FROM = Reference(low=Decimal(10))


@pytest.mark.parametrize(
    ("reference", "value", "place"),
    [
        (BETWEEN, "9.9", "low"),
        (BETWEEN, "10", "within"),
        (BETWEEN, "20", "within"),
        (BETWEEN, "20.1", "high"),
        (BETWEEN, "<10", "low"),
        (BETWEEN, "<=10", ""),
        (BETWEEN, "<15", ""),
        (BETWEEN, ">20", "high"),
        (BETWEEN, ">=20", ""),
        (UP_TO, "<20", "within"),
        (UP_TO, "<=20", "within"),
        (UP_TO, "20.1", "high"),
        (BELOW, "19.9", "within"),
        (BELOW, "20", "high"),
        (BELOW, "<20", "within"),
        (BELOW, ">=20", "high"),
        (FROM, "9.9", "low"),
        (FROM, "10", "within"),
        (FROM, ">=10", "within"),
        (FROM, ">9", ""),
        (None, "5", ""),
    ],
)
def test_a_value_is_low_high_or_within_only_where_every_value_that_it_can_have_is(reference, value: str, place) -> None:
    (measurement,) = Story().test(0, "ldh", value).snapshot(0).measurements
    assert position(measurement, reference) == place


@pytest.mark.parametrize(
    ("code", "value", "answer"),
    [
        ("ferritin", "1000", Truth.NO),
        ("ferritin", "1000.1", Truth.YES),
        ("ferritin", ">900", Truth.UNKNOWN),
        ("pao2", "60", Truth.NO),
        ("pao2", "59.9", Truth.YES),
        ("kl6", "9999", Truth.NO),
    ],
)
def test_only_ferritin_and_pao2_have_a_limit_of_the_chart(code: str, value: str, answer: Truth) -> None:
    (measurement,) = Story().test(0, code, value).snapshot(0).measurements
    assert beyond(measurement) is answer


# -- what several rules read ------------------------------------------------------------------------------------------


def test_the_baseline_is_the_last_value_of_days_minus_14_to_0() -> None:
    snapshot = Story().ferritin(-15, "1").ferritin(-14, "2").ferritin("0T12:00", "3").ferritin(1, "4").snapshot(9)
    series = snapshot.measurements
    assert [str(x.quantity) for x in of_days(series, DAY_0, -14, 0)] == ["2", "3"]
    assert [str(x.quantity) for x in of_days(series, DAY_0, 1, 1)] == ["4"]
    assert baseline(snapshot, series, DAY_0) is series[2]
    assert baseline(snapshot, series[:1], DAY_0) is None


@pytest.mark.parametrize(
    ("one", "other", "differ", "notes"),
    [("A", "B", True, 0), ("A", "A", False, 0), ("A", None, False, 1), (None, "B", False, 1), (None, None, False, 0)],
)
def test_20_kits_differ_only_if_both_are_named_and_one_alone_is_said(one, other, differ: bool, notes: int) -> None:
    a, b = Story().test(0, "kl6", "5", kit=one).test(1, "kl6", "6", kit=other).snapshot(2).measurements
    assert kits_differ(a, b) is differ
    assert len(list(kit_note(a, b))) == notes


def test_a_run_is_known_with_its_first_value_be_it_the_last_of_the_series() -> None:
    series = (
        Story().ferritin(0, "9").ferritin(1, "1").ferritin(2, "9", known=5).ferritin(3, "9").snapshot(9).measurements
    )
    assert run_known(series, lambda x: x.quantity.value > 5) == moment(5)
    assert run_known(series[-1:], lambda x: x.quantity.value > 5) == moment(3)


def test_unless_it_is_told_an_issue_is_sure_and_of_the_one_condition_of_its_rule() -> None:
    found = Issue(WARNING, (WHY,), (), DAY_0, moment(0))
    assert (found.subject, found.possible, found.rule, found.version, found.key) == ("", False, "", 0, ("", ""))


# -- infection before response (13 (78)) ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (lambda x: x, []),
        (
            lambda x: x.test(20, "bdg", "43"),
            [
                "Beta-D-glucan or galactomannan positive",
                "Positive beta-D-glucan with signs of a worse lung: infection first",
            ],
        ),
        (lambda x: x.finding(20, "infection", True), ["finding infection on 21 Mar"]),
        (lambda x: x.finding(20, "infection", True).finding(20, "infection", False), []),
        (lambda x: x.test(20, "cmv_pp65", "1"), []),
        (lambda x: x.test(20, "cmv_pp65", "14"), ["CMV antigenaemia"]),
    ],
)
def test_78_what_is_told_of_the_response_says_that_infection_is_not_excluded(more: Callable, said: list[str]) -> None:
    story = more(Story().test(-1, "kl6", "500").drug(0, "gc", dose=Decimal(5), unit="mg/day").test(20, "kl6", "1000"))
    examination = examine(RULES, story.snapshot(20))
    (ratio,) = [x for x in examination.issues if x.rule == "KL6_RATIO"]
    told = [say(x) for x in ratio.reasons if "infection not excluded" in say(x)]
    assert sorted(told) == [f"infection not excluded: {x}" for x in said]
    others = [x for x in examination.issues if BY_CODE[x.rule].group is not Group.RESPONSE]
    assert not any("not excluded" in say(why) for x in others for why in x.reasons)
