"""Axes of all drawings: real time across, values upright, linear or logarithmic, with round ticks. Pure.

Every drawing has the width of its column, which the server does not know: a place across is a share of the plot, so
that letters and marks keep their size on every screen. Shapes of trend charts, which are stretched, stand in pixels of
a 640-wide view box (`LEFT`, `PLOT_WIDTH`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from algorithm.drawing.lettering import Extent, fitted

WIDTH, LEFT, RIGHT, TOP, PLOT = 640, 62, 58, 34, 150
PLOT_WIDTH = WIDTH - LEFT - RIGHT
NARROW = 0.40  # a telephone's plot is about this share as wide as the view box
CHART_WIDTHS = {"narrow": PLOT_WIDTH * NARROW, "wide": float(PLOT_WIDTH)}  # plots for which labels of charts are fitted
LABEL_EVERY = 64  # pixels between labels of the time axis
LABEL_WITH_YEAR = 92
MOST_LABELS = 12  # of days at even distances
VALUE_EVERY = 15  # pixels between labels of the value axis

DayText = Callable[[date], str]


@dataclass(frozen=True, slots=True)
class Room:
    """What a plot has upright, in pixels: free above it (names of runs, flags), and its own height."""

    top: int = TOP
    plot: int = PLOT

    @property
    def bottom(self) -> int:
        """The lower edge of the plot."""
        return self.top + self.plot

    @property
    def few(self) -> bool:
        """Too low for more than two or three labels of values."""
        return self.plot < LOW


USUAL_ROOM = Room()
LOW = 110  # pixels


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis; `more`: there is no room for its label on a narrow screen."""

    at: float
    label: str
    more: bool = False

    @property
    def across(self) -> str:
        """Place along the plot."""
        return across(self.at)


def percent(share: float) -> str:
    """A share of the plot as the drawing writes it: "45.3%"."""
    return f"{share * 100:.4g}%"


def across(x: float) -> str:
    """Pixels of the view box as a share of the plot: "45.3%"."""
    return percent((x - LEFT) / PLOT_WIDTH)


def length(width: float) -> str:
    """A width in pixels of the view box as a share of the plot."""
    return percent(width / PLOT_WIDTH)


# -- time -------------------------------------------------------------------------------------------------------------


def part(elapsed: timedelta, whole: timedelta) -> float:
    """The share that a stretch of time is of another, kept between 0 and 1."""
    return min(max(elapsed / whole, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a time axis, both ends shown.

    `whole`: the last day has a width of its own, as bars need it; otherwise it is the right edge of the plot, as points
    need it.
    """

    first: date
    last: date
    whole: bool = False

    @property
    def days(self) -> int:
        """Width of the plot in days, at least one."""
        return max((self.last - self.first).days + self.whole, 1)

    def holds(self, day: date) -> bool:
        """Is the day shown?"""
        return self.first <= day <= self.last

    def share(self, day: date) -> float:
        """Where a day begins, 0 to 1, kept inside the plot."""
        return part(day - self.first, timedelta(days=self.days))

    def across(self, day: date) -> str:
        """Where a day begins, as the drawing writes it."""
        return percent(self.share(day))

    def wide(self, start: date, end: date) -> float:
        """Share from the morning of one day to the evening of another."""
        return max(self.share(end + timedelta(days=1)) - self.share(start), 0.0)

    def x(self, day: date) -> float:
        """Pixels of a day in the view box."""
        return round(LEFT + self.share(day) * PLOT_WIDTH, 1)


def day_ticks(span: Span, day_text: DayText) -> list[Tick]:
    """The newest day and, before it, round days (Mondays, firsts of months), as many as have room; newest first."""
    every = LABEL_WITH_YEAR if span.first.year != span.last.year else LABEL_EVERY
    days = [span.last, *reversed(list(_round_days(span, span.days * every / PLOT_WIDTH)))]
    rooms = fitted([Extent(span.share(day), every / 2, every / 2) for day in days], CHART_WIDTHS)
    return [
        Tick(span.x(day), day_text(day), more=room != "narrow") for day, room in zip(days, rooms, strict=True) if room
    ]


def even_steps(days: int) -> int:
    """Days between two labels of an axis that is so long."""
    return next((x for x in (1, 2, 7, 14, 28, 56, 91, 182, 364) if days / x <= MOST_LABELS), 728)


def even_days(first: date, span: Span) -> list[date]:
    """Days at even distances from one on to the end; the distance grows with the length of the course."""
    left = (span.last - first).days + 1
    return [first + timedelta(days=x) for x in range(0, left, even_steps(left))]


def quarter_days(span: Span) -> list[date]:
    """The first day and, where the course is long enough, those after each quarter of it."""
    days = (span.last - span.first).days
    return [span.first + timedelta(days=days * n // 4) for n in (range(4) if days >= 12 else range(1))]


def _round_days(span: Span, wanted: float) -> Iterator[date]:
    """Days at about `wanted` distance: single days, Mondays, firsts of months, of quarters, of years."""
    if wanted <= 21:
        yield from _weekly(span, wanted)
        return
    months = next((x for x in (1, 2, 3, 6, 12, 24, 60) if x * 30 >= wanted), 120)
    year, month = span.first.year, 1
    if months > 12:
        year -= year % (months // 12)
    while (day := date(year, month, 1)) <= span.last:
        if day >= span.first:
            yield day
        year, month = (year + (month + months - 1) // 12, (month + months - 1) % 12 + 1)


def _weekly(span: Span, wanted: float) -> Iterator[date]:
    size = next((x for x in (1, 2, 7, 14) if x >= wanted), 14)
    day = span.first
    if size >= 7:
        day += timedelta(days=-day.weekday() % 7)
    while day <= span.last:
        yield day
        day += timedelta(days=size)


# -- values -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scale:
    """The value axis, linear or logarithmic."""

    low: float
    high: float
    log: bool
    room: Room = USUAL_ROOM

    def share(self, value: Decimal | float) -> float:
        """0 at the lower end, 1 at the upper; values outside are kept at the ends."""
        number = float(value)
        if self.log:
            part = math.log10(max(number, self.low) / self.low) / math.log10(self.high / self.low)
        else:
            part = (number - self.low) / (self.high - self.low)
        return min(max(part, 0.0), 1.0)

    def y(self, value: Decimal | float) -> float:
        """Pixels of a value."""
        return round(self.room.top + (1 - self.share(value)) * self.room.plot, 1)

    def ticks(self) -> Iterator[Tick]:
        """Round values along the axis, from the lowest."""
        for value in self.rounds():
            yield Tick(self.y(value), f"{value:,.10g}")

    def rounds(self) -> Iterator[float]:
        """The values that get a label."""
        return _log_rounds(self) if self.log else _rounds(self.low, self.high, 2 if self.room.few else 4)


def scale_of(values: Sequence[Decimal], log: bool, room: Room = USUAL_ROOM) -> Scale:
    """An axis that holds the values, with room above."""
    numbers = [float(x) for x in values]
    if log:
        low = _round_down(max(min(numbers) * 0.8, 1))
        high = _round_up(max(*numbers, 10) * 1.15)
        return Scale(low, max(high, low * 10), True, room)
    low, high = min(numbers), max(numbers)
    low = 0.0 if low < high * 0.6 else low - (high - low or high * 0.1) * 0.4
    return Scale(low, high + (high - low) * 0.12 or 1.0, False, room)


def _round_down(number: float) -> float:
    """The next of 1, 2, 5 times a power of ten below."""
    size: float = 10 ** math.floor(math.log10(number))
    return max(size * x for x in (1, 2, 5) if size * x <= number * 1.000001)


def _round_up(number: float) -> float:
    size: float = 10 ** math.floor(math.log10(number))
    return min(size * x for x in (1, 2, 5, 10) if size * x >= number * 0.999999)


def _log_rounds(scale: Scale) -> Iterator[float]:
    """1-2-5 where they have room, else 1-3, else whole decades."""
    for steps in ((1, 2, 5), (1, 3), (1,)):
        values = list(_multiples(scale, steps))
        if steps == (1,) or all(scale.y(a) - scale.y(b) >= VALUE_EVERY for a, b in pairwise(values)):
            yield from values
            return


def _multiples(scale: Scale, steps: Sequence[int]) -> Iterator[float]:
    size: float = 10 ** math.floor(math.log10(scale.low))
    while size <= scale.high * 1.0001:
        yield from (size * x for x in steps if scale.low * 0.9999 <= size * x <= scale.high * 1.0001)
        size *= 10


def _rounds(low: float, high: float, parts: int) -> Iterator[float]:
    raw = (high - low) / parts
    size = 10 ** math.floor(math.log10(raw))
    width = next(size * x for x in (1, 2, 2.5, 5, 10) if size * x >= raw)
    value = math.ceil(low / width) * width
    while value <= high:
        yield round(value, 10)
        value += width
