"""Two tests of a patient against each other, and the days that trend charts show."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ildcare.drawing.scatter import MOST_DAYS, PAIR_DAYS
from ildcare.moment.as_of import day_of_address, requested_moment
from ildcare.trends.comparison import comparison
from ildcare.trends.ranges import RangeParams
from patients.access import may, open_record, permission
from patients.queries import take_snapshot
from patients.requests import AuthenticatedHttpRequest


@require_safe
@permission("see_record")
def trend_compare(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Two tests on one time axis, one above the other, and as pairs."""
    patient = open_record(patient_id, by=request.user, what="trends")
    moment = requested_moment(request)
    now = moment.at or timezone.now()
    snapshot = take_snapshot(patient, now, now)
    compared = comparison(
        snapshot,
        request.GET.get("x", ""),
        request.GET.get("y", ""),
        _days(request.GET.get("days", "")),
        range_params(request),
    )
    context = {
        "page": "trend_compare",
        "patient": patient,
        "compared": compared,
        "trends": compared.trends if compared else None,
        "unreadable": snapshot.unreadable,
        "as_of": now,
        "at": moment.text,
        "may_correct": moment.at is None and may(request.user, "correct_facts"),
        "most_days": MOST_DAYS,
    }
    return render(request, "ildcare/trends/trend_compare.html", context)


def range_params(request: AuthenticatedHttpRequest) -> RangeParams:
    """The days that an address asks for; what cannot be read is left out."""
    query = request.GET
    first, last = (day_of_address(query.get(name, "")) for name in ("from", "to"))
    return RangeParams(query.get("range", ""), first, last)


def _days(text: str) -> int:
    """0 to the most; the usual distance of a pair where nothing readable is given."""
    return min(int(text), MOST_DAYS) if text.isascii() and text.isdigit() and len(text) < 10 else PAIR_DAYS
