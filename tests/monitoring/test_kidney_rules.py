"""CREATININE_RISE and AKI: 13 (93), (94), each boundary by name."""

from __future__ import annotations

import pytest

from monitoring.engine import Severity
from monitoring.lifecycle import Step
from patients.clinical import facts as f
from patients.clinical.reasons import say
from patients.clinical.units import convert
from tests.monitoring.looking import one, steps_to
from tests.story import Day, Story, moment

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


def creatinine(*values: tuple[Day, str]) -> Story:
    story = Story()
    for day, value in values:
        story.test(day, "creatinine", value)
    return story


def umol(*values: tuple[Day, str]) -> Story:
    """Creatinine as a laboratory sends it in umol/L, kept in mg/dL."""
    story = Story()
    for day, value in values:
        kept = convert("creatinine", value, "umol/L")
        story.add(f.Measurement, day, code="creatinine", quantity=kept.quantity, typed=kept.typed)
    return story


def severity_of(rule: str, story: Story, day: Day) -> Severity | None:
    found = one(rule, story.snapshot(day))
    return found.severity if found else None


def said_of(rule: str, story: Story, day: Day) -> list[str]:
    found = one(rule, story.snapshot(day))
    assert found
    return [say(x) for x in found.reasons]


# -- CREATININE_RISE --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "value", "severity"),
    [
        ("0.80", "0.99", None),
        ("0.80", "1.00", WARNING),
        ("0.80", "1.04", WARNING),
        ("0.80", "1.20", WARNING),
        ("0.80", "1.201", CRITICAL),
        ("0.36", "0.45", None),  # 25 % and only 0.09 mg/dL
        ("0.36", "0.46", WARNING),
        ("0.80", ">1.00", WARNING),
        ("0.80", ">0.90", INFO),
        ("0.80", "<0.99", None),
        ("<0.80", "1.0", WARNING),
        (">0.70", "1.0", INFO),
    ],
)
def test_93_creatinine_rise_boundaries(base: str, value: str, severity: Severity | None) -> None:
    story = creatinine((-5, base), (9, value)).drug(0, "csa")
    assert severity_of("CREATININE_RISE", story, 9) is severity


@pytest.mark.parametrize(
    ("value", "told"), [("1.03", []), ("1.04", ["30 % or more: the dose is to be thought over now"])]
)
def test_93_creatinine_rise_of_30_per_cent_is_told_again(value: str, told: list[str]) -> None:
    story = creatinine((-5, "0.80"), (9, "1.00"), (12, value)).drug(0, "csa")
    assert [x for x in said_of("CREATININE_RISE", story, 12) if x.startswith("30 %")] == told
    assert steps_to(story, 9, 12, "CREATININE_RISE") == [Step.RAISED if told else Step.UPDATED]


@pytest.mark.parametrize(("value", "stands"), [("0.96", True), ("0.959", False), ("<0.97", True)])
def test_93_creatinine_rise_closes_below_20_per_cent(value: str, stands: bool) -> None:
    story = creatinine((-5, "0.80"), (9, "1.00"), (12, value)).drug(0, "csa")
    assert (severity_of("CREATININE_RISE", story, 12) is WARNING) is stands


def test_93_creatinine_rise_that_came_down_says_when_it_closes() -> None:
    story = creatinine((-5, "0.80"), (9, "1.30"), (12, "0.97")).drug(0, "csa")
    assert severity_of("CREATININE_RISE", story, 12) is WARNING
    told = said_of("CREATININE_RISE", story, 12)
    assert told[:2] == [
        "creatinine 0.97 mg/dL on 13 Mar, 21 % above 0.80 of 25 Feb, before cyclosporine",
        "it closes below 20 %",
    ]


@pytest.mark.parametrize(
    ("values", "base"),
    [
        (((-30, "0.70"), (-5, "0.80")), "0.70"),
        (((-31, "0.60"), (-5, "0.80")), "0.80"),
        (((-31, "0.60"),), "0.60"),
        (((-90, "0.60"), (-40, "0.65")), "0.60"),
        (((-91, "0.60"), (1, "0.62")), "0.62"),
        (((0, "0.66"), (1, "0.60")), "0.66"),
        (((3, "0.62"),), "0.62"),
    ],
)
def test_93_creatinine_rise_takes_the_lowest_baseline_of_its_days(values, base: str) -> None:
    story = creatinine(*values, (9, "1.10")).drug(0, "csa")
    assert f"above {base} of" in said_of("CREATININE_RISE", story, 9)[0]


def test_93_creatinine_rise_has_no_baseline_after_day_3() -> None:
    assert severity_of("CREATININE_RISE", creatinine((4, "0.60"), (9, "1.10")).drug(0, "csa"), 9) is None


def test_93_creatinine_rise_marks_a_baseline_on_the_drug() -> None:
    marked = said_of("CREATININE_RISE", creatinine((2, "0.60"), (9, "1.10")).drug(0, "csa"), 9)
    assert any(x.startswith("baseline of the first days") for x in marked)
    assert marked[0] == ("creatinine 1.10 mg/dL on 10 Mar, 83 % above 0.60 of 3 Mar, the first days on cyclosporine")
    before = said_of("CREATININE_RISE", creatinine((0, "0.60"), (9, "1.10")).drug(0, "csa"), 9)
    assert before[0].endswith("before cyclosporine")


@pytest.mark.parametrize(("stop", "day", "fires"), [(20, 34, True), (20, 35, False), (None, 90, True)])
def test_93_creatinine_rise_is_watched_14_days_after_the_drug(stop: int | None, day: int, fires: bool) -> None:
    story = creatinine((-5, "0.80"), (15, "1.10")).drug(0, "csa", stop=stop)
    assert (severity_of("CREATININE_RISE", story, day) is WARNING) is fires


def test_93_creatinine_rise_without_the_drug_is_not_told() -> None:
    assert severity_of("CREATININE_RISE", creatinine((-5, "0.80"), (15, "1.10")), 15) is None
    assert severity_of("CREATININE_RISE", creatinine((-5, "0.80"), (15, "1.10")).drug(0, "ivcy"), 15) is None
    assert severity_of("CREATININE_RISE", Story().drug(0, "csa"), 5) is None


@pytest.mark.parametrize("drug", ["csa", "tac"])
@pytest.mark.parametrize("indication", [None, "other"])
def test_68_creatinine_rise_counts_background_drugs(drug: str, indication: str | None) -> None:
    story = creatinine((-205, "0.80"), (5, "1.10")).drug(-200, drug, indication=indication).dyspnoea(0, True, "worse")
    assert severity_of("CREATININE_RISE", story, 5) is WARNING


@pytest.mark.parametrize(("again", "base"), [(24, "0.80"), (25, "0.80"), (35, "1.00")])
def test_93_creatinine_rise_a_pause_of_two_weeks_begins_nothing_anew(again: int, base: str) -> None:
    story = creatinine((-5, "0.80"), (22, "1.00"), (40, "1.30")).drug(0, "csa", stop=20).drug(again, "tac")
    assert f"above {base} of" in said_of("CREATININE_RISE", story, 40)[0]


def test_93_creatinine_rise_is_confirmed_by_a_sample_of_another_day() -> None:
    story = creatinine((-5, "0.80"), ("9T07:00", "1.00"), ("9T15:00", "1.01")).drug(0, "csa")
    assert "repeat within 2 weeks" in said_of("CREATININE_RISE", story, 9)
    later = said_of("CREATININE_RISE", story.test(10, "creatinine", "1.02"), 10)
    assert "confirmed by the sample of 10 Mar" in later
    assert "repeat within 2 weeks" not in later


def test_93_creatinine_rise_names_level_and_drugs() -> None:
    story = creatinine((-5, "0.80"), (9, "1.10")).drug(0, "csa").drug(2, "nsaid").drug(1, "tmp_smx")
    story.drug(-1, "contrast_medium", stop=-1).drug(5, "contrast_medium", stop=5)
    story.test(8, "csa", "330", route="iv", timing="pre_dose")
    told = said_of("CREATININE_RISE", story, 9)
    assert "CsA level 330 ng/mL on 9 Mar" in told
    assert "NSAID since 3 Mar" in told
    assert "contrast medium on 6 Mar" in told
    assert "TMP-SMX raises creatinine without loss of filtration" in told


def test_93_creatinine_rise_names_no_contrast_of_8_days_ago() -> None:
    story = creatinine((-5, "0.80"), (9, "1.10")).drug(0, "csa").drug(1, "contrast_medium", stop=1)
    assert not any("contrast" in x for x in said_of("CREATININE_RISE", story, 9))


def test_82_creatinine_rise_a_doubtful_value_is_no_baseline() -> None:
    """0.08 for 0.80: tenfold, and not the lowest."""
    story = creatinine((-9, "0.80"), (-5, "0.08"), (9, "0.90")).drug(0, "csa")
    assert severity_of("CREATININE_RISE", story, 9) is None


def test_92_creatinine_rise_never_closes_by_silence() -> None:
    story = creatinine((-5, "0.80"), (9, "1.10")).drug(0, "csa")
    assert "last value 8 days old" in said_of("CREATININE_RISE", story, 17)


# -- AKI --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "value", "severity"),
    [
        ("0.60", "0.899", None),
        ("0.60", "0.90", WARNING),
        ("0.60", "1.199", WARNING),
        ("0.60", "1.20", CRITICAL),
        ("0.60", "1.80", CRITICAL),
        ("2.70", "4.00", None),
        ("0.60", "<0.90", None),
        ("0.60", ">0.80", INFO),
        ("0.60", ">1.20", CRITICAL),
    ],
)
def test_94_aki_against_the_lowest_of_7_days(base: str, value: str, severity: Severity | None) -> None:
    assert severity_of("AKI", creatinine((0, base), (5, value)), 5) is severity


@pytest.mark.parametrize(
    ("value", "stage"),
    [("0.95", 1), ("1.25", 2), ("1.80", 3), ("1.799", 2)],
)
def test_94_aki_says_its_stage(value: str, stage: int) -> None:
    assert said_of("AKI", creatinine((0, "0.60"), (5, value)), 5)[0].endswith(f"stage {stage}")


@pytest.mark.parametrize(("value", "severity"), [("3.999", WARNING), ("4.00", CRITICAL)])
def test_94_aki_from_4_with_a_rise_is_stage_3(value: str, severity: Severity) -> None:
    assert severity_of("AKI", creatinine(("0T08:00", "3.60"), ("2T08:00", value)), 2) is severity


@pytest.mark.parametrize(
    ("day", "value", "fires"),
    [("2T08:00", "1.30", True), ("2T08:00", "1.299", False), ("2T08:01", "1.30", False)],
)
def test_94_aki_of_0_3_within_48_hours(day: str, value: str, fires: bool) -> None:
    assert (severity_of("AKI", creatinine(("0T08:00", "1.00"), (day, value)), 3) is WARNING) is fires


@pytest.mark.parametrize(
    ("day", "fires", "presumed"), [(-2, True, False), (-3, True, True), (-85, True, True), (-86, False, False)]
)
def test_94_aki_the_reference_of_days_90_to_8_is_presumed(day: int, fires: bool, presumed: bool) -> None:
    story = creatinine((day, "0.60"), (5, "1.00"))
    assert (severity_of("AKI", story, 5) is WARNING) is fires
    if fires:
        assert any("presumed" in x for x in said_of("AKI", story, 5)) is presumed


def test_94_aki_a_value_of_the_week_comes_before_a_lower_one_of_the_months() -> None:
    assert severity_of("AKI", creatinine((-30, "0.60"), (0, "0.85"), (5, "1.00")), 5) is None


def test_94_aki_its_reference_is_frozen_for_the_episode() -> None:
    story = creatinine((0, "0.60"), (3, "0.95"), (9, "0.95"), (15, "0.95"), (40, "0.95"))
    found = one("AKI", story.snapshot(40))
    assert found
    assert (found.severity, found.known, found.facts) == (WARNING, moment(3), ("5", "1"))


@pytest.mark.parametrize(
    ("base", "value", "stands"),
    [("0.60", "0.78", True), ("0.60", "0.779", False), ("1.00", "1.20", True), ("1.00", "1.199", False)],
)
def test_94_aki_closes_below_1_3_times_and_below_0_2_above(base: str, value: str, stands: bool) -> None:
    story = creatinine((0, base), (3, "1.60"), (9, value))
    assert (severity_of("AKI", story, 9) is WARNING) is stands


def test_94_aki_that_came_down_says_so() -> None:
    assert said_of("AKI", creatinine((0, "0.60"), (3, "1.60"), (9, "0.80")), 9)[0].endswith("not yet over")


@pytest.mark.parametrize(("day", "said"), [(10, False), (11, True)])
def test_94_aki_says_persisting_after_7_days(day: int, said: bool) -> None:
    story = creatinine((0, "0.60"), (3, "0.95"), (9, "0.95"))
    assert any(x.startswith("persisting") for x in said_of("AKI", story, day)) is said


def test_94_aki_under_dialysis_is_stage_3_and_a_lower_value_ends_nothing() -> None:
    story = creatinine((0, "0.60"), (3, "0.95")).finding(4, "dialysis", True).test(6, "creatinine", "0.60")
    assert severity_of("AKI", story, 6) is CRITICAL
    assert "dialysis since 5 Mar: stage 3" in said_of("AKI", story, 6)
    story.finding(9, "dialysis", False).test(10, "creatinine", "0.65")
    assert severity_of("AKI", story, 10) is None


def test_94_aki_dialysis_of_long_ago_makes_no_stage() -> None:
    story = Story().finding(-400, "dialysis", True).test(0, "creatinine", "6.0").test(3, "creatinine", "6.1")
    assert severity_of("AKI", story, 3) is None


@pytest.mark.parametrize("values", [((0, "6.0"),), ((0, "6.0"), (3, "6.0")), ()])
def test_94_aki_dialysis_newly_begun_is_stage_3_with_one_or_a_steady_creatinine(values: tuple) -> None:
    story = creatinine(*values).finding(4, "dialysis", True)
    assert severity_of("AKI", story, 4) is CRITICAL
    said = said_of("AKI", story, 4)
    assert said[0] == "dialysis since 5 Mar: stage 3"
    assert any(x.startswith("newest value: Cr 6.0 mg/dL") for x in said) is bool(values)
    assert severity_of("AKI", story.finding(9, "dialysis", False), 9) is None


@pytest.mark.parametrize(("day", "severity"), [(90, CRITICAL), (91, None)])
def test_94_aki_dialysis_makes_a_stage_for_90_days(day: int, severity: Severity | None) -> None:
    story = creatinine((0, "6.0")).finding(0, "dialysis", True).finding(80, "dialysis", True)
    assert severity_of("AKI", story, day) is severity


def test_94_aki_that_begins_after_new_dialysis_is_stage_3() -> None:
    story = creatinine((0, "5.0")).finding(1, "dialysis", True).test(2, "creatinine", "5.4")
    assert severity_of("AKI", story, 2) is CRITICAL


def test_94_aki_needs_no_drug_and_no_course() -> None:
    story = creatinine((0, "0.60"), (3, "0.95")).chronic(0)
    assert severity_of("AKI", story, 3) is WARNING
    assert severity_of("AKI", creatinine((0, "3.00")), 0) is None


def test_94_aki_a_second_episode_has_a_reference_of_its_own() -> None:
    story = creatinine((0, "0.60"), (3, "0.95"), (9, "0.70"), (30, "0.85"), (33, "1.30"))
    found = one("AKI", story.snapshot(33))
    assert found
    assert (found.known, found.facts) == (moment(33), ("5", "4"))


def test_94_aki_after_the_end_of_care_is_silent() -> None:
    story = creatinine((0, "0.60"), (3, "0.95")).add(f.Outcome, 4, what="death")
    assert severity_of("AKI", story, 5) is None


def test_82_aki_a_doubtful_value_is_no_reference() -> None:
    assert severity_of("AKI", creatinine((0, "0.80"), (2, "0.08"), (4, "0.85")), 4) is None


def test_92_aki_never_closes_by_silence() -> None:
    assert "last value 9 days old" in said_of("AKI", creatinine((0, "0.60"), (3, "0.95")), 12)


# -- umol/L -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "value", "severity"),
    [
        ("60", "86.5", WARNING),
        ("60", "86.4", None),
        ("80", "106.5", WARNING),
        ("80", "106.4", None),
        ("65.3", "91.8", WARNING),
        ("65.3", "91.7", None),
    ],
)
def test_94_aki_26_5_umol_in_48_hours(base: str, value: str, severity: Severity | None) -> None:
    assert severity_of("AKI", umol((0, base), (1, value)), 1) is severity


def test_94_aki_26_5_umol_whatever_the_conversion_rounds() -> None:
    for tenths in range(300, 3000, 7):
        base = tenths / 10
        assert severity_of("AKI", umol((0, f"{base:.1f}"), (1, f"{base + 26.5:.1f}")), 1) is not None, base


@pytest.mark.parametrize(("value", "severity"), [("1.30", WARNING), ("1.299", None)])
def test_94_aki_0_3_mg_stays_where_it_is(value: str, severity: Severity | None) -> None:
    assert severity_of("AKI", creatinine((0, "1.00"), (1, value)), 1) is severity


@pytest.mark.parametrize(
    ("value", "stage"), [("101.9", None), ("102", WARNING), ("135.9", WARNING), ("136", CRITICAL), ("204", CRITICAL)]
)
def test_94_aki_times_the_reference_in_umol(value: str, stage: Severity | None) -> None:
    """68 is rounded up in mg/dL, and 102, its 1.5 times, down."""
    assert severity_of("AKI", umol((0, "68"), (5, value)), 5) is stage


@pytest.mark.parametrize(
    ("base", "value", "severity"),
    [("68", "84.9", None), ("68", "85", WARNING), ("60", "90", WARNING), ("60", "90.1", CRITICAL)],
)
def test_93_creatinine_rise_in_umol(base: str, value: str, severity: Severity | None) -> None:
    assert severity_of("CREATININE_RISE", umol((-5, base), (9, value)).drug(0, "csa"), 9) is severity


def test_93_creatinine_rise_of_two_units_is_read_in_mg() -> None:
    story = umol((-5, "88.4")).test(9, "creatinine", "1.25").drug(0, "csa")
    assert severity_of("CREATININE_RISE", story, 9) is WARNING
    story = umol((-5, "88.4")).test(9, "creatinine", "1.24").drug(0, "csa")
    assert severity_of("CREATININE_RISE", story, 9) is None


@pytest.mark.parametrize(
    ("before", "value", "severity"),
    [
        ("1.00", "<1.40", INFO),  # less than half as much again; a rise of 0.3 mg/dL in 48 hours stays open
        ("1.00", "<1.29", None),
        ("1.00", ">1.20", INFO),
    ],
)
def test_94_a_censored_value_leaves_the_rise_against_the_value_just_before_open(
    before: str, value: str, severity: Severity | None
) -> None:
    assert severity_of("AKI", creatinine((2, before), (3, value)), 3) is severity
