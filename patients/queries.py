"""What is known: snapshots for one or many patients, latest values, histories. A constant number of queries each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from patients.clinical.quantities import Quantity, minus
from patients.clinical.snapshot import Snapshot, freeze
from patients.clinical.truth import Truth
from patients.clinical.versions import Version, standing
from patients.models import FACT_TABLES, Admission, Fact, FactQuerySet, Measurement, Patient, SiteSettings, Status
from patients.names import Name, similar
from patients.rows import CONTENT, Stored, version_of

COMMON_COLUMNS = ("patient_id", "id", "identity", "version", "on", "known", "status")


def site_zone() -> ZoneInfo:
    """The time zone in which the site counts days."""
    return ZoneInfo(SiteSettings.load().time_zone)


def take_snapshot(patient: Patient, as_of: datetime, known_at: datetime) -> Snapshot:
    """Everything known of the patient at `known_at` about times up to `as_of`, frozen."""
    return take_snapshots([patient.pk], as_of, known_at)[patient.pk]


def take_snapshots(patient_ids: Iterable[int], as_of: datetime, known_at: datetime) -> dict[int, Snapshot]:
    """Snapshots by patient id, in three queries whatever their number. Unknown ids are left out."""
    site = SiteSettings.load()
    people = {
        pk: (sex, born)
        for pk, sex, born in Patient.objects.filter(pk__in=list(patient_ids)).values_list("pk", "sex", "birth_date")
    }
    versions = versions_of(people, known_at, ZoneInfo(site.time_zone))
    return {pk: _frozen(site, versions.get(pk, ()), as_of, known_at, sex, born) for pk, (sex, born) in people.items()}


def snapshot_with_versions(patient: Patient, moment: datetime) -> tuple[Snapshot, list[Version]]:
    """The snapshot of a moment and every version known by then, read once, in two queries."""
    site = SiteSettings.load()
    versions = versions_of([patient.pk], moment, ZoneInfo(site.time_zone)).get(patient.pk, [])
    return _frozen(site, versions, moment, moment, patient.sex, patient.birth_date), versions


def _frozen(
    site: SiteSettings, versions: Iterable[Version], as_of: datetime, known_at: datetime, sex: str, born: date | None
) -> Snapshot:
    return freeze(
        standing(versions, known_at),
        as_of=as_of,
        known_at=known_at,
        zone=site.time_zone,
        sex=sex,
        birth_date=born,
        settings=site.as_clinical(),
    )


def versions_of(patient_ids: Iterable[int], known_at: datetime, zone: ZoneInfo) -> dict[int, list[Version]]:
    """Every version known by `known_at`, by patient id, in one query."""
    found: dict[int, list[Version]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_every_version(), {"patients": list(patient_ids), "known_at": known_at})
        for patient_id, row in _stored(cursor):
            found.setdefault(patient_id, []).append(version_of(row, zone))
    return found


def _stored(cursor: Any) -> Iterator[tuple[int, Stored]]:
    places = _places()
    start = len(COMMON_COLUMNS) + 1
    for row in cursor:
        kind, patient_id, pk, identity, version, on, known, status = row[:start]
        content = {name: row[place] for name, place in places[kind]}
        yield patient_id, Stored(kind, pk, identity, version, on, known, status, content)


@cache
def _content_columns() -> dict[str, str]:
    """Every content column of any kind with its SQL type: the columns of the union."""
    columns: dict[str, str] = {}
    for kind, table in FACT_TABLES.items():
        for name in CONTENT[kind]:
            column = table._meta.get_field(name)
            columns[name] = (column.db_type(connection) or "text").partition("(")[0]
    return columns


@cache
def _places() -> dict[str, list[tuple[str, int]]]:
    start = len(COMMON_COLUMNS) + 1
    names = list(_content_columns())
    return {kind: [(name, start + names.index(name)) for name in CONTENT[kind]] for kind in FACT_TABLES}


@cache
def _every_version() -> str:
    """One statement over all fact tables. Names come from the models, values are parameters."""
    return "\nUNION ALL\n".join(_versions_in(kind, table) for kind, table in FACT_TABLES.items())


def _versions_in(kind: str, table: type[Fact]) -> str:
    own = set(CONTENT[kind])
    content = [f'"{name}"' if name in own else f"NULL::{sql_type}" for name, sql_type in _content_columns().items()]
    columns = ", ".join([f"'{kind}'", *(f'"{name}"' for name in COMMON_COLUMNS), *content])
    return (
        f'SELECT {columns} FROM "{table._meta.db_table}"'  # noqa: S608 - no user input, only names of our own tables
        " WHERE patient_id = ANY(%(patients)s) AND known <= %(known_at)s"
    )


def find_version(reference: str, patient: Patient) -> Fact | None:
    """The stored row of a Snapshot's fact id ("measurement:0000000123"), if it is this patient's."""
    kind, _, number = reference.partition(":")
    table = FACT_TABLES.get(kind)
    if table is None or not number.isdecimal():
        return None
    rows: FactQuerySet = table._default_manager.filter(patient=patient)
    return rows.filter(pk=int(number)).select_related("recorded_by").first()


def history(row: Fact) -> list[Fact]:
    """All versions of the fact that this row is a version of, oldest first."""
    same = type(row)._default_manager.filter(patient_id=row.patient_id, identity=row.identity)
    return list(same.order_by("version").select_related("recorded_by"))


def text_results(patient: Patient, at: datetime | None = None) -> list[Measurement]:
    """Standing results that are no numbers ("haemolysed"): shown beside the numbers, never computed with.

    `at`: those that stood at that moment, whatever came later.
    """
    if at is None:
        return list(Measurement.objects.filter(patient=patient, value=None).standing().order_by("on", "id"))
    rows = Measurement.objects.filter(patient=patient, known__lte=at, on__lte=at).order_by("known", "version")
    wordy = Measurement.objects.filter(patient=patient, value=None).values("identity")
    last = {row.identity: row for row in rows.filter(identity__in=wordy)}
    stood = [x for x in last.values() if x.value is None and x.status != Status.CANCELLED]
    return sorted(stood, key=lambda x: (x.on, x.pk))


@dataclass(frozen=True, slots=True)
class LatestValue:
    """The last standing value of a measurement and, where it can be compared, the one before."""

    code: str
    quantity: Quantity
    on: datetime
    status: str
    previous: Quantity | None = None
    previous_on: datetime | None = None

    @property
    def direction(self) -> str:
        """up, down, same, unclear (censored values), or "" without a comparable value before."""
        if self.previous is None:
            return ""
        if self.quantity == self.previous and not self.quantity.censored:
            return "same"
        difference = minus(self.quantity, self.previous)
        if difference.above(Decimal(0)) is Truth.YES:
            return "up"
        return "down" if difference.below(Decimal(0)) is Truth.YES else "unclear"


# the last two standing numeric values of each code; comparable are values of the same route, timing, FiO2 and kit
LATEST_TWO = """
SELECT patient.id, code.code, found.* FROM unnest(%s::bigint[]) AS patient (id)
CROSS JOIN unnest(%s::text[]) AS code (code)
CROSS JOIN LATERAL (
    SELECT value, comparator, "on", status, ROW(route, timing, fio2, kit)::text AS conditions
    FROM patients_measurement AS this
    WHERE patient_id = patient.id AND this.code = code.code AND value IS NOT NULL AND status <> 'cancelled'
        AND NOT EXISTS (
            SELECT FROM patients_measurement AS newer
            WHERE newer.patient_id = this.patient_id AND newer.identity = this.identity
                AND (newer.known, newer.version) > (this.known, this.version)
        )
    ORDER BY "on" DESC, known DESC, id DESC LIMIT 2
) AS found
ORDER BY patient.id, code.code, found."on" DESC
"""


def latest_values(patient_ids: Iterable[int], codes: Sequence[str]) -> dict[int, dict[str, LatestValue]]:
    """The last value of each measurement code by patient id, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(LATEST_TWO, [list(patient_ids), list(codes)])
        pairs: defaultdict[tuple[int, str], list[Any]] = defaultdict(list)
        for patient_id, code, *row in cursor:
            pairs[patient_id, code].append(row)
    latest: dict[int, dict[str, LatestValue]] = {}
    for (patient_id, code), rows in pairs.items():
        latest.setdefault(patient_id, {})[code] = _latest(code, rows)
    return latest


def _latest(code: str, rows: list[Any]) -> LatestValue:
    value, comparator, on, status, conditions = rows[0]
    last = LatestValue(code, Quantity(value, comparator), on, status)
    if len(rows) == 1 or rows[1][4] != conditions:
        return last
    return replace(last, previous=Quantity(rows[1][0], rows[1][1]), previous_on=rows[1][2])


def look_alikes(patients: Iterable[Patient]) -> dict[int, list[Patient]]:
    """By patient id, the others on the same wards whose names could be taken for each other. One query."""
    asked = {patient.pk: patient for patient in patients}
    wards = Admission.objects.filter(patient__in=list(asked), discharged_at=None).values("ward")
    beside = Patient.objects.filter(admissions__ward__in=wards, admissions__discharged_at=None)
    everybody = [(x, _name(x)) for x in {**asked, **{x.pk: x for x in beside}}.values()]
    found = {
        pk: [other for other, name in everybody if other.pk != pk and similar(_name(patient), name)]
        for pk, patient in asked.items()
    }
    return {pk: others for pk, others in found.items() if others}


def _name(patient: Patient) -> Name:
    return Name.of(patient.family_name, patient.given_name, patient.family_kana, patient.given_kana, patient.birth_date)
