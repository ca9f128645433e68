"""Reads of the ward round: last visits, open tasks, drafts, the round that runs. Each in one query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from patients.access import PHYSICIANS
from patients.models import (
    CareTask,
    Decision,
    Judgement,
    JudgementOwner,
    Patient,
    RoundDraft,
    RoundVisit,
    User,
    WardRound,
)

# -- last visits ------------------------------------------------------------------------------------------------------

NOBODY_SAW = timedelta(hours=24)  # [J] a round a day


@dataclass(frozen=True, slots=True, kw_only=True)
class LastVisit:
    """The last visits of a patient. `since`: the moment of the data on which the visit that counts was signed, not the
    moment of the signature: what arrived while the page was read was not seen.

    `whose`: "own" where the user's own last visit counts, else "team", else "nobody": then `since` is 24 hours ago [J].
    `visit_id`, `seen_at`, `seen_by`, `seen_by_id`: the newest visit of anybody (None, "" where there is none).
    """

    since: datetime
    whose: str
    visit_id: int | None = None
    seen_at: datetime | None = None
    seen_by: str = ""
    seen_by_id: int | None = None


STANDS = "NOT EXISTS (SELECT FROM patients_visittakenback AS back WHERE back.visit_id = visit.id)"


def newest_visit_sql(columns: str, patient: str, condition: str = "true") -> str:
    """SQL for columns of `visit`, the newest of a patient (an expression of SQL) that stands; by an index."""
    return (
        f"SELECT {columns} FROM patients_roundvisit AS visit"  # noqa: S608 - made of names of our own tables
        f" WHERE visit.patient_id = {patient} AND {condition} AND {STANDS}"
        " ORDER BY visit.at DESC, visit.id DESC LIMIT 1"
    )


LAST_VISIT_COLUMNS = """
    seen.id AS visit_id, seen.at AS seen_at, seen.shown_at AS seen_on_data_of, seen.by_id AS seen_by_id,
    reader.first_name AS reader_first_name, reader.last_name AS reader_last_name, reader.username AS reader_username,
    own.shown_at AS own_on_data_of"""


def last_visit_joins(patient: str) -> str:
    """SQL that joins the last visits of a patient, for `LAST_VISIT_COLUMNS`; `%(user)s` is the user or NULL."""
    newest = newest_visit_sql("visit.id, visit.at, visit.shown_at, visit.by_id", patient)
    own = newest_visit_sql("visit.shown_at", patient, "visit.by_id = %(user)s")
    return f"""
LEFT JOIN LATERAL ({newest}) AS seen ON true
LEFT JOIN LATERAL ({own}) AS own ON true
LEFT JOIN patients_user AS reader ON reader.id = seen.by_id
"""


def last_visit_of(columns: Mapping[str, Any], now: datetime) -> LastVisit:
    """The last visits out of the columns `LAST_VISIT_COLUMNS`, by their names."""
    if columns["visit_id"] is None:
        return LastVisit(since=now - NOBODY_SAW, whose="nobody")
    reader = User(first_name=columns["reader_first_name"], last_name=columns["reader_last_name"])
    return LastVisit(
        since=columns["own_on_data_of"] or columns["seen_on_data_of"],
        whose="own" if columns["own_on_data_of"] else "team",
        visit_id=columns["visit_id"],
        seen_at=columns["seen_at"],
        seen_by=reader.get_full_name() or columns["reader_username"],
        seen_by_id=columns["seen_by_id"],
    )


LAST_VISITS = f"""
SELECT listed.id, {LAST_VISIT_COLUMNS}
FROM unnest(%(patients)s::bigint[]) AS listed (id) {last_visit_joins("listed.id")}
"""  # noqa: S608 - the same text always


def last_visits(patient_ids: Iterable[int], user: User | None, now: datetime) -> dict[int, LastVisit]:
    """The last visits of each of these patients, as they count for this user (None: for the team). One query."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_VISITS, {"patients": list(patient_ids), "user": user.pk if user else None})
        names = [x.name for x in cursor.description or ()]
        rows = [dict(zip(names, values, strict=True)) for values in cursor]
    return {row["id"]: last_visit_of(row, now) for row in rows}


def visit_of(last_visit: LastVisit) -> RoundVisit | None:
    """The newest visit of anybody as it is stored, with its note and plan; None where there is none."""
    if last_visit.visit_id is None:
        return None
    return RoundVisit.objects.select_related("by").get(pk=last_visit.visit_id)


MOST_VISITS = 20  # of the page of a course


def signed_visits(patient: Patient, until: datetime | None = None) -> list[RoundVisit]:
    """The newest visits of a patient that stand, with note and plan; `until`: those known at that moment."""
    visits = RoundVisit.objects.standing().filter(patient=patient).select_related("by").order_by("-at", "-id")
    return list((visits.filter(at__lte=until) if until else visits)[:MOST_VISITS])


# -- plans, tasks, judgements, drafts ---------------------------------------------------------------------------------


def signed_with(visit: RoundVisit) -> tuple[Decision | None, Judgement | None]:
    """The decision and the judgement that were signed with a visit, as they were signed. Three queries.

    They are of its author and became known after its page was opened; a visit of the same author that was signed
    meanwhile keeps its own.
    """
    before = (
        RoundVisit.objects.filter(patient=visit.patient_id, by=visit.by_id, at__lt=visit.at).order_by("-at").first()
    )
    signed: dict[str, Any] = {
        "patient": visit.patient_id,
        "recorded_by": visit.by_id,
        "source": "form",
        "replaces": None,
    }
    signed |= {"known__gte": visit.shown_at, "known__lte": visit.at}
    signed |= {"shown__isnull": False, "identity__startswith": "round:"}
    if before is not None:
        signed["known__gt"] = before.at
    return Decision.objects.filter(**signed).last(), Judgement.objects.filter(**signed).last()


def last_plans(patient_ids: Iterable[int]) -> dict[int, RoundVisit]:
    """The newest visit of each patient at which a plan was written."""
    visits = RoundVisit.objects.standing().filter(patient__in=list(patient_ids)).exclude(plan="").select_related("by")
    return {x.patient_id: x for x in visits.order_by("patient_id", "-at", "-id").distinct("patient_id")}


def open_tasks(patient_ids: Iterable[int]) -> dict[int, list[CareTask]]:
    """Open tasks by patient, the longest due first."""
    found: dict[int, list[CareTask]] = {}
    for task in CareTask.objects.open().filter(patient__in=list(patient_ids)).select_related("assigned_to"):
        found.setdefault(task.patient_id, []).append(task)
    return found


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
