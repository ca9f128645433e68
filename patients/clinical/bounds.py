"""Which days and moments a fact may have: the one answer for forms, files, addresses and tables. Pure.

Not before 1900, not before the birth date where it is known, not in the future. Whatever else is dated (last day given,
scan compared with, time known) is bounded by the same, and with it the duration of a course. What is planned may lie
ahead, by no more than ten years. The years are judgements of this product [J].

Tables hold 1900 and a last year, and that no fact was known more than a day after it was received. They know no birth
date: it is another row, which is corrected and merged, and what stands before a corrected one has to be corrected or
cancelled still.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from patients.clinical.reasons import _

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)  # of a table; what lies ahead of the clock is refused on the way there
PLANNED_DAYS = 3653  # ten years, for what is yet to be done

# the clocks of two sites are at most a day and some hours apart: what no site calls a day within the bounds
FIRST_MOMENT = datetime.combine(FIRST_DAY - timedelta(days=1), time(), UTC)
LAST_MOMENT = datetime.combine(LAST_DAY + timedelta(days=2), time(), UTC)


class Outside(StrEnum):
    """Why a day or a moment is not possible."""

    BEFORE_1900 = "before_1900"
    BEFORE_BIRTH = "before_birth"
    IN_FUTURE = "in_future"
    TOO_FAR = "too_far"


OF_A_DAY = {
    Outside.BEFORE_1900: _("This day lies before 1900: check the year."),
    Outside.BEFORE_BIRTH: _("This day lies before the birth date: check the year."),
    Outside.IN_FUTURE: _("This day lies in the future."),
    Outside.TOO_FAR: _("This day lies more than ten years ahead: check the year."),
}
OF_A_MOMENT = {
    Outside.BEFORE_1900: _("This time lies before 1900: check the year."),
    Outside.BEFORE_BIRTH: _("This time lies before the birth date: check the year."),
    Outside.IN_FUTURE: _("This time lies in the future."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What bounds the days of one patient: the clock, the site's zone, the birth date (None: not known)."""

    now: datetime
    zone: ZoneInfo
    born: date | None = None

    @property
    def today(self) -> date:
        """The day at the site."""
        return self.now.astimezone(self.zone).date()

    def of_day(self, day: date, *, planned: bool = False) -> Outside | None:
        """Why a day is not possible; None if it is. `planned`: the day of something yet to be done."""
        ahead = (day - self.today).days
        if ahead > (PLANNED_DAYS if planned else 0):
            return Outside.TOO_FAR if planned else Outside.IN_FUTURE
        return self._too_early(day)

    def of_moment(self, moment: datetime) -> Outside | None:
        """Why a moment (aware) is not possible; None if it is."""
        if moment > self.now:
            return Outside.IN_FUTURE
        if moment < FIRST_MOMENT:
            return Outside.BEFORE_1900
        return self._too_early(moment.astimezone(self.zone).date())

    def _too_early(self, day: date) -> Outside | None:
        if day < FIRST_DAY:
            return Outside.BEFORE_1900
        return Outside.BEFORE_BIRTH if self.born is not None and day < self.born else None


def storable_day(day: date) -> bool:
    """May a table hold this day?"""
    return FIRST_DAY <= day <= LAST_DAY


def storable_moment(moment: datetime) -> bool:
    """May a table hold this moment (aware)?"""
    return FIRST_MOMENT <= moment < LAST_MOMENT
