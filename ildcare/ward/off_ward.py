"""Who is on no ward: not on the ward list, and never out of sight. The list itself is a page of its own.

What comes late for them is read by their consultant, on "my patients". Where nobody is, or does not sign in, it counts
as unread, and the heads of the lists say so to everybody who sees the patient.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone

from ildcare.ward.changes import RESULT_TABLES
from monitoring.engine import Severity
from monitoring.models import Alert
from patients.entries import UNDONE_WITHIN, WARD_SHEET
from patients.models import Admission, NonceUse, Patient, Responsibility, ResponsibilityKind, SavedView, User
from patients.out_of_sight import LOST
from patients.rounds import STANDS

AWAY_AFTER = timedelta(days=3)  # [J] longer than a weekend off; a session is never that long

# of `listed.id`: since when a result is new, and whether there is one
SINCE = f"""SELECT greatest(
    person.registered_at,
    (SELECT max(discharged_at) FROM patients_admission WHERE patient_id = listed.id AND NOT taken_back),
    (SELECT max(visit.shown_at) FROM patients_roundvisit AS visit WHERE visit.patient_id = listed.id AND {STANDS}),
    (SELECT max(acknowledged_at) FROM monitoring_alert WHERE patient_id = listed.id)
) AS at"""  # noqa: S608 - the same text always
ARRIVED = " UNION ALL ".join(
    f"SELECT FROM {x._meta.db_table} WHERE patient_id = listed.id AND recorded_at > since.at AND status <> 'cancelled'"
    for x in RESULT_TABLES
)
WAITING = f"""
SELECT count(*) FROM unnest(%(patients)s::bigint[]) AS listed (id)
JOIN patients_patient AS person ON person.id = listed.id
CROSS JOIN LATERAL ({SINCE}) AS since
WHERE EXISTS ({ARRIVED}) OR EXISTS (
    SELECT FROM monitoring_alert
    WHERE patient_id = listed.id AND closed_at IS NULL AND acknowledged_at IS NULL AND severity > %(info)s
)
"""  # noqa: S608 - the same text always


def off_ward(user: User) -> QuerySet[Patient]:
    """Whom the user may see and who is on no ward: discharged, referred, or never admitted."""
    open_stays = Admission.objects.filter(patient=OuterRef("pk"), discharged_at=None)
    return Patient.objects.visible_to(user).filter(~Exists(open_stays))


def consultants_of(patient_ids: Iterable[int]) -> dict[int, User]:
    """By patient id, who is responsible as the consultant. One query."""
    rows = Responsibility.objects.now().filter(patient__in=list(patient_ids), kind=ResponsibilityKind.CONSULTANT)
    return {x.patient_id: x.user for x in rows.select_related("user")}


def reads(user: User, now: datetime) -> bool:
    """Does somebody sign in, so that what comes late is read?"""
    return user.is_active and user.last_login is not None and now - user.last_login < AWAY_AFTER


def unread(user: User, now: datetime) -> int:
    """Of how many patients of the user's scope on no ward something waits that no consultant will read."""
    ids = list(off_ward(user).order_by().values_list("pk", flat=True))
    read = {pk for pk, consultant in consultants_of(ids).items() if reads(consultant, now)}
    left = [x for x in ids if x not in read]
    if not left:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"patients": left, "info": int(Severity.INFO)})
        (number,) = cursor.fetchone()
    return int(number)


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
