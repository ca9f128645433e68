"""What came since the last visit, by its consequence: beyond a limit, out of the interval or changed, and the rest.

What is folded here is folded on the record too (`record.news.weighed`). The fold holds the same rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from ildcare.drawing.sparkline import SPAN, Spark, Value, spark
from ildcare.record.new_results import NewResult
from ildcare.record.news import OUTSIDE, RANKS, WITHIN, Weighed, weighed
from ildcare.record.page import Record
from patients.clinical.comparison import DOWN, UP, conditions_of
from patients.clinical.facts import Measurement
from patients.result_words import short_name_of_test, unit_text
from patients.wording import listed, short_day, value_text

LETTERS = {"high": "H", "low": "L"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshRow:
    """A new result. `sign`: its consequence (`record.news.RANKS`); `alone`: taken at another time than the others;
    `drawn`, `trend`: its course since therapy began, drawn and in words."""

    result: NewResult
    sign: str
    alone: bool
    drawn: Spark | None
    trend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """New results: `beyond` a limit or with an alert that waits, `rest` out of the interval, changed or in doubt, and
    `folded` ones. `at`: the time at which most of them were taken; None where no two share one."""

    beyond: tuple[FreshRow, ...]
    rest: tuple[FreshRow, ...]
    folded: tuple[FreshRow, ...]
    at: datetime | None

    @property
    def folded_text(self) -> str:
        """The folded values in one line."""
        return listed(_in_line(x.result) for x in self.folded)


def fresh_of(record: Record, results: Iterable[NewResult]) -> Fresh:
    """The new results of a record, in groups. No query."""
    came = list(results)
    found = weighed(record, came)
    found.sort(key=lambda x: (RANKS.index(x.sign), not x.result.doubts, not _worse(x.result)))
    at = _shared_time([x.newest.on for x in came])
    open_ones = [x for x in found if not x.folded]
    return Fresh(
        beyond=tuple(_row(x, at, record) for x in open_ones if x.sign not in (OUTSIDE, WITHIN)),
        rest=tuple(_row(x, at, record) for x in open_ones if x.sign in (OUTSIDE, WITHIN)),
        folded=tuple(_row(x, at, record) for x in found if x.folded),
        at=at,
    )


def _shared_time(times: list[datetime]) -> datetime | None:
    counted = Counter(times).most_common(1)
    return counted[0][0] if counted and counted[0][1] > 1 else None


def _worse(result: NewResult) -> bool:
    """Out of its interval, and further than before."""
    way = result.before.direction if result.before else ""
    return (result.position, way) in (("high", UP), ("low", DOWN))


def _in_line(result: NewResult) -> str:
    x = result.newest
    named = (short_name_of_test(x.code, x.name), value_text(x.code, x.quantity), unit_text(x.code, x.typed))
    words = (*named, LETTERS.get(result.position, ""))
    return " ".join(w for w in words if w)


# -- the course in small ----------------------------------------------------------------------------------------------


def _row(line: Weighed, at: datetime | None, record: Record) -> FreshRow:
    result = line.result
    values = _course(result.newest, record)
    first = record.pathway.regimen.first_d0
    span = timedelta(days=record.snapshot.days_since(first.day) + 1) if first else SPAN
    drawn = spark([_value(x) for x in values], record.as_of, span)
    trend = _trend(values[-drawn.count :], record) if drawn else ""
    return FreshRow(result=result, sign=line.sign, alone=result.newest.on != at, drawn=drawn, trend=trend)


def _course(newest: Measurement, record: Record) -> list[Measurement]:
    """The values of the test up to the newest; of one outside the catalogue those of its name."""
    return [x for x in record.snapshot.series(newest.code) if x.name == newest.name and x.on <= newest.on]


def _value(x: Measurement) -> Value:
    return Value(x.on, x.quantity.value, bool(x.quantity.comparator), str(conditions_of(x)))


def _trend(values: list[Measurement], record: Record) -> str:
    first, last = values[0], values[-1]
    return _("%(test)s: %(n)s values from %(first)s on %(day)s to %(last)s") % {
        "test": short_name_of_test(last.code, last.name),
        "n": len(values),
        "first": value_text(first.code, first.quantity),
        "day": short_day(first.day, record.today),
        "last": value_text(last.code, last.quantity),
    }
