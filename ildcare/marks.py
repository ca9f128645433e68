"""What stands above the plot of a trend chart: flags of events, and the kit or FiO2 of each run of values. Pure.

Units: pixels of the view box of `axes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from algorithm.lettering import text_width
from ildcare.axes import LEFT, NARROW, PLOT_WIDTH, Span, share

FLAG_ROOM = 28  # pixels that a flag needs; nearer ones stand together
LABEL_SIZE, LABEL_GAP = 10, 8


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
        return share(self.x)


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
        return share(self.x)


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
    taken: list[tuple[float, float]] = []
    narrow: list[tuple[float, float]] = []
    for run in reversed(runs):
        label = _label(run)
        width = text_width(run.label, LABEL_SIZE)
        if not run.label or width > PLOT_WIDTH or _meets(reach := _reach(label, width), taken):
            continue
        taken.append(reach)
        small = _reach(label, width / NARROW)
        more = small[1] - small[0] > PLOT_WIDTH or _meets(small, narrow)
        if not more:
            narrow.append(small)
        yield RunLabel(label.x, label.text, label.anchor, more)


def _label(run: Run) -> RunLabel:
    """In the middle of its run, or flush with the edge of the plot where it would stand out."""
    middle = round((run.first + run.last) / 2, 1)
    room = text_width(run.label, LABEL_SIZE) / NARROW / 2
    if middle - room < LEFT:
        return RunLabel(LEFT, run.label, "start", more=False) if run.first - LEFT < room else _start(run)
    if middle + room > LEFT + PLOT_WIDTH:
        return RunLabel(LEFT + PLOT_WIDTH, run.label, "end", more=False)
    return RunLabel(middle, run.label, "middle", more=False)


def _start(run: Run) -> RunLabel:
    return RunLabel(run.first, run.label, "start", more=False)


def _reach(label: RunLabel, width: float) -> tuple[float, float]:
    """Left and right end of a text of this width."""
    left = {"start": label.x, "middle": label.x - width / 2, "end": label.x - width}[label.anchor]
    return (left, left + width)


def _meets(reach: tuple[float, float], others: Iterable[tuple[float, float]]) -> bool:
    return any(reach[0] < right + LABEL_GAP and left < reach[1] + LABEL_GAP for left, right in others)
