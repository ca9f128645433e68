"""The window in which a ratio is judged, as drawn: baseline, days, limit or band of possible limits. Pure.

Units: pixels of the view box of `axes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ildcare.drawing.axes import Scale, Span, across, length
from patients.clinical.quantities import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window of days `first`..`last`, the baseline of `base_day` and the values at which the ratio's limit can lie.

    A censored baseline is an interval, and so is the limit that follows from it.
    """

    first: date
    last: date
    base_day: date
    base: Interval
    limit: Interval
    base_label: str = ""
    label: str = ""

    @property
    def values(self) -> tuple[Decimal, ...]:
        """What the value axis must hold."""
        ends = (self.base.low, self.base.high, self.limit.low, self.limit.high)
        return tuple(x for x in ends if x is not None and x > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowShape:
    """As drawn: the window upright, baseline and limit across it as (top, height); a height of 0 is a line."""

    x: float
    width: float
    base_x: float
    base_width: float
    base: tuple[float, float]
    limit: tuple[float, float]
    base_label: str = ""
    label: str = ""

    @property
    def exact(self) -> bool:
        """The limit is one value."""
        return self.limit[1] == 0

    @property
    def across(self) -> str:
        """Left end of the window along the plot."""
        return across(self.x)

    @property
    def wide(self) -> str:
        """Width of the window as a share of the plot."""
        return length(self.width)


def window_shape(window: Window, span: Span, scale: Scale) -> WindowShape:
    """The window as far as it lies in the span."""
    x, end, base_x = span.x(window.first), span.x(window.last), span.x(window.base_day)
    return WindowShape(
        x=x,
        width=round(max(end - x, 2), 1),
        base_x=base_x,
        base_width=round(max(end - base_x, 2), 1),
        base=_upright(window.base, scale),
        limit=_upright(window.limit, scale),
        base_label=window.base_label,
        label=window.label,
    )


def _upright(values: Interval, scale: Scale) -> tuple[float, float]:
    """Top and height of the values that are possible, to the edge of the plot where they have no bound."""
    top = scale.y(values.high) if values.high is not None else float(scale.room.top)
    bottom = scale.y(values.low) if values.low is not None else float(scale.room.bottom)
    return (top, round(bottom - top, 1))
