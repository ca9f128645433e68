"""N1: the course. Readings (1)-(7), (27), (30), (31), (33) of the specification."""

import pytest

from patients.clinical.chronic import chronic_activity
from patients.clinical.course import course_of
from patients.clinical.truth import Truth
from tests.story import DAY_0, Story, moment

Y, N, U = Truth.YES, Truth.NO, Truth.UNKNOWN


def course(story, day, **more):
    return course_of(story.snapshot(day, **more)).course


def test_nothing_known_is_unknown():
    given = course_of(Story().snapshot(0))
    assert given.course is None
    assert set(given.missing) == {"respiratory_onset", "dyspnoea_on_exertion", "hrct", "pao2", "vc"}


@pytest.mark.parametrize(("days", "expected"), [(0, "A/S"), (90, "A/S"), (91, None)])
def test_onset_day_90_is_acute_day_91_is_not(days, expected):
    assert course(Story().onset(-days, known=0), 0) == expected


def test_onset_learned_late_does_not_make_it_acute_in_hindsight():
    assert course(Story().onset(-371, known=0), 0) is None


def test_dyspnoea_worse_is_acute():
    given = course_of(Story().dyspnoea(0, change="worse").snapshot(0))
    assert (given.course, given.since, given.known_from) == ("A/S", DAY_0, moment(0))


@pytest.mark.parametrize("change", ["unchanged", "improved"])
def test_dyspnoea_not_worse_is_not_acute(change):
    assert course(Story().dyspnoea(0, present=True, change=change), 0) is None


def test_dyspnoea_without_change_counts_only_with_a_recent_onset():
    assert course(Story().dyspnoea(0, present=True), 0) is None
    assert course(Story().dyspnoea(0, present=True).onset(-91, known=0), 0) is None


@pytest.mark.parametrize(
    ("scan", "expected"),
    [
        ({"change": "increased"}, "A/S"),
        ({"change": "increased", "compared_with": moment(-90).date()}, "A/S"),
        ({"change": "increased", "compared_with": moment(-91).date()}, None),
        ({"change": "unchanged"}, None),
        ({"ggo": True}, None),
    ],
)
def test_hrct_increase_counts_against_a_scan_within_90_days(scan, expected):
    assert course(Story().hrct(0, **scan), 0) == expected


def test_hrct_increase_against_an_old_scan_is_unknown_unless_another_settles_it():
    old = Story().hrct(0, change="increased", compared_with=moment(-200).date())
    assert course_of(old.snapshot(0)).criteria[2].answer is U
    assert course_of(old.hrct(1, change="unchanged").snapshot(1)).criteria[2].answer is N


@pytest.mark.parametrize(("later", "expected"), [("1.98", None), ("1.979", "A/S")])
def test_vc_fall_of_exactly_10_percent_is_no_fall(later, expected):
    assert course(Story().test(0, "vc", "2.20").test(30, "vc", later), 30) == expected


def test_fvc_stands_in_for_vc():
    assert course(Story().test(0, "fvc", "2.20").test(30, "fvc", "1.90"), 30) == "A/S"


def test_vc_is_not_compared_with_fvc():
    assert course(Story().test(0, "vc", "2.20").test(30, "fvc", "1.90"), 30) is None


@pytest.mark.parametrize(("later", "expected"), [("70", None), ("69.9", "A/S")])
def test_pao2_fall_of_exactly_10_is_no_fall(later, expected):
    assert course(Story().pao2(0, "80").pao2(5, later), 5) == expected


def test_pao2_at_different_fio2_is_looked_at_and_no_fall():
    story = Story().pao2(0, "90").pao2(5, "60", fio2="0.4")
    assert course_of(story.snapshot(5)).criteria[3].answer is N


@pytest.mark.parametrize(("gap", "expected"), [(90, "A/S"), (91, None)])
def test_fall_is_measured_within_90_days(gap, expected):
    assert course(Story().pao2(0, "80").pao2(gap, "60.5"), gap) == expected


def test_fall_is_from_the_highest_value_of_the_window_not_the_last():
    assert course(Story().pao2(0, "82").pao2(10, "75").pao2(20, "71"), 20) == "A/S"


def test_censored_fall_is_unknown():
    given = course_of(Story().pao2(0, "80").pao2(5, "<75").snapshot(5))
    assert given.criteria[3].answer is U


def test_all_looked_at_and_old_onset_is_chronic():
    assert course(Story().onset(-200, known=0).quiet(0), 0) == "C"


def test_no_onset_and_no_dyspnoea_is_chronic():
    assert course(Story().quiet(0), 0) == "C"


def test_no_onset_and_dyspnoea_unchanged_is_unknown():
    story = Story().dyspnoea(0, present=True, change="unchanged").hrct(0, change="first").test(0, "vc", "2")
    given = course_of(story.snapshot(0))
    assert (given.course, given.missing) == (None, ("respiratory_onset",))


@pytest.mark.parametrize("left_out", ["dyspnoea", "hrct", "vc"])
def test_one_criterion_not_looked_at_leaves_it_unknown(left_out):
    story = Story().onset(-200, known=0)
    story = story if left_out == "dyspnoea" else story.dyspnoea(0, present=True, change="unchanged")
    story = story if left_out == "hrct" else story.hrct(0, change="first")
    story = story if left_out == "vc" else story.test(0, "vc", "2")
    assert course(story, 0) is None


@pytest.mark.parametrize(("day", "expected"), [(90, "C"), (91, None)])
def test_not_looked_at_for_91_days_is_unknown_again(day, expected):
    assert course(Story().onset(-200, known=0).quiet(0), day) == expected


def test_once_acute_stays_acute():
    story = Story().dyspnoea(0, change="worse").quiet(200)
    assert course(story, 400) == "A/S"


def test_decision_chronic_ends_the_episode():
    story = Story().dyspnoea(0, change="worse").chronic(100)
    assert [course(story, 99), course(story, 100), course(story, 300)] == ["A/S", "C", "C"]


def test_criterion_after_the_decision_starts_a_new_episode():
    story = Story().dyspnoea(0, change="worse").chronic(100).hrct(150, change="increased")
    given = course_of(story.snapshot(160))
    assert (given.course, given.since) == ("A/S", moment(150).date())


def test_chronic_patient_who_worsens_becomes_acute_at_once():
    story = Story().onset(-200, known=0).quiet(0).dyspnoea(10, change="worse")
    assert [course(story, 9), course(story, 10)] == ["C", "A/S"]


def test_course_that_rests_on_a_cancelled_result_is_withdrawn_with_it():
    story = Story().pao2(0, "80").pao2(5, "60", id="bga").pao2(5, "60", known=7, id="bga", cancelled=True)
    assert [course(story, 6), course(story, 7)] == ["A/S", None]


def test_what_was_known_then_is_not_changed_by_the_correction():
    story = Story().pao2(0, "80").pao2(5, "60", id="bga").pao2(5, "78", known=7, id="bga")
    assert [course(story, 6), course(story, 8), course(story, 8, known=6)] == ["A/S", None, "A/S"]


def test_day_the_fact_is_about_and_day_it_became_known():
    given = course_of(Story().onset(-20, known=0).snapshot(0))
    assert (given.since, given.known_from) == (moment(-20).date(), moment(0))


def test_days_are_calendar_days_at_the_site():
    """23:30 in Tokyo is the same day in UTC minus nine hours; the day that counts is Tokyo's."""
    story = Story().onset("0T23:30", known="0T23:30")
    assert course_of(story.snapshot("90T00:10")).criteria[0].answer is Y
    assert course_of(story.snapshot("91T00:10")).criteria[0].answer is N


def test_day_counts_survive_daylight_saving():
    """Europe/Berlin loses an hour on 31 March 2024: 90 calendar days stay 90."""
    story = Story("Europe/Berlin").onset("0T00:30")
    assert course_of(story.snapshot("90T00:10")).criteria[0].answer is Y
    assert course_of(story.snapshot("91T00:10")).criteria[0].answer is N


@pytest.mark.parametrize(
    ("dyspnoea", "cough", "vc", "change", "expected"),
    [
        (False, False, "2.2", "unchanged", N),
        (True, None, "2.2", "unchanged", Y),
        (None, True, "2.2", "unchanged", Y),
        (False, None, "2.2", "unchanged", U),
        (False, False, "2.08", "unchanged", Y),
        (False, False, "2.09", "unchanged", N),
        (False, False, "2.2", "increased", Y),
        (False, False, "2.2", None, U),
    ],
)
def test_n7_symptomatic_vc_falling_or_ggo_increasing(dyspnoea, cough, vc, change, expected):
    story = Story().test(-300, "vc", "2.2").test(0, "vc", vc).hrct(0, change=change)
    story = story.dyspnoea(0, present=dyspnoea).finding(0, "cough", present=cough)
    assert chronic_activity(story.snapshot(0)).answer is expected
