"""Which machines have been silent for longer than they ever are: noted by a periodic job, said on every page.

A laboratory sends less at night and on Sundays. So a silence is held against the same hours of days of its kind (the
working days of two weeks, or the same day of four weeks): it is too long when it lasts half an hour or more and twice
as long as any silence that began there at this time of day. A site may say a length instead. Judgement of this
product: no source tells how long a laboratory may be silent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from patients.models import Message, Source
from patients.queries import site_zone

SHORTEST = timedelta(minutes=30)
FACTOR = 2
FEWEST_DAYS = 3  # with fewer days to compare with, nothing is known of a rhythm
SATURDAY = 5

NEXT_SQL = f"""
SELECT day.begins, (SELECT min(received_at) FROM {Message._meta.db_table} WHERE source_id = %s
    AND received_at > day.begins) FROM unnest(%s::timestamptz[]) AS day (begins)"""  # noqa: S608 - the same text always


def note_silence(now: datetime | None = None) -> int:
    """Note of every source that may send whether it is silent, and since when; of how many it is new or over."""
    now, zone, changed = now or timezone.now(), site_zone(), 0
    with transaction.atomic():
        for source in Source.objects.filter(active=True).order_by("pk"):
            last = source.messages.order_by("-received_at").values_list("received_at", flat=True).first()
            since = last if last is not None and _is_silent(source, last, now, zone) else None
            if since != source.silent_since:
                changed += Source.objects.filter(pk=source.pk).update(silent_since=since)
        changed += Source.objects.filter(active=False).exclude(silent_since=None).update(silent_since=None)
    return changed


def _is_silent(source: Source, last: datetime, now: datetime, zone: ZoneInfo) -> bool:
    if source.silent_after is not None:
        return now - last > source.silent_after
    if now - last < SHORTEST:
        return False
    begins = _same_time_of(last, now, zone)
    with connection.cursor() as cursor:
        cursor.execute(NEXT_SQL, [source.pk, begins])
        following = cursor.fetchall()
    first = source.messages.order_by("received_at").values_list("received_at", flat=True).first()
    silences = [then - begin for begin, then in following if first is not None and first <= begin]
    return len(silences) >= FEWEST_DAYS and now - last >= FACTOR * max(silences)


def _same_time_of(last: datetime, now: datetime, zone: ZoneInfo) -> list[datetime]:
    """The same time of earlier days of the same kind as today, by the clock of the site."""
    at, today = last.astimezone(zone), now.astimezone(zone).date()
    back = at.date() - today  # a silence may have begun on another day than today's
    if today.weekday() >= SATURDAY:
        days = [today - timedelta(weeks=x) for x in range(1, 5)]
    else:
        days = [x for x in (today - timedelta(days=n) for n in range(1, 15)) if x.weekday() < SATURDAY]
    return [datetime.combine(x + back, at.time(), zone) for x in days]
