"""Sheets for the pocket, as PDF."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ildcare.moment.as_of import requested_moment
from ildcare.paper.handover import handover_pdf
from ildcare.paper.printed import printed_sheets
from ildcare.paper.round_sheet import round_sheet_pdf
from ildcare.paper.summary_sheet import summary_pdf
from ildcare.record.tabs import read_record, tab_context
from ildcare.ward.lines import lines_for
from patients.access import may, open_record, permission
from patients.audit import note_read
from patients.requests import AuthenticatedHttpRequest


@require_safe
@permission("see_record")
def paper_list(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Every sheet of a patient, and which were opened lately, by whom."""
    patient = open_record(patient_id, by=request.user, what="paper")
    record, moment = read_record(request, patient)
    user = request.user
    everybody = may(user, "see_audit_log")
    context = {
        **tab_context(request, record, moment, "paper_list"),
        "printed": printed_sheets(patient, user, record.as_of, everybody=everybody),
        "everybody": everybody,
        "may_identify": moment.at is None and may(user, "correct_identity"),
    }
    return render(request, "ildcare/paper/paper_list.html", context)


@require_safe
@permission("see_record")
def round_sheet(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """The patient on one page."""
    patient = open_record(patient_id, by=request.user, what="round sheet")
    now = timezone.now()
    return _pdf(round_sheet_pdf(patient, request.user, now), f"round-sheet-{patient.pk}", now)


@require_safe
@permission("see_record")
def patient_summary(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """The whole course, for transfer or discharge; `?at=`: as known at an earlier moment."""
    patient = open_record(patient_id, by=request.user, what="summary")
    now, moment = timezone.now(), requested_moment(request)
    content = summary_pdf(patient, request.user, now, moment.at)
    return _pdf(content, f"summary-{patient.pk}", moment.at or now)


@require_safe
@permission("see_ward")
def ward_handover(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The list as it is filtered and ordered, for the handover."""
    user, now = request.user, timezone.now()
    lines, wards = lines_for(request.GET, user, now)
    for line in lines:
        note_read(line.patient.pk, "ward handover", by=user)
    filtered = any(value for name, value in request.GET.items() if name not in ("ward", "sort"))
    return _pdf(handover_pdf(lines, wards, user, now, filtered=filtered), "ward-handover", now)


def _pdf(content: bytes, name: str, now: datetime) -> HttpResponse:
    """Shown in the browser; no patient's name stands in the file's name."""
    stamp = timezone.localtime(now).strftime("%Y%m%d-%H%M")
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}-{stamp}.pdf"'
    return answer
