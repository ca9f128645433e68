"""Who is on no ward: not on the ward list, and never out of sight. The list itself is a page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject

from monitoring.engine import Severity
from monitoring.models import Alert
from patients.models import Admission, Patient, SavedView, User


def off_ward(user: User) -> QuerySet[Patient]:
    """Whom the user may see and who is on no ward: discharged, referred, or never admitted."""
    open_stays = Admission.objects.filter(patient=OuterRef("pk"), discharged_at=None)
    return Patient.objects.visible_to(user).filter(~Exists(open_stays))


@dataclass(frozen=True, slots=True)
class ListHead:
    """What stands above the list of wards: how many patients of the user's scope are on no ward, how many of these
    have a critical alert that waits, and the user's saved views, each a name and its filters."""

    off_ward: int
    critical: int
    views: tuple[tuple[str, Any], ...]


def list_head(user: User) -> ListHead:
    """The head of the list for a user. One query."""
    critical = Alert.objects.open().filter(patient=OuterRef("pk"), severity=Severity.CRITICAL, acknowledged_at=None)
    views = SavedView.objects.filter(user=OuterRef("pk")).order_by("name")
    head = User.objects.annotate(
        off_ward=_number_of(off_ward(user)),
        critical=_number_of(off_ward(user).filter(Exists(critical))),
        views=ArraySubquery(views.values(json=JSONObject(name="name", filters="filters"))),
    ).values("off_ward", "critical", "views")
    row = head.get(pk=user.pk)
    return ListHead(row["off_ward"], row["critical"], tuple((x["name"], x["filters"]) for x in row["views"]))


def _number_of(patients: QuerySet[Patient]) -> Coalesce:
    """How many, as a column of another row."""
    counted = patients.order_by().annotate(all=Value(1)).values("all").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)
