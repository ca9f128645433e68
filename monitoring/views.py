"""Doors of the monitoring: acknowledge a card, or let it wait."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from monitoring.acknowledging import acknowledge_alerts, snooze_alerts
from monitoring.forms import AcknowledgementForm, CardForm, SnoozeForm, alert_cards
from monitoring.queries import watch_of
from patients.access import open_record, permission
from patients.context import done_once
from patients.models import Patient
from patients.requests import AuthenticatedHttpRequest
from patients.ways import asked_way

PATIENT_PAGE = "patient_detail"
LISTS = ("off_ward_list", "my_patients")  # of pages on which a card can be acknowledged too
FRAGMENT = "monitoring/_alerts.html"
PAGE = "monitoring/card_acknowledge.html"


@require_POST
@permission("acknowledge_alerts")
def card_acknowledge(request: AuthenticatedHttpRequest, patient_id: int, card: str) -> HttpResponse:
    """Acknowledge what a card showed; the answer is the patient's cards, or the list on which it was done."""
    patient = open_record(patient_id, by=request.user, what="alert")
    form = AcknowledgementForm.sent(request, patient, card)

    def change() -> str:
        doing, note = form.cleaned_data["doing"], form.cleaned_data["note"]
        acknowledge_alerts(patient=patient, versions=form.versions, by=request.user, doing=doing, note=note)
        return card

    return _answer(request, patient, form, form.is_valid() and done_once(form, change))


@require_POST
@permission("acknowledge_alerts")
def card_snooze(request: AuthenticatedHttpRequest, patient_id: int, card: str) -> HttpResponse:
    """Let what a card showed wait; answered as an acknowledgement is."""
    patient = open_record(patient_id, by=request.user, what="alert")
    form = SnoozeForm.sent(request, patient, card)

    def change() -> str:
        why = form.cleaned_data["reason"]
        snooze_alerts(patient=patient, versions=form.versions, by=request.user, until=form.ends_at, note=why)
        return card

    return _answer(request, patient, form, form.is_valid() and done_once(form, change))


def _answer(request: AuthenticatedHttpRequest, patient: Patient, form: CardForm, done: bool) -> HttpResponse:
    within = request.headers.get("HX-Request")
    if done and not within:
        return redirect(asked_way(request, LISTS) or reverse(PATIENT_PAGE, args=[patient.pk]))
    watch = watch_of(patient.pk, timezone.now())
    cards = alert_cards(request, patient, watch, None if done else form)
    homeless = [] if done or cards.holds(form.slug) else [x for faults in form.errors.values() for x in faults]
    context = {"patient": patient, "watch": watch, "cards": cards, "homeless": homeless}
    return render(request, FRAGMENT if within else PAGE, context, status=200 if done else 422)
