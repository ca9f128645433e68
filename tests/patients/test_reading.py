"""Snapshots read for speed are those of the slow reader: row by row through the mapper, one version at a time.

Random records of every kind of fact: corrected, withdrawn, late and moved, of times and codes that cannot be read, with
copies that a merge brought or brought back, of several patients, at any moment.
"""

from __future__ import annotations

import gc
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, models

from patients.clinical.bounds import LAST_MOMENT
from patients.clinical.doubtful import doubts
from patients.clinical.facts import Unreadable
from patients.clinical.snapshot import Snapshot, freeze
from patients.clinical.versions import Version, standing
from patients.loading import EPOCH, FIRST, LAST, binary_cursor, day_of, moment_of, number_of
from patients.merged import taken_back_copies
from patients.models import FACT_TABLES, ExactNumericField, Fact, Patient, RecordMerge, SiteSettings
from patients.queries import RecordRead, read_record, snapshot_since, snapshot_with_versions, take_snapshots
from patients.reading import Once, maker, versions_of
from patients.rows import CODES, version_of_row
from tests.effort import cases, dice
from tests.ildcare.record.test_unreadable import no_constraints
from tests.patients.conftest import JANUARY, make_patient
from tests.story import moment

pytestmark = pytest.mark.django_db
ROWS = 60  # of a record
DAYS = 12  # of a course
ODD = 0.04  # of the columns hold what cannot be read
ZONES = ["Asia/Tokyo", "Europe/Paris", "America/St_Johns"]

NUMBERS = ["0", "1", "1.0", "1.00", "58.10", "0.21", "1e-7", "-3.50", "123456789012345678901234567890.120", "2e20"]
ODD_NUMBERS = ["'NaN'", "'Infinity'", "'-Infinity'"]
ODD_DAYS = ["'0001-01-01 BC'", "'20240-01-01'", "'infinity'", "'-infinity'", "'1899-12-31'", "'2200-01-01'"]
ODD_MOMENTS = ["'0001-01-01 00:00+09:18:59'", "'0044-03-15 12:00+00 BC'", "'20240-01-01 00:00+00'", "'infinity'",
    "'-infinity'", "'1899-12-30 23:59:59.999999+00'", "'2200-01-02 00:00+00'"]  # fmt: skip
BOUNDARY_MOMENTS = ["'1899-12-31 00:00+00'", "'2200-01-01 23:59:59.999999+00'"]
TEXTS = ["''", "' '", "'kit A'", "'<5'", "'ng/mL '", "'溶血'"]


# -- random records ---------------------------------------------------------------------------------------------------


def sql_moment(roll: random.Random, first: int = 0, last: int = DAYS) -> str:
    """Of the course, often the same hour of a day."""
    day = moment(roll.randint(first, last)) + timedelta(hours=roll.choice([0, 0, 7, 23]))
    return f"'{day.isoformat()}'"


def sql_value(roll: random.Random, kind: str, field: models.Field[Any, Any], merges: list[RecordMerge]) -> str:
    """What a column of a fact holds, most often something that can be read."""
    odd, code = roll.random() < ODD, CODES.get(f"{kind}.{field.name}")
    if field.null and roll.random() < 0.3:
        return "NULL"
    if isinstance(field, ExactNumericField):
        return roll.choice(ODD_NUMBERS if odd else NUMBERS)
    if isinstance(field, models.DateTimeField):
        return roll.choice([*ODD_MOMENTS, *BOUNDARY_MOMENTS]) if odd else sql_moment(roll)
    if isinstance(field, models.DateField):
        return roll.choice(ODD_DAYS) if odd else f"'{moment(roll.randint(0, 30)).date()}'"
    if isinstance(field, models.BooleanField):
        return roll.choice(["true", "false"])
    if code is not None:
        return "'??'" if odd else f"'{roll.choice([*list(code)[:6], *([''] if field.blank else [])])}'"
    return roll.choice(["''", "'<'", "'>='"] if field.name == "comparator" else TEXTS)


def store(roll: random.Random, patient: Patient, merges: list[RecordMerge]) -> None:
    """Rows of a record, each a next version of one of its facts. The tables refuse nothing."""
    chains: dict[tuple[str, str], list[int]] = {}
    for _ in range(ROWS):
        kind = roll.choice([*FACT_TABLES, *["measurement"] * 12])
        identity = roll.choice([f"form:{roll.randint(1, 9)}", f"merged:{roll.choice(merges).pk}:{roll.randint(1, 2)}"])
        chain = chains.setdefault((kind, identity), [])
        table = FACT_TABLES[kind]
        row = {
            x.column: sql_value(roll, kind, x, merges) for x in table._meta.concrete_fields if x.column != "recorded_at"
        }
        on = row["on"]
        late = roll.random() < 0.4
        row |= {
            "patient_id": str(patient.pk),
            "identity": f"'{identity}'",
            "version": str(len(chain) + 1),
            "known": on
            if not late and roll.random() > ODD
            else sql_value(roll, kind, table._meta.get_field("on"), merges),
            "placed": sql_moment(roll) if roll.random() < 0.3 else "NULL",
            "status": roll.choice(["'final'"] * 5 + ["'preliminary'", "'corrected'", "'cancelled'"]),
            "replaces_id": str(chain[-1]) if chain else "NULL",
            "recorded_by_id": "NULL",
            "source": f"'{identity}'",
        }
        del row["id"]
        chain.append(insert(table, row))


def insert(table: type[Fact], row: dict[str, str]) -> int:
    names = ", ".join(f'"{x}"' for x in row)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table._meta.db_table} ({names}) VALUES ({', '.join(row.values())}) RETURNING id")
        pk: int = cursor.fetchone()[0]
    return pk


@pytest.fixture
def tables(db) -> Iterator[None]:
    """Without their CHECKs, as they once were."""
    with ExitStack() as stack:
        for table in FACT_TABLES.values():
            stack.enter_context(no_constraints(table._meta.db_table))
        yield


@pytest.fixture
def people(ward, physician) -> list[Patient]:
    """One on a ward since January, one until day 5, one from day 8 on."""
    there, left = (
        make_patient("P-1", physician, ward),
        make_patient("P-2", physician, ward, sex="male", birth_date=None),
    )
    left.admissions.update(discharged_at=moment(5))
    came = make_patient("P-3", physician, ward)
    came.admissions.update(admitted_at=moment(8))
    return [there, left, came]


@pytest.fixture
def merges(people, physician) -> list[RecordMerge]:
    """One that stands and one that was taken back."""
    told = {"kept": people[0], "absorbed": people[1], "merged_at": JANUARY, "by": physician, "reason": "one person"}
    back = {"taken_back_at": moment(3), "taken_back_by": physician, "taken_back_reason": "two"}
    return [RecordMerge.objects.create(**told), RecordMerge.objects.create(**told, **back)]


# -- the slow reader --------------------------------------------------------------------------------------------------


def slow_versions(patient: Patient, known_at: datetime, zone: ZoneInfo) -> list[Version]:
    rows = [row for table in FACT_TABLES.values() for row in table._default_manager.filter(patient=patient)]
    gone = taken_back_copies(x.identity for x in rows)
    known = (x for x in rows if x.identity not in gone and (x.known <= known_at or x.known >= LAST_MOMENT))
    return [version_of_row(x, zone) for x in known]


def slow_snapshot(patient: Patient, as_of: datetime, known_at: datetime) -> Snapshot:
    site = SiteSettings.load()
    stays = [x for x in patient.admissions.all() if x.admitted_at <= as_of]
    return freeze(
        standing(slow_versions(patient, known_at, ZoneInfo(site.time_zone)), known_at),
        as_of=as_of,
        known_at=known_at,
        zone=site.time_zone,
        settings=site.as_clinical(),
        sex=patient.sex,
        birth_date=patient.birth_date,
        on_ward=any(x.discharged_at is None or x.discharged_at > as_of for x in stays),
    )


# -- they say the same ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(cases(80, gate=10)))
def test_snapshots_and_versions_are_those_of_the_slow_reader(tables, people, merges, number: int) -> None:
    """To the last digit and the zone of each time: as they are written."""
    roll = dice("reading", number)
    SiteSettings.objects.create(time_zone=roll.choice(ZONES), mda5_kit="kit A")
    zone = ZoneInfo(SiteSettings.load().time_zone)
    for patient in people:
        store(roll, patient, merges)
    for _ in range(3):
        as_of, known_at = moment(roll.randint(0, 20)), moment(roll.randint(0, 20))
        read = take_snapshots([x.pk for x in people], as_of, known_at)
        assert [str(read[x.pk]) for x in people] == [str(slow_snapshot(x, as_of, known_at)) for x in people]
        assert read == {x.pk: slow_snapshot(x, as_of, known_at) for x in people}
        snapshot, versions = snapshot_with_versions(people[0], known_at)
        assert str(snapshot) == str(slow_snapshot(people[0], known_at, known_at))
        by_id = {x.fact.id: x for x in slow_versions(people[0], known_at, zone)}
        assert {x.fact.id: str(x) for x in versions} == {name: str(x) for name, x in by_id.items()}
        assert {x.fact.id: x for x in versions} == by_id
    some = versions_of([people[2].pk], known_at, zone, ("outcome", "finding")).get(people[2].pk, [])
    slow = {x.fact.id for x in slow_versions(people[2], known_at, zone)}
    assert {x.fact.id for x in some} == {x for x in slow if x.startswith(("outcome:", "finding:"))}


@pytest.mark.parametrize("number", range(cases(40, gate=5)))
def test_a_record_that_is_gone_on_with_is_the_one_that_is_read_afresh(tables, people, merges, number: int) -> None:
    """Of what was read of it, whenever that was, and of the rows that were stored since."""
    roll, patient = dice("going on", number), people[0]
    store(roll, patient, merges)
    rows = [row for table in FACT_TABLES.values() for row in table._default_manager.filter(patient=patient)]
    gone = taken_back_copies(x.identity for x in rows)  # nothing is stored under these any more
    rows = sorted((x for x in rows if x.identity not in gone), key=lambda x: (x.version, x.KIND, x.pk))
    since = rows[roll.randint(0, len(rows)) :]
    then, now = moment(roll.randint(0, 20)), moment(roll.randint(15, 30))
    later = {f"{x.KIND}:{x.pk:010}" for x in since}
    versions = [x for x in read_record(patient, then).versions if x.fact.id not in later]
    person = {"sex": patient.sex, "birth_date": patient.birth_date, "on_ward": True}
    earlier = freeze(standing(versions, then), as_of=then, known_at=then, **person)
    doubts(earlier)  # worked out before, and gone on with
    went_on = snapshot_since(RecordRead(earlier, versions, 1), patient, since, now)
    afresh = take_snapshots([patient.pk], now, now)[patient.pk]
    assert (went_on, str(went_on)) == (afresh, str(afresh))
    assert doubts(went_on) == doubts(afresh)


def test_the_records_hold_all_that_the_readers_could_differ_in(tables, people, merges) -> None:
    """It is no comparison if there is nothing to compare."""
    store(dice("held"), people[0], merges)
    store(dice("held too"), people[1], merges)
    met = Counter[str]()
    for version in (x for patient in people for x in slow_versions(patient, moment(20), ZoneInfo("Asia/Tokyo"))):
        met["unreadable"] += isinstance(version.fact, Unreadable)
        met["copied"] += "/merged:" in version.identity
        met["of several"] += version.sequence > 1
        met["late"] += version.fact.known > version.fact.on
        met["placed"] += version.placed is not None
        met[version.status] += 1
    wanted = ["unreadable", "copied", "of several", "late", "placed", "preliminary", "corrected", "cancelled"]
    assert [x for x in wanted if met[x] < 3] == [], met


# -- single values ----------------------------------------------------------------------------------------------------


def read_one(text: str) -> Any:
    with binary_cursor() as cursor:
        cursor.execute(f"SELECT {text}")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("number", [*NUMBERS, "1679", "0.000001", "10000", "100000000", "99999.99990"])
def test_numbers_keep_their_digits(db, number: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {number}::numeric")
        (told,) = cursor.fetchone()
    assert str(number_of(read_one(f"{number}::numeric"))) == str(told)


@pytest.mark.parametrize("number", ODD_NUMBERS)
def test_what_is_no_number_is_read_as_none(db, number: str) -> None:
    assert not number_of(read_one(f"{number}::numeric")).is_finite()


@pytest.mark.parametrize("text", [*ODD_MOMENTS, *BOUNDARY_MOMENTS, "'2024-03-01 00:00:00.000001+09'"])
def test_a_moment_is_read_alike_as_a_count_and_as_text(db, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {text}::timestamptz")
        (told,) = cursor.fetchone()
    found = moment_of(read_one(f"{text}::timestamptz"))
    assert (found, found.tzinfo) == (told, told.tzinfo)
    assert FIRST <= found <= LAST


@pytest.mark.parametrize("text", [*ODD_DAYS, "'2024-02-29'", "'1900-01-01'", "'2199-12-31'"])
def test_a_day_is_read_alike_as_a_count_and_as_text(db, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {text}::date")
        (told,) = cursor.fetchone()
    assert day_of(read_one(f"{text}::date")) == told


def test_counts_begin_with_the_year_2000(db) -> None:
    assert moment_of(0) == EPOCH
    assert day_of(0) == EPOCH.date()
    assert read_one("'2000-01-01 00:00+00'::timestamptz") == read_one("'2000-01-01'::date") == 0


def test_frozen_values_made_in_one_step_are_frozen_values_of_their_class() -> None:
    fields = {
        "identity": "x",
        "fact": None,
        "cancelled": True,
        "sequence": 2,
        "details": {},
        "status_sent": "",
        "placed": None,
    }
    made = maker(Version, *fields, "dated")(*fields.values(), None)
    assert type(made) is Version
    assert made == Version(**fields)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        made.sequence = 3
    with pytest.raises(TypeError):
        maker(Version, "identity", "fact")


def test_what_a_reading_keeps_goes_with_it(tables, people, merges) -> None:
    """Python looks for cycles seldom, and none of them holds thousands of numbers."""
    store(dice("kept"), people[0], merges)
    gc.collect()
    gc.disable()
    try:
        assert versions_of([people[0].pk], moment(20), ZoneInfo("Asia/Tokyo"))
        assert not [x for x in gc.get_objects() if isinstance(x, Once)]
    finally:
        gc.enable()
