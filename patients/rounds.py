"""Reads of the ward round: last visits, open tasks, drafts, the round that runs. Each in one query."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from patients.access import PHYSICIANS
from patients.models import CareTask, JudgementOwner, Patient, RoundDraft, RoundVisit, User, WardRound


def last_visits(patient_ids: Iterable[int], by: User | None = None) -> dict[int, RoundVisit]:
    """The newest visit of each patient: anybody's, or of one user."""
    visits = RoundVisit.objects.filter(patient__in=list(patient_ids)).select_related("by")
    if by is not None:
        visits = visits.filter(by=by)
    return {x.patient_id: x for x in visits.order_by("patient_id", "-at", "-id").distinct("patient_id")}


def last_plans(patient_ids: Iterable[int]) -> dict[int, RoundVisit]:
    """The newest visit of each patient at which a plan was written."""
    visits = RoundVisit.objects.filter(patient__in=list(patient_ids)).exclude(plan="").select_related("by")
    return {x.patient_id: x for x in visits.order_by("patient_id", "-at", "-id").distinct("patient_id")}


def open_tasks(patient_ids: Iterable[int]) -> dict[int, list[CareTask]]:
    """Open tasks by patient, the longest due first."""
    found: dict[int, list[CareTask]] = {}
    for task in CareTask.objects.open().filter(patient__in=list(patient_ids)).select_related("assigned_to"):
        found.setdefault(task.patient_id, []).append(task)
    return found


def visits_of(patient: Patient, limit: int = 30) -> list[RoundVisit]:
    """The newest visits of a patient."""
    return list(RoundVisit.objects.filter(patient=patient).select_related("by")[:limit])


def judgement_owners(patient_ids: Iterable[int]) -> dict[tuple[int, str, date], JudgementOwner]:
    """Who is to judge improvement, by patient, step and day."""
    rows = JudgementOwner.objects.filter(patient__in=list(patient_ids)).select_related("owner")
    return {(x.patient_id, x.step, x.due): x for x in rows}


def judges_of(patient: Patient) -> list[User]:
    """Who may judge improvement of this patient: the physicians of the ward on which the patient lies."""
    stay = patient.admission
    if stay is None:
        return []
    people = User.objects.filter(is_active=True, role__in=PHYSICIANS, memberships__ward=stay.ward_id)
    return list(people.order_by("last_name", "first_name", "username"))


def draft_of(patient: Patient, user: User | None) -> RoundDraft | None:
    """What the user has typed for this patient and not signed (nobody types nothing)."""
    if user is None:
        return None
    return RoundDraft.objects.filter(patient=patient, user=user).first()


def unfinished_round(user: User) -> WardRound | None:
    """The round that the user has begun and not ended."""
    return WardRound.objects.filter(by=user, finished_at=None).first()
