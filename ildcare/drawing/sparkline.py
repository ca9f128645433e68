"""A tiny trend of one measurement as coordinates for the server's SVG. Pure.

The x axis is real time: a gap in the days is a gap in the picture. Only values that can be compared with each other
(same FiO2, route, timing, kit) and are not censored are joined; censored values are hollow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from ildcare.drawing.axes import part

WIDTH, HEIGHT, EDGE = 72, 20, 3  # pixels
SPAN = timedelta(days=90)
FEWEST = 2  # a single point is no trend


@dataclass(frozen=True, slots=True)
class Value:
    """A value at a moment; `conditions`: what must be the same for a comparison."""

    at: datetime
    value: Decimal
    censored: bool = False
    conditions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spark:
    """What the template draws in a box of `WIDTH` x `HEIGHT`: one path of joined values, its dots, the hollow ones.

    Each dot is "x y"; `last` is the newest value, drawn larger, hollow if it is censored.
    """

    path: str
    dots: tuple[tuple[float, float], ...]
    hollow: tuple[tuple[float, float], ...]
    last: tuple[float, float]
    last_hollow: bool
    count: int


def spark(values: Sequence[Value], now: datetime, span: timedelta = SPAN) -> Spark | None:
    """The trend of the values of the last `span` before `now`; None with fewer than two."""
    visible = sorted((x for x in values if now - span <= x.at <= now), key=lambda x: x.at)
    if len(visible) < FEWEST:
        return None
    places = _places(visible, now)
    joined = [a.conditions == b.conditions and not (a.censored or b.censored) for a, b in pairwise(visible)]
    return Spark(
        path=_path(places, joined),
        dots=tuple(place for place, x in zip(places[:-1], visible, strict=False) if not x.censored),
        hollow=tuple(place for place, x in zip(places[:-1], visible, strict=False) if x.censored),
        last=places[-1],
        last_hollow=visible[-1].censored,
        count=len(visible),
    )


def _places(visible: Sequence[Value], now: datetime) -> list[tuple[float, float]]:
    first, low = visible[0].at, min(x.value for x in visible)
    whole = max(now - first, timedelta(seconds=1))
    height = float(max(x.value for x in visible) - low)
    across, up = WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE
    places = []
    for x in visible:
        share = float(x.value - low) / height if height else 0.5
        left = EDGE + across * part(x.at - first, whole)
        places.append((round(left, 1), round(HEIGHT - EDGE - up * share, 1)))
    return places


def _path(places: Sequence[tuple[float, float]], joined: Sequence[bool]) -> str:
    """Runs of joined values: "M3 17L20 9L40 5M60 3L66 4"."""
    steps: list[str] = []
    goes_on = False
    for (a, b), together in zip(pairwise(places), joined, strict=True):
        if together:
            start = "" if goes_on else f"M{a[0]:g} {a[1]:g}"
            steps.append(f"{start}L{b[0]:g} {b[1]:g}")
        goes_on = together
    return "".join(steps)
