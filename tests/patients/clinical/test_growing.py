"""Work that goes on where a shorter series ended, and begins anew where it does not."""

from __future__ import annotations

from patients.clinical.growing import MOST, Grown


class Sum:
    """Notes what it takes in."""

    def __init__(self) -> None:
        self.taken: list[tuple[int, ...]] = []

    def take(self, facts: tuple[int, ...]) -> None:
        self.taken.append(tuple(facts))


def asked(*series: tuple[int, ...]) -> Sum:
    grown = Grown()
    for x in series[:-1]:
        grown.over("sum", x, Sum)
    return grown.over("sum", series[-1], Sum)


def test_a_longer_series_takes_in_only_what_is_new() -> None:
    assert asked((1, 2), (1, 2, 3)).taken == [(1, 2), (3,)]
    assert asked((1,), (1, 2), (1, 2, 3)).taken == [(1,), (2,), (3,)]


def test_what_differs_begins_anew_and_leaves_the_other() -> None:
    assert asked((1, 2), (1, 3)).taken == [(1, 3)]
    assert asked((1, 2), (5,), (1, 2, 3)).taken == [(1, 2), (3,)]
    assert asked((1, 2), (1,)).taken == [(1,)]


def test_of_several_that_ended_before_the_longest_goes_on() -> None:
    assert asked((1, 2), (5,), (1,), (1, 2, 3)).taken == [(1, 2), (3,)]


def test_the_same_series_is_not_taken_again() -> None:
    assert asked((1, 2), (1, 2)).taken == [(1, 2)]
    assert asked((1, 2), (5,), (1, 2)).taken == [(1, 2), ()]


def test_work_of_another_name_is_other_work() -> None:
    grown = Grown()
    grown.over("one", (1,), Sum)
    assert grown.over("other", (1, 2), Sum).taken == [(1, 2)]


def test_of_one_kind_the_newest_few_are_kept() -> None:
    others = [(n,) for n in range(10, 10 + MOST)]
    assert asked((1,), *others[1:], (1, 2)).taken == [(1,), (2,)]
    assert asked((1,), *others, (1, 2)).taken == [(1, 2)]
