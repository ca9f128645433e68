"""Sheets for the pocket, as PDF."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ildcare.moment.as_of import requested_moment
from ildcare.paper.handover import handover_pdf
from ildcare.paper.review_sheet import figures_pdf
from ildcare.paper.round_sheet import round_sheet_pdf, round_sheets_pdf, sheet_or_none
from ildcare.paper.summary_sheet import summary_pdf
from ildcare.record.prints import prints_of
from ildcare.record.tabs import read_record, tab_context
from ildcare.review.figure_reads import agreement
from ildcare.review.figure_views import days_of
from ildcare.ward.lines import lines_for
from patients.access import may, open_record, permission
from patients.actions import note_prints
from patients.audit import note_read
from patients.models import SheetKind
from patients.requests import AuthenticatedHttpRequest
from patients.wording import listed


@require_safe
@permission("see_record")
def paper_list(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Every sheet of a patient, and which were printed, by whom, and whether the record has gone on since."""
    patient = open_record(patient_id, by=request.user, what="paper")
    record, moment = read_record(request, patient)
    user = request.user
    context = {
        **tab_context(request, record, moment, "paper_list"),
        "prints": prints_of(patient, record.as_of),
        "may_identify": moment.at is None and may(user, "correct_identity"),
    }
    return render(request, "ildcare/paper/paper_list.html", context)


@require_safe
@permission("see_record")
def round_sheet(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """The patient on one page."""
    patient = open_record(patient_id, by=request.user, what="round sheet")
    now = timezone.now()
    content = round_sheet_pdf(patient, request.user, now)
    note_prints(patients=[patient], kind=SheetKind.ROUND, at=now, by=request.user, now=now)
    return _pdf(content, f"round-sheet-{patient.pk}", now)


@require_safe
@permission("see_record")
def patient_summary(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """The whole course, for transfer or discharge; `?at=`: as known at an earlier moment."""
    patient = open_record(patient_id, by=request.user, what="summary")
    now, moment = timezone.now(), requested_moment(request)
    content = summary_pdf(patient, request.user, now, moment.at)
    note_prints(patients=[patient], kind=SheetKind.SUMMARY, at=moment.at or now, by=request.user, now=now)
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
    content = handover_pdf(lines, wards, user, now, filtered=filtered)
    note_prints(patients=[x.patient for x in lines], kind=SheetKind.HANDOVER, at=now, by=user, now=now)
    return _pdf(content, "ward-handover", now)


@require_safe
@permission("see_record")
def ward_round_sheets(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The round sheets of a list in its order, one patient a page."""
    user, now = request.user, timezone.now()
    lines, wards = lines_for(request.GET, user, now)
    patients = [x.patient for x in lines]
    if not patients:
        raise Http404
    for patient in patients:
        note_read(patient.pk, "round sheet", by=user)
    names = listed(x.name_in(get_language() or "en") for x in wards)
    sheets = [sheet_or_none(x, user, now) for x in patients]
    content = round_sheets_pdf(sheets, user, now, f"{_('Round sheets')} {names}".strip())
    note_prints(patients=patients, kind=SheetKind.ROUND, at=now, by=user, now=now)
    return _pdf(content, "round-sheets", now)


@require_safe
@permission("review_cases")
def review_figures_pdf(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The figures of agreement of the reader's wards."""
    now, days = timezone.now(), days_of(request)
    note_read(None, "figures of agreement: pdf", by=request.user)
    return _pdf(figures_pdf(agreement(request.user, days, now), request.user, now), f"review-figures-{days}d", now)


def _pdf(content: bytes, name: str, now: datetime) -> HttpResponse:
    """Shown in the browser; no patient's name stands in the file's name."""
    stamp = timezone.localtime(now).strftime("%Y%m%d-%H%M")
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}-{stamp}.pdf"'
    return answer
