"""Which days the trend charts show: a choice of ranges, or days of one's own, and how to move from there. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ildcare.axes import Span
from monitoring.readings import BASELINE_DAYS
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
class Course:
    """What ranges are reckoned from: today, the first day that has a value, day 0 if there is one."""

    today: date
    first: date
    day_zero: date | None

    @property
    def codes(self) -> list[str]:
        """The ranges that can be chosen."""
        return [code for code in RANGES if code != "therapy" or self.day_zero]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asked for: the code of a range, or days of one's own. Nothing asked gives the first look."""

    code: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """The days that are shown; `code` is empty for days of one's own."""

    code: str
    span: Span


def range_of(course: Course, asked: Asked) -> Range:
    """The range that was asked for; days of one's own win, an unknown code gives the one for a first look."""
    if asked.first is not None or asked.last is not None:
        return Range("", _own(course, asked.first, asked.last))
    code = asked.code if asked.code in course.codes else first_look(course)
    return Range(code, Span(_first_of(course, code), course.today))


def first_look(course: Course) -> str:
    """Everything, or since therapy began, where that is no more than a year; else a year."""
    if course.day_zero is not None and 0 <= (course.today - course.day_zero).days <= YEAR:
        return "therapy"
    return "all" if (course.today - course.first).days <= YEAR else "1y"


def _first_of(course: Course, code: str) -> date:
    if code in DAYS:
        return course.today - timedelta(days=DAYS[code])
    if code == "therapy" and course.day_zero is not None:
        return course.day_zero - timedelta(days=BASELINE_DAYS)  # with the days in which a baseline can lie
    return course.first - timedelta(days=max((course.today - course.first).days // 40, 1))


def _own(course: Course, first: date | None, last: date | None) -> Span:
    """Between the two days, in whichever order, at least one day wide and not beyond today."""
    ends = sorted((first or course.first, last or course.today))
    end = min(ends[1], course.today)
    return Span(min(ends[0], end - timedelta(days=1)), end)


def moves(shown: Span, course: Course) -> Iterator[tuple[str, Span]]:
    """Where one can go from here: half a width earlier or later, the newer half, twice as wide."""
    half = timedelta(days=max(shown.days // 2, 1))
    if shown.first > course.first:
        yield "earlier", Span(shown.first - half, shown.last - half)
    if shown.last < course.today:
        step = min(half, course.today - shown.last)
        yield "later", Span(shown.first + step, shown.last + step)
    if shown.days > SHORTEST:
        yield "closer", Span(shown.first + half, shown.last)
    if shown.first > course.first or shown.last < course.today:
        yield "wider", Span(shown.first - half, min(shown.last + half, course.today))
