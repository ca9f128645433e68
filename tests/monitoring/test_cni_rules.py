"""CNI_NEURO_TMA; each boundary by name. Specification 13 (116)."""

from __future__ import annotations

import pytest

from monitoring.engine import Severity
from monitoring.lifecycle import Step
from patients.clinical.reasons import say
from tests.monitoring.looking import course_of_alerts, one
from tests.monitoring.test_lifecycle import changes_after
from tests.story import Story, moment

CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING
RULE = "CNI_NEURO_TMA"
Counts = tuple[str, str, str, str]  # platelets, haemoglobin, LDH, creatinine
BEFORE: Counts = ("200", "12.0", "200", "0.80")
FALLEN: Counts = ("140", "10.5", "240", "0.80")


def counts(story: Story, day: int, values: Counts) -> Story:
    for code, value in zip(("platelets", "haemoglobin", "ldh", "creatinine"), values, strict=True):
        story.test(day, code, value)
    return story


def fallen(values: Counts = FALLEN, day: int = 10, *, before: Counts = BEFORE) -> Story:
    return counts(counts(Story().drug(0, "tac"), 1, before), day, values)


# -- (a) --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["seizure", "visual_disturbance", "confusion"])
@pytest.mark.parametrize("drug", ["csa", "tac"])
def test_116_cni_neuro_tma_a_new_sign_under_the_drug(code: str, drug: str) -> None:
    found = one(RULE, Story().drug(0, drug).finding(3, code, True).snapshot(3))
    assert found
    assert (found.severity, found.on) == (CRITICAL, moment(3).date())
    assert one(RULE, Story().finding(3, code, True).snapshot(3)) is None
    assert one(RULE, Story().drug(0, drug).finding(3, code, False).snapshot(3)) is None
    assert one(RULE, Story().drug(0, drug).finding(3, code).snapshot(3)) is None


def test_cni_neuro_tma_says_what_to_do() -> None:
    found = one(RULE, Story().drug(0, "tac").finding(3, "seizure", True).snapshot(3))
    assert found
    assert say(found.reasons[0]) == ("seizure on 4 Mar under tacrolimus: PRES? Blood pressure, level, magnesium, MRI")


def test_cni_neuro_tma_a_sign_that_was_there_before_the_drug_is_not_new() -> None:
    story = Story().finding(-30, "seizure", True).drug(0, "csa").finding(3, "seizure", True)
    assert one(RULE, story.snapshot(3)) is None
    story = (
        Story().finding(-30, "seizure", True).finding(-2, "seizure", False).drug(0, "csa").finding(3, "seizure", True)
    )
    assert one(RULE, story.snapshot(3)) is not None


def test_cni_neuro_tma_counts_a_background_drug() -> None:
    story = Story().drug(-200, "csa", indication="other").dyspnoea(0, True, "worse").finding(3, "confusion", True)
    assert one(RULE, story.snapshot(3)) is not None


@pytest.mark.parametrize(
    ("code", "value", "day", "fires"),
    [
        ("systolic_bp", "159", 5, False),
        ("systolic_bp", "160", 5, True),
        ("diastolic_bp", "99", 5, False),
        ("diastolic_bp", "100", 5, True),
        ("systolic_bp", "200", 3, False),
        ("systolic_bp", "200", 4, True),
        ("systolic_bp", "200", 6, True),
        ("systolic_bp", "200", 7, False),
    ],
)
def test_cni_neuro_tma_headache_with_160_over_100_within_a_day(code: str, value: str, day: int, fires: bool) -> None:
    story = Story().drug(0, "csa").finding(5, "headache", True).test(day, code, value)
    assert (one(RULE, story.snapshot(8)) is not None) is fires


@pytest.mark.parametrize(("began", "fires"), [(5, True), (-1, False)])
def test_cni_neuro_tma_a_pressure_around_any_headache_of_the_run_under_the_drug(began: int, fires: bool) -> None:
    story = Story().finding(began, "headache", True).drug(0, "csa").finding(12, "headache", True)
    found = one(RULE, story.test(13, "systolic_bp", "160").snapshot(13))
    assert (found is not None) is fires
    assert found is None or say(found.reasons[0]).startswith("headache on 13 Mar under cyclosporine")


def test_cni_neuro_tma_a_headache_after_the_drug_is_none() -> None:
    story = Story().drug(0, "csa", stop=9).finding(5, "headache", True).finding(12, "headache", True)
    assert one(RULE, story.test(12, "systolic_bp", "160").snapshot(12)) is None


def test_cni_neuro_tma_headache_alone_is_none() -> None:
    assert one(RULE, Story().drug(0, "csa").finding(5, "headache", True).snapshot(5)) is None


# -- (b) --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "fires"),
    [
        (FALLEN, True),
        (("141", "10.5", "240", "0.80"), False),
        (("140", "10.6", "240", "0.80"), False),
        (("140", "10.5", "239", "0.80"), False),
        (("140", "10.5", "239", "0.99"), False),
        (("140", "10.5", "200", "1.00"), True),
    ],
)
def test_116_cni_neuro_tma_counts_at_their_limits(values: Counts, fires: bool) -> None:
    found = one(RULE, fallen(values).snapshot(10))
    assert (found is not None) is fires
    assert found is None or found.severity is CRITICAL


@pytest.mark.parametrize(("platelets", "fires"), [("149.9", True), ("150", False)])
def test_cni_neuro_tma_platelets_below_150(platelets: str, fires: bool) -> None:
    story = fallen((platelets, "10.5", "240", "0.80"), before=("400", "12.0", "200", "0.80"))
    assert (one(RULE, story.snapshot(10)) is not None) is fires


@pytest.mark.parametrize(("day", "fires"), [(15, True), (16, False)])
def test_cni_neuro_tma_within_14_days(day: int, fires: bool) -> None:
    assert (one(RULE, fallen(day=day).snapshot(day)) is not None) is fires


def test_cni_neuro_tma_tells_each_change() -> None:
    found = one(RULE, fallen().snapshot(10))
    assert found
    assert [say(x) for x in found.reasons] == [
        "platelets 200 to 140 ×10³/µL from 2 Mar to 11 Mar under tacrolimus: TMA?",
        "haemoglobin 12.0 to 10.5 g/dL from 2 Mar to 11 Mar",
        "LDH 200 to 240 U/L from 2 Mar to 11 Mar",
        "smear, haptoglobin, ADAMTS13; the calcineurin inhibitor is in question",
    ]


def test_cni_neuro_tma_counts_without_the_drug_or_of_one_test_alone_say_nothing() -> None:
    assert one(RULE, counts(counts(Story().drug(0, "gc"), 1, BEFORE), 10, FALLEN).snapshot(10)) is None
    assert one(RULE, Story().drug(0, "tac").test(1, "platelets", "300").test(5, "platelets", "20").snapshot(5)) is None
    assert one(RULE, Story().drug(0, "tac").snapshot(5)) is None


def test_cni_neuro_tma_results_of_different_days_count_together() -> None:
    story = counts(Story().drug(0, "tac"), 1, BEFORE).test(6, "platelets", "120").test(7, "haemoglobin", "10")
    assert one(RULE, story.snapshot(7)) is None
    assert one(RULE, story.test(8, "ldh", "300").snapshot(8)) is not None


@pytest.mark.parametrize(
    ("day", "stop", "severity"),
    [(0, 3, WARNING), (0, 2, CRITICAL), (9, 12, WARNING), (10, 10, WARNING), (11, 12, CRITICAL)],
)
def test_cni_neuro_tma_within_7_days_of_plasma_exchange_is_a_warning(day: int, stop: int, severity: Severity) -> None:
    found = one(RULE, fallen().drug(day, "plasma_exchange", stop=stop).snapshot(13))
    assert found
    assert found.severity is severity


@pytest.mark.parametrize(("dose", "severity"), [(4, CRITICAL), (3, WARNING), (-4, WARNING), (-5, CRITICAL)])
def test_cni_neuro_tma_on_days_7_to_14_of_ivcy_is_a_warning(dose: int, severity: Severity) -> None:
    found = one(RULE, fallen().drug(dose, "ivcy", stop=dose).snapshot(10))
    assert found
    assert found.severity is severity


def test_cni_neuro_tma_with_a_sign_stays_critical_whatever_explains_the_counts() -> None:
    found = one(RULE, fallen().drug(0, "ivcy", stop=0).finding(9, "seizure", True).snapshot(10))
    assert found
    assert found.severity is CRITICAL


# -- an event ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "told"), [(34, True), (35, False)])
def test_cni_neuro_tma_is_told_until_14_days_after_the_last_dose(day: int, told: bool) -> None:
    story = Story().drug(0, "csa", stop=20).finding(20, "seizure", True)
    assert (one(RULE, story.snapshot(day)) is not None) is told
    assert one(RULE, Story().drug(0, "csa", stop=20).finding(21, "seizure", True).snapshot(21)) is None


def test_cni_neuro_tma_stands_when_the_counts_recover_until_a_person_closes_it() -> None:
    story = counts(fallen(), 20, BEFORE)
    assert one(RULE, story.snapshot(40)) is not None
    assert changes_after(story, 11, 40, RULE) == []


def test_cni_neuro_tma_the_next_count_is_the_same_event_and_a_sign_is_another() -> None:
    story = counts(fallen(), 12, ("120", "10.0", "300", "0.80"))
    assert changes_after(story, 11, 13, RULE) == []
    assert changes_after(story.finding(14, "confusion", True), 13, 14, RULE) == [(Step.OPENED, 2)]


def test_cni_neuro_tma_begins_anew_where_it_was_gone_for_14_days() -> None:
    story = counts(counts(fallen(), 30, BEFORE), 40, FALLEN)
    assert changes_after(story, 11, 40, RULE) == [(Step.OPENED, 2)]


def test_cni_neuro_tma_ends_when_the_sign_is_said_to_be_absent() -> None:
    story = Story().drug(0, "csa").finding(3, "seizure", True).finding(9, "seizure", False)
    (alert,) = course_of_alerts(story, 10, RULE)
    assert not alert.open
