"""Appending versions to the record: which of the arriving versions are new, what each replaces, and how they go in.

Called inside a change, which holds the patient's lock; nothing here commits. What stands in the end does not depend on
the order in which versions arrive (`patients.clinical.placing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Model
from django.utils import timezone
from psycopg import sql

from patients.audit import attribute_now
from patients.clinical.placing import Told, comes_back, place_of, tells_again
from patients.clinical.versions import CANCELLED, CORRECTED, Version, in_standing_order
from patients.merged import places_of
from patients.models import Fact, Patient, Status, User, standing_row
from patients.queries import site_zone
from patients.rows import new_row, says_the_same, table_of

COPIED_FROM = 100  # rows of one kind
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


def append(
    patient: Patient,
    versions: Sequence[Version],
    *,
    by: User | None,
    source: str,
    reason: str = "",
    via: Patient | None = None,
    fresh: bool = False,
) -> Recorded:
    """Store those of the versions that say something new.

    `via`: the record that was merged into this one, under whose number the versions were sent; `fresh`: their
    identities were made for them just now, so that nobody has anything of them.
    """
    versions, elsewhere = (versions, {}) if fresh else _where_they_are(patient, versions, via)
    deliveries = _by_identity(versions)
    stored = {key: [] for key in deliveries} if fresh else _stored(patient, deliveries)
    writer = _Writer(patient, source, site_zone(), timezone.now(), {"recorded_by": by, "correction_reason": reason})
    added = [
        pair
        for key, delivery in deliveries.items()
        for pair in _in_turn(writer.rows(stored[key], delivery, elsewhere.get(key, ())))
    ]
    rows = [row for _, row in sorted(added, key=lambda pair: pair[0])]
    insert_rows(rows)
    return Recorded(tuple(rows), len(versions) - len(rows))


def _where_they_are(
    patient: Patient, versions: Sequence[Version], via: Patient | None
) -> tuple[Sequence[Version], dict[Key, tuple[Fact, ...]]]:
    """The versions under the identities that they have in this record, where a merge brought them; and what merged
    records hold of those that were not copied because this one had them."""
    keys = {(table_of(x.fact).KIND, x.identity): x for x in versions}
    places = places_of(patient, list(keys), via)
    if not places:
        return versions, {}
    moved = [(x, places.get((table_of(x.fact).KIND, x.identity))) for x in versions]
    elsewhere = {(table_of(x.fact), place.identity): place.elsewhere for x, place in moved if place is not None}
    return [replace(x, identity=place.identity) if place else x for x, place in moved], elsewhere


@dataclass(frozen=True, slots=True)
class _Writer:
    patient: Patient
    source: str
    zone: ZoneInfo
    now: datetime
    common: dict[str, Any]

    def rows(
        self, history: list[Fact], delivery: Sequence[Version], elsewhere: Sequence[Fact] = ()
    ) -> Iterator[tuple[Version, Fact]]:
        """The rows to add to the history of one identity for what a delivery says of it, oldest first.

        What a merged record holds of it (`elsewhere`) is known already.
        """
        before = list(history)
        new = _not_stored([*before, *elsewhere], delivery)
        final = in_standing_order(delivery)[-1]
        followed = all(version is not final for version in new)  # the others are a part of the past that arrives late
        for version in new:
            yield self._row(history, version, *self._times(history, before, version, followed=followed))
        if followed and self._goes_back_to(history, final):
            known = max(self.now, standing_row(history).known)
            yield self._row(history, final, known, self._place(history, final))

    def _times(
        self, history: Sequence[Fact], before: Sequence[Fact], version: Version, *, followed: bool
    ) -> tuple[datetime, datetime | None]:
        """When the version became known, and its place. A change that does not say when became known now, never in the
        past: what was known on a day stays what was known on that day."""
        fact, status = version.fact, version.status
        newest = max((row.known for row in before), default=None)
        if version.says_when:
            again = newest is not None and any((x.known, x.status) == (fact.known, status) for x in before)
            return (max(self.now, newest), fact.known) if newest is not None and again else (fact.known, None)
        if followed:
            return fact.known, None
        known, place = fact.known if newest is None else max(self.now, newest), self._place(history, version)
        return known, None if place == known == fact.on and status not in (CORRECTED, CANCELLED) else place

    def _place(self, history: Sequence[Fact], version: Version) -> datetime:
        told = [
            Told(x.status, x.place, x.placed is not None, x.version, same=says_the_same(x, version)) for x in history
        ]
        return place_of(told, version.status, on=version.fact.on, now=self.now)

    def _goes_back_to(self, history: Sequence[Fact], final: Version) -> bool:
        """Does the sender go back to what a delivery says in the end, and is stored, from something that it told since?

        Not if it stands; not if another source (a clinician's correction) has overruled the sender since; not if it
        comes with the time at which it became known before: then it is the old message again.
        """
        stands, same = standing_row(history), [x for x in history if _is_stored(x, final)]
        if says_the_same(stands, final) or stands.source != self.source or final.says_when or not same:
            return False
        return comes_back(final.status, stands.status, told_since=stands.version > same[-1].version)

    def _row(
        self, history: list[Fact], version: Version, known: datetime, placed: datetime | None
    ) -> tuple[Version, Fact]:
        row = new_row(
            version,
            patient_id=self.patient.pk,
            number=len(history) + 1,
            zone=self.zone,
            known=known,
            placed=placed,
            source=self.source,
            replaces=history[-1] if history else None,
            **self.common,
        )
        history.append(row)
        return version, row


def _not_stored(history: Sequence[Fact], delivery: Sequence[Version]) -> list[Version]:
    """What of the delivery is not stored: as often as it is told, at the time at which it says it became known."""
    left = list(history)
    new = []
    for version in delivery:
        same = next((row for row in left if _is_stored(row, version)), None)
        if same is None:
            new.append(version)
        else:
            left.remove(same)
    return new


def _is_stored(row: Fact, version: Version) -> bool:
    return says_the_same(row, version) and tells_again(version, known=row.known, placed=row.placed)


def _by_identity(versions: Sequence[Version]) -> dict[Key, list[Version]]:
    """The versions of each fact in the order in which they became known."""
    deliveries: dict[Key, list[Version]] = {}
    for version in sorted(versions, key=_as_sent):
        deliveries.setdefault((table_of(version.fact), version.identity), []).append(version)
    return deliveries


def _stored(patient: Patient, keys: Iterable[Key]) -> dict[Key, list[Fact]]:
    """The stored versions of every identity that arrives, oldest first; one query per kind."""
    histories: dict[Key, list[Fact]] = {key: [] for key in keys}
    for table in {table for table, _ in histories}:
        identities = [identity for owner, identity in histories if owner is table]
        for row in table._default_manager.filter(patient=patient, identity__in=identities).order_by("version"):
            histories[table, row.identity].append(row)
    return histories


def _as_sent(version: Version) -> tuple[datetime, int]:
    return version.fact.known, version.sequence


def _in_turn(rows: Iterable[tuple[Version, Fact]]) -> Iterator[tuple[tuple[datetime, int], Fact]]:
    """The rows of one identity with sort keys as they were sent, none before the row that it replaces."""
    latest: tuple[datetime, int] | None = None
    for version, row in rows:
        latest = _as_sent(version) if latest is None else max(latest, _as_sent(version))
        yield latest, row


def insert_rows(rows: Sequence[Fact]) -> None:
    """Store new versions, in bulk per kind, with ids that rise as they became known: facts of one moment keep that
    order."""
    for table in dict.fromkeys(type(row) for row in rows):
        own = [row for row in rows if type(row) is table]
        for row, key in zip(own, new_keys(table, len(own)), strict=True):
            row.pk = key
        for row in own:
            row.replaces = row.replaces  # which had no key yet when it was named
        if len(own) < COPIED_FROM:
            table._default_manager.bulk_create(own)
        else:
            _copy(table, own)


def _copy(table: type[Fact], rows: Sequence[Fact]) -> None:
    """As `bulk_create`, in a quarter of its time: no statement of thousands of places is made and taken apart again.

    Constraints and triggers, the audit too, see every row. `recorded_at` is the database's, and not read back.
    """
    columns = [x for x in table._meta.concrete_fields if x.name != "recorded_at"]
    names = sql.SQL(", ").join(sql.Identifier(x.column) for x in columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table._meta.db_table), names)
    attribute_now()
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([x.get_db_prep_save(getattr(row, x.attname), connection) for x in columns])
            row._state.adding, row._state.db = False, connection.alias


def new_keys(table: type[Model], number: int) -> list[int]:
    """Keys that nobody else gets, rising."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table._meta.db_table, number],
        )
        return [key for (key,) in cursor]
