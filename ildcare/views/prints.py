"""Sheets for the pocket, as PDF."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ildcare.moments import asked_moment
from ildcare.summary.full_summary import full_summary_pdf
from ildcare.summary.handover import handover_pdf
from ildcare.summary.round_sheet import round_sheet_pdf
from ildcare.views.wards import asked_lines
from patients.access import open_record, permission
from patients.audit import note_read
from patients.models import User


@require_safe
@permission("see_record")
def round_sheet(request: HttpRequest, patient_id: int) -> HttpResponse:
    """The patient on one page."""
    patient = open_record(patient_id, by=request.user, what="round sheet")
    now = timezone.now()
    return _pdf(round_sheet_pdf(patient, cast(User, request.user), now), f"round-sheet-{patient.pk}", now)


@require_safe
@permission("see_record")
def patient_summary(request: HttpRequest, patient_id: int) -> HttpResponse:
    """The whole course, for transfer or discharge; `?at=`: as known at an earlier moment."""
    patient = open_record(patient_id, by=request.user, what="summary")
    now, asked = timezone.now(), asked_moment(request)
    content = full_summary_pdf(patient, cast(User, request.user), now, asked.at)
    return _pdf(content, f"summary-{patient.pk}", asked.at or now)


@require_safe
@permission("see_ward")
def ward_handover(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered and ordered, for the handover."""
    user, now = cast(User, request.user), timezone.now()
    lines, wards = asked_lines(request.GET, user, now)
    for line in lines:
        note_read(line.patient.pk, "ward handover", by=user)
    filtered = any(value for name, value in request.GET.items() if name not in ("ward", "sort"))
    return _pdf(handover_pdf(lines, wards, user, now, filtered=filtered), "ward-handover", now)


def _pdf(content: bytes, name: str, now: datetime) -> HttpResponse:
    """Shown in the browser; the file's name says no patient's name."""
    stamp = timezone.localtime(now).strftime("%Y%m%d-%H%M")
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}-{stamp}.pdf"'
    return answer
