"""Appending versions to the record: which of the arriving versions are new, what each replaces, and how they go in.

Called inside a deed, which holds the patient's lock; nothing here commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

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
    histories = _histories(patient, given)
    writer = _Writer(patient, source, site_zone(), timezone.now(), {"recorded_by": by, "correction_reason": reason})
    ordered = _in_time(given)
    final = {_key(arrival): arrival for arrival in ordered}
    rows = [
        writer.place(histories[key], arrival)
        for arrival in ordered
        if not writer.is_old_news(histories[key := _key(arrival)], arrival, is_final=final[key] is arrival)
    ]
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

    def place(self, history: list[Fact], arrival: Arrival) -> Fact:
        """The row for an arriving version, put at the end of its history."""
        row = new_row(
            arrival,
            patient_id=self.patient.pk,
            number=len(history) + 1,
            zone=self.zone,
            known=self._known(history, arrival.version.fact),
            source=self.source,
            replaces=history[-1] if history else None,
            **self.common,
        )
        history.append(row)
        return row

    def is_old_news(self, history: list[Fact], arrival: Arrival, *, is_final: bool) -> bool:
        """Is it said already? By what stands; or by an earlier version, unless the sender goes back to it.

        A sender goes back when the last of its versions says what an earlier row of its own says. It does not when it
        tells an old version with the time at which that one became known, nor when another source (a clinician's
        correction) has overruled it since.
        """
        same = [row for row in history if says_the_same(row, arrival)]
        if not same:
            return False
        stands, fact = standing_row(history), arrival.version.fact
        if stands in same or not is_final or stands.source != self.source:
            return True
        return _says_when_known(fact) and any(row.known == fact.known for row in same)

    def _known(self, history: list[Fact], fact: f.Fact) -> datetime:
        """When the version became known. A change that does not say so became known now, never in the past:
        what was known on a day stays what was known on that day."""
        if not history:
            return fact.known
        last = standing_row(history)
        if fact.known > last.known:
            return fact.known
        if last._state.adding:  # of the same delivery, which tells its versions in their order
            return last.known
        late_arrival = fact.known < last.known and _says_when_known(fact)
        return fact.known if late_arrival else max(self.now, last.known)


def _says_when_known(fact: f.Fact) -> bool:
    """A sender that gives no other time lets a fact be known at the time it is about."""
    return fact.known > fact.on


def _key(arrival: Arrival) -> Key:
    return table_of(arrival.version.fact), arrival.version.identity


def _in_time(given: Sequence[Arrival]) -> list[Arrival]:
    """First versions in the order given; versions of one fact in the order in which they became known."""
    return sorted(given, key=lambda x: (x.version.fact.known, x.version.sequence))


def _histories(patient: Patient, given: Iterable[Arrival]) -> dict[Key, list[Fact]]:
    """The stored versions of every identity that arrives, oldest first; one query per kind."""
    histories: dict[Key, list[Fact]] = {_key(arrival): [] for arrival in given}
    for table in {table for table, _ in histories}:
        identities = [identity for owner, identity in histories if owner is table]
        for row in table._default_manager.filter(patient=patient, identity__in=identities).order_by("version"):
            histories[table, row.identity].append(row)
    return histories


def _insert(rows: Sequence[Fact]) -> None:
    """Bulk, per kind and version number, so that what is replaced is there before what replaces it."""
    for table in dict.fromkeys(type(row) for row in rows):
        own = [row for row in rows if type(row) is table]
        for number in sorted({row.version for row in own}):
            table._default_manager.bulk_create([row for row in own if row.version == number])
