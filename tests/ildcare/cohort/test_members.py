"""Who is in which group, from when they count, and until when."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ildcare.cohort.members import Member, member_of
from patients.clinical import facts as f
from tests.story import Story


def treated() -> Story:
    story = Story().onset(0).diagnosis(0, "DM").mda5(0, "positive").pao2(0, "74").dyspnoea(0, True, "worse")
    return story.drug(2, "gc", route="oral", dose=Decimal(50), unit="mg/day", stop=40)


def ended(story: Story, day: int, what: str, cause: str | None = None) -> Story:
    return story.add(f.Outcome, day, what=what, cause=cause)


def test_without_a_step_of_the_chart_nobody_has_a_day_0() -> None:
    member = member_of(Story().onset(0).diagnosis(0, "DM").snapshot(3))
    assert (member.days, member.event, member.first_step, member.followed) == (None, "", "", None)


def test_days_count_from_the_first_step() -> None:
    member = member_of(ended(treated(), 12, "death", "respiratory_failure").snapshot(30))
    assert (member.days, member.event, member.first_step) == (10, "respiratory", "T1")


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        ("respiratory_failure", "respiratory"),
        ("infection", "other"),
        ("other", "other"),
        ("unknown", "unknown_cause"),
        (None, "unknown_cause"),
    ],
)
def test_a_death_by_its_cause(cause: str | None, kind: str) -> None:
    assert member_of(ended(treated(), 12, "death", cause).snapshot(30)).event == kind


def test_a_transplant_ends_the_time_and_a_later_death_changes_nothing() -> None:
    story = ended(ended(treated(), 12, "lung_transplant"), 20, "death", "infection")
    member = member_of(story.snapshot(30))
    assert (member.days, member.event) == (10, "transplant")


@pytest.mark.parametrize("what", ["transferred", "care_ended"])
def test_who_went_elsewhere_is_censored(what: str) -> None:
    member = member_of(ended(treated(), 12, what).snapshot(30))
    assert (member.days, member.event) == (10, "")


def test_who_is_lost_counts_until_the_last_day_on_which_anything_is_known() -> None:
    assert member_of(treated().ferritin(9, "300").snapshot(200)).days == 7


def test_an_end_before_day_0_says_neither() -> None:
    member = member_of(ended(treated(), 1, "death", "other").snapshot(30))
    assert (member.days, member.event) == (None, "")


def test_the_group_is_the_first_step_and_not_the_one_that_was_reached() -> None:
    story = treated().drug(10, "csa", route="oral").drug(10, "ivcy", stop=10)
    member = member_of(story.snapshot(30))
    assert (member.first_step, member.highest_step) == ("T1", "T3")


@pytest.mark.parametrize(
    ("mda5", "ars", "antibody"),
    [
        ("positive", "positive", "anti_mda5"),
        ("negative", "positive", "anti_ars"),
        ("negative", "negative", "neither"),
        ("negative", "pending", "not_known"),
        ("pending", "negative", "not_known"),
        ("pending", "positive", "anti_ars"),
    ],
)
def test_antibodies(mda5: str, ars: str, antibody: str) -> None:
    story = Story().mda5(0, mda5).antibody(0, "anti_ars", ars)
    assert member_of(story.snapshot(3)).antibody == antibody


def test_it_is_stored_and_read_again() -> None:
    member = member_of(ended(treated(), 12, "death", "infection").snapshot(30))
    assert Member(**member.as_json()) == member


def test_era_is_the_first_of_five_years() -> None:
    assert member_of(treated().snapshot(30)).era == 2020


def test_a_chronic_course_that_ended_its_treatment_keeps_its_day_0() -> None:
    story = treated().chronic(60).quiet(390)
    member = member_of(story.snapshot(400))
    assert (member.first_step, member.days) == ("T1", 388)


def test_what_became_known_later_moves_nobody_into_another_group() -> None:
    story = treated().chronic(60).antibody(31, "anti_ars", "positive")
    member = member_of(story.snapshot(400))
    assert (member.course, member.subtype, member.antibody) == ("A/S", "A/S-1", "anti_mda5")
    known = Story().onset(0).diagnosis(0, "PM").dyspnoea(0, True, "worse").mda5(0, "negative")
    known.drug(2, "gc", route="oral", dose=Decimal(50), unit="mg/day")
    assert member_of(known.antibody(30, "anti_ars", "positive").snapshot(99)).antibody == "anti_ars"
    late = Story().onset(0).diagnosis(0, "PM").dyspnoea(0, True, "worse").mda5(0, "negative")
    late.drug(2, "gc", route="oral", dose=Decimal(50), unit="mg/day")
    assert member_of(late.antibody(31, "anti_ars", "positive").snapshot(99)).antibody == "not_known"


def test_a_history_that_became_known_at_once_has_its_days_all_the_same() -> None:
    story = Story().onset(0, known=300).diagnosis(0, "PM", known=300).dyspnoea(0, True, "worse", known=300)
    story.drug(2, "gc", route="oral", dose=Decimal(50), unit="mg/day", known=300).mda5(5, "negative", known=300)
    member = member_of(story.ferritin(290, "300", known=300).snapshot(301))
    assert (member.first_step, member.days, member.course) == ("T1", 288, "A/S")
