"""Noting which sheets were printed, of whom, by whom and with the data of which moment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from patients.changes import attributed_to
from patients.models import Patient, SheetKind, SheetPrint, User


def note_prints(*, patients: Iterable[Patient], kind: SheetKind, at: datetime, by: User, now: datetime) -> None:
    """Note one sheet for each of these patients. It changes nothing of a record: nobody is evaluated for it."""
    with transaction.atomic(), attributed_to(by):
        SheetPrint.objects.bulk_create(SheetPrint(patient=x, kind=kind, at=at, printed_at=now, by=by) for x in patients)
