"""Everybody else: patients with the courses of `courses`, copied into the tables by the database's fastest way in.

Nobody opens their pages; they are there so that tables and indexes have the size of a hospital's, and to be evaluated.
The audit of single rows is off while they are copied and on again before anything is measured: these rows are nobody's
changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.courses import Drawn, Result, drawn, moment
from patients.actions import fold_anew
from patients.clinical.wall_clock import start_of_day
from patients.models import FACT_TABLES, Fact, Measurement
from patients.queries import site_zone

AUDITED = (
    *("patients_ward", "patients_patient", "patients_admission"),
    *(table._meta.db_table for table in FACT_TABLES.values()),
    *("monitoring_alert", "monitoring_alertevent", "algorithm_assessment"),
)
SOURCE = "background"
AT_ONCE = 2_000  # patients in one COPY of each table
WARDS = """
INSERT INTO patients_ward (code, name, name_ja)
SELECT 'other-' || n, 'Other ward ' || n, '' FROM generate_series(1, 40) AS n ON CONFLICT DO NOTHING
"""
PATIENTS = """
INSERT INTO patients_patient
    (mrn, number_key, number_core, family_name, given_name, family_kana, given_kana, sex, birth_date, source,
    version, registered_at)
SELECT 'B' || n, 'b' || n, 'b' || n, 'Family ' || n %% 4999, 'Given ' || n %% 997, '', '', sex, birth_date,
    'background', 1, now() - interval '6 years'
FROM unnest(%s::int[], %s::text[], %s::date[]) AS person (n, sex, birth_date) RETURNING id
"""
# one stay each, over since, also on the ward that is measured, whose former patients must not cost anything; and the
# open ones of those who lie on other wards now
STAYS = """
INSERT INTO patients_admission (patient_id, ward_id, bed, consultant, admitted_at, discharged_at, version, taken_back)
SELECT id, wards.ids[1 + id %% array_length(wards.ids, 1)], '', '', now() - interval '3 years',
    now() - interval '2 years', 1, false
FROM unnest(%s::bigint[]) AS id CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM patients_ward) AS wards
"""
LYING = """
INSERT INTO patients_admission (patient_id, ward_id, bed, consultant, admitted_at, discharged_at, version, taken_back)
SELECT id, wards.ids[1 + id %% array_length(wards.ids, 1)], '', '', now() - interval '9 days', NULL, 1, false
FROM unnest(%s::bigint[]) AS id
CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM patients_ward WHERE code LIKE 'other-%%') AS wards
"""
MARKS = """
INSERT INTO patients_evaluationmark (patient_id, requested_count, failures, last_error_class)
SELECT id, 1, 0, '' FROM unnest(%s::bigint[]) AS id
"""


def fill(last: int, results: int, *, first: int = 1) -> None:
    """Background patients number `first` to `last` with about this many results each; then statistics.

    Needs the role that owns the tables.
    """
    midnight = start_of_day(timezone.now().astimezone(site_zone()).date(), site_zone())
    with transaction.atomic(), connection.cursor() as cursor, _unwatched(cursor):
        cursor.execute(WARDS)
        for begin in range(first, last + 1, AT_ONCE):
            numbers = range(begin, min(begin + AT_ONCE, last + 1))
            _store(cursor, list(numbers), [drawn(n, results) for n in numbers], midnight)
        fold_anew()  # the search finds them as it finds everybody
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.get_autocommit() else "ANALYZE")


def _store(cursor: Any, numbers: Sequence[int], people: Sequence[Drawn], midnight: datetime) -> None:
    sexes = ["female" if x.female else "male" for x in people]
    born = [midnight.date() - timedelta(days=round(x.age * 365.25)) for x in people]
    cursor.execute(PATIENTS, [list(numbers), sexes, born])
    ids = sorted(pk for (pk,) in cursor.fetchall())
    cursor.execute(STAYS, [ids])
    cursor.execute(LYING, [[pk for pk, x in zip(ids, people, strict=True) if x.in_hospital]])
    cursor.execute(MARKS, [ids])
    tables: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for pk, person in zip(ids, people, strict=True):
        for n, (kind, day, content) in enumerate(person.facts):
            tables[kind].append(_fact(pk, f"{SOURCE}-{n}", moment(day, midnight), midnight, content))
    for kind, rows in tables.items():
        table = FACT_TABLES[kind]
        copied(cursor, table, [_Line.of(table).of_content(row) for row in rows])
    copied(cursor, Measurement, list(result_lines(ids, people, midnight)))


def _fact(pk: int, identity: str, on: datetime, midnight: datetime, content: dict[str, Any]) -> dict[str, Any]:
    stop = content.get("stop")
    stopped = {"stop": moment(stop, midnight).date() if stop is not None else None} if "stop" in content else {}
    return {"patient_id": pk, "identity": identity, "on": on, "on_is_date": True, "known": on, **content, **stopped}


# -- rows as lines of COPY --------------------------------------------------------------------------------------------


class _Line:
    """How a row of a table is written: every column, in order; what is not told is empty."""

    _known: dict[type[Fact], _Line] = {}

    def __init__(self, table: type[Fact]) -> None:
        fields = [x for x in table._meta.concrete_fields if x.attname not in ("id", "recorded_at")]
        self.columns = ["id", "recorded_at", *(x.column for x in fields)]
        self.defaults = {x.attname: _empty(x) for x in fields}
        self.defaults |= {"version": "1", "source": SOURCE, "status": "final"}

    @classmethod
    def of(cls, table: type[Fact]) -> _Line:
        """The same for every row of a table."""
        if table not in cls._known:
            cls._known[table] = cls(table)
        return cls._known[table]

    def of_content(self, content: dict[str, Any]) -> str:
        """One row without its id. It was received two hours after the time it is about."""
        told = {name: _text(value) for name, value in content.items()}
        return "\t".join([_text(content["known"]), *(self.defaults | told).values()])


def _empty(field: Any) -> str:
    if field.null:
        return r"\N"
    return "f" if field.get_internal_type() == "BooleanField" else ""


def _text(value: Any) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return value.isoformat() if isinstance(value, (datetime, date)) else str(value)


def result_lines(ids: Sequence[int], people: Sequence[Drawn], midnight: datetime) -> Iterator[str]:
    """By day, so that one patient's rows lie far apart. A second version directly follows what it replaces."""
    write = _result_writer(midnight)
    arriving: list[tuple[float, int, int, int, Result]] = []
    for pk, person in zip(ids, people, strict=True):
        named = 0
        for result in person.results:
            named += result.version == 1
            arriving.append((result.day, pk, named, result.version, result))
    for _day, pk, named, _version, result in sorted(arriving, key=lambda x: x[:4]):
        yield write(pk, named, result)


def _result_writer(midnight: datetime) -> Callable[[int, int, Result], str]:
    """Written by a format: a million of them are."""
    line = _Line.of(Measurement)
    changing = ["patient_id", "identity", "version", "on", "known", "status", "code", "value", "comparator"]
    changing += ["fio2", "route", "timing", "typed_value", "replaces_id"]
    columns = line.defaults | {x: "{" + x + "}" for x in changing}
    template = "\t".join(["{known}", *columns.values()])
    utc = midnight.astimezone(UTC)

    def write(pk: int, named: int, result: Result) -> str:
        on = moment(result.day, utc)
        level = result.code == "csa" and result.value is not None
        return template.format(
            patient_id=pk,
            identity=f"b{named}",
            version=result.version,
            on=on.isoformat(),
            known=(on + timedelta(hours=2 if result.version == 1 else 20)).isoformat(),
            status=result.status,
            code=result.code,
            value=r"\N" if result.value is None else result.value,
            comparator=result.comparator,
            fio2=result.fio2 or r"\N",
            route="oral" if level else "",
            timing="trough" if level else "",
            typed_value=result.text,
            replaces_id=r"\N" if result.version == 1 else BEFORE,
        )

    return write


BEFORE = "<before>"  # in a line: the id of the line before


def copied(cursor: Any, table: type[Fact], lines: Sequence[str]) -> None:
    """Copy lines into a table under the next ids of its sequence."""
    name, columns = table._meta.db_table, ", ".join(f'"{x}"' for x in _Line.of(table).columns)
    cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [name])
    sequence = cursor.fetchone()[0]
    cursor.execute(f"SELECT nextval('{sequence}')")
    first = cursor.fetchone()[0]
    with cursor.copy(f'COPY "{name}" ({columns}) FROM STDIN') as copy:
        for number, line in enumerate(lines, first):
            copy.write(f"{number}\t{line.replace(BEFORE, str(number - 1))}\n")
    cursor.execute("SELECT setval(%s, %s)", [sequence, first + max(0, len(lines) - 1)])


@contextmanager
def _unwatched(cursor: Any) -> Iterator[None]:
    """Without the audit of single rows: only invented patients may be in the tables."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to be made cannot be altered
    for table in AUDITED:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER audit_row")
    yield
    for table in AUDITED:
        cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_row")
