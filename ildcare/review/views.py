"""What senior physicians look through: steps of the chart that were not followed, and how much the alerts ask."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ildcare.review.alert_load import load_of
from ildcare.review.overrides import overrides_to_review
from monitoring.engine import Severity
from monitoring.fatigue import FOLLOWED_WITHIN, RuleLine
from patients.access import permission
from patients.audit import note_read
from patients.queries import wards_of
from patients.requests import AuthenticatedHttpRequest

PERIODS = (7, 30, 90)  # days


@require_safe
@permission("review_overrides")
def override_list(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Patients whose last decision was not to follow the chart: why, by whom, and whether it still stands."""
    rows = overrides_to_review(request.user, timezone.now())
    for row in rows:
        note_read(row.patient.pk, "overrides to review", by=request.user)
    return render(request, "ildcare/review/override_list.html", {"page": "override_list", "rows": rows})


def _a_day(line: RuleLine, days: float) -> tuple[float | None, ...]:
    """Cards of a rule in 100 patient-days, critical first; None where nobody lay on a ward."""
    return tuple(100 * line.cards.get(x, 0) / days if days else None for x in reversed(Severity))


@require_safe
@permission("review_cases")
def alert_load(request: AuthenticatedHttpRequest) -> HttpResponse:
    """How much the alerts of the reader's wards asked of people, by rule. Numbers only: no patient is named."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else PERIODS[1]
    now = timezone.now()
    report = load_of(wards_of(request.user), now - timedelta(days=days), now)
    rules = [
        {"line": x, "a_day": _a_day(x, report.days)} for x in report.rules if x.opened or x.acknowledged or x.before
    ]
    context = {
        "page": "alert_load",
        "rules": rules,
        "days": days,
        "periods": PERIODS,
        "cards": report.all_cards,
        "days_of": report.days,
        "a_day": report.a_day,
        "settled": report.settled_a_day,
        "within": FOLLOWED_WITHIN.days,
    }
    return render(request, "ildcare/review/alert_load.html", context)
