"""What the alerts of wards asked in a period, read for the report on them (`monitoring.fatigue`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from monitoring.fatigue import Fatigue, Happened, Stay, fatigue
from monitoring.models import AlertEvent, EventKind
from patients.models import Admission, Ward

COLUMNS = ("patient_id", "alert_id", "alert__rule", "alert__subject", "at", "kind", "severity", "doing")


def load_of(wards: Sequence[Ward], start: datetime, end: datetime) -> Fatigue:
    """The report of the patients who lay on these wards between two moments, for that time. Four queries.

    An alert counts for a ward while its patient lay there. What was before is the period of the same length before it.
    """
    stays = _stays(wards, start, end)
    earlier = _stays(wards, start - (end - start), start)
    events = [
        Happened(patient, str(alert), *rest)
        for patient, alert, *rest in _events(stays, start, end).values_list(*COLUMNS).order_by("id")
    ]
    of_stay = {x.patient: [y for y in stays if y.patient == x.patient] for x in stays}
    here = [x for x in events if any(y.start <= x.at < y.end for y in of_stay[x.patient])]
    opened = _events(earlier, start - (end - start), start).filter(kind=EventKind.OPENED)
    before = dict(opened.values_list("alert__rule").annotate(number=Count("pk")))
    return fatigue(here, stays, before)


def _events(stays: Sequence[Stay], start: datetime, end: datetime) -> QuerySet[AlertEvent]:
    return AlertEvent.objects.filter(patient__in={x.patient for x in stays}, at__gte=start, at__lt=end)


def _stays(wards: Sequence[Ward], start: datetime, end: datetime) -> list[Stay]:
    within = Q(discharged_at=None) | Q(discharged_at__gt=start)
    rows = Admission.objects.filter(within, ward__in=wards, admitted_at__lt=end)
    return [
        Stay(x.patient_id, x.admitted_at, max(start, x.admitted_at), min(end, x.discharged_at or end))
        for x in rows.only("patient_id", "admitted_at", "discharged_at")
    ]
