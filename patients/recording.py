"""Appending versions to the record: which of the arriving versions are new, what each replaces, and how they go in.

Called inside a deed, which holds the patient's lock; nothing here commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from patients.clinical import facts as f
from patients.models import Fact, Patient, Status, User
from patients.queries import site_zone
from patients.rows import Arrival, new_row, says_the_same, table_of

Key = tuple[type[Fact], str]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was stored: the new rows, and how many versions were there already."""

    rows: tuple[Fact, ...] = ()
    unchanged: int = 0

    @property
    def new(self) -> int:
        """First versions."""
        return sum(row.version == 1 for row in self.rows)

    @property
    def cancelled(self) -> int:
        """Versions that withdraw a fact."""
        return sum(row.version > 1 and row.status == Status.CANCELLED for row in self.rows)

    @property
    def corrected(self) -> int:
        """Later versions with other content."""
        return len(self.rows) - self.new - self.cancelled


def append(patient: Patient, given: Sequence[Arrival], *, by: User | None, source: str, reason: str = "") -> Recorded:
    """Store those of the given versions that say something new."""
    deliveries = _by_identity(given)
    stored = _stored(patient, deliveries)
    writer = _Writer(patient, source, site_zone(), timezone.now(), {"recorded_by": by, "correction_reason": reason})
    added = [pair for key, delivery in deliveries.items() for pair in writer.rows(stored[key], delivery)]
    rows = [row for _, row in sorted(added, key=lambda pair: _as_told(pair[0]))]
    _insert(rows)
    return Recorded(tuple(rows), len(given) - len(rows))


def standing_row(history: Sequence[Fact]) -> Fact:
    """The version that stands: known last, of those the one that arrived last."""
    return max(history, key=lambda row: (row.known, row.version))


@dataclass(frozen=True, slots=True)
class _Writer:
    patient: Patient
    source: str
    zone: ZoneInfo
    now: datetime
    common: dict[str, Any]

    def rows(self, history: list[Fact], delivery: Sequence[Arrival]) -> Iterator[tuple[Arrival, Fact]]:
        """The rows to add to the history of one identity for what a delivery says of it, oldest first."""
        told_again = _told_again(history, delivery)
        last = max(told_again, default=-1)
        for number in range(last):
            if number not in told_again:  # followed by what is known here: a part of the past that arrives late
                yield self._row(history, delivery[number], delivery[number].version.fact.known)
        tail = delivery[last + 1 :] or self._gone_back_to(history, delivery[last], told_again[last])
        yield from self._tail(history, tail)

    def _tail(self, history: list[Fact], tail: Sequence[Arrival]) -> Iterator[tuple[Arrival, Fact]]:
        previous: datetime | None = None
        for arrival in tail:
            told = arrival.version.fact.known
            previous = max(told, previous) if previous else self._known(history, arrival.version.fact)
            yield self._row(history, arrival, previous)

    def _gone_back_to(self, history: list[Fact], final: Arrival, row: Fact) -> list[Arrival]:
        """The last version of a delivery, if its sender goes back to it from another one.

        Not if it stands; not if another source (a clinician's correction) has overruled the sender since; not if it
        is told with the time at which it became known before: then it is the old message again.
        """
        stands = standing_row(history)
        if says_the_same(stands, final) or stands.source != self.source:
            return []
        fact = final.version.fact
        return [] if _says_when_known(fact) and row.known == fact.known else [final]

    def _known(self, history: list[Fact], fact: f.Fact) -> datetime:
        """When the version became known. A change that does not say so became known now, never in the past:
        what was known on a day stays what was known on that day."""
        last = standing_row(history).known if history else None
        if last is None or fact.known > last or (fact.known < last and _says_when_known(fact)):
            return fact.known
        return max(self.now, last)

    def _row(self, history: list[Fact], arrival: Arrival, known: datetime) -> tuple[Arrival, Fact]:
        row = new_row(
            arrival,
            patient_id=self.patient.pk,
            number=len(history) + 1,
            zone=self.zone,
            known=known,
            source=self.source,
            replaces=history[-1] if history else None,
            **self.common,
        )
        history.append(row)
        return arrival, row


def _told_again(history: Sequence[Fact], delivery: Sequence[Arrival]) -> dict[int, Fact]:
    """Which versions of the delivery (by number) are stored already, in the same order, and where."""
    stored = sorted(history, key=lambda row: (row.known, row.version))
    found: dict[int, Fact] = {}
    for number, arrival in enumerate(delivery):
        place = next((i for i, row in enumerate(stored) if says_the_same(row, arrival)), None)
        if place is not None:
            found[number], stored = stored[place], stored[place + 1 :]
    return found


def _says_when_known(fact: f.Fact) -> bool:
    """A sender that gives no other time lets a fact be known at the time it is about."""
    return fact.known > fact.on


def _by_identity(given: Sequence[Arrival]) -> dict[Key, list[Arrival]]:
    """What is told of each fact, its versions in the order in which they became known."""
    deliveries: dict[Key, list[Arrival]] = {}
    for arrival in sorted(given, key=_as_told):
        deliveries.setdefault((table_of(arrival.version.fact), arrival.version.identity), []).append(arrival)
    return deliveries


def _stored(patient: Patient, keys: Iterable[Key]) -> dict[Key, list[Fact]]:
    """The stored versions of every identity that arrives, oldest first; one query per kind."""
    histories: dict[Key, list[Fact]] = {key: [] for key in keys}
    for table in {table for table, _ in histories}:
        identities = [identity for owner, identity in histories if owner is table]
        for row in table._default_manager.filter(patient=patient, identity__in=identities).order_by("version"):
            histories[table, row.identity].append(row)
    return histories


def _as_told(arrival: Arrival) -> tuple[datetime, int]:
    return arrival.version.fact.known, arrival.version.sequence


def _insert(rows: Sequence[Fact]) -> None:
    """In bulk per kind, with ids that rise as the versions were told: facts of one moment keep that order."""
    for table in dict.fromkeys(type(row) for row in rows):
        own = [row for row in rows if type(row) is table]
        for row, key in zip(own, _new_keys(table, len(own)), strict=True):
            row.pk = key
        table._default_manager.bulk_create(own)


def _new_keys(table: type[Fact], number: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table._meta.db_table, number],
        )
        return [key for (key,) in cursor]
