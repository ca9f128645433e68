"""Between the stored rows and the frozen facts: one mapping, used by reading and by writing. `patients.reading` reads
thousands of rows the same way.

Columns carry the names of the dataclass fields; two of a measurement differ (`quantity` is value and comparator,
`typed` is value and unit as reported). An empty text column and None are the same: unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import connection, models

from patients.clinical import facts as f
from patients.clinical.antibodies import ANSWERS, ANTIBODIES
from patients.clinical.bounds import FIRST_MOMENT, storable_day, storable_moment
from patients.clinical.diagnoses import DIAGNOSES
from patients.clinical.drugs import DRUGS, INDICATIONS, ROUTES, TIMINGS
from patients.clinical.findings import (
    DECIDED_COURSES,
    DEVICES,
    FINDING_CHANGES,
    FINDINGS,
    IMPROVEMENTS,
    OVERRIDE_REASONS,
    PROPHYLAXIS_INSTEAD,
    STEPS,
    SUPPORT_LEVELS,
)
from patients.clinical.hrct_terms import CONSOLIDATIONS, HISTOLOGY_PATTERNS, HRCT_CHANGES, HRCT_PATTERNS
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import Quantity
from patients.clinical.stays import CAUSES_OF_DEATH, DESTINATIONS, OUTCOMES
from patients.clinical.versions import Version
from patients.clinical.wall_clock import start_of_day
from patients.models import FACT_TABLES, ExactNumericField, Fact, Status

TYPED = re.compile(r"([<>]?=?\s?\S+) (.+)")  # value, with a comparator perhaps apart from it, and unit
READ = (
    "id",
    "identity",
    "version",
    "on",
    "known",
    "status",
    "placed",
)  # columns of every kind that a version is made of
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
    "flow",
    "device",
    "name",
    "confirmed",
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


PLACED = FIRST_MOMENT + timedelta(days=2)  # where an entry stands whose own times cannot be read
CODES: dict[str, Mapping[str, Any]] = {  # what a coded column must hold, by "kind.column"; "" says nothing
    "measurement.code": MEASUREMENTS,
    "measurement.route": ROUTES,
    "measurement.timing": TIMINGS,
    "measurement.device": DEVICES,
    "antibody.code": ANTIBODIES,
    "antibody.result": ANSWERS,
    "diagnosis.myositis": DIAGNOSES,
    "finding.code": FINDINGS,
    "finding.change": FINDING_CHANGES,
    "treatment.drug": DRUGS,
    "treatment.route": ROUTES,
    "treatment.indication": INDICATIONS,
    "treatment.target_timing": TIMINGS,
    "hrct.consolidation": CONSOLIDATIONS,
    "hrct.pattern": HRCT_PATTERNS,
    "hrct.change": HRCT_CHANGES,
    "histology.pattern": HISTOLOGY_PATTERNS,
    "support.level": SUPPORT_LEVELS,
    "support.device": DEVICES,
    "judgement.improvement": IMPROVEMENTS,
    "decision.step": STEPS,
    "decision.course": DECIDED_COURSES,
    "decision.code": OVERRIDE_REASONS,
    "decision.prophylaxis_instead": PROPHYLAXIS_INSTEAD,
    "discharge.to": DESTINATIONS,
    "outcome.what": OUTCOMES,
    "outcome.cause": CAUSES_OF_DEATH,
}


def _columns_of_type(kind: str, *types: type) -> tuple[str, ...]:
    columns = FACT_TABLES[kind]._meta.concrete_fields
    return tuple(x.name for x in columns if x.name in CONTENT[kind] and isinstance(x, types))


# of every kind, the columns that can hold what cannot be read
MOMENTS_OF = {kind: _columns_of_type(kind, models.DateTimeField) for kind in f.KINDS}
DAYS_OF = {kind: [x for x in _columns_of_type(kind, models.DateField) if x not in MOMENTS_OF[kind]] for kind in f.KINDS}
NUMBERS_OF = {kind: _columns_of_type(kind, ExactNumericField) for kind in f.KINDS}
CODES_OF = {kind: [(x, CODES[f"{kind}.{x}"]) for x in CONTENT[kind] if f"{kind}.{x}" in CODES] for kind in f.KINDS}


def can_be_read(kind: str, row: Mapping[str, Any]) -> bool:
    """Can the facts of this kind be read from the row: times within the bounds, numbers that are numbers, codes that
    the catalogues have? The tables refuse the rest today; rows from before, and of an older catalogue, may hold it."""
    if not (storable_moment(row["on"]) and storable_moment(row["known"])):
        return False
    if any(row[x] is not None and not storable_day(row[x]) for x in DAYS_OF[kind]):
        return False
    if any(row[x] is not None and not storable_moment(row[x]) for x in MOMENTS_OF[kind]):
        return False
    if any(row[x] is not None and not row[x].is_finite() for x in NUMBERS_OF[kind]):
        return False
    return all(not row[x] or row[x] in known for x, known in CODES_OF[kind])


def readable_columns(kind: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """What a next version takes over of a row: where a column cannot be read, nothing stands in its place."""
    kept = dict(columns)
    if not storable_moment(kept["on"]):
        kept["on"] = PLACED
    for name in DAYS_OF[kind]:
        if kept[name] is not None and not storable_day(kept[name]):
            kept[name] = None
    for name in MOMENTS_OF[kind]:
        if kept[name] is not None and not storable_moment(kept[name]):
            kept[name] = None
    lost = [x for x in NUMBERS_OF[kind] if kept[x] is not None and not kept[x].is_finite()]
    kept.update(dict.fromkeys(lost))
    if "value" in lost:
        kept |= {"comparator": "", "typed_value": kept["typed_value"] or "?"}
    if any(x.startswith("target_") for x in lost):
        kept |= {"target_low": None, "target_high": None}
    return kept


def fresh_identity(source: str) -> str:
    """A new identity for a fact that no sender has named, e.g. one typed into a form."""
    return f"{source}:{uuid4().hex}"


def reference(kind: str, pk: int) -> str:
    """The id of a version in a Snapshot; see `Fact.reference`."""
    return f"{kind}:{str(pk).zfill(10)}"


def version_of(kind: str, row: Mapping[str, Any], zone: ZoneInfo) -> Version:
    """The pure version of a stored row, given as its `READ` columns by name.

    A result without a number counts as withdrawn: there is nothing to compute. A row that cannot be read is a version
    too: it stands in its place, and costs nothing but itself.
    """
    silent = kind == "measurement" and row["value"] is None
    readable = can_be_read(kind, row)
    known = row["known"] if storable_moment(row["known"]) else PLACED
    on = row["on"] if storable_moment(row["on"]) else known
    common: dict[str, Any] = {
        "id": reference(kind, row["id"]),
        "on": on,
        "known": known,
        "day": on.astimezone(zone).date(),
        "known_day": known.astimezone(zone).date(),
        "first_known": known,
    }
    cancelled = (silent and readable) or row["status"] == Status.CANCELLED
    fact: f.Fact
    if not readable:
        fact = f.Unreadable(**common, kind=kind)
    else:
        without = {"code": row["code"], "why": row["typed_value"]} if silent else {}
        fact = f.WithoutValue(**common, **without) if silent else f.CLASS_OF[kind](**common, **_content_read(kind, row))
    return Version(
        identity=f"{kind}/{row['identity']}",
        fact=fact,
        cancelled=cancelled,
        sequence=row["version"],
        status_sent=row["status"],
        placed=row["placed"],
    )


def version_of_row(row: Fact, zone: ZoneInfo) -> Version:
    """The pure version of one stored row."""
    return version_of(row.KIND, {name: getattr(row, name) for name in (*READ, *CONTENT[row.KIND])}, zone)


def _content_read(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "measurement":
        return _read_measurement(row)
    optional = OPTIONAL_TEXT[kind]
    values = ((name, row[name]) for name in CONTENT[kind])
    return {name: None if value == "" and name in optional else value for name, value in values}


def _read_measurement(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": row["code"],
        "quantity": Quantity(row["value"], row["comparator"]),
        "fio2": row["fio2"],
        "route": row["route"] or None,
        "timing": row["timing"] or None,
        "hours_since_dose": row["hours_since_dose"],
        "kit": row["kit"] or None,
        "status": row["status"],
        "typed": f"{row['typed_value']} {row['typed_unit']}".strip(),
        "flow": row["flow"],
        "device": row["device"] or None,
        "name": row["name"] or None,
        "confirmed": row["confirmed"],
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
        "flow": fact.flow,
        "device": fact.device or "",
        "name": fact.name or "",
        "confirmed": fact.confirmed,
    }


def content_of_row(row: Fact | Draft) -> dict[str, Any]:
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
    """A date without a time is kept as the start of its day at the site and shown without a clock."""
    return on.astimezone(UTC) == start_of_day(on.astimezone(zone).date(), zone).astimezone(UTC)


def status_of(version: Version, number: int) -> str:
    """Status of the row: as the sender says; where it does not, corrected from the second version on."""
    if version.cancelled:
        return Status.CANCELLED
    if version.status_sent or isinstance(version.fact, f.Measurement):
        return version.status
    return Status.FINAL if number == 1 else Status.CORRECTED


@dataclass(slots=True, eq=False)
class Draft:
    """A row of a table of facts before it is stored, and without what the mapper asks for one: its columns by name.

    `pk`: its key, once it has one; `replaces`: the row or draft before it.
    """

    table: type[Fact]
    columns: dict[str, Any]
    replaces: Fact | Draft | None = None
    pk: int = 0

    def __getattr__(self, name: str) -> Any:
        """A column, as a row has it."""
        if name == "columns" or name not in self.columns:
            raise AttributeError(name)
        return self.columns[name]

    @property
    def KIND(self) -> str:  # noqa: N802 - as rows have it
        """The kind of fact."""
        return self.table.KIND

    @property
    def place(self) -> datetime:
        """As of a row."""
        place: datetime = self.columns["placed"] or self.columns["known"]
        return place

    def stored(self) -> Fact:
        """The row that it became."""
        row: Fact = self.table(**self.columns)
        row.pk = self.pk
        if self.replaces is not None:
            row.replaces_id = self.replaces.pk  # type: ignore[attr-defined]  # the stubs do not know it
        row._state.adding, row._state.db = False, connection.alias
        return row


def draft_of(version: Version, *, patient_id: int, number: int, known: datetime, **more: Any) -> Draft:
    """What a version says as a row; `number` is its place among the versions of its identity, from 1."""
    columns = {
        **content_of(version.fact),
        "patient_id": patient_id,
        "identity": version.identity,
        "version": number,
        "on": version.fact.on,
        "known": known,
        "status": str(status_of(version, number)),
        **more,
        **version.details,
    }
    return Draft(table_of(version.fact), columns)


def says_the_same(row: Fact | Draft, version: Version) -> bool:
    """Does the stored row say what the arriving version says (when it became known apart)?"""
    if row.on != version.fact.on or (row.status == Status.CANCELLED) != version.cancelled:
        return False
    if version.cancelled:  # whatever value it repeats
        return True
    told = version.status_sent or isinstance(version.fact, f.Measurement)
    if told and row.status != version.status:
        return False
    wanted = {**content_of(version.fact), **{k: v for k, v in version.details.items() if k in CONTENT[row.KIND]}}
    return content_of_row(row) == wanted
