"""Random sequences that share their beginnings: a tree in which every path from the root to a leaf is a whole sequence.

After a step several continuations are tried, each from the state after that step and rolled back after it, so that two
thousand sequences of twelve steps cost three and a half thousand steps. A tree is the same for the same seed and name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import prod
from random import Random
from typing import Protocol, Self

from django.db import transaction

from tests.effort import dice

Step = tuple[str, ...]  # its kind, then of whom and what
Path = tuple[Step, ...]
DRAWS = 1000  # after so many draws there is no other step that was not tried yet


class State(Protocol):
    """What a sequence has come to, in the database and beside it."""

    def branch(self) -> Self:
        """A copy, from which one continuation goes on."""

    def drawn(self, roll: Random) -> Step:
        """A step that may come next."""

    def do(self, step: Step) -> bool:
        """Was it done, or refused? An AssertionError where that is not as expected."""

    def check(self) -> None:
        """Is everything as expected at the end of a sequence?"""


class Trees:
    """Trees of random sequences. `fans`: how many continuations are tried after each step, the first of all included.

    sequences: every one that was tried, each once; done, refused: how often a kind of step was, on all paths together.
    """

    def __init__(self, fans: Sequence[int]) -> None:
        self.fans = tuple(fans)
        self.sequences: set[Path] = set()
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    @property
    def leaves(self) -> int:
        """How many sequences one tree is."""
        return prod(self.fans)

    def grow(self, wanted: int, root: Callable[[], State], name: str) -> None:
        """So many sequences; each tree begins from `root` and leaves nothing."""
        number = 0
        while len(self.sequences) < wanted:
            with transaction.atomic():
                self._walk(root(), dice(name, number), ())
                transaction.set_rollback(True)
            number += 1

    def _walk(self, state: State, roll: Random, path: Path) -> None:
        if len(path) == len(self.fans):
            self._ended(state, path)
            return
        siblings: set[Step] = set()
        for _ in range(self.fans[len(path)]):
            step = self._other(state, roll, path, siblings)
            siblings.add(step)
            with transaction.atomic():
                branch = state.branch()
                self._do(branch, (*path, step))
                self._walk(branch, roll, (*path, step))
                transaction.set_rollback(True)

    def _other(self, state: State, roll: Random, path: Path, siblings: set[Step]) -> Step:
        """A step that makes another sequence."""
        for _ in range(DRAWS):
            step = state.drawn(roll)
            if step not in siblings and (*path, step) not in self.sequences:
                return step
        raise AssertionError(told(path, "everything was tried after these steps"))

    def _do(self, state: State, path: Path) -> None:
        try:
            done = state.do(path[-1])
        except BaseException as error:
            error.add_note(told(path, "the last of these steps"))
            raise
        (self.done if done else self.refused)[path[-1][0]] += 1

    def _ended(self, state: State, path: Path) -> None:
        try:
            state.check()
        except BaseException as error:
            error.add_note(told(path, "after these steps"))
            raise
        self.sequences.add(path)


def told(path: Path, what: str) -> str:
    """A sequence, a step a line."""
    return "\n".join([f"{what}:", *(f"  {number}. {' '.join(map(repr, x))}" for number, x in enumerate(path, 1))])
