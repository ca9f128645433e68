"""The state of a record, as a key for what is drawn of it and kept in memory (`state_cache`).

It names the content and how it is read: whose record, every version that was known, the site's settings, the day, the
language. Who reads, and what they may do, is no part of it: nothing that hangs on a right is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b

from django.utils import timezone
from django.utils.translation import get_language

from patients.clinical.snapshot import Settings, Snapshot
from patients.clinical.versions import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordState:
    """Equal for two readings of one record of which the same is to be said, on one day in one language.

    `newest`: when the last of what was known happened or became known: something entered for a time to come counts from
    then on. `page_day`: the day of the reader, which is not `today` on a page of the past.
    """

    patient: int
    sex: str
    birth_date: date | None
    on_ward: bool | None
    settings: Settings
    zone: str
    today: date
    newest: datetime
    versions: str
    language: str
    page_day: date

    @classmethod
    def of(cls, patient_id: int, snapshot: Snapshot, versions: Iterable[Version]) -> RecordState:
        """Of what was known to the snapshot, for a reader of the active language today."""
        known = [x for x in versions if x.fact.known <= snapshot.known_at]
        return cls(
            patient=patient_id,
            sex=snapshot.sex,
            birth_date=snapshot.birth_date,
            on_ward=snapshot.on_ward,
            settings=snapshot.settings,
            zone=snapshot.zone,
            today=snapshot.today,
            newest=_newest(snapshot, known),
            versions=fingerprint(known),
            language=get_language() or "",
            page_day=timezone.localdate(),
        )


def fingerprint(versions: Iterable[Version]) -> str:
    """A word for these versions. A stored row is never changed, so that its id says what it holds."""
    return blake2b(" ".join([x.fact.id for x in versions]).encode(), digest_size=16).hexdigest()


def _newest(snapshot: Snapshot, versions: Iterable[Version]) -> datetime:
    times = (x for v in versions for x in (v.fact.known, v.fact.on) if x <= snapshot.known_at)
    return max(times, default=snapshot.known_at)
