"""The versions of many facts at once: a page reads thousands of rows, a sweep millions.

It says of each row what `patients.rows.version_of` says of one, and is made to cost little: one statement for all kinds
of facts, and what repeats (a moment, a day, a number, a code) is worked out once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, make_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from itertools import repeat
from operator import getitem, itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from patients.clinical import facts as f
from patients.clinical.bounds import LAST_MOMENT, storable_day, storable_moment
from patients.clinical.quantities import Quantity
from patients.clinical.versions import CANCELLED, Version
from patients.loading import binary_cursor, day_of, moment_of, number_of
from patients.merged import MARK
from patients.models import FACT_TABLES, Admission, Fact, Patient, RecordMerge
from patients.rows import (
    CODES_OF,
    CONTENT,
    DAYS_OF,
    MEASUREMENT_COLUMNS,
    MOMENTS_OF,
    NUMBERS_OF,
    OPTIONAL_TEXT,
    PLACED,
    READ,
    reference,
)


def versions_of(
    patient_ids: Iterable[int], known_at: datetime, zone: ZoneInfo, kinds: tuple[str, ...] = tuple(FACT_TABLES)
) -> dict[int, list[Version]]:
    """Every version known by `known_at`, by patient id, in one query. Entries that cannot be read are among them."""
    found = defaultdict[int, list[Version]](list)
    reading = _Reading(zone)
    with binary_cursor() as cursor:
        cursor.execute(
            _every_version(kinds), {"patients": list(patient_ids), "known_at": known_at, "never": LAST_MOMENT}
        )
        while rows := cursor.fetchmany(1000):
            for row in rows:
                found[row[1]].append(reading.version(row))
    return found


@dataclass(slots=True)
class StoredRecord:
    """What is stored of one patient: sex, birth date and whether there is a stay on a ward at a moment; every version
    that was asked for."""

    sex: str = ""
    birth_date: date | None = None
    on_ward: bool = False
    versions: list[Version] = field(default_factory=list)


def records_of(patient_ids: Iterable[int], known_at: datetime, at: datetime, zone: ZoneInfo) -> dict[int, StoredRecord]:
    """The persons as of `at`, with every version known by `known_at`, by patient id, in one query. Unknown ids are left
    out."""
    statement = f"{_every_version(tuple(FACT_TABLES))}\nUNION ALL\n{_persons()}"
    asked = {"patients": list(patient_ids), "known_at": known_at, "never": LAST_MOMENT, "at": at}
    return _read(statement, asked, zone)


def record_since(patient_id: int, rows: Iterable[Fact], at: datetime, zone: ZoneInfo) -> StoredRecord:
    """The person as of `at`, and the versions of these stored rows, in one query."""
    keys: dict[str, Any] = {}
    for row in rows:
        keys.setdefault(row.KIND, []).append(row.pk)
    parts = [*(_rows_of(kind, FACT_TABLES[kind]) + f" WHERE id = ANY(%({kind})s)" for kind in keys), _persons()]
    return _read("\nUNION ALL\n".join(parts), {**keys, "patients": [patient_id], "at": at}, zone)[patient_id]


def _read(statement: str, asked: Mapping[str, Any], zone: ZoneInfo) -> dict[int, StoredRecord]:
    found = defaultdict[int, StoredRecord](StoredRecord)
    reading = _Reading(zone)
    with binary_cursor() as cursor:
        cursor.execute(statement, asked)
        while rows := cursor.fetchmany(1000):
            for row in rows:
                record = found[row[1]]
                if row[0] == PERSON:
                    record.sex, record.birth_date, record.on_ward = _person(row)
                else:
                    record.versions.append(reading.version(row))
    return found


# -- the statement ----------------------------------------------------------------------------------------------------

FIRST_COLUMNS = ("kind", "patient_id", *READ)
# what a merge copied into a record has never been there once it was taken back: not in the past either, where its
# cancellation was not known yet
NOT_TAKEN_BACK = f"NOT (identity LIKE '{MARK}%%' AND split_part(identity, ':', 2) IN (SELECT id FROM taken_back))"  # noqa: S608 - the same text always


@cache
def _every_version(kinds: tuple[str, ...]) -> str:
    """One statement over these fact tables. Names come from the models, values are parameters."""
    every = "\nUNION ALL\n".join(_versions_in(kind, FACT_TABLES[kind]) for kind in kinds)
    taken_back = f'SELECT id::text FROM "{RecordMerge._meta.db_table}" WHERE taken_back_at IS NOT NULL'  # noqa: S608 - the same text always
    # begins with SELECT, like every statement that only reads (`patients.audit`)
    return f"SELECT * FROM (WITH taken_back AS MATERIALIZED ({taken_back})\n{every}) AS version"  # noqa: S608 - the same text always


def _versions_in(kind: str, table: type[Fact]) -> str:
    return (
        f"{_rows_of(kind, table)} WHERE patient_id = ANY(%(patients)s)"
        " AND (known <= %(known_at)s OR known >= %(never)s)"
        f" AND {NOT_TAKEN_BACK}"
    )


def _rows_of(kind: str, table: type[Fact]) -> str:
    content = [f'"{name}"' if name else f"NULL::{sql_type}" for sql_type, name in _content_places(kind)]
    columns = ", ".join([f"'{kind}' AS kind", *(f'"{name}"' for name in FIRST_COLUMNS[1:]), *content])
    return f'SELECT {columns} FROM "{table._meta.db_table}"'  # noqa: S608 - no user input, only names of our own tables


PERSON = "person"  # in the place of a kind: a row that is no fact
LIES_THERE = f"""EXISTS (SELECT FROM {Admission._meta.db_table} AS stay WHERE stay.patient_id = patient.id
    AND admitted_at <= %(at)s AND (discharged_at IS NULL OR discharged_at > %(at)s))"""


@cache
def _persons() -> str:
    """The persons among rows of facts: the sex as identity, birth date and stay in the first place of their type."""
    own = {"date": "birth_date", "boolean": LIES_THERE}
    content = [own.pop(sql_type, f"NULL::{sql_type}") for sql_type, _name in _content_places(next(iter(FACT_TABLES)))]
    first = ["NULL::bigint", "sex", *["NULL"] * (len(READ) - 2)]
    columns = ", ".join([f"'{PERSON}'", "id", *first, *content])
    return f"SELECT {columns} FROM {Patient._meta.db_table} AS patient WHERE id = ANY(%(patients)s)"  # noqa: S608 - the same text always


@cache
def _places_of_a_person() -> tuple[int, int]:
    types = [sql_type for sql_type, _name in _content_places(next(iter(FACT_TABLES)))]
    return len(FIRST_COLUMNS) + types.index("date"), len(FIRST_COLUMNS) + types.index("boolean")


def _person(row: tuple[Any, ...]) -> tuple[str, date | None, bool]:
    birth_date, on_ward = _places_of_a_person()
    born = row[birth_date]
    return row[FIRST_COLUMNS.index("identity")], None if born is None else day_of(born), row[on_ward]


@cache
def _content_places(kind: str) -> list[tuple[str, str]]:
    """What stands behind the first columns of a row: SQL type and column ("" for none). Kinds share the places of a
    type, so that no row is wider than it must be."""
    own = _columns_by_type(kind)
    every = [_columns_by_type(x) for x in FACT_TABLES]
    widths = {sql_type: max(len(x.get(sql_type, ())) for x in every) for of_kind in every for sql_type in of_kind}
    return [
        (sql_type, name)
        for sql_type, width in widths.items()
        for name in [*own.get(sql_type, ()), *repeat("", width)][:width]
    ]


@cache
def _columns_by_type(kind: str) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    for column in FACT_TABLES[kind]._meta.concrete_fields:
        if column.name in CONTENT[kind]:
            sql_type = (column.db_type(connection) or "").partition("(")[0].replace("varchar", "text")
            columns.setdefault(sql_type, []).append(column.name)
    return columns


@cache
def _columns_at(kind: str, names: Sequence[str]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Takes these columns of a kind out of a row."""
    places = [*FIRST_COLUMNS, *(name for _type, name in _content_places(kind))]
    at = [places.index(x) for x in names]
    return itemgetter(*at) if len(at) > 1 else lambda row: tuple(row[x] for x in at)


# -- made cheaply -----------------------------------------------------------------------------------------------------


class Once(dict[Any, Any]):
    """What each stored value means, worked out when it is first met. Where nothing is stored, it means nothing."""

    def __init__(self, meaning: Callable[[Any], Any]) -> None:
        super().__init__({None: None})
        self._meaning = meaning

    def __missing__(self, stored: Any) -> Any:
        meant = self[stored] = self._meaning(stored)
        return meant


def maker(cls: type[Any], *names: str) -> Callable[..., Any]:
    """Makes frozen values of a class from the values of all its fields, in the order of these names.

    The `__init__` of a frozen dataclass goes around its own lock for every field, which is most of what a fact costs.
    Here the fields are set while the value is of an open subclass, and then it becomes one of the class itself.
    """
    if {x.name for x in fields(cls)} != set(names):
        raise TypeError(f"{cls.__name__} has other fields")

    def close(self: Any) -> None:
        self.__class__ = cls

    init = vars(make_dataclass(cls.__name__, names, namespace={"__post_init__": close}))["__init__"]
    is_open = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    made: type[Any] = type(cls.__name__, (cls,), {"__slots__": (), "__init__": init, "__post_init__": close, **is_open})
    return made


EVERY_FACT = tuple(x.name for x in fields(f.Fact))
RESULT = ("value", "comparator", "typed_value", "typed_unit")  # of which a measurement has a quantity, and as typed
PLAIN = {**CONTENT, "measurement": tuple(x for x in MEASUREMENT_COLUMNS if x not in RESULT)}

made_version = maker(Version, "identity", "fact", "cancelled", "sequence", "details", "status_sent", "placed", "dated")
made_quantity = maker(Quantity, "value", "comparator")
made_measurement = maker(f.Measurement, *EVERY_FACT, "quantity", "typed", "status", *PLAIN["measurement"])
made_without_value = maker(f.WithoutValue, *EVERY_FACT, "code", "why")
CODE = PLAIN["measurement"].index("code")
MADE = {kind: maker(cls, *EVERY_FACT, *PLAIN[kind]) for kind, cls in f.CLASS_OF.items() if kind != "measurement"}


# -- the rows ---------------------------------------------------------------------------------------------------------


class CannotRead(Exception):  # noqa: N818 - what it is
    """A row holds a time out of bounds, a number that is none, a code without its catalogue."""


class _Reading:
    """The rows of one statement. What it keeps goes with it: nothing that is worked out once refers back to it."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._moments = Once(moment_of)
        self._times = Once(partial(_moment_and_day, zone))
        self._columns = Once(lambda kind: _columns_at(kind, PLAIN[kind]))
        self._contents = Once(partial(_content, self._times, Once(_day), Once(_number)))
        self._result_columns = _columns_at("measurement", RESULT)
        self._results = Once(_result)

    def version(self, row: tuple[Any, ...]) -> Version:
        """The version of a row."""
        kind, _patient, pk, identity, number, on, known, status, placed = row[: len(FIRST_COLUMNS)]
        fact: f.Fact
        try:
            (moment, day), (known_moment, known_day) = self._times[on], self._times[known]
            every = (reference(kind, pk), moment, known_moment, day, known_day, known_moment, False)
            content = self._contents[kind][self._columns[kind](row)]
            if kind != "measurement":
                fact = MADE[kind](*every, *content)
            else:
                quantity, typed, why = self._results[self._result_columns(row)]
                if quantity is not None:
                    fact = made_measurement(*every, quantity, typed, status, *content)
                else:  # nothing to compute
                    fact = made_without_value(*every, content[CODE], why)
        except CannotRead:
            fact = self._unreadable(kind, pk, on, known)
        cancelled = status == CANCELLED or type(fact) is f.WithoutValue
        version: Version = made_version(
            f"{kind}/{identity}", fact, cancelled, number, {}, status, self._moments[placed], None
        )
        return version

    def _unreadable(self, kind: str, pk: int, on: int, known: int) -> f.Unreadable:
        """An entry that cannot be read stands where its times put it, and else in a place that is given to it."""
        known_moment = _within(moment_of(known), PLACED)
        moment = _within(moment_of(on), known_moment)
        return f.Unreadable(
            id=reference(kind, pk),
            on=moment,
            known=known_moment,
            day=moment.astimezone(self._zone).date(),
            known_day=known_moment.astimezone(self._zone).date(),
            first_known=known_moment,
            kind=kind,
        )


# -- what stored values mean ------------------------------------------------------------------------------------------


def _content(times: Once, days: Once, numbers: Once, kind: str) -> Once:
    """What a kind says, by the values of its columns: of a few tests thousands of rows say the same."""
    meanings = [_meaning(times, days, numbers, kind, name) for name in PLAIN[kind]]
    return Once(lambda columns: tuple(map(getitem, meanings, columns)))


def _meaning(times: Once, days: Once, numbers: Once, kind: str, name: str) -> Once:
    empty = None if name in OPTIONAL_TEXT[kind] else ""
    codes = dict(CODES_OF[kind])
    if name in codes:
        return Once(lambda code: _code(code, codes[name], empty))
    if name in MOMENTS_OF[kind]:
        return Once(lambda count: times[count][0])
    if name in DAYS_OF[kind]:
        return days
    if name in NUMBERS_OF[kind]:
        return numbers
    return Once(lambda stored: empty if stored == "" else stored)


def _result(stored: tuple[bytes | None, str, str, str]) -> tuple[Quantity | None, str, str]:
    value, comparator, typed_value, typed_unit = stored
    quantity = None if value is None else made_quantity(_number(value), comparator)
    return quantity, f"{typed_value} {typed_unit}".strip(), typed_value


def _moment_and_day(zone: ZoneInfo, count: int) -> tuple[datetime, date]:
    moment = moment_of(count)
    if not storable_moment(moment):
        raise CannotRead
    return moment, moment.astimezone(zone).date()


def _within(moment: datetime, otherwise: datetime) -> datetime:
    return moment if storable_moment(moment) else otherwise


def _day(count: int) -> date:
    day = day_of(count)
    if not storable_day(day):
        raise CannotRead
    return day


def _number(stored: bytes) -> Decimal:
    number = number_of(stored)
    if not number.is_finite():
        raise CannotRead
    return number


def _code(code: str, catalogue: Mapping[str, Any], empty: str | None) -> str | None:
    if code and code not in catalogue:
        raise CannotRead
    return code or empty
