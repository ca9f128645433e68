"""What the course says of its criteria, and which fact it names; an episode that follows on a decision."""

from __future__ import annotations

import pytest

from patients.clinical.course import course_of
from patients.clinical.reasons import say
from patients.clinical.truth import Truth
from tests.story import Story, moment

U = Truth.UNKNOWN


@pytest.mark.parametrize(("at", "course_is"), [("100T12:00", "C"), ("100T12:01", "A/S")])
def test_33_a_criterion_of_the_moment_of_the_decision_begins_no_new_episode(at, course_is):
    story = Story().dyspnoea(0, change="worse").chronic("100T12:00").dyspnoea(at, change="worse")
    assert course_of(story.snapshot(101)).course == course_is


@pytest.mark.parametrize(
    ("scan", "said"),
    [
        ({"change": "increased"}, "HRCT of 1 Mar: abnormalities increased"),
        ({"change": "unchanged"}, "HRCT of 1 Mar: abnormalities unchanged"),
        ({"change": "first"}, "HRCT of 1 Mar: first scan"),
        ({}, "HRCT of 1 Mar: no comparison stated"),
        ({"change": "unchanged", "compared_with": moment(-200).date()}, "HRCT of 1 Mar: abnormalities unchanged"),
        (
            {"change": "increased", "compared_with": moment(-91).date()},
            "HRCT of 1 Mar: increased, but against a scan more than 90 days older",
        ),
    ],
)
def test_what_a_scan_says_of_the_change(scan, said):
    assert say(course_of(Story().hrct(0, **scan).snapshot(0)).criteria[2].reasons[0]) == said


@pytest.mark.parametrize(
    ("present", "change", "said"),
    [
        (False, None, "no dyspnoea on exertion on 1 Mar"),
        (True, None, "dyspnoea on exertion on 1 Mar, change not stated"),
        (True, "improved", "dyspnoea on exertion improved on 1 Mar"),
        (None, "worse", "dyspnoea on exertion worse on 1 Mar"),
    ],
)
def test_what_an_entry_on_dyspnoea_says(present, change, said):
    assert say(course_of(Story().dyspnoea(0, present, change).snapshot(0)).criteria[1].reasons[0]) == said


def test_of_several_scans_that_leave_it_open_the_last_is_named():
    judged = course_of(Story().hrct(0, ggo=True).hrct(5, ggo=True).snapshot(9)).criteria[2]
    assert (judged.answer, judged.reasons[0].facts) == (U, ("2",))


def test_the_fact_that_was_known_first_is_named_and_the_earliest_day_is_the_first_of_the_course():
    """A fall of day 3 was known before the scan of day 2: the course is A/S since day 2, known from day 3."""
    given = course_of(Story().pao2(0, "80").pao2(3, "69").hrct(2, change="increased", known=5).snapshot(9))
    assert (given.since, given.known_from) == (moment(2).date(), moment(3))
    assert [x.facts for x in given.reasons] == [("1", "2")]
