"""Who is on no ward: not on the ward list, and never out of sight. The list itself is a page of its own.

What comes late for them is read by their consultant, on "my patients". Where nobody is, or does not sign in, it counts
as unread, and the heads of the lists say so to everybody who sees the patient.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, JSONObject
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


def unread(user: User, now: datetime) -> QuerySet[Patient]:
    """Those of the user's scope on no ward for whom something waits that no consultant will read."""
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
    return (
        off_ward(user).filter(~Exists(reading)).annotate(since=since).filter(reduce(or_, arrived, Q(Exists(waiting))))
    )


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
    critical = Alert.objects.open().filter(patient=OuterRef("pk"), severity=Severity.CRITICAL, acknowledged_at=None)
    views = SavedView.objects.filter(user=OuterRef("pk")).order_by("name")
    sent = NonceUse.objects.filter(used_at__gte=timezone.now() - UNDONE_WITHIN, user=OuterRef("pk"))
    head = User.objects.annotate(
        off_ward=_number_of(off_ward(user)),
        critical=_number_of(off_ward(user).filter(Exists(critical))),
        unread=_number_of(unread(user, timezone.now())),
        views=ArraySubquery(views.values(json=JSONObject(name="name", filters="filters"))),
        lost=Exists(sent.filter(result__has_key=LOST)),
        sheet=Exists(sent.filter(result__has_key=WARD_SHEET)),
    ).values("off_ward", "critical", "unread", "views", "lost", "sheet")
    row = head.get(pk=user.pk)
    return ListHead(**{**row, "views": tuple((x["name"], x["filters"]) for x in row["views"])})


def _number_of(patients: QuerySet[Patient]) -> Coalesce:
    """How many, as a column of another row."""
    counted = patients.order_by().annotate(all=Value(1)).values("all").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)
