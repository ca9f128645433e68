"""The moment that an address asks for (`?at=`): the site's time without a zone, the end of a day
without a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from patients.clinical.bounds import FIRST_DAY, LAST_DAY, LAST_MOMENT, Bounds, Outside, storable_day
from patients.clinical.wall_clock import NotOneMoment, moment_at, start_of_day
from patients.wording import render


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` is None for now; `fault` says why a moment that was asked for is not shown."""

    at: datetime | None = None
    fault: str = ""

    @property
    def text(self) -> str:
        """For an address; "" for now."""
        return self.at.isoformat() if self.at else ""


def requested_moment(request: HttpRequest) -> Moment:
    """The past moment of an address. What is no time, or lies ahead, is said and the present shown."""
    text = request.GET.get("at", "").strip()
    if not text:
        return Moment()
    zone = timezone.get_current_timezone()
    assert isinstance(zone, ZoneInfo)
    try:
        at = _read(text, zone)
    except NotOneMoment as error:
        return Moment(fault=_("This is the present state: %(why)s.") % {"why": render(error.reason)})
    except (ValueError, OverflowError):
        at = None
    outside = Bounds(now=timezone.now(), zone=zone).of_moment(at) if at else Outside.BEFORE_1900
    if at is None or outside is Outside.BEFORE_1900:
        return Moment(fault=_("“%(text)s” is no date and time. This is the present state.") % {"text": text[:40]})
    if outside or at >= timezone.now():
        return Moment(fault=_("This moment lies ahead. This is the present state."))
    return Moment(at)


def day_of_address(text: str) -> date | None:
    """A day that an address names; None for what is none, or lies outside what a table can hold."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if storable_day(day) else None


def _read(text: str, zone: ZoneInfo) -> datetime | None:
    day = parse_date(text)
    at = None if day else parse_datetime(text.replace(" ", "+") if "T" in text else text)
    if at is not None and timezone.is_aware(at):
        return at
    day = at.date() if at else day
    if day is None or day < FIRST_DAY:
        return None
    if day > LAST_DAY:
        return LAST_MOMENT
    if at is not None:
        return moment_at(at, zone)
    return (start_of_day(day + timedelta(days=1), zone).astimezone(UTC) - timedelta(seconds=1)).astimezone(zone)
