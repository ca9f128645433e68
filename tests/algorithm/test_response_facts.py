"""What the facts say since day 0, beside the judgement of improvement."""

from __future__ import annotations

import pytest

from algorithm.literature.response_facts import BETTER, OPEN, SAME, WORSE, against_judgement, trends
from patients.clinical.reasons import say
from patients.clinical.regimen import regimen_of
from patients.clinical.response import worsening_on_gc
from tests.algorithm.courses import on_t1
from tests.story import Story


def directions(story: Story, day: int = 10) -> dict[str, str]:
    snapshot = story.snapshot(day)
    running = regimen_of(snapshot).running
    return {x.code: x.direction for x in trends(snapshot, running)}


@pytest.mark.parametrize(
    ("value", "expected"),
    [("399", SAME), ("400", WORSE), ("300", SAME), ("299", BETTER), (">350", OPEN), (">400", WORSE)],
)
def test_boundary_ferritin_20_percent_and_100(value: str, expected: str) -> None:
    """300 ng/mL at day 0: worse from 400 on (a rise of 100, and of more than 20 %)."""
    assert directions(on_t1().ferritin(5, value))["ferritin"] == expected


@pytest.mark.parametrize(("value", "expected"), [("70", SAME), ("69.9", WORSE), ("85", BETTER)])
def test_boundary_pao2_fall_of_10_since_day_0(value: str, expected: str) -> None:
    assert directions(on_t1().pao2(5, value))["pao2"] == expected


@pytest.mark.parametrize(("value", "expected"), [("70", None), ("69.9", WORSE), ("90", None)])
def test_64_pao2_on_more_oxygen_is_compared_only_where_it_fell(value: str, expected: str | None) -> None:
    """80 on air at day 0."""
    assert directions(on_t1().pao2(5, value, "0.4")).get("pao2") == expected


def test_64_pao2_on_less_oxygen_or_another_device_is_not_compared() -> None:
    on_oxygen = Story().onset(0).drug(1, "gc").pao2(0, "90", "0.4")
    assert "pao2" not in directions(on_oxygen.pao2(5, "60"))
    flowing = Story().onset(0).drug(1, "gc").gas(0, "80", "nasal_cannula", "3")
    assert "pao2" not in directions(flowing.gas(5, "60", "simple_mask", "5"))
    assert directions(flowing.gas(6, "85", "nasal_cannula", "3"))["pao2"] == BETTER


def test_another_kit_is_not_compared() -> None:
    assert "kl6" not in directions(on_t1().test(0, "kl6", "500", kit="A").test(5, "kl6", "900", kit="B"))


@pytest.mark.parametrize(("day", "shown"), [(-13, True), (-14, False)])
def test_boundary_a_value_stands_for_day_0_for_14_days(day: int, shown: bool) -> None:
    """GC began on story day 1."""
    story = on_t1().test(day, "kl6", "500").test(5, "kl6", "900")
    assert ("kl6" in directions(story)) is shown


def test_worsening_that_answers_by_itself_is_among_the_trends() -> None:
    story = on_t1().pao2(5, "69")
    snapshot = story.snapshot(6)
    assert worsening_on_gc(snapshot, regimen_of(snapshot).running)
    assert directions(story)["pao2"] == WORSE


@pytest.mark.parametrize(
    ("code", "before", "value", "expected"),
    [
        ("kl6", "500", "600", WORSE),
        ("kl6", "500", "599", SAME),
        ("kl6", "500", "500", SAME),
        ("kl6", "500", "499", BETTER),
        ("kl6", "500", "<500", BETTER),
        ("kl6", "500", "<=500", OPEN),
        ("vc", "2.20", "1.98", SAME),
        ("vc", "2.20", "1.979", WORSE),
        ("vc", "2.20", "2.21", BETTER),
        ("fvc", "2.20", "2.20", SAME),
    ],
)
def test_boundaries_of_kl6_and_lung_function_since_day_0(code: str, before: str, value: str, expected: str) -> None:
    assert directions(on_t1().test(0, code, before).test(5, code, value))[code] == expected


@pytest.mark.parametrize(("at", "told"), [(1, None), (2, BETTER)])
def test_a_value_of_day_0_is_no_value_since_day_0(at: int, told: str | None) -> None:
    assert directions(on_t1().test(0, "kl6", "500").test(at, "kl6", "400")).get("kl6") == told


def test_the_last_value_before_and_the_last_since_are_held_against_each_other() -> None:
    story = on_t1().test(-3, "kl6", "900").test(0, "kl6", "500").test(3, "kl6", "400").test(6, "kl6", "700")
    snapshot = story.snapshot(9)
    (trend,) = [x for x in trends(snapshot, regimen_of(snapshot).running) if x.code == "kl6"]
    assert (trend.direction, str(trend.last.quantity)) == (WORSE, "700")
    assert say(trend.reason) == "KL-6 500 on 1 Mar, 700 on 7 Mar"


def test_the_last_improvement_counts_and_what_came_before_it_is_nothing_against_it() -> None:
    story = on_t1().judged(3, "improved").dyspnoea(4, True, "worse").hrct(4, change="increased").judged(6, "improved")
    snapshot = story.snapshot(9)
    assert list(against_judgement(snapshot, regimen_of(snapshot).running)) == []
    later = story.ferritin(8, "900").snapshot(9)
    (why,) = against_judgement(later, regimen_of(later).running)
    assert say(why) == "judged improved on 7 Mar, but ferritin went from 300 to 900 on 9 Mar"


def test_a_value_of_day_0_itself_stands_for_it() -> None:
    """Glucocorticoid from day 1."""
    assert directions(on_t1().test(0, "kl6", "700").test("1T08:00", "kl6", "500").test(5, "kl6", "600"))["kl6"] == WORSE
