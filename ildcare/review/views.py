"""What senior physicians look through: steps of the chart that were not followed."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ildcare.review.overrides import overrides_to_review
from patients.access import permission
from patients.audit import note_read
from patients.requests import AuthenticatedHttpRequest


@require_safe
@permission("review_cases")
def override_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Patients whose last decision was not to follow the chart: why, by whom, and whether it still stands."""
    rows = overrides_to_review(request.user, timezone.now())
    for row in rows:
        note_read(row.patient.pk, "overrides to review", by=request.user)
    return render(request, "ildcare/review/override_list.html", {"page": "override_list", "rows": rows})
