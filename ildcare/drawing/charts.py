"""Trend charts as coordinates for the server's SVG: real time axis, reference band, limits, treatments below. Pure.

Nothing here knows Django; the template draws what these values say. Units: pixels of a 640-wide view box.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from ildcare.drawing.axes import (
    LEFT,
    PLOT_WIDTH,
    RIGHT,
    USUAL_ROOM,
    WIDTH,
    DayText,
    Room,
    Scale,
    Span,
    Tick,
    across,
    day_ticks,
    scale_of,
)
from ildcare.drawing.lanes import DrugCourse, Lane, height_of, lanes_of
from ildcare.drawing.marks import Flag, Pin, Run, RunLabel, pins_of, run_labels
from ildcare.drawing.ratio_window import Window, WindowShape, window_shape
from ildcare.drawing.thinning import Place, thinned

LINE = 15  # height of a label
WITH_DAYS, WITHOUT_DAYS = 26, 6  # pixels below a plot, with or without the days of its axis
NEWEST_NEAR = 40  # pixels: a value nearer to the right edge has its number beside it

Band = tuple[Decimal | None, Decimal | None]  # low, high; None: open on this side


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A value on a day; `comparator` for censored values; `label` for the page; `beyond`: outside its limit.

    `kit`: what must be the same for a comparison: the assay, or for gases the FiO2; `conditions` says it in words.
    `possible`: a censored value or baseline leaves open whether it is beyond. `base`: a ratio is formed on it.
    `beside`: within a stretch of the same (the route of a drug) values of several kinds lie beside each other (trough
    and C2), and each kind is joined for itself.
    """

    day: date
    value: Decimal
    comparator: str = ""
    label: str = ""
    beyond: bool = False
    kit: str | None = None
    possible: bool = False
    base: bool = False
    conditions: str = ""
    beside: str | None = None

    @property
    def held(self) -> bool:
        """It is drawn whatever the number of values."""
        return bool(self.comparator) or self.beyond or self.possible or self.base


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold drawn across the chart; `name` is the rule that has it."""

    value: Decimal
    label: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A limit across the plot, with its label beside it (moved where two labels would meet)."""

    at: float
    label_at: float
    label: str
    kind: str = "limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A point; `censored` ones are drawn hollow, those `beyond` or `possible` as a diamond, a `base` with a ring."""

    x: float
    y: float
    title: str
    censored: bool
    beyond: bool
    possible: bool = False
    base: bool = False

    @property
    def across(self) -> str:
        """Place along the plot."""
        return across(self.x)

    @property
    def shape(self) -> str:
        """The name of the symbol that is drawn."""
        figure = "diamond" if self.beyond or self.possible else "round"
        return f"{figure}-open" if self.censored or self.possible else figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Everything that the template draws. `thinned`: values of the range that are in the table but not drawn."""

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
    log: bool
    span: Span
    window: WindowShape | None = None
    pins: tuple[Pin, ...] = ()
    runs: tuple[RunLabel, ...] = ()
    labels: tuple[Line, ...] = ()
    thinned: int = 0

    @property
    def plot_width(self) -> int:
        """Width of the plot."""
        return self.right - self.left

    @property
    def plot_height(self) -> float:
        """Height of the plot."""
        return self.bottom - self.top

    @property
    def tick_end(self) -> float:
        """Lower end of the marks of the time axis."""
        return self.bottom + 5


def trend(
    readings: Sequence[Reading],
    span: Span,
    *,
    courses: Sequence[DrugCourse] = (),
    band: Band | None = None,
    limits: Sequence[Limit] = (),
    log: bool = False,
    day_zero: date | None = None,
    holds: Sequence[Decimal] = (),
    window: Window | None = None,
    flags: Sequence[Flag] = (),
    newest: str = "",
    day_text: DayText = date.isoformat,
    room: Room = USUAL_ROOM,
    days: bool = True,
) -> Chart:
    """The chart of one measurement; `readings` sorted by day, not empty. The axis also holds the values `holds`.

    `newest` is the label of the last value, written beside the plot where the value stands near its right edge;
    `day_text` writes the days of the time axis; `days`: does the chart write them, or another one above it?
    """
    values = [x.value for x in readings]
    window = window if window and window.last >= span.first and window.first <= span.last else None
    more = window.values if window else ()
    scale = scale_of([*values, *more, *(x.value for x in limits), *_near(band, values), *holds], log, room)
    runs = _runs(readings)
    kept = thinned([Place(span.x(x.day), x.value, x.held, run) for x, run in zip(readings, runs, strict=True)])
    drawn = [readings[i] for i in kept]
    dots = tuple(_dot(x, span, scale) for x in drawn)
    groups = _grouped(runs, kept)
    foot = room.bottom + (WITH_DAYS if days else WITHOUT_DAYS)
    lanes = tuple(lanes_of(courses, span, foot))
    shape = window_shape(window, span, scale) if window else None
    return Chart(
        width=WIDTH,
        height=foot + 2 + height_of(lanes) if days or lanes else foot,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=room.top,
        bottom=room.bottom,
        lines=tuple(" ".join(f"{dots[i].x},{dots[i].y}" for i in group) for group in groups),
        dots=dots,
        x_ticks=tuple(day_ticks(span, day_text)) if days else (),
        y_ticks=tuple(scale.ticks()),
        band=_band(band, scale),
        limits=tuple(_apart(_lines(limits, scale), room)),
        breaks=tuple(_breaks(groups, dots)),
        lanes=lanes,
        day_zero=span.x(day_zero) if day_zero and span.holds(day_zero) else None,
        log=log,
        span=span,
        window=shape,
        pins=tuple(pins_of(flags, span)),
        runs=tuple(run_labels(list(_named(groups, drawn, dots)))),
        labels=tuple(_apart([*_lines(limits, scale), *_of_window(shape), *_newest(dots[-1], newest)], room)),
        thinned=len(readings) - len(drawn),
    )


def _dot(x: Reading, span: Span, scale: Scale) -> Dot:
    return Dot(
        x=span.x(x.day),
        y=scale.y(x.value),
        title=x.label,
        censored=bool(x.comparator),
        beyond=x.beyond,
        possible=x.possible,
        base=x.base,
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


# -- labels at the right ----------------------------------------------------------------------------------------------


def _lines(limits: Iterable[Limit], scale: Scale) -> Iterator[Line]:
    for limit in limits:
        at = scale.y(limit.value)
        yield Line(at, at, limit.label)


def _of_window(window: WindowShape | None) -> Iterator[Line]:
    """Baseline and limit of a ratio: at the line, or at the edge up to which the values are possible."""
    if window:
        yield Line(window.base[0], window.base[0], window.base_label, "base")
        yield Line(window.limit[0], window.limit[0], window.label, "limit")


def _newest(dot: Dot, label: str) -> Iterator[Line]:
    if label and dot.x >= LEFT + PLOT_WIDTH - NEWEST_NEAR:
        yield Line(dot.y, dot.y, label, "newest")


def _apart(lines: Iterable[Line], room: Room) -> list[Line]:
    """Labels from the top down, each at least one line below the one before, none below the plot."""
    ordered = sorted(lines, key=lambda x: x.at)
    places: list[float] = []
    for line in ordered:
        places.append(max(line.at, places[-1] + LINE) if places else line.at)
    lowest = float(room.bottom)
    for number in reversed(range(len(places))):
        places[number] = min(places[number], lowest)
        lowest = places[number] - LINE
    return [Line(x.at, round(at, 1), x.label, x.kind) for x, at in zip(ordered, places, strict=True)]


# -- what must not be joined ------------------------------------------------------------------------------------------


def _runs(readings: Sequence[Reading]) -> list[int]:
    """The number of the run of each value; a new run begins where a kit or FiO2 differs from the last one named.

    Values that may lie beside others have one run for each kind.
    """
    numbers: list[int] = []
    number, kit = 0, None
    stretch, route = 0, None
    kinds: dict[tuple[int, str | None], int] = {}
    for reading in readings:
        if reading.beside is not None:
            stretch += route is not None and reading.beside != route
            route = reading.beside
            numbers.append(kinds.setdefault((stretch, reading.kit), len(kinds)))
            continue
        if kit and reading.kit and reading.kit != kit:
            number += 1
        kit = reading.kit or kit
        numbers.append(number)
    return numbers


def _grouped(runs: Sequence[int], drawn: Sequence[int]) -> list[list[int]]:
    """The places in `drawn` of the values of each run."""
    groups: dict[int, list[int]] = {}
    for place, number in enumerate(drawn):
        groups.setdefault(runs[number], []).append(place)
    return list(groups.values())


def _named(groups: Iterable[Sequence[int]], readings: Sequence[Reading], dots: Sequence[Dot]) -> Iterator[Run]:
    """The runs with their conditions in words, if any value has some."""
    for group in groups:
        named = next((readings[i].conditions for i in group if readings[i].conditions), "")
        yield Run(dots[group[0]].x, dots[group[-1]].x, named)


def _breaks(groups: Iterable[Sequence[int]], dots: Sequence[Dot]) -> Iterator[float]:
    """Halfway between the last value of a run and the first of the next; none where they lie beside each other."""
    for before, after in pairwise(groups):
        if before[-1] > after[0]:
            continue
        yield round((dots[before[-1]].x + dots[after[0]].x) / 2, 1)


def _band(band: Band | None, scale: Scale) -> tuple[float, float] | None:
    if band is None:
        return None
    low, high = band
    top = scale.y(high) if high is not None else scale.room.top
    bottom = scale.y(low) if low is not None else scale.room.bottom
    return (top, round(bottom - top, 1)) if bottom > top else None
