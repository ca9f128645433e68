"""What would change the answer, against brute force: facts are really added and the chart is walked again."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.walk.engine import Pathway, walk, what_would_change
from algorithm.walk.reading import Reading
from patients.clinical.regimen import rank
from tests.algorithm.oracle import Person, course, story_of
from tests.algorithm.random_people import random_person
from tests.effort import cases, dice
from tests.story import Story, moment

NOW, EARLIER = "0T12:00", "0T10:00"


def add(story: Story, code: str, p: Person, pathway: Pathway) -> Iterator[Story]:
    """The story with the missing fact, once for each way in which it can turn out (no known answer contradicted)."""
    chronic = pathway.course.course == "C"
    open_course = pathway.course.course is None
    for fill in FILLERS[code](p, chronic, open_course, pathway):
        grown = copy.deepcopy(story)
        fill(grown)
        yield grown


def _onset(p, chronic, open_course, pathway):
    yield lambda s: s.onset(EARLIER, known=NOW)
    yield lambda s: s.onset(-90, known=NOW)
    # an episode may have begun up to 180 days ago: what was begun since then turns on which side of it the onset lies
    begun = {x[0] for x in p.drugs if -180 <= x[0] <= -91}
    for day in sorted({-91, -180, *begun, *(x + 1 for x in begun if x < -91)}):
        yield lambda s, day=day: s.onset(day, known=NOW)


def _dyspnoea(p, chronic, open_course, pathway):
    if open_course:
        yield lambda s: s.dyspnoea(NOW, True, "worse")
    yield lambda s: s.dyspnoea(NOW, True, "unchanged")
    yield lambda s: s.dyspnoea(NOW, False)


def _hrct(p, chronic, open_course, pathway):
    entry_open = open_course and pathway.course.criteria[2].answer.value == "unknown"
    factor_open = pathway.factors["hrct"].answer.value == "unknown"
    if chronic:
        yield lambda s: s.hrct(NOW, change="increased", compared_with=moment(-300).date())
        yield lambda s: s.hrct(NOW, change="unchanged")
        return
    readings = (
        [{"ggo": True, "consolidation": "lower"}, {"ggo": False, "consolidation": "none"}] if factor_open else [{}]
    )
    for reading in readings:
        for change in ("increased", "unchanged") if entry_open else (None,):
            yield lambda s, reading=reading, change=change: s.hrct(NOW, change=change, **reading)


def _pao2(p, chronic, open_course, pathway):
    low, high = ("59.95", "65") if pathway.factors["pao2"].answer.value == "unknown" else ("65", "65")
    if open_course and pathway.course.criteria[3].answer.value == "unknown":
        yield lambda s: s.pao2(EARLIER, "75").pao2(NOW, low)
        yield lambda s: s.pao2(EARLIER, "80").pao2(NOW, high)
    yield lambda s: s.pao2(NOW, low)
    yield lambda s: s.pao2(NOW, high)


def _vc(p, chronic, open_course, pathway):
    best = "2.20"
    if open_course and pathway.course.criteria[3].answer.value == "unknown":
        yield lambda s: s.test(EARLIER, "vc", best).test(NOW, "vc", "1.90")
        yield lambda s: s.test(EARLIER, "vc", best).test(NOW, "vc", "2.05")
    else:
        yield lambda s: s.test(-100, "vc", best, known=NOW).test(NOW, "vc", "2.05")
    yield lambda s: s.test(NOW, "vc", best)


def _diagnosis(p, chronic, open_course, pathway):
    """Provisional DM is confirmed or turns out to be ADM; antisynthetase syndrome gets its myositis, not ADM."""
    kinds = {None: ("DM", "PM", "ADM"), "ASyS": ("DM", "PM")}
    for kind in kinds.get(p.diagnosis and p.diagnosis[0], ("DM", "ADM")):
        yield lambda s, kind=kind: s.diagnosis(NOW, kind)


def _judgement(p, chronic, open_course, pathway):
    yield lambda s: s.judged(NOW, "improved")
    yield lambda s: s.judged(NOW, "worse")


FILLERS = {
    "respiratory_onset": _onset,
    "dyspnoea_on_exertion": _dyspnoea,
    "hrct": _hrct,
    "pao2": _pao2,
    "vc": _vc,
    "diagnosis": _diagnosis,
    "judgement": _judgement,
    "cough": lambda *_: [lambda s, there=there: s.finding(NOW, "cough", there) for there in (True, False)],
    "anti_mda5": lambda *_: [lambda s, result=result: s.mda5(NOW, result) for result in ("positive", "negative")],
    "ferritin": lambda *_: [lambda s, value=value: s.ferritin(NOW, value) for value in ("2000", "100")],
}


LATE = {
    "dyspnoea_on_exertion": lambda s: s.dyspnoea(-90, True, "worse", known=NOW),
    "hrct": lambda s: s.hrct(-90, change="increased", known=NOW),
}


def completed(story: Story, p: Person, seen: set[str]) -> None:
    """Add missing facts one after the other until the step is settled; `seen` gathers the steps reached."""
    pathway = walk(CURRENT, story.snapshot(0))
    if len(pathway.steps_possible) == 1:
        seen.update(pathway.steps_possible)
        return
    code = pathway.deciding_facts[0]
    if code == "judgement" and pathway.running and pathway.running.day == moment(0).date():
        seen.update(pathway.steps_possible)  # begun today: no judgement of today answers for it
        return
    for grown in add(story, code, p, pathway):
        completed(grown, p, seen)
    if code == "pao2" and "vc" in pathway.deciding_facts:  # both: the blood gas for N1, the newer VC for N7
        for grown in add(story, "vc", p, pathway):
            completed(grown, p, seen)
    if code == "hrct" and pathway.course.course is None:  # two reports: unchanged of late, increased within the year
        scans = copy.deepcopy(story).hrct(EARLIER, change="unchanged", ggo=False)
        completed(scans.hrct(NOW, change="increased", compared_with=moment(-300).date()), p, seen)
    if code in LATE and pathway.course.course is None:  # told today of 90 days ago: older values count from there
        late = copy.deepcopy(story)
        LATE[code](late)
        completed(late, p, seen)


def fair_person(r: random.Random) -> Person:
    """A random patient whose open questions can be settled by adding facts alone (no censored value to be corrected),
    whose treatments began before today, and whose known PaO2 does not force a fall together with a low value. The day
    of onset is not known to the month: any day of the last 90 stays possible."""
    p = random_person(r)
    p.ferritin = [(d, v) for d, v in p.ferritin if v != ">800"]
    p.vc = [(d, v) for d, v in p.vc if v[0] not in "<>"]
    p.pao2 = [x for x in p.pao2 if x[1][0] not in "<>"]
    p.onset = None if p.onset_month else p.onset
    p.drugs = [x for x in p.drugs if x[0] < 0]
    if course(p)[0] is None:
        p.pao2 = [(d, min(v, "69.9"), f) for d, v, f in p.pao2]
    return p


def with_gaps(name: str, seed: int, n: int) -> Iterator[tuple[Person, Story, Pathway]]:
    r = dice(name, seed)
    while n:
        p = fair_person(r)
        story = story_of(p)
        pathway = walk(CURRENT, story.snapshot(0))
        if 1 <= len(pathway.deciding_facts) <= 5:
            n -= 1
            yield p, story, pathway


def possible_is_what_completions_reach(p: Person, story: Story, pathway: Pathway) -> None:
    seen: set[str] = set()
    completed(story, p, seen)
    if p.drugs and pathway.course.course is None:
        # which episode what is given belongs to is open too (decision 0050): steps are told broadly, and only
        # those below what runs may be left out
        assert pathway.step in {None, *pathway.steps_possible}
        assert {x for x in seen if rank(x) > rank(pathway.step)} <= set(pathway.steps_possible), (p, pathway.path)
        return
    # while a step runs below every open entry, it is still the published one and therefore listed
    assert set(pathway.steps_possible) - seen <= ({pathway.step} if pathway.running else set()), (p, pathway.path)
    assert seen <= set(pathway.steps_possible), (p, pathway.path, pathway.deciding_facts)


@pytest.mark.parametrize("seed", range(4))
def test_steps_possible_are_exactly_those_that_completions_reach(seed: int) -> None:
    for p, story, pathway in with_gaps("completions", seed, cases(60, gate=8)):
        possible_is_what_completions_reach(p, story, pathway)


def test_no_step_above_what_runs_is_left_out_while_the_course_is_open() -> None:
    """Glucocorticoid of the last weeks and a judgement on it: what the next scan or blood gas says of the response."""
    r, left = dice("open course"), cases(80, gate=10)
    while left:
        p = fair_person(r)
        day = r.randint(-30, -1)
        p.drugs = [(day, "gc", Decimal(r.choice([15, 50])), None)]
        p.judged = [(r.randint(day, 0), r.choice(["improved", "improved", "unchanged"]))]
        story = story_of(p)
        pathway = walk(CURRENT, story.snapshot(0))
        if pathway.course.course is not None or not 1 <= len(pathway.deciding_facts) <= 5:
            continue
        left -= 1
        seen: set[str] = set()
        completed(story, p, seen)
        assert {x for x in seen if rank(x) > rank(pathway.step)} <= set(pathway.steps_possible), (p, pathway.path)


def test_28_the_days_on_which_treatments_change_sides_say_what_every_day_says(monkeypatch: pytest.MonkeyPatch) -> None:
    r, left = dice("days of change"), cases(120, gate=15)
    chosen = Reading._days_of_change
    while left:
        p = fair_person(r)
        if not p.drugs or course(p)[0] is not None:
            continue
        left -= 1
        told = []
        for days in (chosen, lambda _self, first, last: [last - timedelta(n) for n in range((last - first).days + 1)]):
            monkeypatch.setattr(Reading, "_days_of_change", days)
            told.append(walk(CURRENT, story_of(p).snapshot(0)).steps_possible)
        assert told[0] == told[1], p


def test_11_27_a_scan_that_increased_against_an_old_one_answers_early_on_t1_while_the_course_is_open() -> None:
    """Day 14 of glucocorticoid: it says nothing of N1, and "worse" of N4."""
    story = (
        Story().onset(-91, known=0).diagnosis(-20, "PM").mda5(-20, "positive").drug(-14, "gc").judged(-11, "improved")
    )
    before = walk(CURRENT, story.snapshot(0))
    assert (before.course.course, before.step, before.steps_possible) == (None, "T1", ("T1", "T2", "T3"))
    assert walk(CURRENT, story.snapshot(1)).steps_possible == ("T1", "T3")  # day 15: only a judgement says so
    scanned = story.hrct(NOW, change="increased", compared_with=moment(-300).date())
    after = walk(CURRENT, scanned.snapshot(0))
    assert (after.course.course, after.step) == (None, "T2")


def test_66_an_episode_may_have_begun_up_to_180_days_ago() -> None:
    """By an onset 90 days before a criterion that was met 90 days ago, while nobody has told of either."""
    for day, reached in ((-180, True), (-181, False)):
        story = Story().diagnosis(-5, "PM").mda5(-5, "negative").drug(day, "gc_pulse", stop=day).judged(-170, "worse")
        assert ("T2" in walk(CURRENT, story.snapshot(0)).steps_possible) is reached
        story.onset(-180, known=NOW).dyspnoea(-90, True, "worse", known=NOW)
        after = walk(CURRENT, story.snapshot(0))
        assert (after.course.course, "T2" in after.steps_possible) == ("A/S", reached)


@pytest.mark.parametrize(("begun", "answers"), [(-1, True), (-14, True), (-15, False)])
def test_11_worsening_answers_by_itself_from_day_1_to_day_14_of_t1(begun: int, answers: bool) -> None:
    """What a scan may say of the response is told ahead on these days: "worse" leads to T2."""
    story = Story().onset(-91, known=0).diagnosis(-20, "PM").mda5(-20, "positive").drug(begun, "gc")
    story.judged("0T00:00", "improved")
    assert walk(CURRENT, story.snapshot(0)).steps_possible == (("T1", "T2", "T3") if answers else ("T1", "T3"))
    scanned = story.hrct(NOW, change="increased", compared_with=moment(-300).date())
    assert walk(CURRENT, scanned.snapshot(0)).step == ("T2" if answers else "T1")


@pytest.mark.parametrize(("begun", "step"), [("0T08:00", "T1"), ("-1T08:00", "T2")])
def test_11_dyspnoea_worse_on_day_0_of_t1_answers_nothing(begun: str, step: str) -> None:
    story = Story().onset(-91, known=0).diagnosis(-20, "PM").mda5(-20, "negative").drug(begun, "gc")
    told = {x.code: x for x in what_would_change(CURRENT, story.snapshot(0))}
    ways = told["dyspnoea_on_exertion"].cases if "dyspnoea_on_exertion" in told else ()
    assert [x.outcome.step for x in ways if x.labels == ("worse",)] == ([step] if step == "T2" else [])
    assert walk(CURRENT, story.dyspnoea(NOW, True, "worse").snapshot(0)).step == step


def decisive_is_what_brute_force_finds(p: Person, story: Story, pathway: Pathway) -> None:
    told = {x.code: x for x in what_would_change(CURRENT, story.snapshot(0))}
    for code in pathway.deciding_facts:
        after = [walk(CURRENT, grown.snapshot(0)) for grown in add(story, code, p, pathway)]
        settles = all(len(x.steps_possible) == 1 for x in after)
        changes = any((x.step, x.steps_possible) != (pathway.step, pathway.steps_possible) for x in after)
        assert (code in told, code in told and told[code].settles) == (changes, settles and changes), (p, code)
        if not changes:
            continue
        outcomes = {(x.step, x.steps_possible) for x in after}
        ways = {(c.outcome.step, c.outcome.possible) for c in told[code].cases}
        if p.drugs and pathway.course.course is None:  # steps are told broadly (decision 0050), and none is left out
            for step, possible in outcomes:
                assert any(step == x and {*possible} <= {*steps} for x, steps in ways), (p, code, step, possible)
        else:
            assert ways == outcomes, (p, code)


@pytest.mark.parametrize("seed", range(4))
def test_decisive_facts_are_those_of_brute_force(seed: int) -> None:
    for p, story, pathway in with_gaps("deciding", seed, cases(60, gate=8)):
        decisive_is_what_brute_force_finds(p, story, pathway)


# people in whom a small slip of the walk shows: found once among random ones, and asked in every run
TELLING = (7, 12, 20, 21, 41, 45, 56)


@pytest.mark.parametrize("number", TELLING)
def test_in_people_in_whom_a_slip_would_show_brute_force_finds_what_is_told(number: int) -> None:
    p = fair_person(random.Random(f"named {number}"))
    story = story_of(p)
    pathway = walk(CURRENT, story.snapshot(0))
    possible_is_what_completions_reach(p, story, pathway)
    decisive_is_what_brute_force_finds(p, story, pathway)


def test_anti_mda5_alone_would_settle_it() -> None:
    story = Story().onset(0).diagnosis(0, "DM").ferritin(0, "890").mda5(0, "pending").pao2(0, "72").hrct(0, ggo=False)
    (only,) = what_would_change(CURRENT, story.snapshot(6))
    assert (only.code, only.settles) == ("anti_mda5", True)
    assert [(x.labels, x.outcome.step) for x in only.cases] == [(("positive",), "T3"), (("negative",), "T2")]


def test_no_single_fact_settles_two_open_factors() -> None:
    story = Story().onset(0).diagnosis(0, "DM").mda5(0, "pending").pao2(0, "72").hrct(0, ggo=False)
    told = what_would_change(CURRENT, story.snapshot(6))
    assert [(x.code, x.settles) for x in told] == [("anti_mda5", False), ("ferritin", False)]


def test_nothing_would_change_a_settled_step() -> None:
    assert what_would_change(CURRENT, Story().onset(0).ferritin(0, "1679").snapshot(0)) == ()


def test_respiratory_onset_brings_older_values_into_the_window() -> None:
    """A ferritin of day -150 counts once an onset of day -80 is known (90 days before the course became A/S)."""
    story = Story().ferritin(-150, "1679").ferritin(0, "300").diagnosis(0, "PM").mda5(0, "negative")
    story.quiet(0).hrct("0T01:00", ggo=False).pao2(0, "80").dyspnoea("0T02:00", True)
    pathway = walk(CURRENT, story.snapshot(0))
    assert "T3" in pathway.steps_possible
    assert walk(CURRENT, story.onset(-80, known="0T12:00").snapshot(0)).step == "T3"
