"""What the demonstration stores as if it had come earlier: a morning begins with what was done and received yesterday.

No action takes the time of a signature or of receipt from who calls it, and none should: so the clock of the process is
what is put back, and columns that the database fills itself are filled from that clock. Never for anything but invented
patients; the audit log keeps the true time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.db.models.fields import NOT_PROVIDED
from django.utils import timezone

from algorithm.models import Assessment
from patients.models import FACT_TABLES, StayEvent, WardRound
from patients.recording import forget_columns

# columns of what the database itself says when it came
RECEIVED: tuple[type[Model], ...] = (*FACT_TABLES.values(), StayEvent)
FILLED: tuple[Any, ...] = (
    *(x._meta.get_field("recorded_at") for x in RECEIVED),
    Assessment._meta.get_field("created_at"),
    WardRound._meta.get_field("started_at"),
)


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """The clock of this process goes on from that moment."""
    true = timezone.now
    behind = true() - moment
    setattr(timezone, "now", lambda: true() - behind)  # noqa: B010 - a function of a module: mypy allows no assignment
    try:
        yield
    finally:
        setattr(timezone, "now", true)  # noqa: B010 - as above


@contextmanager
def received_at(moment: datetime) -> Iterator[None]:
    """The same, and what is stored was received at that moment."""
    _fill_with(lambda: moment)
    try:
        with clock_at(moment):
            yield
    finally:
        _fill_with(NOT_PROVIDED)


def _fill_with(default: object) -> None:
    for field in FILLED:
        field.default = default
        field.__dict__.pop("_get_default", None)  # made once of the default
    forget_columns()
