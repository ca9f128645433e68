"""When whose record was looked at before the reader came: alerts are raised at their own times, not all at one.

Each patient has a look some days ago, one yesterday in the morning, one in the evening, and one today; which of the
moments is theirs is the same at every start. The moments of today count back from the start, whatever the hour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")
EARLIER = ((6, time(17, 10)), (4, time(11, 25)), (3, time(9, 40)), (2, time(16, 5)))  # days ago, at
APART = (0, 29)  # minutes
MORNING = (time(9, 14), time(9, 31), time(9, 52), time(10, 17), time(10, 41))  # of yesterday
EVENING = (time(15, 42), time(16, 34), time(17, 58), time(19, 21))
TODAY = (168, 127, 83, 52)  # minutes before the start
# whose newest result has only just come, minutes before the start: nobody can have answered yet
JUST_NOW = {
    "infection_on_triple": 14,
    "level_too_high": 11,
    "figure_against_table": 9,
    "t2_after_t1": 7,
    "not_yet_treated": 4,
}
ANSWERED_AFTER = timedelta(minutes=12)  # a grave alert, by somebody on the ward

Openings = list[tuple[datetime, list[str]]]


def openings(people: Iterable[tuple[str, str, datetime | None]], local: datetime) -> Openings:
    """The moments with the record numbers of whom is looked at, in order. `people`: number, course, and the moment
    after which looks begin; None: nobody looks but on the rounds."""
    found: dict[datetime, list[str]] = defaultdict(list)
    for mrn, course, since in people:
        for moment in _of(mrn, course, local):
            if since is not None and moment > since:
                found[moment].append(mrn)
    return sorted(found.items())


def _of(mrn: str, course: str, local: datetime) -> Iterator[datetime]:
    days, clock = _theirs(mrn, "earlier", EARLIER)
    yield _at(local, days, clock) + timedelta(minutes=_theirs(mrn, "minutes", APART))
    yield _at(local, 1, _theirs(mrn, "morning", MORNING))
    yield _at(local, 1, _theirs(mrn, "evening", EVENING))
    yield local - timedelta(minutes=JUST_NOW.get(course) or _theirs(mrn, "today", TODAY))


def _at(local: datetime, days: int, clock: time) -> datetime:
    return datetime.combine(local.date() - timedelta(days=days), clock, local.tzinfo)


def _theirs(mrn: str, what: str, choices: Sequence[T]) -> T:
    return choices[sha256(f"{what}{mrn}".encode()).digest()[0] % len(choices)]
