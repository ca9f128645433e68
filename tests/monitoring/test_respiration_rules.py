"""Respiration and imaging: PAO2_LOW, PAO2_FALL, VC_FALL, HRCT_WORSE, DYSPNOEA_WORSE; each boundary by name."""

from datetime import date

import pytest

from monitoring.engine import Severity
from patients.clinical.reasons import say
from tests.monitoring.looking import one
from tests.story import Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


@pytest.mark.parametrize(
    ("value", "severity"),
    [("59.9", CRITICAL), ("60", None), ("60.0048", None), ("<60", CRITICAL), (">50", INFO), ("<65", INFO)],
)
def test_pao2_low_boundaries_60_mmhg_and_8_kpa(value: str, severity: Severity | None) -> None:
    found = one("PAO2_LOW", Story().pao2(0, value).snapshot(0))
    assert (found.severity if found else None) is severity


@pytest.mark.parametrize(
    ("value", "severity"), [("59.9", CRITICAL), ("<60", CRITICAL), ("60", None), ("80", None), ("<65", INFO)]
)
def test_63_pao2_low_on_oxygen_counts_all_the_more(value: str, severity: Severity | None) -> None:
    for story in (Story().pao2(0, value, fio2="0.4"), Story().gas(0, value, "nasal_cannula", "3")):
        found = one("PAO2_LOW", story.snapshot(0))
        assert (found.severity if found else None) is severity


def test_63_pao2_low_on_oxygen_says_so() -> None:
    found = one("PAO2_LOW", Story().pao2(0, "55", fio2="0.4").snapshot(0))
    assert found
    assert say(found.reasons[0]).endswith("< 60: on oxygen, a fortiori")


def test_63_pao2_low_where_the_oxygen_is_not_told_counts_too() -> None:
    """On air it is low, on oxygen all the more."""
    assert one("PAO2_LOW", Story().pao2(0, "55", fio2=None).snapshot(0)) is not None


@pytest.mark.parametrize("first", ["0.21", "0.4"])
def test_pao2_low_is_not_ended_by_a_value_of_60_or_more_on_oxygen(first: str) -> None:
    story = Story().pao2(0, "55", fio2=first).pao2(2, "90", fio2="0.5")
    assert one("PAO2_LOW", story.snapshot(2)) is not None
    assert one("PAO2_LOW", story.pao2(3, "60").snapshot(3)) is None


def test_pao2_low_ends_with_60_on_air() -> None:
    assert one("PAO2_LOW", Story().pao2(0, "55").pao2(2, "60").snapshot(2)) is None


@pytest.mark.parametrize(("later", "fires"), [("70", False), ("69.9", True)])
def test_pao2_fall_of_more_than_10(later: str, fires: bool) -> None:
    assert (one("PAO2_FALL", Story().pao2(0, "80").pao2(5, later).snapshot(5)) is not None) is fires


@pytest.mark.parametrize(("day", "fires"), [(90, True), (91, False)])
def test_pao2_fall_within_90_days(day: int, fires: bool) -> None:
    assert (one("PAO2_FALL", Story().pao2(0, "80").pao2(day, "60").snapshot(day)) is not None) is fires


def test_64_pao2_lower_at_less_oxygen_is_no_fall() -> None:
    assert one("PAO2_FALL", Story().pao2(0, "90", fio2="0.4").pao2(5, "65").snapshot(5)) is None


@pytest.mark.parametrize(("later", "fires"), [("70", False), ("69.9", True)])
def test_64_pao2_fall_at_more_oxygen_is_a_fall(later: str, fires: bool) -> None:
    """What more oxygen may hide is no alert: N1 stays open for it."""
    found = one("PAO2_FALL", Story().pao2(0, "80").pao2(5, later, fio2="0.4").snapshot(5))
    assert (found is not None) is fires
    assert found is None or say(found.reasons[0]).endswith("a fall of more than 10 mmHg, even on more oxygen")


def test_64_pao2_fall_at_more_oxygen_ends_with_a_value_at_less_that_is_not_lower() -> None:
    story = Story().pao2(0, "80").pao2(5, "65", fio2="0.4")
    assert one("PAO2_FALL", story.pao2(7, "90", fio2="0.5").snapshot(7)) is not None
    assert one("PAO2_FALL", story.pao2(9, "72").snapshot(9)) is None


def test_64_pao2_fall_is_not_ended_by_a_lower_value_at_less_oxygen() -> None:
    story = Story().pao2(0, "80", fio2="0.4").pao2(5, "65", fio2="0.4")
    assert one("PAO2_FALL", story.pao2(7, "60").snapshot(7)) is not None


@pytest.mark.parametrize(("value", "stands"), [("64.9", True), ("65", False)])
def test_64_pao2_fall_is_ended_at_less_oxygen_by_a_value_that_is_not_lower(value: str, stands: bool) -> None:
    story = Story().pao2(0, "80", fio2="0.4").pao2(5, "65", fio2="0.4").pao2(7, value)
    assert (one("PAO2_FALL", story.snapshot(7)) is not None) is stands


def test_pao2_fall_of_several_that_stand_the_newest_is_told_and_a_sure_one_first() -> None:
    """On two ways to give oxygen, neither of which supersedes the other."""
    story = (
        Story().pao2(0, "90", fio2="0.4").pao2(1, "90", fio2="0.3").pao2(5, "70", fio2="0.4").pao2(6, "69", fio2="0.3")
    )
    found = one("PAO2_FALL", story.snapshot(6))
    assert found
    assert found.on == moment(6).date()
    possible = (
        Story().pao2(0, "90", fio2="0.4").pao2(1, ">78", fio2="0.3").pao2(5, "70", fio2="0.4").pao2(6, "69", fio2="0.3")
    )
    found = one("PAO2_FALL", possible.snapshot(6))
    assert found
    assert (found.on, found.possible) == (moment(5).date(), False)


@pytest.mark.parametrize(("values", "severity"), [(("74", "<75", "62"), WARNING), (("74", "<75", "64"), INFO)])
def test_pao2_fall_is_not_hidden_by_a_censored_value(values: tuple[str, ...], severity: Severity) -> None:
    story = Story()
    for day, value in enumerate(values):
        story.pao2(day, value)
    found = one("PAO2_FALL", story.snapshot(3))
    assert found
    assert found.severity is severity


@pytest.mark.parametrize(
    ("values", "severity"), [(("2.20", "<2.30", "1.97"), WARNING), (("2.20", "<2.30", "1.98"), INFO)]
)
def test_vc_fall_is_not_hidden_by_a_censored_value(values: tuple[str, ...], severity: Severity) -> None:
    story = Story()
    for day, value in enumerate(values):
        story.test(day, "vc", value)
    found = one("VC_FALL", story.snapshot(3))
    assert found
    assert found.severity is severity


def test_pao2_fall_from_the_highest_value_not_the_last() -> None:
    found = one("PAO2_FALL", Story().pao2(0, "80").pao2(3, "72").pao2(5, "69").snapshot(5))
    assert found
    assert found.severity is WARNING
    assert "PaO2 80 on 1 Mar to 69 mmHg on 6 Mar" in say(found.reasons[0])


def test_pao2_fall_ends_with_a_newer_value_that_is_no_fall() -> None:
    assert one("PAO2_FALL", Story().pao2(0, "80").pao2(3, "60").pao2(5, "75").snapshot(5)) is None


@pytest.mark.parametrize(("before", "possible"), [("2.2", False), (">2.2", True)])
def test_vc_fall_with_a_censored_value_is_possible(before: str, possible: bool) -> None:
    found = one("VC_FALL", Story().test(0, "vc", before).test(5, "vc", "1.9" if not possible else "2.0").snapshot(5))
    assert found
    assert found.possible is possible


def test_pao2_fall_with_a_censored_value_is_possible() -> None:
    found = one("PAO2_FALL", Story().pao2(0, ">80").pao2(3, "75").snapshot(3))
    assert found
    assert found.possible
    assert found.severity is INFO


@pytest.mark.parametrize(("later", "fires"), [("1.98", False), ("1.979", True)])
def test_vc_fall_of_exactly_10_per_cent_is_none(later: str, fires: bool) -> None:
    found = one("VC_FALL", Story().test(0, "vc", "2.20").test(30, "vc", later).snapshot(30))
    assert (found is not None) is fires


def test_vc_fall_of_10_1_per_cent() -> None:
    assert one("VC_FALL", Story().test(0, "vc", "1.000").test(30, "vc", "0.899").snapshot(30)) is not None


@pytest.mark.parametrize(("day", "fires"), [(90, True), (91, False)])
def test_vc_fall_within_90_days(day: int, fires: bool) -> None:
    assert (one("VC_FALL", Story().test(0, "vc", "2.2").test(day, "vc", "1.8").snapshot(day)) is not None) is fires


def test_vc_fall_lets_fvc_stand_in_and_says_so() -> None:
    story = Story().test(0, "fvc", "2.2").test(0, "fvc_pp", "81").test(30, "fvc", "1.8").test(30, "fvc_pp", "66")
    found = one("VC_FALL", story.snapshot(30))
    assert found
    assert "FVC (for VC)" in say(found.reasons[0])
    assert say(found.reasons[1]) == "FVC predicted 81 % to 66 %"


@pytest.mark.parametrize(
    ("code", "days"), [("fvc", (0,)), ("fvc", (30,)), ("fvc", ()), ("vc", (0, 30)), ("fvc", (1, 30))]
)
def test_vc_fall_tells_the_percentages_only_of_the_same_test_on_both_days(code: str, days: tuple[int, ...]) -> None:
    story = Story().test(0, code, "2.2").test(30, code, "1.8")
    for day in days:
        story.test(day, "fvc_pp", "80")
    found = one("VC_FALL", story.snapshot(30))
    assert found
    assert len(found.reasons) == 1


def test_vc_fall_does_not_compare_vc_with_fvc() -> None:
    assert one("VC_FALL", Story().test(0, "vc", "2.2").test(30, "fvc", "1.8").snapshot(30)) is None


def test_vc_fall_ends_with_a_newer_value_that_is_no_fall() -> None:
    assert one("VC_FALL", Story().test(0, "vc", "2.2").test(30, "vc", "1.8").test(60, "vc", "2.1").snapshot(60)) is None


def test_vc_fall_is_ended_by_a_newer_fvc_that_is_no_fall_and_not_by_one_that_cannot_be_compared() -> None:
    story = Story().test(0, "vc", "2.2").test(30, "vc", "1.8").test(60, "fvc", "2.1")
    assert one("VC_FALL", story.snapshot(60)) is not None
    assert one("VC_FALL", story.test(80, "fvc", "2.1").snapshot(80)) is None


def test_hrct_worse_when_the_newest_comparison_says_increased() -> None:
    found = one("HRCT_WORSE", Story().hrct(0, change="first").hrct(20, change="increased").snapshot(20))
    assert found
    assert found.severity is WARNING
    assert found.on == moment(20).date()


@pytest.mark.parametrize("change", ["unchanged", "decreased", "first"])
def test_hrct_worse_ends_with_a_report_that_says_otherwise(change: str) -> None:
    assert one("HRCT_WORSE", Story().hrct(0, change="increased").hrct(9, change=change).snapshot(9)) is None


def test_hrct_worse_stands_when_the_next_report_states_no_change() -> None:
    assert one("HRCT_WORSE", Story().hrct(0, change="increased").hrct(9, ggo=True).snapshot(9)) is not None


def test_hrct_worse_against_an_old_scan_says_so() -> None:
    found = one("HRCT_WORSE", Story().hrct(0, change="increased", compared_with=date(2023, 6, 1)).snapshot(0))
    assert found
    assert "more than 90 days older" in say(found.reasons[0])


def test_dyspnoea_worse() -> None:
    found = one("DYSPNOEA_WORSE", Story().dyspnoea(0, True, "worse").snapshot(0))
    assert found
    assert found.severity is WARNING


@pytest.mark.parametrize(("present", "change"), [(True, "improved"), (True, "unchanged"), (False, None)])
def test_dyspnoea_worse_ends_with_an_entry_that_says_otherwise(present: bool, change: str | None) -> None:
    assert one("DYSPNOEA_WORSE", Story().dyspnoea(0, True, "worse").dyspnoea(3, present, change).snapshot(3)) is None


def test_dyspnoea_worse_stands_when_the_next_entry_states_no_change() -> None:
    assert one("DYSPNOEA_WORSE", Story().dyspnoea(0, True, "worse").dyspnoea(3, True).snapshot(3)) is not None


def test_cough_worse_is_not_dyspnoea_worse() -> None:
    assert one("DYSPNOEA_WORSE", Story().finding(0, "cough", True, "worse").snapshot(0)) is None


def test_hrct_and_dyspnoea_worse_are_known_with_the_first_entry_of_the_run_that_says_so() -> None:
    story = Story().hrct(0, change="increased").hrct(2, change="first")
    for day in (4, 6):
        story.hrct(day, change="increased").dyspnoea(day, True, "worse")
    for rule in ("HRCT_WORSE", "DYSPNOEA_WORSE"):
        found = one(rule, story.snapshot(9))
        assert found
        assert (found.known, found.on) == (moment(4), moment(6).date())
