"""Changes of who is responsible for a patient: the consultant with a step of the stay, the team by itself."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from patients.changes import change_to, repeated_on_deadlock
from patients.merged import RESPONSIBLE
from patients.models import MergedEntry, Patient, Responsibility, ResponsibilityKind, StayEvent, User


def hand_over(patient: Patient, consultant: User | None, *, at: datetime, by: User | None) -> None:
    """The consultant from now on (None: nobody), inside a change. Who was it before stays readable, with its end."""
    was = Responsibility.objects.now().filter(patient=patient, kind=ResponsibilityKind.CONSULTANT).first()
    if (was.user_id if was else None) == (consultant.pk if consultant else None):
        return
    if was is not None:
        _end(was, at)
    if consultant is not None:
        Responsibility.objects.create(
            patient=patient, user=consultant, kind=ResponsibilityKind.CONSULTANT, since=at, recorded_by=by
        )


def leader_of(patient: Patient) -> User | None:
    """The consultant who is responsible now."""
    rows = Responsibility.objects.now().filter(patient=patient, kind=ResponsibilityKind.CONSULTANT)
    row = rows.select_related("user").first()
    return row.user if row is not None else None


def hand_back(step: StayEvent, before: User | None, *, by: User | None) -> None:
    """The consultant from before a step that is taken back, inside a change. `before`: whom the step before it left;
    without any it is whom a merge had brought, and the step ended. Whom a merge has brought since is of the team then.
    """
    brought, now = _brought(step.patient_id), timezone.now()
    since = next((x for x in brought if x.until is None), None)
    ended = next((x for x in brought if x.until == max(step.at, x.since)), None) if before is None else None
    same = step.responsible_id == (before.pk if before is not None else None)
    if ended is None and (same or (before is None and since is not None)):
        return  # it changed nobody, or named anew whom a merge had brought
    if since is not None and since.user != (ended.user if ended is not None else before):
        _to_team(since, now)
    hand_over(step.patient, before, at=now, by=by)
    if ended is not None:
        ended.until = None
        ended.save(update_fields=["until"])


def _brought(patient_id: int) -> list[Responsibility]:
    """The consultants whom merges brought that still stand, the last one first."""
    entries = MergedEntry.objects.filter(merge__kept=patient_id, merge__taken_back_at=None, kind=RESPONSIBLE)
    keys = [int(x) for x in entries.values_list("into", flat=True)]
    rows = Responsibility.objects.filter(pk__in=keys, kind=ResponsibilityKind.CONSULTANT)
    return list(rows.select_related("user").order_by("-pk"))


def _to_team(row: Responsibility, at: datetime) -> None:
    """A second consultant is one of the team, as when a merge brings one."""
    if Responsibility.objects.now().filter(patient=row.patient_id, user=row.user_id).exclude(pk=row.pk).exists():
        _end(row, at)
        return
    row.kind = ResponsibilityKind.TEAM
    row.save(update_fields=["kind"])


def _end(row: Responsibility, at: datetime) -> None:
    row.until = max(at, row.since)
    row.save(update_fields=["until"])


@repeated_on_deadlock
def join_team(*, patient: Patient, user: User, by: User | None) -> Responsibility:
    """Somebody is of the patient's team from now on; who is already stays so."""
    with change_to(patient, by=by):
        standing = Responsibility.objects.now().filter(patient=patient, user=user, kind=ResponsibilityKind.TEAM)
        return standing.first() or Responsibility.objects.create(
            patient=patient, user=user, kind=ResponsibilityKind.TEAM, since=timezone.now(), recorded_by=by
        )


@repeated_on_deadlock
def leave_team(*, patient: Patient, user: User, by: User) -> None:
    """Somebody is no more of the patient's team; who is not leaves nothing."""
    with change_to(patient, by=by):
        for row in Responsibility.objects.now().filter(patient=patient, user=user, kind=ResponsibilityKind.TEAM):
            _end(row, timezone.now())
