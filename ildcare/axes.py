"""Axes of trend charts: real time across, values upright, linear or logarithmic, with round ticks. Pure.

Units: pixels of a 640-wide view box. The page stretches the plot to its own width: what is text or a mark stands at a
share of the plot (`across`), so that letters keep their size on a telephone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

WIDTH, LEFT, RIGHT, TOP, PLOT = 640, 62, 58, 34, 150
PLOT_WIDTH = WIDTH - LEFT - RIGHT
LABEL_EVERY = 64  # pixels between labels of the time axis
LABEL_WITH_YEAR = 92
NARROW = 0.40  # a telephone's plot is about this share as wide as the view box
VALUE_EVERY = 15  # pixels between labels of the value axis

DayText = Callable[[date], str]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis; `more`: there is no room for its label on a narrow screen."""

    at: float
    label: str
    more: bool = False

    @property
    def across(self) -> str:
        """Place along the plot."""
        return share(self.at)


def share(x: float) -> str:
    """Pixels of the view box as a share of the plot: "45.3%"."""
    return f"{(x - LEFT) * 100 / PLOT_WIDTH:.4g}%"


def length(width: float) -> str:
    """A width in pixels as a share of the plot."""
    return share(width + LEFT)


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a chart shows."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """At least one day wide."""
        return max((self.last - self.first).days, 1)

    def holds(self, day: date) -> bool:
        """Is the day shown?"""
        return self.first <= day <= self.last

    def x(self, day: date) -> float:
        """Pixels of a day, kept inside the plot."""
        part = (day - self.first).days / self.days
        return round(LEFT + min(max(part, 0.0), 1.0) * PLOT_WIDTH, 1)


def span_of(days: Iterable[date], today: date) -> Span:
    """From the first day that has anything to today."""
    first = min([*days, today])
    return Span(first - timedelta(days=max((today - first).days // 40, 1)), today)


# -- values -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scale:
    """The value axis, linear or logarithmic."""

    low: float
    high: float
    log: bool

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
        return round(TOP + (1 - self.share(value)) * PLOT, 1)

    def ticks(self) -> Iterator[Tick]:
        """Round values along the axis, from the lowest."""
        for value in self.rounds():
            yield Tick(self.y(value), f"{value:,.10g}")

    def rounds(self) -> Iterator[float]:
        """The values that get a label."""
        return _log_rounds(self) if self.log else _rounds(self.low, self.high)


def scale_of(values: Sequence[Decimal], log: bool) -> Scale:
    """An axis that holds the values, with room above."""
    numbers = [float(x) for x in values]
    if log:
        low = _round_down(max(min(numbers) * 0.8, 1))
        high = _round_up(max(*numbers, 10) * 1.15)
        return Scale(low, max(high, low * 10), True)
    low, high = min(numbers), max(numbers)
    low = 0.0 if low < high * 0.6 else low - (high - low or high * 0.1) * 0.4
    return Scale(low, high + (high - low) * 0.12 or 1.0, False)


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
        found = list(_multiples(scale, steps))
        if steps == (1,) or all(scale.y(a) - scale.y(b) >= VALUE_EVERY for a, b in pairwise(found)):
            yield from found
            return


def _multiples(scale: Scale, steps: Sequence[int]) -> Iterator[float]:
    size: float = 10 ** math.floor(math.log10(scale.low))
    while size <= scale.high * 1.0001:
        yield from (size * x for x in steps if scale.low * 0.9999 <= size * x <= scale.high * 1.0001)
        size *= 10


def _rounds(low: float, high: float) -> Iterator[float]:
    raw = (high - low) / 4
    size = 10 ** math.floor(math.log10(raw))
    width = next(size * x for x in (1, 2, 2.5, 5, 10) if size * x >= raw)
    value = math.ceil(low / width) * width
    while value <= high:
        yield round(value, 10)
        value += width


# -- time -------------------------------------------------------------------------------------------------------------


def day_ticks(span: Span) -> list[Tick]:
    """The newest day and, before it, round days (Mondays, firsts of months), as many as have room; newest first."""
    every = LABEL_WITH_YEAR if span.first.year != span.last.year else LABEL_EVERY
    wanted = span.days * every / PLOT_WIDTH
    kept: list[Tick] = []
    for day in (span.last, *reversed(list(_round_days(span, wanted)))):
        tick = Tick(span.x(day), day.isoformat())
        if not kept or kept[-1].at - tick.at >= every:
            kept.append(tick)
    return list(_for_narrow(kept, every))


def _for_narrow(ticks: Iterable[Tick], every: int) -> Iterator[Tick]:
    """Of the ticks, newest first, those that have room on a narrow screen stay; the others are marked."""
    last = float("inf")
    for tick in ticks:
        more = (last - tick.at) * NARROW < every
        last = last if more else tick.at
        yield replace(tick, more=more)


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
