"""Treatments as lanes: one a drug, the height of a bar its share of the highest dose. Pure.

Units: pixels of the view box of `axes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from algorithm.drawing.lettering import narrowest, text_width
from ildcare.drawing.axes import CHART_WIDTHS, PLOT, PLOT_WIDTH, TOP, Span, across, length

LANE, LANE_GAP = 14, 3
FIRST_LANE = TOP + PLOT + 26
LOWEST, HIGHEST = 4.0, 13.0  # of a bar, pixels
LETTERS, PADDING = 12, 8  # of a dose in its bar

Highest = dict[tuple[str, str], Decimal]  # dose by lane and measure


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugCourse:
    """A treatment: days of its first and last dose (None: running), drawn as a lane; `mark` draws a single dose.

    `dose` is written into the lane where it fits, `title` says everything. `amount` is the dose as a number and
    `measure` what must be the same (unit, route) for two amounts to be compared by the height of their bars.
    `missing`: what should be given and is not.
    """

    label: str
    start: date
    stop: date | None
    mark: bool = False
    dose: str = ""
    title: str = ""
    amount: Decimal | None = None
    measure: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
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
    missing: bool = False

    @property
    def across(self) -> str:
        """Place of its left end along the plot."""
        return across(self.x)

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


def height_of(lanes: Sequence[Lane]) -> int:
    """The pixels that lanes take, one below the other."""
    return len(lanes) * (LANE + LANE_GAP)


def lanes_of(courses: Sequence[DrugCourse], span: Span, first: int = FIRST_LANE) -> Iterator[Lane]:
    """One lane for each drug that was given in the span, in the order in which they come; `first`: where they begin."""
    visible = [x for x in courses if x.start <= span.last and (x.stop is None or x.stop >= span.first)]
    highest = _highest(visible)
    for number, name in enumerate(dict.fromkeys(x.label for x in visible)):
        y = first + number * (LANE + LANE_GAP)
        same = [x for x in visible if x.label == name]
        yield Lane(y, name, tuple(_bar(x, span, y, highest, _next(x, same)) for x in same))


def _next(course: DrugCourse, lane: Sequence[DrugCourse]) -> date | None:
    """The day on which another course of the lane begins, from which the text has no room."""
    return min((x.start for x in lane if x is not course and x.start >= course.start), default=None)


def _highest(courses: Sequence[DrugCourse]) -> Highest:
    """The highest dose of each lane and measure."""
    highest: Highest = {}
    for x in courses:
        if x.amount is not None:
            highest[x.label, x.measure] = max(x.amount, highest.get((x.label, x.measure), x.amount))
    return highest


def _bar(course: DrugCourse, span: Span, y: float, highest: Highest, follows: date | None) -> Bar:
    start = span.x(course.start)
    end = span.x(course.stop + timedelta(days=1)) if course.stop else span.x(span.last)
    width = max(round(end - start, 1), 3.0)
    free = min(width, span.x(follows) - start) if follows else width
    room = narrowest(text_width(course.dose, LETTERS) + PADDING, free / PLOT_WIDTH, CHART_WIDTHS)
    height = _height(course, highest)
    return Bar(
        x=start,
        width=width,
        title=course.title or course.label,
        text=course.dose if room else "",
        mark=course.mark,
        running=course.stop is None,
        y=round(y + HIGHEST - height, 1),
        height=height,
        more=room != "narrow",
        missing=course.missing,
    )


def _height(course: DrugCourse, highest: Highest) -> float:
    """A dose that is not recorded is drawn as high as the highest: nothing is known of it."""
    most = highest.get((course.label, course.measure))
    if course.amount is None or not most:
        return HIGHEST
    return round(LOWEST + (HIGHEST - LOWEST) * float(course.amount / most), 1)
