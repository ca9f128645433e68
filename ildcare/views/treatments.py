"""Pages of their own for what needs width: the treatments of a patient, and all results with their older days.

With `?at=` (ISO time; without a zone it is the site's) both show what was known at that moment, and nothing to amend.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion
from ildcare.entries import panel_choices
from ildcare.flowsheet import Sheet
from ildcare.moments import asked_moment
from ildcare.queries.results import sheet_of
from ildcare.queries.treatments import treatment_picture
from patients.access import may, open_record, permission
from patients.clinical.measurements import PANELS
from patients.queries import take_snapshot

DAYS_SHOWN = (7, 14, 21)  # columns of a sheet; the second is shown unless asked otherwise


@require_safe
@permission("see_record")
def treatment_list(request: HttpRequest, patient_id: int) -> HttpResponse:
    """The treatments of a patient: timeline, table, levels."""
    patient = open_record(patient_id, by=request.user, what="treatments")
    at = asked_moment(request).at
    as_of = at or timezone.now()
    snapshot = take_snapshot(patient, as_of, as_of)
    regimen = opinion(CURRENT, snapshot).pathway.regimen
    shown = {
        "patient": patient,
        "record": {"treatment_picture": treatment_picture(snapshot, regimen)},
        "as_of": as_of,
        "at": at.isoformat() if at else "",
        "may_enter": at is None and may(request.user, "record_treatment", patient),
        "may_correct": at is None and may(request.user, "correct_facts", patient),
    }
    return render(request, "ildcare/treatment_list.html", shown)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of the results is asked for; what makes no sense is left at its default."""

    panel: str
    until: date | None
    days: int
    oldest_first: bool
    at: datetime | None

    def address(self, patient_id: int, **other: Any) -> str:
        """The same page with some of this changed."""
        asked = {"panel": self.panel, "until": self.until, "days": self.days, "order": self.order, **other}
        asked["at"] = self.at.isoformat() if self.at else ""
        usual = {"days": DAYS_SHOWN[1], "order": "newest"}
        said = {name: value for name, value in asked.items() if value and value != usual.get(name)}
        return f"{reverse('result_list', args=[patient_id])}{'?' if said else ''}{urlencode(said)}"

    @property
    def order(self) -> str:
        """newest or oldest: which day stands first."""
        return "oldest" if self.oldest_first else "newest"


def _asked(request: HttpRequest) -> Asked:
    given = request.GET
    days = given.get("days", "")
    shown = int(days) if days in {str(x) for x in DAYS_SHOWN} else DAYS_SHOWN[1]
    panel = given.get("panel", "")
    until, oldest = _day(given.get("until", "")), given.get("order") == "oldest"
    return Asked(panel if panel in PANELS else "", until, shown, oldest, asked_moment(request).at)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_safe
@permission("see_record")
def result_list(request: HttpRequest, patient_id: int) -> HttpResponse:
    """The flow sheet of a patient: any days, all panels or one, as a table that can be copied and printed."""
    patient = open_record(patient_id, by=request.user, what="results")
    asked = _asked(request)
    as_of = asked.at or timezone.now()
    sheet = sheet_of(
        patient, as_of, most_days=asked.days, until=asked.until, panel=asked.panel, oldest_first=asked.oldest_first
    )
    shown = {
        "patient": patient,
        "sheet": sheet,
        "asked": asked,
        "panels": panel_choices(),
        "day_counts": DAYS_SHOWN,
        "pages": _pages(asked, sheet, patient.pk),
        "as_of": as_of,
        "at": asked.at.isoformat() if asked.at else "",
        "may_correct": asked.at is None and may(request.user, "correct_facts", patient),
    }
    return render(request, "ildcare/result_list.html", shown)


def _pages(asked: Asked, sheet: Sheet, patient_id: int) -> dict[str, str]:
    """Addresses of the older and newer days, of the newest, and of the other order; "" where there is none."""
    other = "newest" if asked.oldest_first else "oldest"
    return {
        "older": asked.address(patient_id, until=sheet.older_until) if sheet.older_until else "",
        "newer": asked.address(patient_id, until=sheet.newer_until) if sheet.newer_until else "",
        "newest": asked.address(patient_id, until=None) if sheet.newer else "",
        "turned": asked.address(patient_id, order=other),
        "every": asked.address(patient_id, panel=""),
    }
