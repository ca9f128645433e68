"""Times that the database can hold and Python cannot (before the year 1, after 9999, infinity): read, not refused.

The driver refuses such a value, and with it every row of the query: one slip of a pen would close a record for good.
Here it is read as the nearest time that can be counted with, which lies outside the bounds of every fact, so that
`patients.rows` says of its row, and of no other, that it cannot be read.

Who reads thousands of rows takes them from a `binary_cursor`: there a time is what the server counts from the year 2000
on, and a count can always be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
from django.db import connection as database
from django.db.backends.utils import CursorWrapper
from psycopg import DataError
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.types.numeric import Int4BinaryLoader, Int8BinaryLoader, NumericBinaryLoader
from psycopg.types.string import ByteaBinaryLoader

# two days from the ends of the calendar, so that no zone's offset leads beyond
FIRST, LAST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
KINDS: dict[str, tuple[date, date]] = {
    "timestamptz": (FIRST, LAST),
    "date": (FIRST.date(), LAST.date()),
}


def read_every_time(connection: Any, **_: Any) -> None:
    """Receiver of `connection_created`: every connection reads every time."""
    adapters = connection.connection.adapters
    for kind, ends in KINDS.items():
        loader = adapters.get_loader(adapters.types[kind].oid, Format.TEXT)
        if not issubclass(loader, _Clamped):  # connections of a pool come back
            adapters.register_loader(kind, _clamped(loader, *ends))


class _Clamped(Loader):
    """Reads what the driver reads, and else the nearest time that can be counted with."""

    driver: type[Any]
    first: date
    last: date

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._read = self.driver(oid, context).load

    def load(self, data: Buffer) -> date:
        """The time, or an end of the calendar."""
        try:
            found: date = self._read(data)
        except (DataError, OverflowError, ValueError):
            text = bytes(data)
            found = self.first if text.endswith(b"BC") or text.startswith(b"-") else self.last
        return max(self.first, min(found, self.last))


def _clamped(loader: type[Any], first: date, last: date) -> type[_Clamped]:
    """`timezone` of the driver's own loader is what Django asks for."""
    own = {"driver": loader, "first": first, "last": last, "timezone": getattr(loader, "timezone", None)}
    return type("Clamped", (_Clamped,), own)


# -- many rows at a time ----------------------------------------------------------------------------------------------

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # from which the server counts microseconds and days
A_DAY = 86_400_000_000  # microseconds
NUMERIC = psycopg.adapters.types["numeric"].oid
# the driver's compiled loader, where it has one
NUMBERS: Any = (psycopg.adapters.get_loader(NUMERIC, Format.BINARY) or NumericBinaryLoader)(NUMERIC)
AS_STORED: dict[str, type[Loader]] = {
    "timestamptz": Int8BinaryLoader,
    "date": Int4BinaryLoader,
    "numeric": ByteaBinaryLoader,
}


@contextmanager
def binary_cursor() -> Iterator[CursorWrapper]:
    """A cursor that gives times as the server counts them and numbers as its bytes: see `moment_of`, `day_of` and
    `number_of`. The cursors that Django makes read text only."""
    with database.cursor() as usual:
        cursor: Any = psycopg.Cursor(usual.connection)
        cursor.format = Format.BINARY
        for kind, loader in AS_STORED.items():
            cursor.adapters.register_loader(kind, loader)
        with type(usual)(cursor, database) as binary:
            yield binary


def moment_of(count: int) -> datetime:
    """The moment that the server counts as so many microseconds, or an end of the calendar."""
    try:
        return max(FIRST, min(EPOCH + timedelta(microseconds=count), LAST))
    except OverflowError:
        return FIRST if count < 0 else LAST


def day_of(count: int) -> date:
    """The day that the server counts as so many days, or an end of the calendar."""
    return moment_of(count * A_DAY).date()


def number_of(stored: bytes) -> Decimal:
    """The number with all its digits."""
    number: Decimal = NUMBERS.load(stored)
    return number
