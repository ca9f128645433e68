"""Appending versions to the record: which of the arriving versions are new, what each replaces, and how they go in.

Called inside a change, which holds the patient's lock; nothing here commits. What stands in the end does not depend on
the order in which versions arrive (`patients.clinical.placing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.utils import timezone
from psycopg import sql

from patients.audit import attribute_now
from patients.clinical.placing import EarlierVersion, comes_back, place_of, tells_again
from patients.clinical.versions import CANCELLED, CORRECTED, Version, in_standing_order
from patients.merged import places_of
from patients.models import ExactNumericField, Fact, Patient, Status, User, standing_row
from patients.models.fields import exact
from patients.queries import site_zone
from patients.reading import Once
from patients.rows import Draft, draft_of, is_date_only, says_the_same, table_of

Key = tuple[type[Fact], str]
Row = Fact | Draft


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was stored, and how many versions were there already."""

    drafts: tuple[Draft, ...] = ()
    unchanged: int = 0

    @property
    def rows(self) -> tuple[Fact, ...]:
        """The new rows."""
        return tuple(x.stored() for x in self.drafts)

    @property
    def new(self) -> int:
        """First versions."""
        return sum(row.version == 1 for row in self.drafts)

    @property
    def cancelled(self) -> int:
        """Versions that withdraw a fact."""
        return sum(row.version > 1 and row.status == Status.CANCELLED for row in self.drafts)

    @property
    def corrected(self) -> int:
        """Later versions with other content."""
        return len(self.drafts) - self.new - self.cancelled


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

    `via`: the record that was merged into this one, under whose number the versions were sent; `fresh`: the identities
    or the record were made for them just now, so that nobody has anything of them.
    """
    versions, elsewhere = (versions, {}) if fresh else _where_they_are(patient, versions, via)
    deliveries = _by_identity(versions)
    stored: dict[Key, list[Row]] = {key: [] for key in deliveries} if fresh else _stored(patient, deliveries)
    common = {"source": source, "recorded_by_id": by.pk if by else None, "correction_reason": reason}
    writer = _Writer(patient, source, timezone.now(), site_zone(), common)
    added = [
        pair
        for key, delivery in deliveries.items()
        for pair in _in_turn(writer.rows(stored[key], delivery, elsewhere.get(key, ())))
    ]
    drafts = [row for _, row in sorted(added, key=itemgetter(0))]
    _insert(drafts)
    return Recorded(tuple(drafts), len(versions) - len(drafts))


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


class _Writer:
    def __init__(self, patient: Patient, source: str, now: datetime, zone: ZoneInfo, common: dict[str, Any]) -> None:
        self.patient, self.source, self.now, self.common = patient, source, now, common
        self._date_only = Once(partial(is_date_only, zone=zone))  # thousands of results are of the same moments

    def rows(
        self, history: list[Row], delivery: Sequence[Version], elsewhere: Sequence[Fact] = ()
    ) -> Iterator[tuple[Version, Draft]]:
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
        self, history: Sequence[Row], before: Sequence[Row], version: Version, *, followed: bool
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

    def _place(self, history: Sequence[Row], version: Version) -> datetime:
        told = [
            EarlierVersion(x.status, x.place, x.placed is not None, x.version, same=says_the_same(x, version))
            for x in history
        ]
        return place_of(told, version.status, on=version.fact.on, now=self.now)

    def _goes_back_to(self, history: Sequence[Row], final: Version) -> bool:
        """Does the sender go back to what a delivery says in the end, and is stored, from something that it told since?

        Not if it stands; not if another source (a clinician's correction) has overruled the sender since; not if it
        comes with the time at which it became known before: then it is the old message again.
        """
        stands, same = standing_row(history), [x for x in history if _is_stored(x, final)]
        if says_the_same(stands, final) or stands.source != self.source or final.says_when or not same:
            return False
        return comes_back(final.status, stands.status, told_since=stands.version > same[-1].version)

    def _row(
        self, history: list[Row], version: Version, known: datetime, placed: datetime | None
    ) -> tuple[Version, Draft]:
        draft = draft_of(
            version,
            patient_id=self.patient.pk,
            number=len(history) + 1,
            known=known,
            placed=placed,
            on_is_date=self._date_only[version.fact.on],
            **self.common,
        )
        draft.replaces = history[-1] if history else None
        history.append(draft)
        return version, draft


def _not_stored(history: Sequence[Row], delivery: Sequence[Version]) -> list[Version]:
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


def _is_stored(row: Row, version: Version) -> bool:
    return says_the_same(row, version) and tells_again(version, known=row.known, placed=row.placed)


def _by_identity(versions: Sequence[Version]) -> dict[Key, list[Version]]:
    """The versions of each fact in the order in which they became known."""
    deliveries: dict[Key, list[Version]] = {}
    for version in sorted(versions, key=_as_sent):
        deliveries.setdefault((table_of(version.fact), version.identity), []).append(version)
    return deliveries


def _stored(patient: Patient, keys: Iterable[Key]) -> dict[Key, list[Row]]:
    """The stored versions of every identity that arrives, oldest first; one query per kind."""
    histories: dict[Key, list[Row]] = {key: [] for key in keys}
    for table in {table for table, _ in histories}:
        identities = [identity for owner, identity in histories if owner is table]
        for row in table._default_manager.filter(patient=patient, identity__in=identities).order_by("version"):
            histories[table, row.identity].append(row)
    return histories


def _as_sent(version: Version) -> tuple[datetime, int]:
    return version.fact.known, version.sequence


def _in_turn(rows: Iterable[tuple[Version, Draft]]) -> Iterator[tuple[tuple[datetime, int], Draft]]:
    """The rows of one identity with sort keys as they were sent, none before the row that it replaces."""
    latest: tuple[datetime, int] | None = None
    for version, row in rows:
        latest = _as_sent(version) if latest is None else max(latest, _as_sent(version))
        yield latest, row


# -- into the tables --------------------------------------------------------------------------------------------------


def insert_rows(rows: Sequence[Fact]) -> None:
    """Store new versions, with ids that rise as they became known: facts of one moment keep that order."""
    drafts = [
        Draft(type(row), {x.attname: x.prepared(getattr(row, x.attname)) for x in _columns_of(type(row))})
        for row in rows
    ]
    draft_of_row = {id(row): draft for row, draft in zip(rows, drafts, strict=True)}
    for row, draft in zip(rows, drafts, strict=True):
        draft.replaces = draft_of_row.get(id(row.replaces), row.replaces)  # what it replaces may be among them
    _insert(drafts)
    for row, draft in zip(rows, drafts, strict=True):
        row.pk = draft.pk
        row.replaces = row.replaces  # which had no key yet when it was named
        row._state.adding, row._state.db = False, connection.alias


def _insert(drafts: Sequence[Draft]) -> None:
    """By COPY: no statement of thousands of places is made and taken apart again, and no object made of each row.

    Constraints and triggers, the audit too, see every row. `recorded_at` is the database's, and not read back.
    """
    by_table: dict[type[Fact], list[Draft]] = {}
    for draft in drafts:
        by_table.setdefault(draft.table, []).append(draft)
    keys = new_keys({table: len(own) for table, own in by_table.items()})
    for table, own in by_table.items():
        for draft, key in zip(own, keys[table], strict=True):
            draft.pk = key
    if not drafts:
        return
    attribute_now()
    with connection.wrap_database_errors, connection.cursor() as cursor:
        for table, own in by_table.items():
            _copy(cursor, table, own)


def _copy(cursor: CursorWrapper, table: type[Fact], drafts: Sequence[Draft]) -> None:
    columns = [(x.attname, x.default) for x in _columns_of(table)]
    names = {name for name, _default in columns}
    numbers = [n for n, x in enumerate(_columns_of(table)) if x.is_number]
    with cursor.copy(_statement(table)) as copy:
        for draft in drafts:
            before, told = draft.replaces, draft.columns
            if not told.keys() <= names:
                raise TypeError(f"{table.__name__} has no {', '.join(told.keys() - names)}")
            values = [told.get(name, default) for name, default in columns]
            for n in numbers:
                values[n] = exact(values[n])
            copy.write_row([draft.pk, before.pk if before is not None else None, *values])


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as rows are copied. `default`: where nothing is told; `prepared`: what is stored of a row's value."""

    attname: str
    name: str
    default: Any
    is_number: bool
    prepared: Callable[[Any], Any]


OWN = frozenset({"id", "replaces_id", "recorded_at"})  # columns that are told otherwise, or by the database


@cache
def _columns_of(table: type[Fact]) -> tuple[_Column, ...]:
    fields = [x for x in table._meta.concrete_fields if x.attname not in OWN or x.has_default()]
    return tuple(
        _Column(x.attname, x.column, x.get_default(), isinstance(x, ExactNumericField), x.get_prep_value)
        for x in fields
    )


@cache
def _statement(table: type[Fact]) -> str:
    names = ["id", "replaces_id", *(x.name for x in _columns_of(table))]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table._meta.db_table), columns).as_string()


def forget_columns() -> None:
    """The columns are looked up anew: the demonstration fills one that is the database's, and ends it again."""
    _columns_of.cache_clear()
    _statement.cache_clear()


def new_keys(numbers: Mapping[type[Model], int]) -> dict[type[Model], list[int]]:
    """So many keys of each table that nobody else gets, rising. One query."""
    tables = list(numbers)
    if not tables:
        return {}
    each = (
        "SELECT %s::int, nextval((SELECT pg_get_serial_sequence(%s, 'id')::regclass)) FROM generate_series(1, %s)"
        for _ in tables
    )
    asked = [x for n, table in enumerate(tables) for x in (n, table._meta.db_table, numbers[table])]
    keys: dict[type[Model], list[int]] = {table: [] for table in tables}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each), asked)
        for n, key in cursor:
            keys[tables[n]].append(key)
    return {table: sorted(own) for table, own in keys.items()}
