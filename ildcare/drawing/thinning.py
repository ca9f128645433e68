"""Which of many values are drawn, where a chart has more of them than it has room for. Pure.

Never left out: the first and the newest, lowest and highest of a stretch, censored ones, those that are or may be
beyond a limit, and those at either side of a change of kit or FiO2. The table beside a chart holds what is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise

MOST = 90  # so many values are all drawn
STRETCH = 9  # pixels in which, of many values, the lowest and the highest are drawn


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value would be drawn. `held`: it must be; `run`: what it can be joined with."""

    x: float
    value: Decimal
    held: bool = False
    run: int = 0


def thinned(places: Sequence[Place], most: int = MOST) -> list[int]:
    """The numbers of the places that are drawn, in their order."""
    if len(places) <= most:
        return list(range(len(places)))
    kept = {0, len(places) - 1, *(i for i, x in enumerate(places) if x.held), *_beside_breaks(places)}
    for _stretch, group in groupby(range(len(places)), lambda i: int(places[i].x // STRETCH)):
        numbers = list(group)
        kept.add(min(numbers, key=lambda i: places[i].value))
        kept.add(max(numbers, key=lambda i: places[i].value))
    return sorted(kept)


def _beside_breaks(places: Sequence[Place]) -> set[int]:
    beside: set[int] = set()
    for (i, before), (j, after) in pairwise(enumerate(places)):
        if before.run != after.run:
            beside |= {i, j}
    return beside
