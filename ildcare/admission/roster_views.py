"""The list of patients on no ward, and "my patients"."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ildcare.admission.inbox import inboxes
from ildcare.admission.roster import Roster, mine, roster
from ildcare.care.signed import signed_just_now
from ildcare.ward.off_ward import off_ward
from patients.access import may, permission
from patients.audit import note_read
from patients.requests import AuthenticatedHttpRequest

MOST_PAGES = 10_000


@require_safe
@permission("see_ward")
def off_ward_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Who is on no ward: never admitted, discharged, referred; open alerts first, then what is new."""
    found = roster(off_ward(request.user), request.user, timezone.now(), _page_number(request))
    note_read(None, "list of patients on no ward", by=request.user)
    return render(request, "ildcare/admission/off_ward_list.html", _context(request, "off_ward_list", found))


@require_safe
@permission("see_ward")
def my_patients(request: AuthenticatedHttpRequest) -> HttpResponse:
    """For whom the reader is responsible, as consultant or of the team, on a ward or not."""
    found = roster(mine(request.user), request.user, timezone.now(), _page_number(request))
    note_read(None, "list of one's own patients", by=request.user)
    return render(request, "ildcare/admission/my_patients.html", _context(request, "my_patients", found))


def _page_number(request: AuthenticatedHttpRequest) -> int:
    text = request.GET.get("page", "")
    return min(int(text), MOST_PAGES) if text.isdecimal() and len(text) < 6 and int(text) > 0 else 1


def _context(request: AuthenticatedHttpRequest, name: str, found: Roster) -> dict[str, Any]:
    return {
        "page": name,
        "roster": found,
        "entries": inboxes(request, found.standing),
        "here": request.get_full_path(),
        "signed": signed_just_now(request),
        "may_admit": may(request.user, "admit_patients"),
        "may_acknowledge": may(request.user, "acknowledge_alerts"),
    }
