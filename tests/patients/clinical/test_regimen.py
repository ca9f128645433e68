"""Steps started, their day 0, and whether they still run. Readings (12), (13), (26), (34)."""

from collections import Counter
from datetime import date, timedelta

import pytest

from patients.clinical.courses import first_doses, last_day
from patients.clinical.facts import Treatment
from patients.clinical.regimen import regimen_of
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
    for x in reversed([x for x in snapshot.treatments if x.drug == treatment.drug and x.on < treatment.on]):
        end = last_day(x)
        if end is not None and end < first - timedelta(days=1):
            break
        first = x.day
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
