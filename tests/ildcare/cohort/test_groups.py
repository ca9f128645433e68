"""Small groups are not shown, and not to be had by subtraction either."""

from __future__ import annotations

import pytest

from ildcare.cohort.groups import FEWEST, cohort_of
from ildcare.cohort.members import Member


def group(subtype: str, size: int, **more: object) -> list[Member]:
    told = {"course": "A/S", "antibody": "neither", "sex": "female", "days": 10, "first_step": "T1", "era": 2020}
    return [Member(subtype=subtype, **{**told, **more}) for _n in range(size)]


def test_a_group_of_the_fewest_is_shown_and_one_below_is_not() -> None:
    members = [*group("A/S-1", FEWEST), *group("A/S-2", FEWEST - 1), *group("A/S-3", FEWEST - 1)]
    found = cohort_of(members, "subtype")
    assert list(found.shown) == ["A/S-1"]
    assert (found.hidden_groups, found.hidden_people) == (2, 2 * FEWEST - 2)


def test_one_small_group_takes_the_next_smallest_with_it() -> None:
    members = [*group("A/S-1", 20), *group("A/S-2", 2), *group("A/S-3", 9)]
    found = cohort_of(members, "subtype")
    assert list(found.shown) == ["A/S-1"]
    assert (found.hidden_groups, found.hidden_people) == (2, 11)


def test_large_groups_are_all_shown() -> None:
    found = cohort_of([*group("A/S-1", 6), *group("C-1", 5)], "subtype")
    assert (list(found.shown), found.hidden_groups) == (["A/S-1", "C-1"], 0)


def test_who_has_no_day_0_is_counted_and_in_no_curve() -> None:
    found = cohort_of([*group("A/S-1", 5), *group("A/S-1", 3, days=None)], "subtype")
    assert (found.people, found.without_day0, found.shown["A/S-1"].people) == (8, 3, 5)


@pytest.mark.parametrize("size", [FEWEST - 1, FEWEST])
def test_everybody_together_only_where_they_are_enough(size: int) -> None:
    assert (cohort_of(group("A/S-1", size), "subtype").every is not None) == (size >= FEWEST)


def test_course_and_step_are_one_trait() -> None:
    members = [*group("A/S-1", 5, first_step="T2"), *group("C-1", 5, course="C")]
    assert list(cohort_of(members, "course_step").shown) == ["A/S T2", "C T1"]
