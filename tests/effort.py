"""How much a run tries: every random case with `--full`, a quarter in the gate, of these a quarter with `--fast`; and
from which seed.

Every run draws a new seed and prints it at its end; `manage.py test --seed N` repeats one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

GATE = 4  # random cases in the gate: one of so many
FAST = 4  # and of those of the gate in the fast run


@dataclass
class Effort:
    """What this run was asked for. Set once, before any test module is read."""

    full: bool = False
    fast: bool = False
    seed: int = 0


THIS_RUN = Effort()


def cases(full: int, *, gate: int = 0) -> int:
    """How many random cases this run tries of as many as a full run does: in the gate `gate`, or a quarter."""
    if THIS_RUN.full:
        return full
    wanted = gate or full // GATE
    return max(1, wanted // FAST if THIS_RUN.fast else wanted)


def dice(*name: object) -> random.Random:
    """Random numbers of a test's own, the same for the same seed and name."""
    return random.Random(f"{THIS_RUN.seed} {name}")


def until(met: Callable[[], bool], number: int) -> Iterator[int]:
    """Numbers of random cases: so many, and more until all was met that the test is about; some of it is seldom."""
    most = 20 * number
    for n in range(most):
        if n >= number and met():
            return
        yield n
    assert met(), f"{most} random cases did not meet what the test is about"
