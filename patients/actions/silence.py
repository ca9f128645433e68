"""Which machines have been silent for longer than they ever are: noted by a periodic job, said on every page.

A laboratory sends less at night and on Sundays. So a silence is held against those that began at the same time of
earlier days of its kind (it went from a working day into the next one, from a Friday into a Saturday): it is too long
when it lasts half an hour or more, and twice as long as any of them. A site may say a length instead. Judgement of this
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
FEWEST_DAYS, MOST_DAYS = 3, 10  # with fewer to compare with, nothing is known of a rhythm
DAYS_BACK = 28
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
    begins = _like_it(last.astimezone(zone), now.astimezone(zone))
    with connection.cursor() as cursor:
        cursor.execute(NEXT_SQL, [source.pk, begins])
        following = cursor.fetchall()
    first = source.messages.order_by("received_at").values_list("received_at", flat=True).first()
    silences = [then - begin for begin, then in following if first is not None and first <= begin]
    return len(silences) >= FEWEST_DAYS and now - last >= FACTOR * max(silences)


def _like_it(last: datetime, now: datetime) -> list[datetime]:
    """The same time of earlier days from which a silence of this length goes into a day of the same kind, the latest
    first."""
    lasted = now.replace(tzinfo=None) - last.replace(tzinfo=None)  # by the clock of the site
    begins = [
        datetime.combine(last.date() - timedelta(days=x), last.time(), last.tzinfo) for x in range(1, DAYS_BACK + 1)
    ]
    kinds = _kind(last), _kind(now)
    return [x for x in begins if (_kind(x), _kind(x + lasted)) == kinds][:MOST_DAYS]


def _kind(day: datetime) -> int:
    """A working day, a Saturday, a Sunday."""
    return max(day.weekday(), SATURDAY - 1)
