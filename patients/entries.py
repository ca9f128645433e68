"""What a reader entered a moment ago for a patient, as it is kept with the form that was sent (`NonceUse`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from patients.models import CareTask, Fact, Measurement, NonceUse, Patient, User
from patients.queries import find_version

UNDONE_WITHIN = timedelta(minutes=5)  # [J] a slip is noticed at once; later others have read and used the entry


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """One sending of an entry form. `rows`: the versions it stored; `before`: the steps that the chart left open then;
    `ended_tasks`: tasks that it ended, each with the version that it left.

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
    ended_tasks: tuple[tuple[CareTask, int], ...] = ()


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


WARD_SHEET = "ward_sheet"  # in what is kept of a row of a ward's sheet


def last_rows(user: User, within: timedelta) -> list[tuple[int, Patient, list[Fact]]]:
    """The rows of a ward's sheet that the user saved within that time, each with its number and what it stored, unless
    the user has entered something else for its patient since. Three queries, one where there is none."""
    since = timezone.now() - within
    uses = NonceUse.objects.filter(used_at__gte=since, user=user, patient__isnull=False, result__has_key="entry")
    newest: dict[int, NonceUse] = {}
    for use in uses.order_by("used_at", "pk"):
        newest[use.patient_id or 0] = use
    rows = [x for x in newest.values() if x.result and x.result.get(WARD_SHEET)]
    if not rows:
        return []
    patients = Patient.objects.visible_to(user).in_bulk([x.patient_id for x in rows])
    keys = {int(y.rpartition(":")[2]) for x in rows if x.result for y in x.result["rows"]}
    stored = Measurement.objects.in_bulk(keys)
    return [
        (x.pk, patients[x.patient_id], [stored[int(y.rpartition(":")[2])] for y in x.result["rows"]])
        for x in rows
        if x.result and x.patient_id in patients
    ]


def _entry(use: NonceUse, patient: Patient) -> StoredEntry:
    kept: Mapping[str, Any] = use.result or {}
    rows = (find_version(x, patient) for x in kept["rows"])
    ended = {int(number): version for number, version in kept.get("given_up", {}).items()}
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
        ended_tasks=tuple((x, ended[x.pk]) for x in CareTask.objects.filter(patient=patient, pk__in=ended)),
    )
