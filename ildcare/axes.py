"""Axes of trend charts: real time across, values upright, linear or logarithmic, with round ticks. Pure.

Units: pixels of a 640-wide view box.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

WIDTH, LEFT, RIGHT, TOP, PLOT = 640, 66, 72, 12, 150
LABEL_EVERY = 70  # pixels between labels of the time axis


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a chart shows."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """At least one day wide."""
        return max((self.last - self.first).days, 1)

    def x(self, day: date) -> float:
        """Pixels of a day, kept inside the plot."""
        share = (day - self.first).days / self.days
        return round(LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT), 1)


def span_of(days: Iterable[date], today: date) -> Span:
    """From the first day that has anything to today."""
    first = min([*days, today])
    return Span(first - timedelta(days=max((today - first).days // 40, 1)), today)


@dataclass(frozen=True, slots=True)
class Scale:
    """The value axis, linear or logarithmic."""

    low: float
    high: float
    log: bool

    def y(self, value: Decimal | float) -> float:
        """Pixels of a value."""
        number = float(value)
        if self.log:
            share = (math.log10(max(number, self.low)) - math.log10(self.low)) / (
                math.log10(self.high) - math.log10(self.low)
            )
        else:
            share = (number - self.low) / (self.high - self.low)
        return round(TOP + (1 - min(max(share, 0.0), 1.0)) * PLOT, 1)

    def ticks(self) -> Iterator[Tick]:
        """Round values along the axis."""
        for value in _decades(self.low, self.high) if self.log else _rounds(self.low, self.high):
            yield Tick(self.y(value), f"{value:,.10g}")


def scale_of(values: Sequence[Decimal], log: bool) -> Scale:
    """An axis that holds the values, with room above."""
    numbers = [float(x) for x in values]
    if log:
        return Scale(
            10 ** math.floor(math.log10(max(min(numbers) * 0.7, 1))),
            10 ** math.ceil(math.log10(max(*numbers, 10) * 1.05)),
            True,
        )
    low, high = min(numbers), max(numbers)
    low = 0.0 if low < high * 0.6 else low - (high - low or high * 0.1) * 0.4
    return Scale(low, high + (high - low) * 0.12 or 1.0, False)


def _decades(low: float, high: float) -> Iterator[float]:
    value = low
    while value <= high * 1.0001:
        yield value
        value *= 10


def _rounds(low: float, high: float) -> Iterator[float]:
    raw = (high - low) / 4
    size = 10 ** math.floor(math.log10(raw))
    width = next(size * x for x in (1, 2, 2.5, 5, 10) if size * x >= raw)
    value = math.ceil(low / width) * width
    while value <= high:
        yield round(value, 10)
        value += width


def day_ticks(span: Span) -> Iterator[Tick]:
    """Labels of whole days, weeks or months, as many as fit."""
    wanted = span.days / ((WIDTH - LEFT - RIGHT) / LABEL_EVERY)
    size = next((x for x in (1, 2, 7, 14, 28, 56, 91, 182, 365) if x >= wanted), 730)
    day = span.last
    while day >= span.first:
        yield Tick(span.x(day), day.isoformat())
        day -= timedelta(days=size)
