"""Two tests against each other: pairs of values taken within a few days, as points of a square plot. Pure.

Units: pixels; across, points stand at a share of the plot, upright at pixels of `HEIGHT`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from algorithm.drawing.lettering import Extent, fitted, text_width
from ildcare.drawing.axes import CHART_WIDTHS, Scale, Tick, percent, scale_of
from ildcare.drawing.charts import Reading

TOP, HEIGHT = 10, 260
LETTERS, PADDING = 11, 8  # pixels: labels of the lower axis
PAIR_DAYS = 3  # [J] values no further apart than this are taken as one state of the patient
MOST_DAYS = 14


@dataclass(frozen=True, slots=True)
class Pair:
    """A value of each test, `apart` days from each other."""

    x: Reading
    y: Reading

    @property
    def apart(self) -> int:
        """Days from the first test's value to the second's; negative where the second came earlier."""
        return (self.y.day - self.x.day).days

    @property
    def day(self) -> date:
        """The later of the two days."""
        return max(self.x.day, self.y.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A pair as drawn. `left`, `top`: per mille across, pixels down."""

    left: float
    top: float
    title: str
    censored: bool
    beyond: bool
    end: str = ""

    @property
    def across(self) -> str:
        """Place along the plot."""
        return percent(self.left / 1000)


@dataclass(frozen=True, slots=True)
class Mark:
    """A label of the lower axis, per mille across; `more`: there is no room for it on a narrow screen."""

    at: float
    label: str
    more: bool

    @property
    def across(self) -> str:
        """Place along the plot."""
        return percent(self.at / 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    """Everything that the template draws; `strokes` connect pairs in order of time that can be compared."""

    points: tuple[Point, ...]
    strokes: tuple[str, ...]
    x_ticks: tuple[Mark, ...]
    y_ticks: tuple[Tick, ...]
    top: int = TOP
    height: int = HEIGHT

    @property
    def bottom(self) -> int:
        """Lower edge of the plot."""
        return self.top + self.height


def pairs_of(x: Sequence[Reading], y: Sequence[Reading], days: int = PAIR_DAYS) -> list[Pair]:
    """Each value of either test stands in one pair at most; the nearest are joined first, then the later ones."""
    near = [Pair(a, b) for a in x for b in y if abs((a.day - b.day).days) <= days]
    taken: set[int] = set()
    pairs = []
    for pair in sorted(near, key=lambda p: (abs(p.apart), -p.day.toordinal())):
        if not {id(pair.x), id(pair.y)} & taken:
            taken |= {id(pair.x), id(pair.y)}
            pairs.append(pair)
    return sorted(pairs, key=lambda p: (p.day, p.x.day))


def scatter(pairs: Sequence[Pair], *, log_x: bool, log_y: bool) -> Scatter:
    """The plot of the pairs, not empty, in order of time."""
    across = scale_of([p.x.value for p in pairs], log_x)
    upright = scale_of([p.y.value for p in pairs], log_y)
    points = [_point(p, across, upright) for p in pairs]
    return Scatter(
        points=tuple(_ends(points)),
        strokes=tuple(_strokes(pairs, points)),
        x_ticks=tuple(_marks(across)),
        y_ticks=tuple(Tick(_down(upright, v), f"{v:,.10g}") for v in upright.rounds()),
    )


def _down(scale: Scale, value: float) -> float:
    return round(TOP + (1 - scale.share(value)) * HEIGHT, 1)


def _point(pair: Pair, across: Scale, upright: Scale) -> Point:
    return Point(
        left=round(across.share(pair.x.value) * 1000, 1),
        top=_down(upright, float(pair.y.value)),
        title=f"{pair.x.label}; {pair.y.label}",
        censored=bool(pair.x.comparator or pair.y.comparator),
        beyond=pair.x.beyond or pair.y.beyond,
    )


def _ends(points: Sequence[Point]) -> Iterator[Point]:
    """The first and the newest are named."""
    for number, x in enumerate(points):
        end = "newest" if number == len(points) - 1 else "first" if number == 0 else ""
        yield replace(x, end=end)


def _strokes(pairs: Sequence[Pair], points: Sequence[Point]) -> Iterator[str]:
    """Lines in order of time; none where a kit or FiO2 of either test changes."""
    for (before, a), (after, b) in pairwise(zip(pairs, points, strict=True)):
        if not (_differ(before.x, after.x) or _differ(before.y, after.y)):
            yield f"M{a.left:g} {a.top:g}L{b.left:g} {b.top:g}"


def _differ(before: Reading, after: Reading) -> bool:
    return bool(before.kit and after.kit and before.kit != after.kit)


def _marks(scale: Scale) -> list[Mark]:
    """Labels along the lower axis, those without room on a narrow screen marked; none where it has no room at all."""
    places = [(scale.share(value), f"{value:,.10g}") for value in scale.rounds()]
    rooms = fitted([_extent(place, label) for place, label in places], CHART_WIDTHS)
    return [
        Mark(round(place * 1000, 1), label if room else "", more=room != "narrow")
        for (place, label), room in zip(places, rooms, strict=True)
    ]


def _extent(place: float, label: str) -> Extent:
    half = (text_width(label, LETTERS) + PADDING) / 2
    return Extent(place, half, half)
