"""Steps started, their day 0, and whether they still run. Readings (12), (13), (26), (34)."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from patients.clinical.courses import first_doses, last_day
from patients.clinical.facts import Decision, Treatment
from patients.clinical.regimen import STEPS, StepStart, by_rank, next_step, rank, regimen_of
from patients.clinical.snapshot import Snapshot
from tests.effort import cases, dice, until
from tests.story import Story, moment


def regimen(story, day):
    snapshot = story.snapshot(day)
    return regimen_of(snapshot)


def started(*drugs):
    story = Story().onset(0)
    for day, drug in enumerate(drugs):
        story.drug(day, drug)
    return [x.step for x in regimen(story, 30).starts]


@pytest.mark.parametrize(
    ("drugs", "steps"),
    [
        ((), []),
        (("csa",), []),
        (("gc",), ["T1"]),
        (("gc_pulse",), ["T1"]),
        (("gc", "csa"), ["T1", "T2"]),
        (("gc", "tac"), ["T1", "T2"]),
        (("gc", "ivcy"), ["T1", "T2"]),
        (("gc", "cy_oral"), ["T1", "T2"]),
        (("gc", "csa", "ivcy"), ["T1", "T2", "T3"]),
        (("gc", "csa", "ivcy", "ivig"), ["T1", "T2", "T3", "T4"]),
        (("gc", "csa", "ivcy", "pmx_dhp"), ["T1", "T2", "T3", "T4"]),
        (("gc", "csa", "ivcy", "plasma_exchange"), ["T1", "T2", "T3", "T4"]),
        (("gc", "ivig"), ["T1"]),
        (("ivig", "gc", "csa", "ivcy"), ["T1", "T2", "T3"]),
        (("gc", "aza"), ["T1"]),
    ],
)
def test_combination_of_drugs_makes_the_step(drugs, steps):
    assert started(*drugs) == steps


def test_drugs_of_one_moment_start_one_step():
    story = Story().onset(0).drug("1T18:00", "gc").drug("1T18:00", "ivcy").drug("1T18:00", "tac")
    given = regimen(story, 1)
    assert [x.step for x in given.starts] == ["T3"]
    assert "tacrolimus" in given.running.variants[0].message


def test_each_change_of_step_is_a_new_day_0_and_the_first_stays():
    given = regimen(Story().onset(0).drug(2, "gc").drug(9, "csa", route="iv"), 20)
    assert (given.first_d0.day, given.running.day) == (moment(2).date(), moment(9).date())


def test_oral_csa_and_oral_cy_in_t3_are_variants():
    story = Story().onset(0).drug(1, "gc").drug(1, "csa", route="oral").drug(1, "cy_oral")
    assert len(regimen(story, 3).running.variants) == 2


def test_step_stays_while_gc_and_one_other_drug_run():
    story = Story().onset(0).drug(1, "gc").drug(1, "csa", stop=20).drug(1, "ivcy")
    assert regimen(story, 30).standing


@pytest.mark.parametrize(("day", "standing"), [(20, True), (21, False)])
def test_stop_is_the_last_day_given(day, standing):
    assert regimen(Story().onset(0).drug(1, "gc", stop=20), day).standing is standing


def test_stop_still_to_come_is_not_seen():
    assert Story().drug(1, "gc", stop=20).snapshot(19).treatments[0].stop is None


@pytest.mark.parametrize(("day", "active"), [(36, True), (37, False)])
def test_68_one_dose_of_ivcy_covers_five_weeks(day, active):
    story = Story().onset(0).drug(1, "gc").drug(1, "ivcy", stop=1)
    assert ("ivcy" in regimen(story, day).active) is active


def test_step_never_goes_back_by_itself_in_acute_ild():
    story = Story().onset(0).drug(1, "gc").drug(5, "csa", stop=20)
    assert regimen(story, 60).running.step == "T2"


def test_finished_treatment_is_past_outside_acute_ild():
    story = Story().onset(-800, known=-600).drug(-550, "gc", stop=-400)
    assert regimen(story, 0).running is None


def test_treatment_that_ended_before_the_episode_does_not_count():
    story = Story().drug(-400, "gc", stop=-300).drug(-400, "csa", stop=-300).onset(0)
    assert regimen(story, 5).running is None


def test_azathioprine_counts_as_second_drug_in_chronic_ild():
    story = Story().onset(-200, known=0).quiet(0).drug(0, "gc").drug(10, "aza")
    assert regimen(story, 20).running.step == "T2"


@pytest.mark.parametrize(("day", "active"), [(10, True), (11, False)])
def test_course_of_ivcy_ends_with_its_last_day(day, active):
    story = Story().onset(0).drug(1, "gc").drug(1, "ivcy", stop=10)
    assert ("ivcy" in regimen(story, day).active) is active


def slowly_first(snapshot: Snapshot, treatment: Treatment) -> date:
    """First day of an unbroken run, found by going back from each course: the rule as it is written."""
    first = treatment.day
    earlier = [x for x in snapshot.treatments if x.drug == treatment.drug]
    while following := [
        x for x in earlier if x.day < first and ((end := last_day(x)) is None or end >= first - timedelta(days=1))
    ]:
        first = min(x.day for x in following)
    return first


def test_first_doses_in_one_pass_are_those_of_each_course_by_itself():
    r = dice("first doses")
    runs: Counter[bool] = Counter()
    for _n in until(lambda: runs[True] > cases(400) // 4, cases(400)):
        story = Story()
        for _course in range(r.randint(1, 9)):
            day = r.randint(0, 40)
            at = f"{day}T{r.choice(['08:00', '09:00'])}"
            stop = r.choice([None, day, day + r.choice([1, 3, 10]), day + r.choice([1, 3, 10])])
            story.drug(at, r.choice(["gc", "csa", "ivcy"]), stop=stop)
        snapshot = story.snapshot(50)
        found = first_doses(snapshot)
        assert found == {x.id: slowly_first(snapshot, x) for x in snapshot.treatments}
        runs[any(found[x.id] != x.day for x in snapshot.treatments)] += 1


@pytest.mark.parametrize("story", [Story(), Story().onset(0), Story().chronic(0)])
def test_where_nothing_is_given_nothing_is_started(story):
    found = regimen(story, 5)
    assert (found.starts, found.running, found.first_d0, found.background) == ((), None, None, ())
    assert (found.active, found.standing, found.later) == (frozenset(), False, False)


def test_a_drug_that_ends_makes_room_for_no_step():
    """CsA for ten days, IVCY after it: never together, and together again when CsA is begun anew."""
    story = Story().onset(0).drug(0, "gc").drug(1, "csa", stop=10).drug(12, "ivcy")
    assert [x.step for x in regimen(story, 20).starts] == ["T1", "T2"]
    assert [x.step for x in regimen(story.drug(21, "csa"), 30).starts] == ["T1", "T2", "T3"]


# -- the first day of an episode, and what belongs to it ---------------------------------------------------------------


def acute_from_100(stop: int | None = None, *, since: int = 50, mg: int = 30) -> Story:
    """Glucocorticoid at a high dose before an episode that begins on day 100."""
    story = Story().dyspnoea(100, True, "worse")
    return story.drug(since, "gc", dose=Decimal(mg), unit="mg/day", stop=stop)


@pytest.mark.parametrize(("stop", "step"), [(99, None), (100, "T1")])
def test_a_treatment_that_ended_before_the_episode_is_none_of_it(stop, step):
    running = regimen(acute_from_100(stop, since=90, mg=10), 110).running
    assert (running.step if running else None) == step


def test_40_on_the_first_day_of_the_episode_its_step_stands():
    assert [(x.step, x.d0) for x in regimen(acute_from_100(), 100).starts] == [("T1", moment(100))]


@pytest.mark.parametrize(("at", "steps"), [("100T00:00", ["T2"]), ("100T00:01", ["T1", "T2"])])
def test_40_what_begins_with_the_first_day_belongs_to_its_step(at, steps):
    assert [x.step for x in regimen(acute_from_100().drug(at, "csa"), 101).starts] == steps


def test_71_raised_on_the_first_day_of_the_episode_a_background_dose_is_that_of_the_chart():
    raised = acute_from_100(99, mg=10).drug(100, "gc", dose=Decimal(25), unit="mg/day")
    (start,) = regimen(raised, 110).starts
    assert (start.step, start.day, start.again) == ("T1", moment(100).date(), False)


def test_what_the_episode_began_is_not_said_to_continue():
    own = Story().dyspnoea(0, True, "worse").drug(1, "gc").drug(2, "csa")
    assert regimen(own, 5).running.variants == ()
    continued = acute_from_100().drug(50, "csa").drug(102, "ivcy")
    assert [x.facts for x in regimen(continued, 110).running.variants] == [("3",)]


@pytest.mark.parametrize("drug", ["csa", "ivcy", "aza", "mmf", "ivig", "pmx_dhp"])
def test_in_chronic_ild_what_ran_beside_glucocorticoid_keeps_the_steps_in_view(drug):
    story = Story().chronic(0).drug(0, "gc", stop=30).drug(10, drug)
    assert regimen(story, 20).running is not None
    assert [x.step for x in regimen(story, 40).starts] == [x.step for x in regimen(story, 20).starts]
    assert regimen(Story().chronic(0).drug(0, "gc", stop=30), 40).starts == ()


def test_40_glucocorticoid_begun_shortly_before_the_episode_counts_from_its_own_day():
    assert [(x.step, x.day) for x in regimen(acute_from_100(since=95), 110).starts] == [("T1", moment(95).date())]


def test_40_beside_a_small_background_dose_only_what_the_episode_added_counts():
    small = acute_from_100(mg=10).drug(50, "csa")
    assert regimen(small.drug(101, "tmp_smx"), 110).starts == ()
    assert [x.step for x in regimen(small.drug(102, "ivcy"), 110).starts] == ["T2"]


def test_66_a_decision_about_a_step_ends_no_episode():
    """The onset, known too late to make the course acute, is the first day all the same: 10 mg of day 22 counts."""
    story = Story().dyspnoea(100, True, "worse").onset(20, known=115).drug(22, "gc", dose=Decimal(10), unit="mg/day")
    story.add(Decision, 60, step="T1", reason="as the chart says")
    assert [x.step for x in regimen(story, 120).starts] == ["T1"]


@pytest.mark.parametrize(("onset", "steps"), [("90T00:00", []), ("90T00:01", ["T1"])])
def test_66_an_onset_of_the_moment_of_the_decision_belongs_to_the_episode_that_it_ended(onset, steps):
    story = Story().dyspnoea(0, True, "worse").onset(onset, known=190).chronic(90).dyspnoea(100, True, "worse")
    assert [x.step for x in regimen(story.drug(80, "gc", dose=Decimal(10), unit="mg/day"), 195).starts] == steps


def test_75_without_glucocorticoid_there_is_no_later_regimen():
    given = regimen(Story().dyspnoea(0, True, "worse").drug(1, "csa").drug(1, "rtx"), 5)
    assert (given.later, given.starts) == (False, ())


def test_a_chronic_course_begins_with_its_decision_whatever_the_onset():
    story = Story().onset(0).drug(5, "gc", dose=Decimal(40), unit="mg/day").drug(5, "csa", stop=20).chronic(50)
    assert [x.step for x in regimen(story, 60).starts] == ["T1"]


# -- begun again, and walked from the entry ----------------------------------------------------------------------------


def raised_on(*days: int) -> Story:
    """T1 from day 0 and begun again on these days by a pulse, with a small dose between."""
    story = Story().dyspnoea(0, True, "worse").drug(0, "gc", dose=Decimal(10), unit="mg/day")
    for day in days:
        story.drug(day, "gc_pulse", stop=day + 2)
    return story


@pytest.mark.parametrize(
    ("days", "from_entry"), [((60, 150), [False, False, False]), ((60, 151), [False, False, True])]
)
def test_41_the_90_days_count_from_the_last_day_0(days, from_entry):
    assert [x.from_entry for x in regimen(raised_on(*days), 160).starts] == from_entry


def test_41_the_phase_begins_where_the_chart_was_walked_from_its_entry():
    """The starts before stay in view, and are of another phase."""
    first = regimen(raised_on(60), 70)
    assert (first.phase, first.walked_again) == (first.starts, None)
    again = regimen(raised_on(60, 151, 190), 200)
    assert [(x.day - moment(0).date()).days for x in again.phase] == [151, 190]
    assert again.walked_again == moment(151).date()
    assert regimen(Story().dyspnoea(0, True, "worse"), 5).phase == ()


def test_a_higher_step_is_not_begun_again():
    given = regimen(Story().onset(0).drug(1, "gc").drug(3, "csa"), 9)
    assert [(x.step, x.again) for x in given.starts] == [("T1", False), ("T2", False)]
    assert [x.variants for x in given.starts] == [(), ()]


def test_71_without_glucocorticoid_a_drug_that_is_added_begins_no_step():
    """It is a re-escalation; walked from the entry, the next dose of glucocorticoid starts T1."""
    story = Story().dyspnoea(0, True, "worse").drug(0, "gc", stop=20).dyspnoea(110, True, "worse").drug(112, "aza")
    assert [x.step for x in regimen(story, 119).starts] == ["T1"]
    story.drug(120, "gc", dose=Decimal(10), unit="mg/day")
    assert [(x.step, (x.day - moment(0).date()).days) for x in regimen(story, 121).starts] == [("T1", 0), ("T1", 120)]


# -- what differs from the printed combination -------------------------------------------------------------------------


def test_34_salvage_that_begins_together_with_t3_was_not_preceded_by_it():
    story = Story().onset(0).drug(1, "gc").drug(1, "csa").drug(1, "ivcy").drug(1, "ivig")
    assert [x.step for x in regimen(story.drug(5, "tmp_smx").drug(6, "gc"), 9).starts] == ["T3"]
    assert [x.step for x in regimen(story.drug(7, "pmx_dhp"), 9).starts] == ["T3", "T4"]


def test_t3_as_it_is_printed_says_nothing_of_variants():
    story = Story().onset(0).drug(1, "gc", route="oral").drug(1, "csa", route="iv").drug(1, "ivcy", route="iv")
    assert regimen(story, 3).running.variants == ()


def test_of_two_courses_of_oral_cyclosporine_the_last_is_named():
    story = Story().onset(0).drug(1, "csa", route="oral").drug(2, "csa", route="oral").drug(3, "gc").drug(3, "ivcy")
    assert [x.facts for x in regimen(story, 5).running.variants] == [("3",)]


@pytest.mark.parametrize(("drugs", "said"), [(("aza",), 1), (("mmf",), 1), (("aza", "csa"), 0), (("mmf", "ivcy"), 0)])
def test_azathioprine_or_mycophenolate_in_place_of_the_printed_partner_is_said(drugs, said):
    story = Story().chronic(0).drug(1, "gc")
    for drug in drugs:
        story.drug(1, drug)
    given = regimen(story, 3).running
    assert (given.step, len(given.variants)) == ("T2", said)


def test_the_step_after_each_and_after_the_last():
    assert [next_step(x) for x in STEPS] == ["T1", "T2", "T3", "T4", "T4"]
    assert by_rank(["T4", "observation", "T1", "T1"]) == ("observation", "T1", "T4")
    assert sorted([*STEPS, None], key=rank) == [None, *STEPS]


# -- the unbroken run of a drug ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("courses", "firsts"),
    [
        ([(0, 10), (11, 20)], [0, 0]),  # on the day after
        ([(0, 10), (12, 20)], [0, 12]),  # a day between
        ([(0, 10), (10, 20)], [0, 0]),
        ([(0, None), (30, 40)], [0, 0]),
        ([(0, 10), (5, 20), (21, None)], [0, 0, 0]),
        ([(0, 20), (5, 10), (21, None)], [0, 0, 0]),  # it follows the last to end: the doses of a day are added
        ([(0, 20), (5, 10), (22, None)], [0, 0, 22]),
        ([(0, 10), (6, 20), (6, 30)], [0, 0, 0]),
        ([(0, 4), (6, 20), (6, 30)], [0, 6, 6]),
        ([(6, 20), (6, 30)], [6, 6]),
        ([(0, 4), (0, 10), (11, None)], [0, 0, 0]),  # of two of one moment the last to end is followed
        ([(0, 10), (0, 4), (11, None)], [0, 0, 0]),
        ([(0, 10), (0, 4), (12, None)], [0, 0, 12]),
    ],
)
def test_40_a_run_is_unbroken_where_each_course_begins_by_the_day_after_the_last(courses, firsts):
    story = Story()
    for day, stop in courses:
        story.drug(day, "gc", stop=stop).drug(day, "csa", stop=day)
    snapshot = story.snapshot(50)
    found = first_doses(snapshot)
    assert [(found[x.id] - moment(0).date()).days for x in snapshot.treatments if x.drug == "gc"] == firsts


@pytest.mark.parametrize(
    ("drug", "stop", "last"),
    [
        ("ivig", 1, 36),
        ("ivig", 5, 36),  # a course of days covers as long as its first day does
        ("ivig", 40, 40),
        ("rtx", 1, 181),
        ("rtx", 15, 15),
        ("ivcy", None, None),
        ("gc", 1, 1),
    ],
)
def test_68_the_last_day_of_what_is_given_in_doses(drug, stop, last):
    (treatment,) = Story().drug(1, drug, stop=stop).snapshot(400).treatments
    assert last_day(treatment) == (None if last is None else moment(last).date())


def test_unless_it_is_told_a_step_is_begun_for_the_first_time_and_not_under_glucocorticoid():
    start = StepStart("T1", moment(0), moment(0).date())
    assert (start.variants, start.again, start.from_entry, start.under_gc) == ((), False, False, False)
