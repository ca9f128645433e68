"""The patient page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from algorithm.flowcharts import CURRENT
from ildcare.entries import entry_menu
from ildcare.queries.records import record_of
from ildcare.views.trends import asked_of
from monitoring.forms import alert_cards
from patients.access import may, open_record, permission
from patients.models import Patient


@require_safe
@permission("see_record")
def patient_detail(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Where the patient stands, why, what is missing, what went wrong, and the course."""
    patient = open_record(patient_id, by=request.user)
    return record_page(request, patient)


def record_page(request: HttpRequest, patient: Patient) -> HttpResponse:
    """The page itself, also shown after an entry."""
    record = record_of(patient, timezone.now(), asked_of(request))
    shown = {
        "page": "patient_detail",
        "patient": patient,
        "record": record,
        "watch": record.watch,
        "cards": list(alert_cards(request, patient, record.watch)),
        "chart": CURRENT,
        "entries": entry_menu(request.user),
        "may_judge": may(request.user, "judge"),
        "may_correct": may(request.user, "correct_facts"),
    }
    return render(request, "ildcare/patient_detail.html", shown)
