"""Dates and times of senders: ISO 8601, strictly. Without an offset they are in the site's zone; a date is 00:00.

A clock time that the site's clock does not show, or shows twice, needs its offset. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from patients.clinical.bounds import FIRST_DAY
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.wall_clock import NotOneMoment, moment_at, start_of_day

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)(Z|[+-][0-9]{2}:?[0-9]{2})?"
)

LAST_YEAR = 9000  # keeps time arithmetic in its range; what lies in the future is said elsewhere


class NotAMoment(ValueError):  # noqa: N818 - what it is
    """A text that is no date or time; `reason` says so."""

    def __init__(self, why: Reason) -> None:
        super().__init__(why.message)
        self.reason = why


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as sent: aware, its calendar day at the site, and whether only a date was given."""

    at: datetime
    day: date
    date_only: bool


@lru_cache(maxsize=1024)  # a file names the same few moments thousands of times
def moment_of(text: str, zone: ZoneInfo) -> Moment:
    """A date or date-time. Raises NotAMoment."""
    if DATE.fullmatch(text):
        day = day_of(text)
        return Moment(start_of_day(day, zone), day, True)
    found = DATE_TIME.fullmatch(text)
    if found is None:
        raise _not_a_moment(text)
    at = _date_time(text, zone)
    return Moment(at, at.astimezone(zone).date(), False)


def _date_time(text: str, zone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _not_a_moment(text) from None
    _refuse_out_of_range(at.date(), text)
    if at.tzinfo:
        return at
    try:
        return moment_at(at, zone)
    except NotOneMoment as error:
        raise NotAMoment(error.reason) from None


def day_of(text: str) -> date:
    """A calendar date. Raises NotAMoment."""
    try:
        day = date.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise _not_a_moment(text)
    _refuse_out_of_range(day, text)
    return day


def _refuse_out_of_range(day: date, text: str) -> None:
    if day < FIRST_DAY:
        raise NotAMoment(reason(_('"%(text)s" lies before 1900: check the year'), text=text[:40]))
    if day.year > LAST_YEAR:
        raise _not_a_moment(text)


def _not_a_moment(text: str) -> NotAMoment:
    return NotAMoment(reason(_('"%(text)s" is not a date (2024-03-04) or time (2024-03-04T08:00)'), text=text[:40]))
