"""Doors of the monitoring: acknowledge an alert."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from monitoring.actions import acknowledge_alert
from monitoring.forms import AcknowledgementForm, alert_cards
from monitoring.models import Alert
from monitoring.queries import watch_of
from patients.access import open_record, permission
from patients.changes import Refused
from patients.models import Patient
from patients.requests import AuthenticatedHttpRequest
from patients.ways import asked_way

PATIENT_PAGE = "patient_detail"
LISTS = ("off_ward_list", "my_patients")  # of pages on which an alert can be acknowledged too
FRAGMENT = "monitoring/_alerts.html"
PAGE = "monitoring/alert_acknowledge.html"


@require_POST
@permission("acknowledge_alerts")
def alert_acknowledge(request: AuthenticatedHttpRequest, patient_id: int, alert_id: UUID) -> HttpResponse:
    """Acknowledge one alert; the answer is the patient's list of alerts, or the list on which it was done."""
    patient = open_record(patient_id, by=request.user, what="alert")
    alert = get_object_or_404(Alert, pk=alert_id, patient=patient)
    form = AcknowledgementForm(request.POST, request=request, patient=patient, alert=alert)
    if not form.is_valid() or not _acknowledged(form, alert):
        return _alerts(request, patient, refused=form)
    if request.headers.get("HX-Request"):
        return _alerts(request, patient)
    return redirect(asked_way(request, LISTS) or reverse(PATIENT_PAGE, args=[patient.pk]))


def _acknowledged(form: AcknowledgementForm, alert: Alert) -> bool:
    """Once per form, however often it is sent."""
    try:
        form.once(lambda: _change(form, alert))
    except Refused as refused:
        for fault in refused.faults:
            form.add_error(None, fault)
        return False
    return True


def _change(form: AcknowledgementForm, alert: Alert) -> str:
    acknowledge_alert(
        alert=alert,
        by=form.request.user,
        doing=form.cleaned_data["doing"],
        note=form.cleaned_data["note"],
        expected_version=form.context.version,
    )
    return str(alert.pk)


def _alerts(
    request: AuthenticatedHttpRequest, patient: Patient, refused: AcknowledgementForm | None = None
) -> HttpResponse:
    watch = watch_of(patient.pk, timezone.now())
    context = {"patient": patient, "watch": watch, "cards": list(alert_cards(request, patient, watch, refused))}
    template = FRAGMENT if request.headers.get("HX-Request") else PAGE
    return render(request, template, context, status=422 if refused else 200)
