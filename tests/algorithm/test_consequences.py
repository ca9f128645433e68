"""What an entry would make of the chart's answer, told before it is signed; and what runs by a clinician's choice."""

from __future__ import annotations

import pytest

from algorithm.consequences import answer_moved, if_chronic, if_judged
from algorithm.flowcharts import CURRENT
from algorithm.walk.engine import walk
from patients.clinical import facts as f
from tests.algorithm.courses import no_risk
from tests.story import Story


def triple() -> Story:
    """T3 started on day 4; nothing is known by which the chart would choose between T2 and T3."""
    return Story().onset(0).diagnosis(0, "DM").drug(4, "gc").drug(4, "csa").drug(4, "ivcy")


@pytest.mark.parametrize(
    ("day", "choice", "step"),
    [
        (10, "improved", "T3"),
        (10, "unchanged", "T3"),  # before day 14 it waits
        (10, "worse", "T4"),
        (17, "unchanged", "T3"),
        (18, "unchanged", "T4"),  # day 14 of T3
    ],
)
def test_62_the_consequence_of_each_judgement_is_told(day: int, choice: str, step: str) -> None:
    told = {x.choice: x for x in if_judged(CURRENT, triple().snapshot(day))}
    assert told[choice].step == step
    assert told[choice].moves == (step != "T3")


@pytest.mark.parametrize("choice", ["improved", "unchanged", "worse"])
@pytest.mark.parametrize("day", [5, 18, 32])
def test_62_what_is_told_is_what_comes(day: int, choice: str) -> None:
    """The consequence is that of really adding the judgement."""
    story = no_risk("PM").drug(1, "gc").drug(4, "csa")
    snapshot = story.snapshot(f"{day}T12:00")
    told = next(x for x in if_judged(CURRENT, snapshot) if x.choice == choice)
    after = walk(CURRENT, story.judged(f"{day}T12:00", choice).snapshot(f"{day}T12:00"))
    assert (told.step, told.possible) == (after.step, after.steps_possible)
    assert told.moves == answer_moved(walk(CURRENT, snapshot), after)


def test_62_the_consequence_of_chronic_is_told() -> None:
    told = if_chronic(CURRENT, no_risk("PM").snapshot(5))
    after = walk(CURRENT, no_risk("PM").chronic(5).snapshot(5))
    assert (told.step, told.possible) == (after.step, after.steps_possible)


def test_62_supposing_stores_nothing() -> None:
    snapshot = triple().snapshot(10)
    if_judged(CURRENT, snapshot)
    assert snapshot.judgements == ()


def test_61_what_runs_by_choice_is_not_the_chart_s() -> None:
    pathway = walk(CURRENT, triple().snapshot(10))
    assert (pathway.step, pathway.by_choice, pathway.alone) == ("T3", True, ("T2", "T3"))


def test_61_a_step_that_the_entry_gives_is_the_chart_s() -> None:
    pathway = walk(CURRENT, triple().mda5(2, "positive").ferritin(2, "1679").snapshot(10))
    assert (pathway.step, pathway.by_choice, pathway.alone) == ("T3", False, ("T3",))


def test_61_a_step_that_a_no_led_to_is_the_chart_s() -> None:
    story = no_risk("PM").drug(1, "gc").judged(10, "worse").drug(10, "csa")
    assert not walk(CURRENT, story.snapshot(12)).by_choice


def test_61_a_judgement_after_the_start_did_not_lead_to_it() -> None:
    story = no_risk("PM").drug(1, "gc").drug(10, "csa").judged(11, "worse")
    before, after = walk(CURRENT, story.snapshot(10)), walk(CURRENT, story.snapshot(11))
    assert (before.step, before.by_choice) == ("T2", True)
    assert (after.step, after.by_choice) == ("T3", False)  # the "no" on what runs leads to T3


def test_61_what_does_not_run_is_nobody_s_choice() -> None:
    assert not walk(CURRENT, no_risk("PM").snapshot(5)).by_choice
    assert not walk(CURRENT, Story().add(f.RespiratoryOnset, 0).snapshot(5)).by_choice


def test_62_a_step_that_is_decided_moves_the_answer_though_as_much_is_possible() -> None:
    """Acute: T1 or T2, undecided; glucocorticoid of before the episode starts no step. Chronic, it is T1 that runs."""
    story = no_risk("ASyS").dyspnoea(2, True, "worse").drug(-60, "gc")
    before = walk(CURRENT, story.snapshot(5))
    told = if_chronic(CURRENT, story.snapshot(5))
    assert (before.step, before.steps_possible) == (None, ("T1", "T2"))
    assert (told.step, told.possible) == ("T1", ("T1", "T2"))
    assert told.moves


def test_61_the_lowest_step_too_runs_by_choice_while_the_chart_is_undecided() -> None:
    pathway = walk(CURRENT, Story().onset(0).diagnosis(0, "PM").drug(1, "gc").snapshot(5))
    assert (pathway.entry, pathway.step, pathway.by_choice, pathway.alone) == (None, "T1", True, ("T1", "T3"))
