"""The marks of five systems: from open alerts and from which tests were done, and never a ring without a result."""

from __future__ import annotations

import pytest

from ildcare.ward.systems import LOOKED_DAYS, SYSTEM_OF, TESTS, TESTS_OF, MarkStyle, Open, System, marks_of
from monitoring.engine import Severity
from monitoring.rules import BY_CODE
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import say

DONE = dict.fromkeys(TESTS, 0)


def looks(
    *alerts: Open, days: dict[str, int] | None = None, runs=("csa",), judged: bool = True
) -> dict[System, MarkStyle]:
    found = marks_of(alerts, DONE if days is None else days, runs=runs, judged=judged)
    assert [x.system for x in found] == list(System)
    return {x.system: x.style for x in found}


def test_every_rule_has_a_system_or_is_named_as_having_none() -> None:
    assert SYSTEM_OF.keys() == BY_CODE.keys()
    assert set(SYSTEM_OF.values()) == {*System, None}


def test_every_test_is_measured() -> None:
    assert set(TESTS) <= MEASUREMENTS.keys()


def test_where_everything_was_done_and_nothing_is_open_all_are_rings() -> None:
    assert set(looks().values()) == {MarkStyle.CLEAR}


@pytest.mark.parametrize("system", [x for x in System if TESTS_OF[x]])
def test_a_ring_has_a_result_behind_it(system: System) -> None:
    for either in TESTS_OF[system]:
        old = {**DONE, **dict.fromkeys(either, LOOKED_DAYS + 1)}
        never = {code: n for code, n in DONE.items() if code not in either}
        for days in (old, never):
            assert looks(days=days)[system] == MarkStyle.UNKNOWN
            assert sum(x == MarkStyle.UNKNOWN for x in looks(days=days).values()) == 1
        assert looks(days={**never, either[-1]: LOOKED_DAYS})[system] == MarkStyle.CLEAR, (
            "one of those that say the same"
        )
    assert looks(days={})[system] == MarkStyle.UNKNOWN


def test_a_test_that_is_late_is_no_ring() -> None:
    late = Open("OVERDUE", Severity.WARNING, "creatinine")
    assert looks(late)[System.KIDNEY] == MarkStyle.UNKNOWN
    assert looks(late)[System.LIVER] == MarkStyle.CLEAR


@pytest.mark.parametrize("rule", [code for code, system in SYSTEM_OF.items() if system])
def test_an_open_alert_is_drawn_by_its_gravity(rule: str) -> None:
    system = SYSTEM_OF[rule]
    assert looks(Open(rule, Severity.WARNING))[system] == MarkStyle.WARNING
    assert looks(Open(rule, Severity.WARNING), Open(rule, Severity.CRITICAL, "b"))[system] == MarkStyle.CRITICAL
    assert looks(Open(rule, Severity.CRITICAL), days={}, judged=False)[system] == MarkStyle.CRITICAL
    assert looks(Open(rule, Severity.INFO, possible=True))[system] == MarkStyle.UNKNOWN
    assert looks(Open(rule, Severity.INFO))[system] == MarkStyle.CLEAR


def test_a_rule_without_a_system_marks_none() -> None:
    assert set(looks(Open("PAO2_LOW", Severity.CRITICAL)).values()) == {MarkStyle.CLEAR}


def test_a_drug_without_levels_is_nothing_to_look_for() -> None:
    assert looks(runs=())[System.DRUG] == MarkStyle.NONE
    assert looks(runs=("csa",), judged=False)[System.DRUG] == MarkStyle.UNKNOWN


def test_each_mark_says_what_it_means() -> None:
    marks = marks_of([Open("AKI", Severity.CRITICAL)], {}, runs=(), judged=False)
    assert [say(x.why) for x in marks] == [
        "infection: BDG not measured in 28 days",
        "kidney: critical",
        "liver: ALT not measured in 28 days",
        "blood: Neut not measured in 28 days",
        "drug: no drug with levels",
    ]
