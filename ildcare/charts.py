"""Trend charts as coordinates for the server's SVG: real time axis, reference band, limits, treatments below. Pure.

Nothing here knows Django; the template draws what these values say. Units: pixels of a 640-wide view box.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from ildcare.axes import LEFT, PLOT, RIGHT, TOP, WIDTH, Scale, Span, Tick, day_ticks, scale_of

LANE, LANE_GAP = 14, 3
LETTER, LINE = 5.4, 11  # width and height of a small letter


Band = tuple[Decimal | None, Decimal | None]  # low, high; None: open on this side


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
    """A treatment: days of its first and last dose (None: running), drawn as a lane; `mark` draws a single dose.

    `dose` is written into the lane where it fits, `title` says everything.
    """

    label: str
    start: date
    stop: date | None
    mark: bool = False
    dose: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold drawn across the chart."""

    value: Decimal
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """A limit across the plot, with its label beside it (moved where two labels would meet)."""

    at: float
    label_at: float
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
    text: str
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
    limits: tuple[Line, ...]
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


def trend(
    readings: Sequence[Reading],
    span: Span,
    *,
    given: Sequence[Given] = (),
    band: Band | None = None,
    limits: Sequence[Limit] = (),
    log: bool = False,
    day_zero: date | None = None,
    holds: Sequence[Decimal] = (),
) -> Chart:
    """The chart of one measurement; `readings` sorted by day, not empty. The axis also holds the values `holds`."""
    values = [x.value for x in readings]
    scale = scale_of([*values, *(x.value for x in limits), *_near(band, values), *holds], log)
    dots = tuple(Dot(span.x(x.day), scale.y(x.value), x.label, bool(x.comparator), x.beyond) for x in readings)
    lanes = tuple(_lanes(given, span))
    bottom = TOP + PLOT
    return Chart(
        WIDTH,
        round(bottom + 24 + len(lanes) * (LANE + LANE_GAP) + 4),
        LEFT,
        WIDTH - RIGHT,
        TOP,
        bottom,
        tuple(_joined(readings, dots)),
        dots,
        tuple(day_ticks(span)),
        tuple(scale.ticks()),
        _band(band, scale),
        tuple(_apart(Tick(scale.y(x.value), x.label) for x in limits)),
        tuple(_breaks(readings, span)),
        lanes,
        span.x(day_zero) if day_zero and span.first <= day_zero <= span.last else None,
        dots[-1] if dots else None,
        log,
    )


def _near(band: Band | None, values: Sequence[Decimal]) -> Iterator[Decimal]:
    """The edge of the band that the values are beyond: how far they are from it must be seen."""
    if band is None:
        return
    low, high = band
    if high is not None and min(values) > high:
        yield high
    if low is not None and max(values) < low:
        yield low


def _apart(limits: Iterable[Tick]) -> Iterator[Line]:
    """Labels from the top down, each at least one line below the one before."""
    last = float("-inf")
    for limit in sorted(limits, key=lambda x: x.at):
        last = max(limit.at, last + LINE)
        yield Line(limit.at, last, limit.label)


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


def _band(band: Band | None, scale: Scale) -> tuple[float, float] | None:
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
        y = TOP + PLOT + 26 + number * (LANE + LANE_GAP)
        yield Lane(y, name, tuple(_bar(x, span) for x in given if x.label == name))


def _bar(given: Given, span: Span) -> Bar:
    start = span.x(given.start)
    end = span.x(given.stop + timedelta(days=1)) if given.stop else span.x(span.last)
    width = max(round(end - start, 1), 3.0)
    text = given.dose if len(given.dose) * LETTER < width - 6 else ""
    return Bar(start, width, given.title or given.label, text, given.mark, given.stop is None)
