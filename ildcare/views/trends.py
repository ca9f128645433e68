"""The trend charts of a patient, and two tests against each other."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ildcare.moments import asked_moment
from ildcare.queries.comparison import comparison
from ildcare.queries.flags import flags_of
from ildcare.queries.records import describe
from ildcare.queries.trends import MOST_ROWS, trends_of
from ildcare.ranges import Asked
from ildcare.scatter import MOST_DAYS, PAIR_DAYS
from monitoring.engine import Situation
from monitoring.models import Alert
from monitoring.past import watch_at
from patients.access import open_record, permission
from patients.queries import take_snapshot


@require_safe
@permission("see_record")
def trend_list(request: HttpRequest, patient_id: int) -> HttpResponse:
    """All trend charts of the days that are asked for, with whole tables on demand."""
    patient = open_record(patient_id, by=request.user, what="trends")
    moment = asked_moment(request)
    now = moment.at or timezone.now()
    snapshot = take_snapshot(patient, now, now)
    regimen = Situation(snapshot).regimen
    alerts = [x.alert for x in watch_at(patient.pk, now).open] if moment.at else Alert.objects.filter(patient=patient)
    flags = flags_of(snapshot, describe, alerts)
    rows = None if request.GET.get("rows") == "all" else MOST_ROWS
    trends = trends_of(snapshot, regimen.first_d0, regimen=regimen, asked=asked_of(request), flags=flags, rows=rows)
    shown = {"page": "trend_list", "patient": patient, "trends": trends, "as_of": now, "at": moment.text}
    return render(request, "ildcare/trend_list.html", shown)


@require_safe
@permission("see_record")
def trend_compare(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Two tests on one time axis, one above the other, and as pairs."""
    patient = open_record(patient_id, by=request.user, what="trends")
    moment = asked_moment(request)
    now = moment.at or timezone.now()
    snapshot = take_snapshot(patient, now, now)
    first_d0 = Situation(snapshot).regimen.first_d0
    chosen = (request.GET.get("x", ""), request.GET.get("y", ""))
    compared = comparison(snapshot, first_d0, *chosen, _days(request.GET.get("days", "")), asked_of(request))
    shown = {
        "page": "trend_compare",
        "patient": patient,
        "compared": compared,
        "trends": compared.trends if compared else None,
        "as_of": now,
        "at": moment.text,
        "most_days": MOST_DAYS,
    }
    return render(request, "ildcare/trend_compare.html", shown)


def asked_of(request: HttpRequest) -> Asked:
    """The days that an address asks for; what cannot be read is not asked."""
    return Asked(request.GET.get("range", ""), _day(request.GET.get("from", "")), _day(request.GET.get("to", "")))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _days(text: str) -> int:
    """0 to the most; the usual distance of a pair where nothing readable is asked."""
    return min(int(text), MOST_DAYS) if text.isascii() and text.isdigit() else PAIR_DAYS
