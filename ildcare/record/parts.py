"""What stands further down the overview: loaded when it comes into view, each part by itself.

A part is the page asked for with its place as the target of htmx; `?whole=1` is the page with every part in place, for
paper, for a search in the page, and without script.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from algorithm.charts import chart_for
from ildcare.moment.as_of import requested_moment
from ildcare.moment.page_mark import moment_of_mark
from ildcare.record.page import record_of
from ildcare.trends.views import range_params
from patients.access import may
from patients.models import Patient
from patients.requests import AuthenticatedHttpRequest

# by its place on the page, what draws it
PARTS = {
    "chart": "ildcare/record/_chart.html",
    "small-trends": "ildcare/record/_small_trends.html",
    "results": "ildcare/record/_results.html",
    "trends": "ildcare/trends/_trends.html",
    "treatments": "ildcare/record/_treatments.html",
    "course": "ildcare/record/_course.html",
}
AWAITED = ("chart", "small-trends")  # on the overview; the others stand on the page with every part
BAR = "state-bar"  # asked for anew, as of now, when a card was acknowledged
WHOLE = "whole"  # in the address of the page with every part


@dataclass(frozen=True, slots=True)
class PartRequest:
    """A part that is asked for. `page_moment`: the moment of the page that it belongs to, which was noted as read; None
    where it is asked for by itself (other days of the charts), as of now."""

    name: str
    page_moment: datetime | None


def part_request(request: AuthenticatedHttpRequest, patient_id: int) -> PartRequest | None:
    """None for the page itself."""
    name = request.htmx.target if request.htmx else None
    if name == BAR:
        return PartRequest(name, None)
    return PartRequest(name, moment_of_mark(request, patient_id)) if name in PARTS else None


def was_noted(request: AuthenticatedHttpRequest, patient_id: int) -> bool:
    """Is a part asked for by a page whose reading was noted?"""
    part = part_request(request, patient_id)
    return part is not None and part.page_moment is not None


def record_part(request: AuthenticatedHttpRequest, patient: Patient, part: PartRequest) -> HttpResponse:
    """One part of the page of a record, as the whole page of that moment has it."""
    asked = requested_moment(request).at
    moment = part.page_moment or asked
    record = record_of(patient, moment or timezone.now(), range_params(request), past=moment is not None)
    closed = asked is not None or patient.merge is not None
    context = {
        "patient": patient,
        "record": record,
        "at": asked.isoformat() if asked else "",
        "merge": patient.merge,
        "may_correct": not closed and may(request.user, "correct_facts"),
    }
    if part.name == BAR:
        return render(request, "ildcare/record/_state_bar.html", {"patient": patient, "bar": record.bar})
    if part.name == "trends":
        context["trends"] = record.trends
    if part.name == "chart":
        context["chart"] = chart_for(record.snapshot)
    return render(request, PARTS[part.name], context)


def parts_of_page(request: AuthenticatedHttpRequest) -> dict[str, Any]:
    """What the page needs to show its parts or to load them: its own address, and that with every part."""
    params = request.GET.copy()
    is_whole = bool(params.pop(WHOLE, None))
    here = f"{request.path}{'?' if params else ''}{params.urlencode()}"
    params[WHOLE] = "1"
    return {"is_whole": is_whole, "here": here, "every_part": f"{request.path}?{params.urlencode()}"}
