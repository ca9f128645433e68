"""Cared for, in hospital, first seen: specification 12 (54), (58), 13 (87), (89) at their boundaries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patients.clinical.course import course_of
from patients.clinical.facts import Discharge, HospitalAdmission, Outcome
from patients.clinical.whereabouts import care_ended, first_seen, in_hospital, left, transplanted
from tests.story import Story, moment


def seen_on(story: Story, day: int = 20) -> int | None:
    found = first_seen(story.snapshot(day))
    return None if found is None else (found - moment(0).date()).days


@pytest.mark.parametrize(("day", "seen"), [(-90, -90), (-91, 3)])
def test_89_of_an_acute_episode_what_its_window_holds_counts(day: int, seen: int) -> None:
    """Acute since day 0: values count from 90 days before; what is older belongs to no episode of now."""
    assert seen_on(Story().test(day, "crp", "1").dyspnoea(0, True, "worse").test(3, "crp", "1")) == seen


@pytest.mark.parametrize(("day", "seen"), [(0, 0), (-1, 3)])
def test_89_after_the_decision_that_it_is_chronic_it_counts_from_the_decision(day: int, seen: int) -> None:
    story = Story().dyspnoea(-100, True, "worse").test(day, "crp", "1").chronic(0).test(3, "crp", "1")
    assert seen_on(story) == seen


def test_89_in_a_course_that_nobody_decided_everything_counts() -> None:
    story = Story().onset(-400, known=0).test(-300, "crp", "1").quiet(0)
    assert course_of(story.snapshot(20)).course == "C"
    assert seen_on(story) == -300
    assert seen_on(Story().test(-300, "crp", "1").mda5(0, "positive")) == -300


@pytest.mark.parametrize("kind", ["hrct", "drug", "admission", "test"])
def test_89_a_scan_a_treatment_and_an_admission_are_seeing(kind: str) -> None:
    story = Story().dyspnoea(0, True, "worse").diagnosis(0, "DM").mda5(1, "positive")
    assert seen_on(story) is None
    seen = {
        "hrct": lambda: story.hrct(2, ggo=True),
        "drug": lambda: story.drug(2, "gc"),
        "admission": lambda: story.add(HospitalAdmission, 2),
        "test": lambda: story.ferritin(2, "300"),
    }
    assert seen_on(seen[kind]()) in (0, 2)  # who lies in hospital is seen from the first thing that was known
    assert (seen_on(story) == 0) is (kind == "admission")


@pytest.mark.parametrize("what", ["transferred", "care_ended"])
@pytest.mark.parametrize(("at", "ended"), [("30T09:59", True), ("30T10:00", True), ("30T10:01", False)])
def test_54_an_admission_after_the_end_of_care_resumes_it(what: str, at: str, ended: bool) -> None:
    story = Story().add(Outcome, "30T10:00", what=what).add(HospitalAdmission, at)
    assert (care_ended(story.snapshot(40)) is not None) is ended


def test_54_nothing_resumes_after_death_and_a_transplant_ends_no_care() -> None:
    assert care_ended(Story().add(Outcome, 30, what="death").add(HospitalAdmission, 31).snapshot(40)) is not None
    snapshot = Story().add(Outcome, 30, what="lung_transplant").snapshot(40)
    assert (care_ended(snapshot), transplanted(snapshot) is not None) == (None, True)
    assert transplanted(Story().add(Outcome, 30, what="care_ended").snapshot(40)) is None


@pytest.mark.parametrize(
    ("to", "inside"), [("home", False), ("other_hospital", False), (None, False), ("other_ward", True)]
)
def test_87_a_discharge_leaves_the_hospital_unless_it_is_to_another_ward(to: str | None, inside: bool) -> None:
    assert in_hospital(Story().add(HospitalAdmission, 0).add(Discharge, 5, to=to).snapshot(6)) is inside


@pytest.mark.parametrize("on_ward", [True, False, None])
def test_87_the_last_admission_or_discharge_says_more_than_the_ward(on_ward: bool | None) -> None:
    assert in_hospital(replace(Story().snapshot(6), on_ward=on_ward)) is on_ward
    away = Story().add(HospitalAdmission, 0).add(Discharge, 5, to="home")
    assert in_hospital(replace(away.snapshot(6), on_ward=on_ward)) is False
    assert in_hospital(replace(away.add(HospitalAdmission, 6).snapshot(6), on_ward=on_ward)) is True


@pytest.mark.parametrize(
    ("events", "left_by"),
    [
        ([], None),
        ([("in", 0)], None),
        ([("in", 0), ("home", 5)], "home 5"),
        ([("in", 0), ("home", 5), ("in", 8)], None),
        ([("in", 0), ("transferred", 7)], "transferred 7"),
        ([("in", 0), ("home", 5), ("transferred", 7)], "transferred 7"),
        ([("in", 0), ("transferred", 7), ("home", 9)], "home 9"),
        ([("in", 0), ("death", 5), ("home", 9)], "death 5"),
        ([("in", 0), ("lung_transplant", 5)], None),
    ],
)
def test_54_who_has_left_by_what_came_last_and_by_a_death_whatever_came_later(events, left_by: str | None) -> None:
    story = Story()
    for what, day in events:
        if what == "in":
            story.add(HospitalAdmission, day)
        elif what == "home":
            story.add(Discharge, day, to=what)
        else:
            story.add(Outcome, day, what=what)
    found = left(story.snapshot(20))
    told = (
        None if found is None else f"{getattr(found, 'what', None) or found.to} {(found.day - moment(0).date()).days}"
    )
    assert told == left_by


@pytest.mark.parametrize(("known", "ended"), [(32, True), (34, False)])
def test_54_of_one_time_what_became_known_later_counts(known: int, ended: bool) -> None:
    story = Story().add(Outcome, 30, what="transferred", known=33).add(HospitalAdmission, 30, known=known)
    assert (care_ended(story.snapshot(40)) is not None) is ended


@pytest.mark.parametrize(("day", "seen"), [(-90, -90), (-91, 0)])
def test_89_who_lies_in_hospital_is_seen_from_what_was_known_first_in_the_episode(day: int, seen: int) -> None:
    story = Story().diagnosis(day, "DM").dyspnoea(0, True, "worse")
    found = first_seen(replace(story.snapshot(20), on_ward=True))
    assert (found - moment(0).date()).days == seen


def test_54_of_two_deaths_that_were_told_the_last_counts() -> None:
    story = Story().add(Outcome, 30, what="death").add(Outcome, 31, what="death")
    assert care_ended(story.snapshot(40)).id == "2"
