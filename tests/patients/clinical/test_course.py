"""N1: the course. Readings (1)-(7), (27), (30), (31), (33) of the specification."""

import pytest

from patients.clinical.chronic import chronic_activity
from patients.clinical.course import course_of
from patients.clinical.reasons import say
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


def physiology(story: Story, day: int):
    return course_of(story.snapshot(day)).criteria[3]


@pytest.mark.parametrize(("later", "expected"), [("79.9", Y), ("80", U), ("80.1", U), ("95", U)])
def test_64_a_fall_at_more_oxygen_is_a_fall_and_none_shown_is_unknown(later, expected):
    """13 (64): 90 on air, then on 40 %: more than 10 below is a fall all the more; otherwise not known, not "no"."""
    judged = physiology(Story().pao2(0, "90").pao2(5, later, fio2="0.4"), 5)
    assert judged.answer is expected
    assert judged.missing == (("pao2",) if expected is U else ())


@pytest.mark.parametrize("later", ["90", "95", "79.9", "60"])
def test_64_at_less_oxygen_no_fall_is_shown(later):
    """13 (64), 11 (30): a value at less oxygen was looked at; that it is lower shows no fall."""
    assert physiology(Story().pao2(0, "90", fio2="0.4").pao2(5, later), 5).answer is N


def test_64_a_newer_value_on_air_settles_what_more_oxygen_hid():
    story = Story().pao2(0, "80").pao2(5, "75", fio2="0.4")
    assert physiology(story, 5).answer is U
    assert physiology(story.pao2(7, "72"), 7).answer is N
    assert physiology(story.pao2(9, "69.9"), 9).answer is Y


def test_64_a_fall_on_oxygen_is_against_air_too_when_the_oxygen_rose_between():
    assert course(Story().pao2(0, "80").pao2(5, "75", fio2="0.3").pao2(9, "69", fio2="0.4"), 9) == "A/S"


def test_64_another_device_of_the_same_rank_leaves_it_unknown():
    story = Story().gas(0, "80", "nasal_cannula", "3").gas(5, "60", "simple_mask", "5")
    assert physiology(story, 5).answer is U
    assert "oxygen not comparable" in say(physiology(story, 5).reasons[0])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["74", "<75", "62"], Y),  # the fall that a censored value hid
        (["74", "<75", "64"], U),  # exactly 10; "<75" may still hide one
        (["72", "<74", "64"], U),  # "<74" may be a fall itself
        (["74", ">80", "64"], Y),
        (["74", ">=74", "64"], U),
        (["74", ">=74.1", "64"], Y),
        (["74", "<=74.1", "64.1"], U),
        (["74", "<62"], Y),
        (["74", "<=64"], U),
        (["74", "<64"], Y),
    ],
)
def test_a_censored_value_never_hides_a_fall_of_pao2(values, expected):
    story = Story()
    for day, value in enumerate(values):
        story.pao2(day, value)
    assert physiology(story, 5).answer is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2.20", "<2.30", "1.97"], Y),
        (["2.20", "<2.30", "1.98"], U),
        (["2.20", "<2.20", "1.98"], U),
        (["2.20", ">2.20", "1.98"], Y),
        (["2.20", ">=2.20", "1.98"], U),
    ],
)
def test_a_censored_value_never_hides_a_fall_of_vc(values, expected):
    story = Story()
    for day, value in enumerate(values):
        story.test(day, "vc", value)
    assert physiology(story, 5).answer is expected


MONTH_DAY = 91  # 31 May 2024; 1 March is day 0


@pytest.mark.parametrize(
    ("first", "expected"),
    [(31, Y), (0, U), (-29, N)],  # April; March: 31 is within, 1 is 91 days before; February: its last day is day -1
)
def test_56_an_onset_in_a_month_is_yes_or_no_when_the_whole_month_is_on_one_side(first, expected):
    """12 (56), seen on 31 May: 2 March is 90 days before."""
    judged = course_of(Story().onset(first, month=True, known=MONTH_DAY).snapshot(MONTH_DAY)).criteria[0]
    assert judged.answer is expected
    assert judged.missing == (("respiratory_onset",) if expected is U else ())


@pytest.mark.parametrize(("first", "expected"), [(31, "A/S"), (0, None), (-29, "C")])
def test_56_the_course_of_an_onset_in_a_month(first, expected):
    story = Story().onset(first, month=True, known=MONTH_DAY).quiet(MONTH_DAY)
    assert course(story, MONTH_DAY) == expected


def test_56_the_month_in_which_one_stands_is_within():
    assert course(Story().onset(0, month=True, known=10), 10) == "A/S"


def test_56_an_onset_left_open_when_it_became_known_stays_open():
    """It may have made the course acute then; that time goes by does not make it chronic."""
    story = Story().onset(0, month=True, known=MONTH_DAY).quiet(200)
    assert course(story, 200) is None


def test_56_dyspnoea_absent_does_not_stand_for_an_onset_that_is_there():
    story = Story().onset(0, month=True, known=MONTH_DAY).quiet(MONTH_DAY)
    assert course_of(story.snapshot(MONTH_DAY)).missing == ("respiratory_onset",)


def test_56_a_month_is_said_as_a_month():
    judged = course_of(Story().onset(0, month=True, known=MONTH_DAY).snapshot(MONTH_DAY)).criteria[0]
    assert say(judged.reasons[0]).startswith("respiratory onset in Mar 2024: whether 90 days ago")


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


def looked_at(**more) -> Story:
    """Everything but lung function and blood gas says "chronic"."""
    story = Story().onset(-400, known=0).dyspnoea(-2, present=False).hrct(-3, change="unchanged", **more)
    return story.finding(-2, "cough", present=False)


@pytest.mark.parametrize(("value", "course_is", "answer"), [("2.2", "C", N), ("15", None, U), ("0.4", None, U)])
def test_47_a_doubtful_vc_alone_does_not_say_that_nothing_fell(value, course_is, answer):
    snapshot = looked_at().test(-2, "vc", value).snapshot(0)
    given = course_of(snapshot)
    assert (given.course, given.criteria[3].answer) == (course_is, answer)
    assert any("unconfirmed" in say(x) for x in given.reasons) is (answer is U)
    assert ("vc" in given.missing) is (answer is U)


def test_47_a_person_or_a_second_sample_confirms_that_nothing_fell():
    assert course(looked_at().test(-2, "vc", "7", confirmed=True), 0) == "C"
    assert course(looked_at().test(-3, "vc", "7").test(-2, "vc", "6.8"), 0) == "C"


def test_47_a_doubtful_value_does_not_close_what_was_left_open():
    open_fall = looked_at().test(-40, "vc", "2.2").test(-9, "vc", "<2.2")
    assert course_of(open_fall.snapshot(0)).criteria[3].answer is U
    assert course_of(open_fall.test(-2, "vc", "22").snapshot(0)).criteria[3].answer is U
    for newer, answer in ((None, U), ("300", U), ("79", N)):
        hidden = looked_at().pao2(-40, "80").pao2(-9, "75", "0.4")
        if newer:
            hidden.pao2(-2, newer)
        assert course_of(hidden.snapshot(0)).criteria[3].answer is answer, newer


def test_47_a_doubtful_value_may_still_show_a_fall():
    assert course(looked_at().pao2(-40, "80").pao2(-2, "34"), 0) == "A/S"


def test_47_a_doubtful_vc_takes_back_no_activity():
    falling = looked_at().test(-40, "vc", "2.2").test(-9, "vc", "2.06")
    assert chronic_activity(falling.snapshot(0)).answer is Y
    slip = falling.test(-2, "vc", "20.6").snapshot(0)
    assert chronic_activity(slip).answer is Y
    assert any("unconfirmed" in say(x) for x in chronic_activity(slip).reasons)
    assert chronic_activity(looked_at().test(-2, "vc", "15").snapshot(0)).answer is U


def test_82_where_confirmed_values_say_no_they_are_the_ones_named():
    (why,) = course_of(looked_at().test(-9, "vc", "2.2").test(-2, "vc", "22").snapshot(0)).criteria[3].reasons
    assert say(why) == "VC of 21 Feb: no fall shown within 90 days"


def test_46_of_two_values_of_one_moment_either_shows_a_fall():
    fallen = looked_at().test(-40, "vc", "2.2").test("-2T08:00", "vc", "2.2").test("-2T08:00", "vc", "1.9")
    assert course(fallen, 0) == "A/S"


@pytest.mark.parametrize(("today", "expected"), [(95, U), (96, N)])
def test_a_possible_fall_leaves_n1_open_for_90_days(today, expected):
    """80, then "<75" on day 5: 91 days later it is looked at no more, and the newer value shows no fall."""
    assert physiology(Story().pao2(0, "80").pao2(5, "<75").pao2(50, "80"), today).answer is expected


def test_of_several_falls_the_two_newest_are_named():
    story = Story().pao2(0, "90").pao2(5, "79").pao2(6, "78").pao2(7, "77")
    assert [say(x) for x in physiology(story, 8).reasons] == [
        "PaO2 90 on 1 Mar to 78 mmHg on 7 Mar: a fall of more than 10 mmHg",
        "PaO2 90 on 1 Mar to 77 mmHg on 8 Mar: a fall of more than 10 mmHg",
    ]


@pytest.mark.parametrize("old", ["dyspnoea", "hrct", "vc"])
@pytest.mark.parametrize(("day", "expected"), [(0, "C"), (-1, None)])
def test_each_criterion_by_itself_was_looked_at_in_the_last_90_days(old, day, expected):
    days = {"dyspnoea": 90, "hrct": 90, "vc": 90} | {old: day}
    story = Story().onset(-200, known=0).dyspnoea(days["dyspnoea"], present=False)
    story.hrct(days["hrct"], change="unchanged").test(days["vc"], "vc", "2.2")
    assert course(story, 90) == expected


@pytest.mark.parametrize(("day", "said"), [(90, "90 days ago (90 days or less)"), (91, "91 days ago (more than 90)")])
def test_the_sentence_of_an_onset_says_on_which_side_of_90_days_it_lies(day, said):
    judged = course_of(Story().onset(0).snapshot(day)).criteria[0]
    assert say(judged.reasons[0]) == f"respiratory onset on 1 Mar, {said}"


@pytest.mark.parametrize(
    ("first", "today", "expected"),
    [(0, 90, Y), (0, 91, U), (-29, 89, U), (-29, 90, N)],  # 1 March is day 0; 29 February, the last of its month, -1
)
def test_56_the_first_and_the_last_day_of_the_month_are_counted_to_90_days(first, today, expected):
    judged = course_of(Story().onset(first, month=True, known=today).snapshot(today)).criteria[0]
    assert judged.answer is expected


@pytest.mark.parametrize(("day", "course_is"), [(90, "A/S"), (91, None)])
def test_31_a_fall_that_becomes_known_more_than_90_days_later_does_not_make_it_acute(day, course_is):
    assert course(Story().pao2(-1, "80").pao2(0, "69", known=day), day) == course_is
