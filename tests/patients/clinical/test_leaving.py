"""Who has left, and what does not resume the care: specification 12 (54), 13 (87), at their boundaries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patients.clinical import facts as f
from patients.clinical.facts import Discharge, HospitalAdmission, Outcome
from patients.clinical.whereabouts import care_ended, left
from tests.story import Story


def left_by(story: Story) -> str | None:
    fact = left(replace(story.snapshot(40), on_ward=True))
    return None if fact is None else getattr(fact, "what", "") or getattr(fact, "to", "")


def test_87_on_a_ward_without_a_discharge_nobody_has_left() -> None:
    assert left_by(Story()) is None
    assert left_by(Story().add(HospitalAdmission, 0)) is None
    assert left_by(Story().add(Discharge, 5, to="other_ward")) is None
    assert left_by(Story().add(Outcome, 5, what="lung_transplant")) is None


@pytest.mark.parametrize(("day", "by"), [(4, "home"), (6, None)])
def test_87_after_a_discharge_until_the_next_admission(day: int, by: str | None) -> None:
    assert left_by(Story().add(Discharge, 5, to="home").add(HospitalAdmission, day)) == by


@pytest.mark.parametrize(("day", "by"), [(4, "home"), (6, "care_ended")])
def test_87_of_a_discharge_and_an_end_of_care_the_last_counts(day: int, by: str) -> None:
    assert left_by(Story().add(Discharge, 5, to="home").add(Outcome, day, what="care_ended")) == by
    assert left_by(Story().add(Outcome, day, what="care_ended")) == "care_ended"


def test_54_a_death_counts_whatever_is_told_of_later() -> None:
    dead = Story().add(Outcome, 5, what="death")
    assert left_by(dead) == "death"
    assert left_by(dead.add(Outcome, 6, what="transferred")) == "death"
    assert left_by(dead.add(Discharge, 7, to="home")) == "death"
    assert left_by(dead.add(HospitalAdmission, 8)) == "death"
    ended = care_ended(dead.snapshot(40))
    assert isinstance(ended, f.Outcome)
    assert ended.what == "death"


@pytest.mark.parametrize(("known", "ended"), [("30T10:01", False), ("30T10:00", True)])
def test_54_within_one_minute_what_became_known_later_counts(known: str, ended: bool) -> None:
    """Forms know no seconds: the end of care was a slip, and the patient is admitted in the same minute."""
    story = Story().add(Outcome, "30T10:00", what="care_ended").add(HospitalAdmission, "30T10:00", known=known)
    assert (care_ended(story.snapshot(40)) is not None) is ended
