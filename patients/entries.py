"""What a reader entered a moment ago for a patient, as it is kept with the form that was sent (`NonceUse`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from patients.models import CareTask, Fact, NonceUse, Patient, User
from patients.queries import find_version


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """One sending of an entry form. `rows`: the versions it stored; `before`: the steps that the chart left open then.

    `undone`: this sending took another entry back, and `rows` are the versions that say so.
    """

    number: int
    kind: str
    patient: Patient
    user_id: int
    at: datetime
    rows: tuple[Fact, ...]
    tasks: tuple[CareTask, ...]
    before: tuple[str, ...]
    undone: bool


def last_entry(patient: Patient, user: User, within: timedelta) -> StoredEntry | None:
    """The newest entry of the user for the patient, or its undoing, if it is not older than `within`."""
    since = timezone.now() - within
    uses = NonceUse.objects.filter(used_at__gte=since, user=user, patient=patient, result__has_key="entry")
    use = uses.order_by("-used_at", "-pk").first()
    return _entry(use, patient) if use else None


def entry_of(patient: Patient, number: int) -> StoredEntry | None:
    """The entry of this number, if it is one and this patient's."""
    use = NonceUse.objects.filter(pk=number, patient=patient, result__has_key="entry").first()
    return _entry(use, patient) if use else None


def _entry(use: NonceUse, patient: Patient) -> StoredEntry:
    kept: Mapping[str, Any] = use.result or {}
    rows = (find_version(x, patient) for x in kept["rows"])
    return StoredEntry(
        number=use.pk,
        kind=kept["entry"],
        patient=patient,
        user_id=use.user_id,
        at=use.used_at,
        rows=tuple(x for x in rows if x is not None),
        tasks=tuple(CareTask.objects.filter(patient=patient, pk__in=kept["tasks"]).order_by("due", "pk")),
        before=tuple(kept["before"]),
        undone=bool(kept.get("undone")),
    )
