"""What stands above the plot of a trend chart: flags of events, and the kit or FiO2 of each run of values. Pure.

Units: pixels of the view box of `axes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from algorithm.drawing.lettering import Extent, fitted, text_width
from ildcare.drawing.axes import CHART_WIDTHS, LEFT, NARROW, PLOT_WIDTH, Span, across

FLAG_ROOM = 28  # pixels that a flag needs; nearer ones stand together
LABEL_SIZE, LABEL_GAP = 12, 8


@dataclass(frozen=True, slots=True)
class Flag:
    """An event on the time axis: `letter` stands on the flag, `title` says everything."""

    day: date
    letter: str
    title: str


@dataclass(frozen=True, slots=True)
class Pin:
    """A flag as drawn; several of nearby days share one and `letter` is their number."""

    x: float
    letter: str
    title: str
    count: int = 1

    @property
    def across(self) -> str:
        """Place along the plot."""
        return across(self.x)


@dataclass(frozen=True, slots=True)
class Run:
    """Values that can be compared with each other, from one pixel to another, and what they have in common."""

    first: float
    last: float
    label: str


@dataclass(frozen=True, slots=True)
class RunLabel:
    """The name of a run above it; `anchor` start, middle or end; `more`: no room for it on a narrow screen."""

    x: float
    text: str
    anchor: str
    more: bool

    @property
    def across(self) -> str:
        """Place along the plot."""
        return across(self.x)


def pins_of(flags: Iterable[Flag], span: Span) -> Iterator[Pin]:
    """The flags of the span in order of time, those too near to each other as one."""
    group: list[tuple[float, Flag]] = []
    for flag in sorted((x for x in flags if span.holds(x.day)), key=lambda x: x.day):
        x = span.x(flag.day)
        if group and (x - group[-1][0] >= FLAG_ROOM or x - group[0][0] >= 2 * FLAG_ROOM):
            yield _pin(group)
            group = []
        group.append((x, flag))
    if group:
        yield _pin(group)


def _pin(group: Sequence[tuple[float, Flag]]) -> Pin:
    if len(group) == 1:
        x, flag = group[0]
        return Pin(x, flag.letter, flag.title)
    middle = round((group[0][0] + group[-1][0]) / 2, 1)
    return Pin(middle, str(len(group)), "\n".join(flag.title for _x, flag in group), len(group))


def run_labels(runs: Sequence[Run]) -> Iterator[RunLabel]:
    """Names of the runs that have room above their own values; the newest keeps its place before an older one."""
    labels = [_label(run) for run in reversed(runs) if run.label]
    rooms = fitted([_extent(x) for x in labels], CHART_WIDTHS, gap=LABEL_GAP, inside=True)
    return (replace(x, more=room != "narrow") for x, room in zip(labels, rooms, strict=True) if room)


def _label(run: Run) -> RunLabel:
    """In the middle of its run, or flush with the edge of the plot where it would stand out on a narrow screen."""
    middle = round((run.first + run.last) / 2, 1)
    half = text_width(run.label, LABEL_SIZE) / NARROW / 2
    if middle - half < LEFT:
        return RunLabel(LEFT, run.label, "start", more=False)
    if middle + half > LEFT + PLOT_WIDTH:
        return RunLabel(LEFT + PLOT_WIDTH, run.label, "end", more=False)
    return RunLabel(middle, run.label, "middle", more=False)


def _extent(label: RunLabel) -> Extent:
    width = text_width(label.text, LABEL_SIZE)
    before = {"start": 0.0, "middle": width / 2, "end": width}[label.anchor]
    return Extent((label.x - LEFT) / PLOT_WIDTH, before, width - before)
