"""Trees of random sequences: each sequence once and whole, one step for many of them, and what failed told from its
first step on."""

from __future__ import annotations

from random import Random
from typing import Self

import pytest

from patients.models import Ward
from tests.branches import Step, Trees
from tests.effort import THIS_RUN

pytestmark = pytest.mark.django_db
FANS = (1, 2, 3)


class Wards:
    """Each step opens a ward, or is refused where the ward is open already; beside it the codes in their order."""

    def __init__(self, letters: str, codes: tuple[str, ...] = ()) -> None:
        self.codes, self.letters = codes, letters

    def branch(self) -> Self:
        return type(self)(self.letters, self.codes)

    def drawn(self, roll: Random) -> Step:
        return ("open", roll.choice(self.letters))

    def do(self, step: Step) -> bool:
        if step[1] in self.codes:
            return False
        self.codes = (*self.codes, step[1])
        Ward.objects.create(code=step[1], name=step[1])
        return True

    def check(self) -> None:
        assert sorted(Ward.objects.values_list("code", flat=True)) == sorted(self.codes)
        assert not {"a", "b", "c"} <= set(self.codes), "three wards"


def grown(wanted: int, letters: str = "defghijklmnopqrstuvwxyz", fans: tuple[int, ...] = FANS) -> Trees:
    trees = Trees(fans)
    trees.grow(wanted, lambda: Wards(letters), "wards")
    return trees


def test_every_sequence_is_whole_and_another_one_and_nothing_is_left() -> None:
    trees = grown(60)
    assert len(trees.sequences) == 60
    assert {len(x) for x in trees.sequences} == {len(FANS)}
    assert not Ward.objects.exists()


def test_what_sequences_share_is_done_once() -> None:
    trees = grown(60)
    assert trees.leaves == 6
    assert trees.done.total() + trees.refused.total() == 10 * (1 + 2 + 6)


def test_what_is_done_and_what_is_refused_is_counted() -> None:
    trees = grown(2, "de", (1, 2))
    assert (trees.done, trees.refused) == ({"open": 2}, {"open": 1})


def test_the_same_seed_grows_the_same_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    was = grown(12).sequences
    assert grown(12).sequences == was
    monkeypatch.setattr(THIS_RUN, "seed", THIS_RUN.seed + 1)
    assert grown(12).sequences != was


def test_a_sequence_that_failed_is_told_from_its_first_step() -> None:
    with pytest.raises(AssertionError, match="three wards") as failed:
        grown(96, "abc")
    (told,) = failed.value.__notes__
    first, *steps = told.splitlines()
    assert first == "after these steps:"
    assert [x.split(".")[0].strip() for x in steps] == ["1", "2", "3"]
    assert {x.split("'")[3] for x in steps} == {"a", "b", "c"}


def test_where_everything_was_tried_it_ends() -> None:
    with pytest.raises(AssertionError, match="everything was tried"):
        grown(9, "a")
