"""What no rule watches yet is said, and leaves the list by itself when its rules are registered."""

from __future__ import annotations

import pytest

from monitoring.rules import BY_CODE
from monitoring.unwatched import DANGERS, unwatched

EVERY = frozenset().union(*(x.rules for x in DANGERS))


def test_without_rules_every_kind_of_danger_is_listed_and_with_all_none() -> None:
    assert unwatched(()) == tuple(x.name for x in DANGERS)
    assert unwatched(EVERY) == ()


@pytest.mark.parametrize("danger", DANGERS, ids=lambda x: x.name)
def test_a_kind_of_danger_is_listed_until_the_last_of_its_rules_is_registered(danger) -> None:
    assert danger.name not in unwatched(danger.rules)
    for missing in danger.rules:
        assert danger.name in unwatched(EVERY - {missing})


def test_no_kind_of_danger_that_is_watched_is_still_listed() -> None:
    """With the rules as they are registered now."""
    listed = unwatched(BY_CODE)
    assert [x.name for x in DANGERS if x.rules <= BY_CODE.keys() and x.name in listed] == []
    assert [x.name for x in DANGERS if not x.rules & BY_CODE.keys() and x.name not in listed] == []


def test_each_rule_watches_one_kind_of_danger() -> None:
    assert sum(len(x.rules) for x in DANGERS) == len(EVERY)
    assert all(x.rules for x in DANGERS)
