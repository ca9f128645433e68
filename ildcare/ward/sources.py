"""What a line of the ward list tells besides its row: sources, each of which says one thing of a patient as JSON.

They are read in one statement, together and, for a list, as columns beside its rows. Where that statement fails each is
read by one of its own: a source that cannot be read is named, and the others are shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import structlog
from django.db import DatabaseError, connection, transaction

from patients.rounds import LastVisit

log = structlog.get_logger(__name__)

Json = Any
Says = TypeVar("Says")

# The patients with what holds for each: since when something is new, and whether nobody has seen the patient yet.
LISTED = "unnest(%(patients)s::bigint[], %(since)s::timestamptz[], %(unseen)s::boolean[]) AS listed (id, since, unseen)"


@dataclass(frozen=True, slots=True)
class Source(Generic[Says]):
    """`sql`: selects one JSON value for the patient `listed` (its columns as in `LISTED`), NULL where there is nothing.
    `read`: what that value says."""

    name: str
    sql: str
    read: Callable[[Json], Says]

    @property
    def column(self) -> str:
        """As a column of a statement, named `told_` and the source."""
        return f"({self.sql}) AS told_{self.name}"


@dataclass(frozen=True, slots=True)
class SourceColumns:
    """What sources told: by name and patient id. `failed`: those that could not be read; None lets them raise."""

    failed: set[str] | None
    columns: dict[str, dict[int, Json]] = field(default_factory=dict)

    def of(self, source: Source[Says]) -> dict[int, Says]:
        """What one source says, by patient id; of whom there is nothing, there is none."""
        said: dict[int, Says] = {}
        with named_if_it_fails(source.name, self.failed):
            columns = self.columns.get(source.name, {})
            said |= {pk: source.read(x) for pk, x in columns.items() if x is not None}
        return said


@contextmanager
def named_if_it_fails(source: str, failed: set[str] | None) -> Iterator[None]:
    """Names a source in `failed` instead of raising, so that the rest can be shown (None: lets it raise)."""
    if failed is None:
        yield
        return
    try:
        yield
    except Exception as error:  # whatever breaks in one source, the list says so and shows the rest
        log.error("ward_source_failed", source=source, error=type(error).__name__)
        failed.add(source)


def parameters(last_visits: Mapping[int, LastVisit], now: datetime) -> dict[str, Any]:
    """Those of `LISTED`, and the moment up to which is read."""
    return {
        "patients": list(last_visits),
        "since": [x.since for x in last_visits.values()],
        "unseen": [x.whose == "nobody" for x in last_visits.values()],
        "now": now,
    }


def read_sources(
    sources: Sequence[Source[Any]], params: Mapping[str, Any], failed: set[str] | None = None
) -> SourceColumns:
    """What these sources tell of the patients: one query. With `failed`, a source that breaks is named there."""
    if failed is None:
        return SourceColumns(failed, _ask(sources, params))
    try:
        with recoverable():
            return SourceColumns(failed, _ask(sources, params))
    except DatabaseError:
        return read_each_source(sources, params, failed)


def read_each_source(sources: Sequence[Source[Any]], params: Mapping[str, Any], failed: set[str]) -> SourceColumns:
    """The same by a query for each source; those that break are named in `failed`."""
    read = SourceColumns(failed)
    for source in sources:
        with named_if_it_fails(source.name, failed), recoverable():
            read.columns.update(_ask([source], params))
    return read


def _ask(sources: Sequence[Source[Any]], params: Mapping[str, Any]) -> dict[str, dict[int, Json]]:
    columns = ", ".join(x.column for x in sources)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT listed.id, {columns} FROM {LISTED}", params)  # noqa: S608 - made of sources of our own
        rows = cursor.fetchall()
    return {source.name: {row[0]: row[n] for row in rows} for n, source in enumerate(sources, 1)}


def recoverable() -> AbstractContextManager[None]:
    """After a statement that failed in here others can be asked: inside a transaction that takes a savepoint."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()
