"""Two values of one moment that contradict each other."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from patients.clinical.poor_risk import poor_risk_factors
from patients.clinical.reasons import say
from patients.clinical.truth import Truth
from patients.clinical.two_values import as_either_says, contradictions_among, two_values
from tests.effort import cases, dice, until
from tests.story import Story

AT = "3T08:00"


def pairs(story: Story) -> list[list[str]]:
    return [[str(x.quantity) for x in found.values] for found in two_values(story.snapshot(9))]


def test_46_another_value_of_the_same_test_and_moment_is_a_contradiction() -> None:
    assert pairs(Story().ferritin(AT, "384").ferritin(AT, "3840")) == [["384", "3,840"]]


def test_46_three_hands_are_one_contradiction_from_lowest_to_highest() -> None:
    assert pairs(Story().ferritin(AT, "700").ferritin(AT, "384").ferritin(AT, "3840")) == [["384", "700", "3,840"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"day": "3T08:01"}),
        ({"kit": "A"}, {"kit": "B"}),
        ({"route": "iv"}, {"route": "oral"}),
        ({"timing": "trough"}, {"timing": "c2"}),
        ({"fio2": Decimal("0.21")}, {"fio2": Decimal("0.4")}),
    ],
)
def test_46_another_moment_kit_route_or_timing_is_none(one, other) -> None:
    later = {**other}
    day = later.pop("day", AT)
    story = Story().test(AT, "csa", "182", **one).test(day, "csa", "120", **later)
    assert pairs(story) == []


def test_46_a_kit_that_is_named_on_one_side_only_may_be_the_same() -> None:
    assert pairs(Story().ferritin(AT, "384", kit="A").ferritin(AT, "3840")) == [["384", "3,840"]]


def test_the_same_value_twice_is_no_contradiction() -> None:
    assert pairs(Story().ferritin(AT, "384").ferritin(AT, "384")) == []


def test_46_each_is_read_alone() -> None:
    low, high = as_either_says(Story().ferritin(0, "500").ferritin(AT, "384").ferritin(AT, "3840").snapshot(9))
    assert [str(x.quantity) for x in low.series("ferritin")] == ["500", "384"]
    assert [str(x.quantity) for x in high.series("ferritin")] == ["500", "3,840"]


@pytest.mark.parametrize("order", [("900", "1001"), ("1001", "900")])
def test_46_a_factor_is_met_if_either_value_does_it_and_names_both(order) -> None:
    story = Story().onset(0).ferritin(AT, order[0]).ferritin(AT, order[1])
    factor = poor_risk_factors(story.snapshot(9))["ferritin"]
    assert factor.answer is Truth.YES
    assert "two values of Ferritin at one moment (4 Mar): 900 and 1,001" in [say(x) for x in factor.reasons]


@pytest.mark.parametrize("code", ["csa", "tac", "potassium", "glucose"])
def test_83_nobody_doses_on_either(code) -> None:
    story = Story().test(AT, code, "3").test(AT, code, "5")
    (found,) = two_values(story.snapshot(9))
    assert say(found.reason).endswith("3 and 5 at one moment (4 Mar): two values, do not dose on either")


def test_46_one_without_a_kit_goes_with_the_first_that_it_compares_with() -> None:
    """A and no kit compare, B and no kit too, but A and B do not: each value stands in one contradiction."""
    story = Story().titre(AT, "10", "A").titre(AT, "20", "B").titre(AT, "40").titre(AT, "80", "B").titre(AT, "10", "A")
    assert pairs(story) == [["10", "10", "40"], ["20", "80"]]
    assert pairs(Story().titre(AT, "10").titre(AT, "20", "A").titre(AT, "40", "B")) == [["10", "20", "40"]]


def test_46_what_is_noted_while_values_come_is_what_every_value_says() -> None:
    """Tests, moments and kits by turns: several tests of one moment, several moments of one test."""
    r = dice("two values")
    several: Counter[bool] = Counter()
    for _n in until(lambda: several[True] > cases(400) // 2, cases(400)):
        story = Story()
        for _value in range(r.randint(10, 24)):
            at = f"{r.randint(0, 1)}T{r.choice(['08:00', '09:00'])}"
            story.test(
                at, r.choice(["kl6", "ferritin", "csa"]), r.choice(["300", "400"]), kit=r.choice([None, "A", "B"])
            )
        snapshot = story.snapshot(9)
        found = two_values(snapshot)
        assert found == contradictions_among(snapshot.measurements)
        several[len(found) > 1] += 1
