"""Curves of survival as coordinates for the SVG: steps, marks of who was censored, who was still at risk. Pure.

Across: a share of the plot from day 0 to the last day that is drawn. Upright: pixels. Units: days, parts of 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ildcare.drawing.axes import percent

TOP, PLOT = 12, 240
BOTTOM = TOP + PLOT
FULL = 1000  # the width of the view box that is stretched over the plot
MONTH = 30.4375  # days
SPANS = ((183, 1), (366, 2), (1098, 6), (3653, 12), (100_000, 60))  # up to so many days, a mark every so many months
FEW_MARKS = 4  # of which a telephone shows every second


class CurveStep(NamedTuple):
    """From which day on which part is left; how many were censored on that day; how many were at risk before it."""

    day: int
    survival: float
    censored: int
    at_risk: int


class NamedCurve(NamedTuple):
    """A curve to be drawn."""

    name: str
    steps: Sequence[CurveStep]


class MonthTick(NamedTuple):
    """A month on the axis; `more`: there is no room for its label on a narrow screen."""

    at: float
    across: str
    label: str
    more: bool


class PartTick(NamedTuple):
    """A part on the upright axis, in %."""

    at: float
    label: str


class Mark(NamedTuple):
    """Somebody who was censored."""

    across: str
    y: float


@dataclass(frozen=True, slots=True)
class DrawnCurve:
    """One curve: its path in the stretched view box, marks, and how many were at risk at each tick."""

    name: str
    number: int
    path: str
    marks: tuple[Mark, ...]
    at_risk: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalPlot:
    """What the template draws."""

    top: int
    bottom: int
    height: int
    x_ticks: tuple[MonthTick, ...]
    y_ticks: tuple[PartTick, ...]
    curves: tuple[DrawnCurve, ...]


def survival_plot(curves: Sequence[NamedCurve], months: Callable[[int], str]) -> SurvivalPlot:
    """Curves on one axis of months (`months` writes one), as far as the longest is followed; at least one month."""
    last = max((step.day for x in curves for step in x.steps), default=0)
    last = max(last, round(MONTH))
    every = next(step for days, step in SPANS if last <= days)
    at = list(range(0, int(last / MONTH) + 1, every))
    many = len(at) > FEW_MARKS
    return SurvivalPlot(
        top=TOP,
        bottom=BOTTOM,
        height=BOTTOM + 30,
        x_ticks=tuple(
            MonthTick(_x(m * MONTH, last), percent(m * MONTH / last), months(m), many and i % 2 == 1)
            for i, m in enumerate(at)
        ),
        y_ticks=tuple(PartTick(_y(part / 4), f"{25 * part}") for part in range(5)),
        curves=tuple(_drawn(x, number, last, at) for number, x in enumerate(curves, start=1)),
    )


def _drawn(curve: NamedCurve, number: int, last: int, months: Sequence[int]) -> DrawnCurve:
    path = f"M0 {_y(1.0)}"
    for step in curve.steps:
        path += f"H{_x(step.day, last)}V{_y(step.survival)}"
    marks = tuple(Mark(percent(x.day / last), _y(x.survival)) for x in curve.steps if x.censored)
    return DrawnCurve(curve.name, number, path, marks, tuple(_at_risk(curve, round(m * MONTH)) for m in months))


def _at_risk(curve: NamedCurve, day: int) -> int:
    return next((x.at_risk for x in curve.steps if x.day >= day), 0)


def _x(day: float, last: int) -> float:
    return round(FULL * day / last, 1)


def _y(part: float) -> float:
    return round(BOTTOM - PLOT * part, 1)
