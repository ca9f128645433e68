"""Between the stored rows and the frozen facts: one mapping, used by reading and by writing.

Columns carry the names of the dataclass fields; two of a measurement differ (`quantity` is value and comparator,
`typed` is value and unit as reported). An empty text column and None are the same: unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, time
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from patients.clinical import facts as f
from patients.clinical.quantities import Quantity
from patients.clinical.versions import Version
from patients.models import FACT_TABLES, Fact, Status

TYPED = re.compile(r"([<>]?\s?\S+) (.+)")  # value, with a comparator perhaps apart from it, and unit
BASE_FIELDS = frozenset(x.name for x in fields(f.Fact))
MEASUREMENT_COLUMNS = (
    "code",
    "value",
    "comparator",
    "fio2",
    "route",
    "timing",
    "hours_since_dose",
    "kit",
    "typed_value",
    "typed_unit",
)


def _columns(kind: str) -> tuple[str, ...]:
    if kind == "measurement":
        return MEASUREMENT_COLUMNS
    return tuple(x.name for x in fields(f.CLASS_OF[kind]) if x.name not in BASE_FIELDS)


# what a version says, apart from when: the columns in which a correction can differ
CONTENT: dict[str, tuple[str, ...]] = {kind: _columns(kind) for kind in f.KINDS}
# columns where the dataclass says None for unknown and the table says ''
OPTIONAL_TEXT = {
    kind: frozenset(
        x.name for x in fields(cls) if x.default is None and "str" in str(x.type) and x.name not in BASE_FIELDS
    )
    for kind, cls in f.CLASS_OF.items()
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A version as a sender delivered it, with what only storage keeps: columns such as `order_id`, `specimen_id`,
    `resulted_at`, `sender_id`, `typed_value`; they override what the fact says."""

    version: Version
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """One row as read for a snapshot."""

    kind: str
    id: int
    identity: str
    version: int
    on: datetime
    known: datetime
    status: str
    content: Mapping[str, Any]


def fresh_identity(source: str) -> str:
    """A new identity for a fact that no sender has named, e.g. one typed into a form."""
    return f"{source}:{uuid4().hex}"


def reference(kind: str, pk: int) -> str:
    """The id of a version in a Snapshot; see `Fact.reference`."""
    return f"{kind}:{pk:010d}"


def version_of(row: Stored, zone: ZoneInfo) -> Version:
    """The pure version of a stored row. A result without a number counts as withdrawn: there is nothing to compute."""
    silent = row.kind == "measurement" and row.content["value"] is None
    common: dict[str, Any] = {
        "id": reference(row.kind, row.id),
        "on": row.on,
        "known": row.known,
        "day": row.on.astimezone(zone).date(),
        "known_day": row.known.astimezone(zone).date(),
        "first_known": row.known,
    }
    fact = f.Fact(**common) if silent else f.CLASS_OF[row.kind](**common, **CONTENT_READERS[row.kind](row))
    cancelled = silent or row.status == Status.CANCELLED
    return Version(identity=f"{row.kind}/{row.identity}", fact=fact, cancelled=cancelled, sequence=row.version)


def _read_plain(row: Stored) -> dict[str, Any]:
    optional = OPTIONAL_TEXT[row.kind]
    return {name: None if value == "" and name in optional else value for name, value in row.content.items()}


def _read_measurement(row: Stored) -> dict[str, Any]:
    content = row.content
    return {
        "code": content["code"],
        "quantity": Quantity(content["value"], content["comparator"]),
        "fio2": content["fio2"],
        "route": content["route"] or None,
        "timing": content["timing"] or None,
        "hours_since_dose": content["hours_since_dose"],
        "kit": content["kit"] or None,
        "status": row.status,
        "typed": f"{content['typed_value']} {content['typed_unit']}".strip(),
    }


CONTENT_READERS: dict[str, Callable[[Stored], dict[str, Any]]] = {
    kind: _read_measurement if kind == "measurement" else _read_plain for kind in f.KINDS
}


def content_of(fact: f.Fact) -> dict[str, Any]:
    """The content columns of a pure fact."""
    if isinstance(fact, f.Measurement):
        return _write_measurement(fact)
    kind = f.KIND_OF[type(fact)]
    optional = OPTIONAL_TEXT[kind]
    values = ((name, getattr(fact, name)) for name in CONTENT[kind])
    return {name: "" if value is None and name in optional else value for name, value in values}


def _write_measurement(fact: f.Measurement) -> dict[str, Any]:
    typed = TYPED.fullmatch(fact.typed)
    typed_value, typed_unit = typed.groups() if typed else (fact.typed, "")
    return {
        "code": fact.code,
        "value": fact.quantity.value,
        "comparator": fact.quantity.comparator,
        "fio2": fact.fio2,
        "route": fact.route or "",
        "timing": fact.timing or "",
        "hours_since_dose": fact.hours_since_dose,
        "kit": fact.kit or "",
        "typed_value": typed_value,
        "typed_unit": typed_unit,
    }


def content_of_row(row: Fact) -> dict[str, Any]:
    """The content columns of a stored row."""
    return {name: getattr(row, name) for name in CONTENT[row.KIND]}


def carried_over(row: Fact) -> tuple[str, ...]:
    """Columns that the next version of a row takes over unless it changes them."""
    more = ("order_id", "specimen_id", "resulted_at") if row.KIND == "measurement" else ()
    return ("patient_id", "identity", "on", "sender_id", *CONTENT[row.KIND], *more)


def table_of(fact: f.Fact) -> type[Fact]:
    """Where a pure fact is stored."""
    return FACT_TABLES[f.KIND_OF[type(fact)]]


def is_date_only(on: datetime, zone: ZoneInfo) -> bool:
    """A date without a time is kept as midnight at the site and shown without a clock."""
    return on.astimezone(zone).time() == time()


def status_of(version: Version, number: int) -> str:
    """Status of the row: as the sender says for a measurement; otherwise corrected from the second version on."""
    if version.cancelled:
        return Status.CANCELLED
    if isinstance(version.fact, f.Measurement):
        return version.fact.status
    return Status.FINAL if number == 1 else Status.CORRECTED


def new_row(arrival: Arrival, *, patient_id: int, number: int, zone: ZoneInfo, known: datetime, **more: Any) -> Fact:
    """An unsaved row for a version; `number` is its place among the versions of its identity, from 1."""
    version = arrival.version
    columns = {
        **content_of(version.fact),
        "patient_id": patient_id,
        "identity": version.identity,
        "version": number,
        "on": version.fact.on,
        "on_is_date": is_date_only(version.fact.on, zone),
        "known": known,
        "status": status_of(version, number),
        **more,
        **arrival.details,
    }
    return table_of(version.fact)(**columns)


def says_the_same(row: Fact, arrival: Arrival) -> bool:
    """Does the stored row say what the arriving version says (when it became known apart)?"""
    version = arrival.version
    if row.on != version.fact.on or (row.status == Status.CANCELLED) != version.cancelled:
        return False
    if isinstance(version.fact, f.Measurement) and not version.cancelled and row.status != version.fact.status:
        return False
    wanted = {**content_of(version.fact), **{k: v for k, v in arrival.details.items() if k in CONTENT[row.KIND]}}
    return content_of_row(row) == wanted


def arrivals(given: Sequence[Version | Arrival]) -> list[Arrival]:
    """Versions and arrivals alike, in the order given."""
    return [x if isinstance(x, Arrival) else Arrival(x) for x in given]
