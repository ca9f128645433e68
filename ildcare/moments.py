"""The moment that an address asks for (`?at=`): the site's time without a zone, the end of a day
without a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

FIRST_YEAR = 1900  # nothing here is older


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` is None for now; `fault` says why a moment that was asked for is not shown."""

    at: datetime | None = None
    fault: str = ""

    @property
    def text(self) -> str:
        """For an address; "" for now."""
        return self.at.isoformat() if self.at else ""


def asked_moment(request: HttpRequest) -> Moment:
    """The past moment of an address. What is no time, or lies ahead, is said and the present shown."""
    text = request.GET.get("at", "").strip()
    if not text:
        return Moment()
    try:
        at = _read(text)
    except (ValueError, OverflowError):
        at = None
    if at is None or at.year < FIRST_YEAR:
        return Moment(fault=_("“%(text)s” is no date and time. This is the present state.") % {"text": text[:40]})
    if at >= timezone.now():
        return Moment(fault=_("This moment lies ahead. This is the present state."))
    return Moment(at)


def _read(text: str) -> datetime | None:
    day = parse_date(text)
    if day is not None:
        return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
    at = parse_datetime(text.replace(" ", "+") if "T" in text else text)
    if at is None or timezone.is_aware(at):
        return at
    return timezone.make_aware(at)
