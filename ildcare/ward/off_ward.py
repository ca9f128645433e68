"""Who is on no ward: not on the ward list, and never out of sight. The list itself is a page of its own.

What comes late for them is read by their consultant, on "my patients". Where nobody is, or does not sign in, it counts
as unread, and the heads of the lists say so to everybody who sees the patient.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, Func, JSONField, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Greatest, JSONObject
from django.utils import timezone

from ildcare.ward.changes import RESULT_TABLES
from monitoring.engine import Severity
from monitoring.models import Alert
from patients.entries import UNDONE_WITHIN, WARD_SHEET
from patients.models import (
    Admission,
    NonceUse,
    Patient,
    Responsibility,
    ResponsibilityKind,
    Role,
    RoundVisit,
    SavedView,
    Status,
    User,
)
from patients.out_of_sight import LOST
from patients.prepared import prepared_cursor

AWAY_AFTER = timedelta(days=3)  # [J] longer than a weekend off; a session is never that long


def off_ward(user: User) -> QuerySet[Patient]:
    """Whom the user may see and who is on no ward: discharged, referred, or never admitted.

    Looked for among those of whom the user could see one at all, found by indexes: a hospital has many others.
    """
    of_patient = Admission.objects.filter(patient=OuterRef("pk"))
    never_admitted = Patient.objects.filter(~Exists(of_patient))
    own = never_admitted if user.role == Role.SENIOR else never_admitted.filter(registered_by=user)
    lay_here = Admission.objects.filter(ward__memberships__user=user).order_by().values("patient")
    perhaps = lay_here.union(user.responsibilities.order_by().values("patient"), own.order_by().values("pk"))
    return (
        Patient.objects.visible_to(user).filter(pk__in=perhaps).filter(~Exists(of_patient.filter(discharged_at=None)))
    )


def consultants_of(patient_ids: Iterable[int]) -> dict[int, User]:
    """By patient id, who is responsible as the consultant. One query."""
    rows = Responsibility.objects.now().filter(patient__in=list(patient_ids), kind=ResponsibilityKind.CONSULTANT)
    return {x.patient_id: x.user for x in rows.select_related("user")}


def reads(user: User, now: datetime) -> bool:
    """Does somebody sign in, so that what comes late is read?"""
    return user.is_active and user.last_login is not None and now - user.last_login < AWAY_AFTER


def _with_unread(patients: QuerySet[Patient], now: datetime) -> QuerySet[Patient]:
    """Patients on no ward, each with `unread`: does something wait that no consultant will read?"""
    consultant = Responsibility.objects.now().filter(patient=OuterRef("pk"), kind=ResponsibilityKind.CONSULTANT)
    reading = consultant.filter(user__is_active=True, user__last_login__gt=now - AWAY_AFTER)
    alerts = Alert.objects.filter(patient=OuterRef("pk"))
    waiting = alerts.open().filter(acknowledged_at=None, severity__gt=Severity.INFO)
    left = Admission.objects.filter(patient=OuterRef("pk"), taken_back=False)
    seen = RoundVisit.objects.filter(patient=OuterRef("pk"), taken_back=None)
    arrived = (
        Exists(
            x._default_manager.filter(patient=OuterRef("pk"), recorded_at__gt=OuterRef("since")).exclude(
                status=Status.CANCELLED
            )
        )
        for x in RESULT_TABLES
    )
    since = Greatest(  # of these what there is
        "registered_at", _last(left, "discharged_at"), _last(seen, "shown_at"), _last(alerts, "acknowledged_at")
    )
    return patients.annotate(since=since).annotate(unread=~Exists(reading) & reduce(or_, arrived, Q(Exists(waiting))))


def _last(rows: QuerySet[Any], column: str) -> Subquery:
    """The last moment in a column of a patient's rows."""
    return Subquery(rows.order_by().values("patient").annotate(last=Max(column)).values("last"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHead:
    """What stands above the list of wards: how many patients of the user's scope are on no ward, how many of these
    have a critical alert that waits, or something that nobody reads, and the user's saved views, each a name and its
    filters.

    lost, sheet: did the user, a moment ago, take a step by which a patient went out of sight, or save a ward's sheet?
    Only then is there something to undo, and to ask for.
    """

    off_ward: int
    critical: int
    unread: int
    views: tuple[tuple[str, Any], ...]
    lost: bool
    sheet: bool


def list_head(user: User) -> ListHead:
    """The head of the list for a user. One query."""
    now = timezone.now()
    statement, params = _composed(user.role == Role.SENIOR)
    with prepared_cursor() as cursor:  # to plan it takes twice as long as to count
        cursor.execute(statement, [_of(x, user, now) for x in params])
        away, views, lost, sheet = cursor.fetchone()
    off_ward, critical, unread = json.loads(away) if away else (0, 0, 0)
    named = tuple((x["name"], x["filters"]) for x in map(json.loads, views))
    return ListHead(off_ward=off_ward, critical=critical, unread=unread, views=named, lost=lost, sheet=sheet)


# Whom and when the statement was composed for.
NOBODY, NEVER = -1, datetime(2000, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=2)
def _composed(senior: bool) -> tuple[str, tuple[Any, ...]]:
    """The statement of the head, for nobody at no time. To compose it takes longer than all else of a list that stands,
    and of the user it hangs on nothing but whether it is a senior physician."""
    statement, params = head_of(User(pk=NOBODY, role=Role.SENIOR if senior else ""), NEVER).query.sql_with_params()
    return statement, tuple(params)


def _of(param: Any, user: User, now: datetime) -> Any:
    """A parameter of that statement, for this user now."""
    if isinstance(param, datetime):
        return now + (param - NEVER)
    return user.pk if param == NOBODY else param


def head_of(user: User, now: datetime) -> QuerySet[User, tuple[Any, ...]]:
    """Who is on no ward, in numbers: all, with a critical alert, unread; the saved views; is something to be undone?"""
    critical = Alert.objects.open().filter(patient=OuterRef("pk"), severity=Severity.CRITICAL, acknowledged_at=None)
    views = SavedView.objects.filter(user=OuterRef("pk")).order_by("name")
    sent = NonceUse.objects.filter(used_at__gte=now - UNDONE_WITHIN, user=OuterRef("pk"))
    away = _with_unread(off_ward(user), now)
    return User.objects.filter(pk=user.pk).values_list(
        _numbers_of(away, Count("pk"), Count("pk", filter=Exists(critical)), Count("pk", filter=Q(unread=True))),
        ArraySubquery(views.values(json=JSONObject(name="name", filters="filters"))),
        Exists(sent.filter(result__has_key=LOST)),
        Exists(sent.filter(result__has_key=WARD_SHEET)),
    )


def _numbers_of(patients: QuerySet[Patient], *counts: Count) -> Subquery:
    """Several counts of the same patients as one column of another row, NULL for nobody."""
    told = Func(*counts, function="jsonb_build_array", output_field=JSONField())
    return Subquery(patients.order_by().annotate(all=Value(1)).values("all").annotate(told=told).values("told"))
