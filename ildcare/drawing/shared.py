"""What small charts on one time axis share: its days, the treatments, the events, all once and above them. Pure.

Units: pixels upright; across, shares of the plot, as in `axes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ildcare.drawing.axes import LEFT, RIGHT, WIDTH, DayText, Span, Tick, across, day_ticks
from ildcare.drawing.lanes import DrugCourse, Lane, height_of, lanes_of
from ildcare.drawing.marks import Flag, Pin, pins_of

FLAGS, DAYS, GAP = 18, 18, 4  # heights of the rows of flags and of days, and what is free below the last lane


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedLanes:
    """What stands above the charts. `days_at`: the line of the days; `day_zero`: first day of therapy, None outside the
    span."""

    height: int
    days_at: int
    x_ticks: tuple[Tick, ...]
    lanes: tuple[Lane, ...]
    pins: tuple[Pin, ...]
    day_zero: float | None
    span: Span

    left = LEFT
    plot_width = WIDTH - LEFT - RIGHT

    @property
    def zero_across(self) -> str:
        """Place of the first day of therapy along the plot; "" where there is none."""
        return across(self.day_zero) if self.day_zero is not None else ""


def shared_lanes(
    courses: Sequence[DrugCourse],
    span: Span,
    *,
    flags: Sequence[Flag] = (),
    day_zero: date | None = None,
    day_text: DayText = date.isoformat,
) -> SharedLanes:
    """Days, lanes and flags of a span, for charts that write none of them."""
    pins = tuple(pins_of(flags, span))
    days_at = FLAGS * bool(pins) + DAYS - 5
    first = FLAGS * bool(pins) + DAYS
    lanes = tuple(lanes_of(courses, span, first))
    return SharedLanes(
        height=first + height_of(lanes) + GAP,
        days_at=days_at,
        x_ticks=tuple(day_ticks(span, day_text)),
        lanes=lanes,
        pins=pins,
        day_zero=span.x(day_zero) if day_zero and span.holds(day_zero) else None,
        span=span,
    )
