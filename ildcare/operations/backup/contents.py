"""What a database holds, as numbers that two databases can be compared by: of every table its rows and their digest.

The digest adds up a hash of every row, so that their order does not matter. It finds what was lost, doubled or altered
on the way; that nobody altered a backup on purpose is the part of the encryption.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg
from psycopg import sql

SCHEMAS = ("public", "audit")
TABLES = """
SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY schemaname, tablename
"""
SEQUENCES = """
SELECT schemaname, sequencename, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = ANY(%s)
ORDER BY schemaname, sequencename
"""
# the same text of a row in every session: days, times and numbers do not depend on whose it is
SAME_TEXT = (
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'iso_8601'",
    "SET extra_float_digits = 1",
    "SET bytea_output = 'hex'",
)
ROWS = """
SELECT count(*), coalesce(sum(hashtextextended(row::text, 0)::numeric), 0)::text,
    coalesce(sum(hashtextextended(row::text, 1)::numeric), 0)::text
FROM {table} AS row
"""


class Rows(NamedTuple):
    """A table: how many rows, and their digest."""

    number: int
    digest: str


class Contents(NamedTuple):
    """Every table and sequence by name."""

    tables: dict[str, Rows]
    sequences: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """For the manifest."""
        return {"tables": {name: list(x) for name, x in self.tables.items()}, "sequences": self.sequences}

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(x.number for x in self.tables.values())


def contents_from(stored: dict[str, Any]) -> Contents:
    """What `as_json` wrote."""
    return Contents({name: Rows(*x) for name, x in stored["tables"].items()}, dict(stored["sequences"]))


def contents_of(connection: psycopg.Connection[Any]) -> Contents:
    """What a database holds, seen in the transaction of the connection."""
    for setting in SAME_TEXT:
        connection.execute(setting)
    found: dict[str, Rows] = {}
    for schema, table in connection.execute(TABLES, [list(SCHEMAS)]).fetchall():
        query = sql.SQL(ROWS).format(table=sql.Identifier(schema, table))
        count, one, other = connection.execute(query).fetchone() or (0, "0", "0")
        found[f"{schema}.{table}"] = Rows(count, f"{one}/{other}")
    sequences = connection.execute(SEQUENCES, [list(SCHEMAS)]).fetchall()
    return Contents(found, {f"{schema}.{name}": value for schema, name, value in sequences})


def differences(one: Contents, other: Contents) -> list[str]:
    """What differs between two databases, in words; nothing where they hold the same."""
    found = []
    for name in sorted({*one.tables, *other.tables}):
        was, becomes = one.tables.get(name), other.tables.get(name)
        if was is None or becomes is None:
            found.append(f"{name}: only in the {'restored one' if was is None else 'backup'}")
        elif was.number != becomes.number:
            found.append(f"{name}: {was.number} rows in the backup, {becomes.number} restored")
        elif was.digest != becomes.digest:
            found.append(f"{name}: {was.number} rows, not the same")
    found += [
        f"{name}: counts from {other.sequences.get(name, 0)}, not from {value}"
        for name, value in one.sequences.items()
        if other.sequences.get(name, 0) < value
    ]
    return found
