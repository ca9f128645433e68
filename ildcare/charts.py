"""Trend charts as coordinates for the server's SVG: real time axis, reference band, limits, treatments below. Pure.

Nothing here knows Django; the template draws what these values say. Units: pixels of a 640-wide view box.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

WIDTH, LEFT, RIGHT, TOP, PLOT = 640, 58, 14, 14, 150
LANE, LANE_GAP = 15, 5
LABEL_EVERY = 70  # pixels between labels of the time axis


@dataclass(frozen=True, slots=True)
class Reading:
    """A value on a day; `comparator` for censored values; `label` for the page; `beyond`: outside its limit.

    `kit`: what must be the same for a comparison: the assay, or for gases the FiO2.
    """

    day: date
    value: Decimal
    comparator: str = ""
    label: str = ""
    beyond: bool = False
    kit: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A treatment: days of its first and last dose (None: running), drawn as a lane; `mark` draws a single dose."""

    label: str
    start: date
    stop: date | None
    mark: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold drawn across the chart."""

    value: Decimal
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point; `censored` ones are drawn hollow."""

    x: float
    y: float
    title: str
    censored: bool
    beyond: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A lane of treatment, or (mark) a single dose."""

    x: float
    width: float
    title: str
    mark: bool
    running: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """All courses of one drug."""

    y: float
    label: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that the template draws."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: float
    lines: tuple[str, ...]
    dots: tuple[Dot, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    band: tuple[float, float] | None
    limits: tuple[Tick, ...]
    breaks: tuple[float, ...]
    lanes: tuple[Lane, ...]
    day_zero: float | None
    last: Dot | None
    log: bool

    @property
    def plot_width(self) -> int:
        """Width of the plot."""
        return self.right - self.left

    @property
    def tick_end(self) -> float:
        """Lower end of the marks of the time axis."""
        return self.bottom + 5


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


def trend(
    readings: Sequence[Reading],
    span: Span,
    *,
    given: Sequence[Given] = (),
    band: tuple[Decimal | None, Decimal | None] | None = None,
    limits: Sequence[Limit] = (),
    log: bool = False,
    day_zero: date | None = None,
) -> Chart:
    """The chart of one measurement; `readings` sorted by day, not empty."""
    scale = scale_of([*(x.value for x in readings), *(x.value for x in limits)], log)
    dots = tuple(Dot(span.x(x.day), scale.y(x.value), x.label, bool(x.comparator), x.beyond) for x in readings)
    lanes = tuple(_lanes(given, span))
    bottom = TOP + PLOT
    return Chart(
        WIDTH,
        round(bottom + 22 + len(lanes) * (LANE + LANE_GAP) + 4),
        LEFT,
        WIDTH - RIGHT,
        TOP,
        bottom,
        tuple(_joined(readings, dots)),
        dots,
        tuple(_days(span)),
        tuple(scale.ticks()),
        _band(band, scale),
        tuple(Tick(scale.y(x.value), x.label) for x in limits),
        tuple(_breaks(readings, span)),
        lanes,
        span.x(day_zero) if day_zero and span.first <= day_zero <= span.last else None,
        dots[-1] if dots else None,
        log,
    )


def _joined(readings: Sequence[Reading], dots: Sequence[Dot]) -> Iterator[str]:
    """Lines through values that can be compared; broken where kit or FiO2 change."""
    run: list[Dot] = []
    for number, (reading, dot) in enumerate(zip(readings, dots, strict=True)):
        if number and _differ(readings[number - 1], reading):
            yield " ".join(f"{x.x},{x.y}" for x in run)
            run = []
        run.append(dot)
    yield " ".join(f"{x.x},{x.y}" for x in run)


def _differ(before: Reading, after: Reading) -> bool:
    return bool(before.kit and after.kit and before.kit != after.kit)


def _band(band: tuple[Decimal | None, Decimal | None] | None, scale: Scale) -> tuple[float, float] | None:
    if band is None:
        return None
    low, high = band
    top = scale.y(high) if high is not None else TOP
    bottom = scale.y(low) if low is not None else TOP + PLOT
    return (top, round(bottom - top, 1)) if bottom > top else None


def _breaks(readings: Sequence[Reading], span: Span) -> Iterator[float]:
    """Where kit or FiO2 change between two values that both name one."""
    for before, after in pairwise(readings):
        if _differ(before, after):
            yield round((span.x(before.day) + span.x(after.day)) / 2, 1)


def _lanes(given: Sequence[Given], span: Span) -> Iterator[Lane]:
    names = list(dict.fromkeys(x.label for x in given if x.stop is None or x.stop >= span.first))
    for number, name in enumerate(names):
        y = TOP + PLOT + 24 + number * (LANE + LANE_GAP)
        yield Lane(y, name, tuple(_bar(x, span) for x in given if x.label == name))


def _bar(given: Given, span: Span) -> Bar:
    start = span.x(given.start)
    end = span.x(given.stop + timedelta(days=1)) if given.stop else span.x(span.last)
    title = f"{given.label} {given.start.isoformat()}"
    return Bar(start, max(round(end - start, 1), 3.0), title, given.mark, given.stop is None)


def _days(span: Span) -> Iterator[Tick]:
    """Labels of whole days, weeks or months, as many as fit."""
    wanted = span.days / ((WIDTH - LEFT - RIGHT) / LABEL_EVERY)
    size = next((x for x in (1, 2, 7, 14, 28, 56, 91, 182, 365) if x >= wanted), 730)
    day = span.last
    while day >= span.first:
        yield Tick(span.x(day), day.isoformat())
        day -= timedelta(days=size)


def sparkline(values: Sequence[Decimal]) -> str:
    """Points of a small line, 60 by 16; empty for less than two values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    height = float(high - low) or 1.0
    step = 56 / (len(values) - 1)
    return " ".join(f"{2 + n * step:.1f},{14 - float(x - low) / height * 12:.1f}" for n, x in enumerate(values))
