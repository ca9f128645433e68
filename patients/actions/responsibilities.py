"""Changes of who is responsible for a patient: the consultant with a step of the stay, the team by itself."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from patients.changes import change_to, repeated_on_deadlock
from patients.models import Patient, Responsibility, ResponsibilityKind, User


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
