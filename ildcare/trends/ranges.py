"""Which days the trend charts show: a choice of ranges, or days of one's own, and how to move from there. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ildcare.drawing.axes import Span
from monitoring.readings import BASELINE
from patients.clinical.reasons import _

# code -> name, in the order of the page
RANGES = {
    "4w": _("4 weeks"),
    "3m": _("3 months"),
    "1y": _("1 year"),
    "therapy": _("since therapy began"),
    "all": _("everything"),
}
DAYS = {"4w": 28, "3m": 91, "1y": 365}
YEAR = DAYS["1y"]
SHORTEST = 7  # days that can be zoomed to

# code -> name of the steps from a range to another
MOVES = {
    "earlier": _("earlier"),
    "later": _("later"),
    "closer": _("closer"),
    "wider": _("wider"),
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What ranges are reckoned from: today, the first day that has a value, day 0 if there is one."""

    today: date
    first: date
    day_zero: date | None

    @property
    def codes(self) -> list[str]:
        """The ranges that can be chosen."""
        return [code for code in RANGES if code != "therapy" or self.day_zero]


@dataclass(frozen=True, slots=True)
class RangeParams:
    """What an address says of the days: the code of a range, or days of one's own. Empty: the usual range."""

    code: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """The days that are shown; `code` is empty for days of one's own."""

    code: str
    span: Span


def range_of(bounds: Bounds, params: RangeParams) -> Range:
    """The range of an address; days of one's own win, an unknown code gives the usual range."""
    if params.first is not None or params.last is not None:
        return Range("", _own(bounds, params.first, params.last))
    code = params.code if params.code in bounds.codes else _usual(bounds)
    return Range(code, Span(_first_of(bounds, code), bounds.today))


def _usual(bounds: Bounds) -> str:
    """Everything, or since therapy began, where that is no more than a year; else a year."""
    if bounds.day_zero is not None and 0 <= (bounds.today - bounds.day_zero).days <= YEAR:
        return "therapy"
    return "all" if (bounds.today - bounds.first).days <= YEAR else "1y"


def _first_of(bounds: Bounds, code: str) -> date:
    if code in DAYS:
        return bounds.today - timedelta(days=DAYS[code])
    if code == "therapy" and bounds.day_zero is not None:
        return bounds.day_zero - timedelta(days=int(BASELINE.default))  # with the days in which a baseline can lie
    return bounds.first - timedelta(days=max((bounds.today - bounds.first).days // 40, 1))


def _own(bounds: Bounds, first: date | None, last: date | None) -> Span:
    """Between the two days, in whichever order, at least one day wide and not beyond today."""
    ends = sorted((first or bounds.first, last or bounds.today))
    end = min(ends[1], bounds.today)
    return Span(min(ends[0], end - timedelta(days=1)), end)


def moves(span: Span, bounds: Bounds) -> Iterator[tuple[str, Span]]:
    """Where one can go from here: half a width earlier or later, the newer half, twice as wide."""
    half = timedelta(days=max(span.days // 2, 1))
    if span.first > bounds.first:
        yield "earlier", Span(span.first - half, span.last - half)
    if span.last < bounds.today:
        step = min(half, bounds.today - span.last)
        yield "later", Span(span.first + step, span.last + step)
    if span.days > SHORTEST:
        yield "closer", Span(span.first + half, span.last)
    if span.first > bounds.first or span.last < bounds.today:
        yield "wider", Span(span.first - half, min(span.last + half, bounds.today))
