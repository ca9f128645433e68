"""Clock times at the site: where a day begins, and clock times that do not exist or exist twice. Pure.

When the clock goes forward, an hour of the clock does not exist; when it goes back, an hour exists twice. Such a time
is not guessed: whoever gave it is told both offsets and gives one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from patients.clinical.reasons import Reason, _, reason


class NotOneMoment(ValueError):  # noqa: N818 - what it is
    """A clock time that is no moment, or two; `reason` names both offsets."""

    def __init__(self, why: Reason) -> None:
        super().__init__(why.message)
        self.reason = why


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a calendar day at the site; where the clock skips midnight, the moment to which it skips."""
    goes_on = getattr(day, "start_in", None)  # a day that goes on with the clock (`patients.clinical.ticking`)
    return _start(day, zone) if goes_on is None else goes_on(zone)


@cache
def _start(day: date, zone: ZoneInfo) -> datetime:
    midnight = datetime.combine(day, time(), zone)
    return midnight if _exists(midnight) else midnight.astimezone(UTC).astimezone(zone)


def start_of_hour(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) at which the hour began that the clock of the site shows; of one that exists twice, this one."""
    return moment.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def moment_at(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the clock of the site shows this time (naive). Raises NotOneMoment."""
    earlier, later = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    if earlier.utcoffset() == later.utcoffset():
        return earlier
    message = _(
        'the clock shows %(wall)s twice on that day: write "%(first)s" for the first or "%(second)s" for the second'
    )
    if not _exists(earlier):
        message = _(
            "the clock does not show %(wall)s on that day, it is put forward:"
            ' write "%(first)s" or "%(second)s", with the offset that is meant'
        )
    raise NotOneMoment(
        reason(message, basis="J", wall=f"{wall:%H:%M}", first=_with_offset(earlier), second=_with_offset(later))
    )


def _exists(moment: datetime) -> bool:
    """Does the clock of its zone show this time?"""
    shown = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return shown.replace(tzinfo=None) == moment.replace(tzinfo=None)


def _with_offset(moment: datetime) -> str:
    offset = moment.utcoffset() or timedelta()
    return datetime.combine(moment.date(), moment.time().replace(fold=0)).isoformat("T", "minutes") + _offset(offset)


def _offset(offset: timedelta) -> str:
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{'-' if offset < timedelta() else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
