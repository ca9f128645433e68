"""Who is on no ward: not on the ward list, and never out of sight. The list itself is a page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone

from monitoring.engine import Severity
from monitoring.models import Alert
from patients.entries import UNDONE_WITHIN, WARD_SHEET
from patients.models import Admission, NonceUse, Patient, SavedView, User
from patients.out_of_sight import LOST


def off_ward(user: User) -> QuerySet[Patient]:
    """Whom the user may see and who is on no ward: discharged, referred, or never admitted."""
    open_stays = Admission.objects.filter(patient=OuterRef("pk"), discharged_at=None)
    return Patient.objects.visible_to(user).filter(~Exists(open_stays))


@dataclass(frozen=True, slots=True)
class ListHead:
    """What stands above the list of wards: how many patients of the user's scope are on no ward, how many of these
    have a critical alert that waits, and the user's saved views, each a name and its filters.

    lost, sheet: did the user, a moment ago, take a step by which a patient went out of sight, or save a ward's sheet?
    Only then is there something to undo, and to ask for.
    """

    off_ward: int
    critical: int
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
        views=ArraySubquery(views.values(json=JSONObject(name="name", filters="filters"))),
        lost=Exists(sent.filter(result__has_key=LOST)),
        sheet=Exists(sent.filter(result__has_key=WARD_SHEET)),
    ).values("off_ward", "critical", "views", "lost", "sheet")
    row = head.get(pk=user.pk)
    return ListHead(**{**row, "views": tuple((x["name"], x["filters"]) for x in row["views"])})


def _number_of(patients: QuerySet[Patient]) -> Coalesce:
    """How many, as a column of another row."""
    counted = patients.order_by().annotate(all=Value(1)).values("all").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)
