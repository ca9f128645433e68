"""A record as a case file: what stands of every fact, written so that reading the file gives the same facts again.

Each event is read back before it goes out, by the reader that an import uses; one that would come back otherwise, or be
refused, is not among the events but told under `left_out`, with why. What a case file has no place for is not in it:
earlier versions, kana, who confirmed a doubtful value, what an author saw.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical.absence import ABSENT
from patients.clinical.drug_naming import EQUAL_TO_5_MG, MILLIONTH
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Reason, _, reason, say
from patients.clinical.versions import SAMPLED_AT
from patients.imports.case_events import READERS
from patients.imports.case_file import VERSION, EventReading
from patients.imports.fields import Object
from patients.models import FACT_TABLES, Fact, Measurement, Patient, Status, standing_row
from patients.rows import CONTENT, can_be_read, content_of, is_date_only

Event = dict[str, Any]
NOT_IN_THE_FORMAT = frozenset({"confirmed", "shown", "month", "typed_value", "typed_unit"})
NOT_IN_THE_FORMAT_OF = {"decision": frozenset({"code"})}
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
    for table in FACT_TABLES.values():
        histories = defaultdict[str, list[Fact]](list)
        for row in table._default_manager.filter(patient=patient).order_by("version"):
            histories[row.identity].append(row)
        yield from (x for x in map(standing_row, histories.values()) if x.status != Status.CANCELLED)


def exported_case(patient: Patient, *, source: str, zone: ZoneInfo, now: datetime) -> ExportedCase:
    """The case file of a record."""
    events, left = list[Event](), list[Event]()
    rows = sorted(standing_rows(patient), key=lambda x: (x.on, x.KIND, x.pk))
    alike = _told_more_than_once(rows)
    for row in rows:
        event, why = _written(row, patient, zone, now, named=_key(row) in alike)
        if why is None:
            events.append(event)
        else:
            left.append({**event, "why": say(why)})
    document: dict[str, Any] = {"format": VERSION, "source": source, "patient": _person(patient), "events": events}
    return ExportedCase({**document, **({"left_out": left} if left else {})}, len(events), len(left))


def _person(patient: Patient) -> dict[str, Any]:
    told = {"mrn": patient.mrn, "family_name": patient.family_name, "given_name": patient.given_name}
    born = {"birth_date": patient.birth_date.isoformat()} if patient.birth_date else {}
    return {**told, "sex": patient.sex or "unknown", **born}


def _written(row: Fact, patient: Patient, zone: ZoneInfo, now: datetime, *, named: bool) -> tuple[Event, Reason | None]:
    """The event of a row, and why it cannot be one."""
    kind, columns = row.KIND, {name: getattr(row, name) for name in CONTENT[row.KIND]}
    if not can_be_read(kind, {**columns, "on": row.on, "known": row.known}):
        return {"kind": kind, "id": row.reference}, reason(CANNOT_BE_READ)
    common = _when(row, columns, zone) | {"kind": kind, "status": row.status}
    if sender := _sender_id(row) or (row.reference if named else ""):
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
        told = f"{on:%Y-%m}"
    else:
        told = on.date().isoformat() if is_date_only(row.on, zone) else on.isoformat()
    return {"on": told, **({"known": row.known.astimezone(zone).isoformat()} if row.known > row.on else {})}


def _sender_id(row: Fact) -> str:
    """What the sender calls it, where its identity says so (`case_file.named_identity`)."""
    code = getattr(row, READERS[row.KIND].code, "") if READERS[row.KIND].code else ""
    begin = f"{row.KIND}:{code or ''}:id:"
    return row.identity.removeprefix(begin).rpartition(SAMPLED_AT)[0] if row.identity.startswith(begin) else ""


def _candidates(row: Fact, columns: Mapping[str, Any]) -> Iterator[Event]:
    """How the content can be written, the likeliest first."""
    if isinstance(row, Measurement):
        yield from (_plain(columns, "measurement") | x for x in _values(row))
    elif row.KIND == "treatment":
        told = {key: x for key, x in _plain(columns, "treatment").items() if key not in TARGET}
        target = {key: str(columns[name]) for name, key in TARGET.items() if columns[name] not in (None, "")}
        whole = told | ({"target": target} if target else {})
        yield whole
        if columns["name"]:
            yield from _by_name(columns, whole)
    else:
        yield _plain(columns, row.KIND)


def _by_name(columns: Mapping[str, Any], whole: Event) -> Iterator[Event]:
    """A member of a class of drugs; a steroid that is kept as prednisolone or methylprednisolone, in its own dose."""
    told = {key: x for key, x in whole.items() if key != "name"} | {"drug": columns["name"]}
    yield told
    equal, dose = EQUAL_TO_5_MG.get(columns["name"]), columns["dose"]
    if equal is not None and dose is not None:
        kept_as = Decimal(5) if columns["drug"] == "gc" else EQUAL_TO_5_MG["methylprednisolone"]
        yield told | {"dose": _text((dose * equal / kept_as).quantize(MILLIONTH))}


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


def _plain(columns: Mapping[str, Any], kind: str) -> Event:
    """The columns as keys; nothing for what is not known."""
    left = NOT_IN_THE_FORMAT | NOT_IN_THE_FORMAT_OF.get(kind, frozenset()) | {"value", "comparator"}
    return {key: _text(x) for key, x in columns.items() if key not in left and x not in (None, "")}


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else value


def _read(event: Event, patient: Patient, zone: ZoneInfo, now: datetime) -> EventReading:
    """The event as an import reads it."""
    reading = EventReading(zone, now, patient.birth_date)
    reading.take(1, Object({key: Object(x) if isinstance(x, dict) else x for key, x in event.items()}))
    return reading


def _changed(row: Fact, columns: Mapping[str, Any], reading: EventReading, *, exactly: bool) -> Reason | None:
    """Why the event does not give the row again; None if it does. `exactly`: with the words in which it was told."""
    if reading.faults:
        return reading.faults[0].reason
    if not reading.events:
        return reason(NOT_THE_SAME)
    version = reading.events[0].version
    left = NOT_IN_THE_FORMAT | NOT_IN_THE_FORMAT_OF.get(row.KIND, frozenset())
    left -= {"typed_value", "typed_unit"} if exactly else set()
    again = {**content_of(version.fact), **version.details}
    same = all(again[x] == columns[x] for x in CONTENT[row.KIND] if x not in left)
    known = max(row.known, row.on)
    return None if same and (version.fact.on, version.fact.known) == (row.on, known) else reason(NOT_THE_SAME)


def _key(row: Fact) -> tuple[Any, ...]:
    """What tells two facts of one moment apart when a file gives them no id."""
    reader = READERS[row.KIND]
    return (row.KIND, getattr(row, reader.code, ""), row.on, *(getattr(row, x) for x in reader.qualifiers))


def _told_more_than_once(rows: list[Fact]) -> set[tuple[Any, ...]]:
    """The keys of more than one fact: these get an id each, or one would be taken for a version of the other."""
    counted: dict[tuple[Any, ...], int] = {}
    for row in rows:
        counted[_key(row)] = counted.get(_key(row), 0) + 1
    return {key for key, n in counted.items() if n > 1}
