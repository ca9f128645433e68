"""The case file (`ildcare-case/1`): one patient's course as JSON, to facts or to the list of all its faults. Pure.

A result is recognised by the sender's `id`; without one by its kind, code, time and qualifiers and its place among the
events of the file that share them, so that two results of one moment are both kept. A correction or cancellation
without an `id`, and a final result after a preliminary one, is the next version of the last such event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from patients.clinical import facts as f
from patients.clinical.reasons import _, reason
from patients.clinical.snapshot import Settings, Snapshot, freeze
from patients.clinical.versions import Version, standing
from patients.imports.case_events import CANCELLED, READERS, STATUSES, Reader
from patients.imports.document import Object, read
from patients.imports.faults import CaseFaults, Fault
from patients.imports.fields import Fields
from patients.imports.identities import Places
from patients.imports.moments import Moment

FORMAT = "ildcare-case/1"
SITE_ZONE = "Asia/Tokyo"
MEASURED = "measurement"
SEXES = ("female", "male", "unknown")
LONGEST_MRN, LONGEST_NAME, LONGEST_ID = 40, 100, 100

__all__ = ["FORMAT", "Case", "CaseFaults", "CasePatient", "Entry", "Fault", "parse", "snapshot_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePatient:
    """The person of a case file."""

    mrn: str
    family_name: str = ""
    given_name: str = ""
    sex: str = "unknown"
    birth_date: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, counted from 1, as a version of a fact."""

    number: int
    version: Version


class Span(NamedTuple):
    """A fact and when it stood: from the moment its version was known, until (exclusive) the next one was."""

    fact: f.Fact
    start: datetime
    end: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Did it stand at this moment?"""
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True)
class Case:
    """A case file without fault. `warnings` is what was accepted but should be looked at."""

    patient: CasePatient
    source: str
    entries: tuple[Entry, ...]
    warnings: tuple[Fault, ...] = ()
    zone: str = SITE_ZONE

    @cached_property
    def versions(self) -> tuple[Version, ...]:
        """The versions of all events, in the order of the file."""
        return tuple(entry.version for entry in self.entries)

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Every fact with the time during which it stood, worked out once for all snapshots of the case."""
        histories: dict[str, list[Version]] = {}
        for version in self.versions:
            histories.setdefault(version.identity, []).append(version)
        return tuple(span for history in histories.values() for span in _spans(history))


def parse(document: str | bytes, *, zone: str = SITE_ZONE, now: datetime) -> Case:
    """The case that a document tells, read at `now` by a site in `zone`. Raises CaseFaults with every fault."""
    return _Reading(read(document), ZoneInfo(zone), now).case()


def snapshot_of(case: Case, as_of: datetime, known_at: datetime, settings: Settings | None = None) -> Snapshot:
    """What was known of the case at `known_at` about times up to `as_of`."""
    return freeze(
        (span.fact for span in case.spans if span.covers(known_at)),
        as_of=as_of,
        known_at=known_at,
        zone=case.zone,
        sex=case.patient.sex,
        birth_date=case.patient.birth_date,
        settings=settings,
    )


def _spans(history: list[Version]) -> Iterator[Span]:
    moments = sorted({version.fact.known for version in history})
    for start, end in zip(moments, [*moments[1:], None], strict=True):
        yield from (Span(fact, start, end) for fact in standing(history, start))


class _Reading:
    """One pass over a document, collecting entries, faults and warnings."""

    def __init__(self, document: Object, zone: ZoneInfo, now: datetime) -> None:
        self.document, self.zone, self.now = document, zone, now
        self.faults: list[Fault] = []
        self.warnings: list[Fault] = []
        self.entries: list[Entry] = []
        self.places = Places()

    def case(self) -> Case:
        top = Fields(self.document, None, self.zone, self.now)
        self._check_format(top)
        source = top.text("source") or ""
        patient = self._patient(top)
        self._events(top)
        if self.faults:
            raise CaseFaults(self.faults)
        return Case(patient, source, tuple(self.entries), tuple(self.warnings), str(self.zone))

    def _close(self, given: Fields) -> None:
        given.finish()
        self.faults += given.faults
        self.warnings += given.warnings

    def _check_format(self, top: Fields) -> None:
        name = top.text("format", required=True)
        if name is not None and name != FORMAT:
            top.fault(_('the format is "%(name)s"; only "%(format)s" is read'), name=name[:40], format=FORMAT)

    def _patient(self, top: Fields) -> CasePatient:
        given = top.part("patient")
        if not isinstance(given, Object):
            top.fault(_('"patient" is missing') if given is None else _('"patient" must be an object'))
            return CasePatient(mrn="")
        person = Fields(given, None, self.zone, self.now)
        patient = CasePatient(
            mrn=person.text("mrn", required=True, longest=LONGEST_MRN) or "",
            family_name=person.text("family_name", longest=LONGEST_NAME) or "",
            given_name=person.text("given_name", longest=LONGEST_NAME) or "",
            sex=person.choice("sex", SEXES) or "unknown",
            birth_date=person.day("birth_date"),
        )
        self._close(person)
        return patient

    def _events(self, top: Fields) -> None:
        given = top.part("events")
        if not isinstance(given, list):
            top.fault(_('"events" is missing') if given is None else _('"events" must be a list'))
            given = []
        self._close(top)
        for number, event in enumerate(given, start=1):
            if isinstance(event, Object):
                self._event(Fields(event, number, self.zone, self.now))
            else:
                self.faults.append(Fault(number, reason(_("an event must be an object"))))

    def _event(self, event: Fields) -> None:
        kind = event.choice("kind", READERS, required=True)
        on, known = _times(event)
        status = event.choice("status", STATUSES) or "final"
        sender_id = event.text("id", longest=LONGEST_ID)
        if kind and on and known and status == CANCELLED and self._withdraw(event, kind, on, known, sender_id):
            return
        content = READERS[kind].read(event, on.day if on else date.max) if kind else {}
        if kind:
            event.finish()
        self.faults += event.faults
        self.warnings += event.warnings
        if kind and on and known and not event.faults:
            fact = _fact(READERS[kind], _name(event), on, known, content, status)
            self._place(event, kind, fact, status, sender_id)

    def _withdraw(self, event: Fields, kind: str, on: Moment, known: Moment, sender_id: str | None) -> bool:
        """A cancellation that does not repeat the content: it withdraws what the file told before. False if it does."""
        if not _tells_nothing(event, READERS[kind], kind):
            return False
        earlier = self.places.told_before(kind, event.given.get(READERS[kind].code), sender_id, on)
        if earlier is None:
            return False
        fact = replace(earlier.fact, id=_name(event), known=known.at, known_day=known.day, first_known=known.at)
        self.faults += event.faults
        self.entries.append(Entry(event.event or 0, self.places.withdrawal(earlier, fact)))
        return True

    def _place(self, event: Fields, kind: str, fact: f.Fact, status: str, sender_id: str | None) -> None:
        version = self.places.version_of(
            kind, fact, status, sender_id, known_given=event.given.get("known") is not None
        )
        if version is None:
            self.warnings.append(Fault(event.event, reason(_("says nothing new of its result"))))
        else:
            self.entries.append(Entry(event.event or 0, version))


def _name(event: Fields) -> str:
    """The id of a version in a snapshot: the event it is from, so that facts of one moment keep the file's order."""
    return f"event:{event.event or 0:06d}"


def _tells_nothing(event: Fields, reader: Reader, kind: str) -> bool:
    told = {key for key, value in event.given.items() if value is not None}
    return not told - {"on", "known", "kind", "status", "id", reader.code} or (kind == MEASURED and "value" not in told)


def _times(event: Fields) -> tuple[Moment | None, Moment | None]:
    """Time about and time known; a date alone for the latter, on the day of the former, is not before it."""
    on, known = event.moment("on", required=True), event.moment("known")
    if on is None or known is None:
        return on, on if event.given.get("known") is None else None
    if known.date_only and known.day == on.day:
        return on, on
    if known.at < on.at:
        event.fault(_('"known" is before "on"'))
    return on, known


def _fact(reader: Reader, name: str, on: Moment, known: Moment, content: dict[str, Any], status: str) -> f.Fact:
    if reader.fact is f.Measurement:
        content = {**content, "status": "final" if status == CANCELLED else status}
    return reader.fact(
        id=name, on=on.at, known=known.at, day=on.day, known_day=known.day, first_known=known.at, **content
    )
