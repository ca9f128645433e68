"""Treatments below a trend chart: one lane a drug, the height of a bar its share of the highest dose. Pure.

Units: pixels of the view box of `axes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from algorithm.lettering import text_width
from ildcare.axes import NARROW, PLOT, TOP, Span, length, share

LANE, LANE_GAP = 14, 3
FIRST_LANE = TOP + PLOT + 26
LOWEST, HIGHEST = 4.0, 13.0  # of a bar, pixels
LETTERS, PADDING = 10, 8  # of a dose in its bar


@dataclass(frozen=True, slots=True)
class Given:
    """A treatment: days of its first and last dose (None: running), drawn as a lane; `mark` draws a single dose.

    `dose` is written into the lane where it fits, `title` says everything. `amount` is the dose as a number and
    `measure` what must be the same (unit, route) for two amounts to be compared by the height of their bars.
    """

    label: str
    start: date
    stop: date | None
    mark: bool = False
    dose: str = ""
    title: str = ""
    amount: Decimal | None = None
    measure: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A lane of treatment, or (mark) a single dose. `more`: the text has no room on a narrow screen."""

    x: float
    width: float
    title: str
    text: str
    mark: bool
    running: bool
    y: float = 0.0
    height: float = HIGHEST
    more: bool = False

    @property
    def across(self) -> str:
        """Place of its left end along the plot."""
        return share(self.x)

    @property
    def wide(self) -> str:
        """Its width as a share of the plot."""
        return length(self.width)


@dataclass(frozen=True, slots=True)
class Lane:
    """All courses of one drug."""

    y: float
    label: str
    bars: tuple[Bar, ...]


def lanes_of(given: Sequence[Given], span: Span) -> Iterator[Lane]:
    """One lane for each drug that was given in the span, in the order in which they come."""
    shown = [x for x in given if x.start <= span.last and (x.stop is None or x.stop >= span.first)]
    highest = _highest(shown)
    for number, name in enumerate(dict.fromkeys(x.label for x in shown)):
        y = FIRST_LANE + number * (LANE + LANE_GAP)
        courses = [x for x in shown if x.label == name]
        yield Lane(y, name, tuple(_bar(x, span, y, highest, _next(x, courses)) for x in courses))


def _next(given: Given, courses: Sequence[Given]) -> date | None:
    """The day on which another course of the lane begins, from which the text has no room."""
    return min((x.start for x in courses if x is not given and x.start >= given.start), default=None)


def _highest(given: Sequence[Given]) -> dict[tuple[str, str], Decimal]:
    """The highest dose of each lane and measure."""
    highest: dict[tuple[str, str], Decimal] = {}
    for x in given:
        if x.amount is not None:
            highest[x.label, x.measure] = max(x.amount, highest.get((x.label, x.measure), x.amount))
    return highest


def _bar(given: Given, span: Span, y: float, highest: dict[tuple[str, str], Decimal], follows: date | None) -> Bar:
    start = span.x(given.start)
    end = span.x(given.stop + timedelta(days=1)) if given.stop else span.x(span.last)
    width = max(round(end - start, 1), 3.0)
    needed = text_width(given.dose, LETTERS) + PADDING
    room = min(width, span.x(follows) - start) if follows else width
    text = given.dose if needed <= room else ""
    height = _height(given, highest)
    return Bar(
        start,
        width,
        given.title or given.label,
        text,
        given.mark,
        given.stop is None,
        round(y + HIGHEST - height, 1),
        height,
        needed > room * NARROW,
    )


def _height(given: Given, highest: dict[tuple[str, str], Decimal]) -> float:
    """A dose that is not told is drawn as high as the highest: nothing is known of it."""
    most = highest.get((given.label, given.measure))
    if given.amount is None or not most:
        return HIGHEST
    return round(LOWEST + (HIGHEST - LOWEST) * float(given.amount / most), 1)
