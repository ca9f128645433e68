"""What moved between two evaluations, and by which fact."""

from __future__ import annotations

from algorithm.difference import CORRECTED, NEW, WITHDRAWN, Difference, difference
from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion, output_of
from algorithm.record import inputs_of
from patients.clinical.reasons import say
from tests.algorithm.courses import no_risk
from tests.story import Day, Story


def between(old: Story, old_day: Day, new: Story, new_day: Day) -> Difference:
    before, after = old.snapshot(old_day), new.snapshot(new_day)
    records = [(inputs_of(x), output_of(opinion(CURRENT, x))) for x in (before, after)]
    return difference(*records[0], *records[1])


def course() -> Story:
    return no_risk("PM").ferritin(3, "890").ferritin(6, "1240")


def test_step_moved_because_ferritin_rose() -> None:
    found = between(course(), 5, course(), 6)
    assert [say(x.sentence) for x in found.changes] == ["step moved from T1 to T3"]
    assert [say(x.sentence) for x in found.deciding] == ["Ferritin 890 to 1,240 on 7 Mar"]
    assert [x.how for x in found.causes] == [NEW]


def test_a_new_fact_that_decides_nothing_is_named_last() -> None:
    story = course().test(6, "kl6", "900")
    found = between(story, 5, story, 6)
    assert len(found.causes) == 2
    assert [x.fact for x in found.deciding] == [x.fact for x in found.causes if "Ferritin" in say(x.sentence)]


def test_a_withdrawn_result_is_named() -> None:
    story = Story().onset(0).ferritin(0, "1679", id="a").ferritin(0, "1679", id="a", known=3, cancelled=True)
    found = between(story, 2, story, 4)
    assert [(x.before, x.after) for x in found.changes if x.code == "step"] == [("T3", None)]
    assert [(x.how, say(x.sentence)) for x in found.causes] == [(WITHDRAWN, "Ferritin 1,679 of 1 Mar was withdrawn")]


def test_a_correction_is_named_with_both_values() -> None:
    story = no_risk().ferritin(1, "1100", id="a").ferritin(1, "110", id="a", known=3)
    found = between(story, 2, story, 4)
    assert [(x.how, say(x.sentence)) for x in found.causes] == [
        (CORRECTED, "Ferritin of 2 Mar corrected from 1,100 to 110")
    ]


def test_time_alone_can_move_the_step() -> None:
    story = no_risk("PM").drug(1, "gc").judged(20, "unchanged")
    found = between(story, 28, story, 29)
    assert found.by_time
    assert [say(x.sentence) for x in found.changes] == ["step moved from T1 to T2"]


def test_subtype_and_step_can_both_move() -> None:
    story = Story().onset(0).diagnosis(0, "DM").mda5(4, "positive")
    assert {x.code for x in between(story, 3, story, 4).changes} == {"step", "subtype"}


def test_the_end_of_a_treatment_is_a_cause() -> None:
    story = no_risk("PM").drug(1, "gc", stop=10)
    found = between(story, 9, story, 10)
    assert [say(x.sentence) for x in found.causes] == ["glucocorticoid (as prednisolone) last given on 11 Mar"]


def test_nothing_moved() -> None:
    found = between(course(), 4, course(), 5)
    assert (found.changes, found.causes, found.by_time) == ((), (), True)
