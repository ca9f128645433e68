"""Times that the database can hold and Python cannot (before the year 1, after 9999, infinity): read, not refused.

The driver refuses such a value, and with it every row of the query: one slip of a pen would close a record for good.
Here it is read as the nearest time that can be counted with, which lies outside the bounds of every fact, so that
`patients.rows` says of its row, and of no other, that it cannot be read.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from psycopg import DataError
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

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
