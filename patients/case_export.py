"""A record as a case file: what stands of every fact, written so that reading the file gives the same facts again.

Each event is read back before it goes out, by the reader that an import uses; one that would come back otherwise, or be
refused, is not among the events but told under `left_out`, with why. Each event names the fact that it is a version of
(`same`): read again where it came from, it says nothing new, and elsewhere its next export does not double it. Earlier
versions stand before the one that stands; where a reader would order them otherwise, that one alone goes out, and how
often is told (`earlier_left_out`). What a case file has no place for is not in it: what was withdrawn, who confirmed a
doubtful value, what an author saw.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from patients.changes import Refused
from patients.clinical.absence import ABSENT
from patients.clinical.drug_naming import EQUAL_TO_5_MG, MILLIONTH
from patients.clinical.facts import Decision
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Reason, _, reason, say
from patients.clinical.versions import SAMPLED_AT, Version, in_standing_order
from patients.imports.case import CaseEvent
from patients.imports.case_events import READERS
from patients.imports.case_file import VERSION, EventReading
from patients.imports.fields import Object
from patients.models import FACT_TABLES, Fact, Measurement, Patient, Status, standing_row
from patients.models import Decision as DecisionRow
from patients.rows import CONTENT, can_be_read, content_of, is_date_only, table_of

Event = dict[str, Any]
NOT_IN_THE_FORMAT = frozenset({"confirmed", "shown", "month", "typed_value", "typed_unit"})
SAID_SINCE_LATER = ("code", "follows")  # of a decision: files of before have no place for them
TARGET = {"target_timing": "timing", "target_low": "low", "target_high": "high"}
NOT_THE_SAME = _("read again it would say something else")
CANNOT_BE_READ = _("the stored entry cannot be read")


@dataclass(frozen=True, slots=True)
class ExportedCase:
    """The document, how many facts are in it, and how many are not."""

    document: dict[str, Any]
    facts: int
    left_out: int

    def as_text(self) -> str:
        """The file."""
        return json.dumps(self.document, ensure_ascii=False, indent=1)


def standing_rows(patient: Patient) -> Iterator[Fact]:
    """What stands of every fact of a record, results without a value too, by the time it is about."""
    return (stands for stands, _history in _histories(patient))


def _histories(patient: Patient) -> Iterator[tuple[Fact, list[Fact]]]:
    """What stands of every fact, with all its versions, oldest first."""
    for table in FACT_TABLES.values():
        histories = defaultdict[str, list[Fact]](list)
        for row in table._default_manager.filter(patient=patient).order_by("version"):
            histories[row.identity].append(row)
        for rows in histories.values():
            if (stands := standing_row(rows)).status != Status.CANCELLED:
                yield stands, rows


def exported_case(patient: Patient, *, source: str, zone: ZoneInfo, now: datetime) -> ExportedCase:
    """The case file of a record."""
    events, left, facts, earlier_left = list[Event](), list[Event](), 0, 0
    for row, history in sorted(_histories(patient), key=lambda x: (x[0].on, x[0].KIND, x[0].pk)):
        event, why = _written(row, patient, zone, now)
        if why is not None:
            left.append({**event, "why": say(why)})
            continue
        whole = _with_earlier(history, row, patient, zone, now) if len(history) > 1 else [event]
        earlier_left += not whole
        events += whole or [event]
        facts += 1
    document: dict[str, Any] = {"format": VERSION, "source": source, "patient": _person(patient), "events": events}
    beside = {"left_out": left, "earlier_left_out": earlier_left}
    return ExportedCase({**document, **{name: x for name, x in beside.items() if x}}, facts, len(left))


def _with_earlier(history: list[Fact], stands: Fact, patient: Patient, zone: ZoneInfo, now: datetime) -> list[Event]:
    """The events of all versions; none where a reader would not find them all, or would let another one stand."""
    written = [_written(x, patient, zone, now) for x in history]
    if any(why is not None for _event, why in written):
        return []
    events = [event for event, _why in written]
    reading = EventReading(zone, now, patient.birth_date)
    for number, event in enumerate(events, start=1):
        reading.take(number, _as_object(event))
    found = [x.version for x in reading.events]
    if reading.faults or len(found) != len(history):
        return []
    last = found.index(in_standing_order(found)[-1])
    return events if history[last].pk == stands.pk else []


def _person(patient: Patient) -> dict[str, Any]:
    person = {"mrn": patient.mrn, "family_name": patient.family_name, "given_name": patient.given_name}
    kana = {name: x for name in ("family_kana", "given_kana") if (x := getattr(patient, name))}
    born = {"birth_date": patient.birth_date.isoformat()} if patient.birth_date else {}
    return {**person, **kana, "sex": patient.sex or "unknown", **born}


def _written(row: Fact, patient: Patient, zone: ZoneInfo, now: datetime) -> tuple[Event, Reason | None]:
    """The event of a row, and why it cannot be one."""
    kind, columns = row.KIND, {name: getattr(row, name) for name in CONTENT[row.KIND]}
    if not can_be_read(kind, {**columns, "on": row.on, "known": row.known}):
        return {"kind": kind, "id": row.reference}, reason(CANNOT_BE_READ)
    common = _when(row, columns, zone) | {"kind": kind, "status": row.status, "same": row.identity}
    if sender := _sender_id(row):
        common["id"] = sender
    why: Reason | None = None
    event: Event = common
    for exactly in (True, False) if isinstance(row, Measurement) else (True,):  # the words of the sender, or the value
        for content in _candidates(row, columns):
            event = common | content
            why = _changed(row, columns, _read(event, patient, zone, now), exactly=exactly)
            if why is None:
                return event, None
    return event, why


def _when(row: Fact, columns: Mapping[str, Any], zone: ZoneInfo) -> Event:
    on = row.on.astimezone(zone)
    if columns.get("month"):
        when = f"{on:%Y-%m}"
    else:
        when = on.date().isoformat() if is_date_only(row.on, zone) else on.isoformat()
    return {"on": when, **({"known": row.known.astimezone(zone).isoformat()} if row.known > row.on else {})}


def _sender_id(row: Fact) -> str:
    """What the sender calls it, where its identity says so (`case_file.named_identity`)."""
    code = getattr(row, READERS[row.KIND].code, "") if READERS[row.KIND].code else ""
    begin = f"{row.KIND}:{code or ''}:id:"
    return row.identity.removeprefix(begin).rpartition(SAMPLED_AT)[0] if row.identity.startswith(begin) else ""


def _candidates(row: Fact, columns: Mapping[str, Any]) -> Iterator[Event]:
    """How the content can be written, the likeliest first."""
    if isinstance(row, Measurement):
        yield from (_plain(columns) | x for x in _values(row))
    elif row.KIND == "treatment":
        kept_columns = {key: x for key, x in _plain(columns).items() if key not in TARGET}
        target = {key: str(columns[name]) for name, key in TARGET.items() if columns[name] not in (None, "")}
        whole = kept_columns | ({"target": target} if target else {})
        yield whole
        if columns["name"]:
            yield from _by_name(columns, whole)
    else:
        yield _plain(columns)


def _by_name(columns: Mapping[str, Any], whole: Event) -> Iterator[Event]:
    """A member of a class of drugs; a steroid that is kept as prednisolone or methylprednisolone, in its own dose."""
    event = {key: x for key, x in whole.items() if key != "name"} | {"drug": columns["name"]}
    yield event
    equal, dose = EQUAL_TO_5_MG.get(columns["name"]), columns["dose"]
    if equal is not None and dose is not None:
        kept_as = Decimal(5) if columns["drug"] == "gc" else EQUAL_TO_5_MG["methylprednisolone"]
        yield event | {"dose": _text((dose * equal / kept_as).quantize(MILLIONTH))}


def _values(row: Measurement) -> Iterator[Event]:
    if row.value is None:
        if row.typed_value in ABSENT:
            yield {"absent": row.typed_value} | ({"unit": row.typed_unit} if row.typed_unit else {})
        yield {"value": row.typed_value, **({"unit": row.typed_unit} if row.typed_unit else {})}
        yield {"value": row.typed_value, "unit": _canonical_unit(row)}
        return
    yield {"value": row.typed_value, **({"unit": row.typed_unit} if row.typed_unit else {})}
    yield {"value": f"{row.comparator}{row.value.normalize():f}", "unit": row.typed_unit or _canonical_unit(row)}
    yield {"value": f"{row.comparator}{row.value.normalize():f}", "unit": _canonical_unit(row)}


def _canonical_unit(row: Measurement) -> str:
    return MEASUREMENTS[row.code].unit


def _plain(columns: Mapping[str, Any]) -> Event:
    """The columns as keys; nothing for what is not known."""
    left = NOT_IN_THE_FORMAT | {"value", "comparator"}
    return {key: _text(x) for key, x in columns.items() if key not in left and x not in (None, "")}


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else value


def _read(event: Event, patient: Patient, zone: ZoneInfo, now: datetime) -> EventReading:
    """The event as an import reads it."""
    reading = EventReading(zone, now, patient.birth_date)
    reading.take(1, _as_object(event))
    return reading


def _as_object(event: Event) -> Object:
    return Object({key: Object(x) if isinstance(x, dict) else x for key, x in event.items()})


def _changed(row: Fact, columns: Mapping[str, Any], reading: EventReading, *, exactly: bool) -> Reason | None:
    """Why the event does not give the row again; None if it does. `exactly`: with the words in which it was told."""
    if reading.faults:
        return reading.faults[0].reason
    if not reading.events:
        return reason(NOT_THE_SAME)
    version = reading.events[0].version
    left = NOT_IN_THE_FORMAT
    left -= {"typed_value", "typed_unit"} if exactly else set()
    again = {**content_of(version.fact), **version.details}
    same = all(again[x] == columns[x] for x in CONTENT[row.KIND] if x not in left)
    known, status = max(row.known, row.on), row.status
    place = (version.fact.on, version.fact.known, version.status)
    return None if same and place == (row.on, known, status) else reason(NOT_THE_SAME)


def untold(patient: Patient, events: Iterable[CaseEvent]) -> list[Version]:
    """The versions of a case that the record does not have: one that names its fact, and says what a version of that
    fact in this record says, is its own export come back.

    Raises Refused for an event that names a fact of another test or drug.
    """
    left = list(events)
    named = {(table_of(x.version.fact), x.version.identity) for x in left if x.same}
    stored = defaultdict[tuple[Any, str], list[Fact]](list)
    for table in {table for table, _identity in named}:
        identities = [identity for of, identity in named if of is table]
        for row in table._default_manager.filter(patient=patient, identity__in=identities):
            stored[table, row.identity].append(row)
    for x in left:
        if x.same and any(_about(x.version.fact) != _about(y) for y in _rows_of(x, stored)):
            raise Refused(
                gettext("Event %(n)s names a fact of the record that is about something else.") % {"n": x.number}
            )
    return [x.version for x in left if not (x.same and any(_is_own(x.version, y) for y in _rows_of(x, stored)))]


def _rows_of(event: CaseEvent, stored: Mapping[tuple[Any, str], list[Fact]]) -> list[Fact]:
    return stored.get((table_of(event.version.fact), event.version.identity), [])


def _about(fact: Any) -> Any:
    """The test, drug or finding that it is about; the code of a decision is its reason."""
    return None if isinstance(fact, Decision | DecisionRow) else getattr(fact, "code", None)


def _is_own(version: Version, row: Fact) -> bool:
    """Is it this version of the record, as far as a case file can say it?"""
    again = {**content_of(version.fact), **version.details}
    left = NOT_IN_THE_FORMAT | {x for x in SAID_SINCE_LATER if x in again and not again["code"]}
    same = all(again[x] == getattr(row, x) for x in CONTENT[row.KIND] if x not in left)
    place = (version.fact.on, version.fact.known, version.status)
    return same and place == (row.on, max(row.known, row.on), row.status)
