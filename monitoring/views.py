"""Doors of the monitoring: acknowledge a card, let it wait, take it; say what became of a test that is due."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from monitoring.acknowledging import acknowledge_alerts, snooze_alerts
from monitoring.engine import Group, Situation
from monitoring.forms import AcknowledgementForm, CardForm, SnoozeForm, alert_cards
from monitoring.intervals import due_tests
from monitoring.marking import mark_test
from monitoring.owning import own_card
from monitoring.queries import watch_of
from monitoring.wording import GROUP_NAMES
from monitoring.worklist_forms import NOBODY, CardOwnerForm, DueTestForm, people_of, target_of_card
from patients.access import open_record, permission
from patients.context import done_once
from patients.models import Patient
from patients.queries import take_snapshot
from patients.requests import AuthenticatedHttpRequest
from patients.ways import return_address

PATIENT_PAGE = "patient_detail"
LISTS = ("off_ward_list", "my_patients", "inbox", "test_list")  # pages on which the same can be done
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
        return redirect(return_address(request, LISTS) or reverse(PATIENT_PAGE, args=[patient.pk]))
    now = timezone.now()
    watch = watch_of(patient.pk, now)
    cards = alert_cards(request, patient, watch, take_snapshot(patient, now, now), None if done else form)
    homeless = [] if done or cards.holds(form.slug) else [x for faults in form.errors.values() for x in faults]
    context = {"patient": patient, "watch": watch, "cards": cards, "homeless": homeless}
    return render(request, FRAGMENT if within else PAGE, context, status=200 if done else 422)


# -- worklists --------------------------------------------------------------------------------------------------------


@require_POST
@permission("acknowledge_alerts")
def card_own(request: AuthenticatedHttpRequest, patient_id: int, card: str) -> HttpResponse:
    """Take a card, give it to somebody, or release it; back to the list or the record on which it was done."""
    patient = open_record(patient_id, by=request.user, what="alert")
    if card not in [str(x) for x in Group]:
        raise Http404
    people = people_of(patient)
    form = CardOwnerForm(
        request.POST, request=request, patient=patient, target=target_of_card(card), people={*people, request.user}
    )

    def change() -> int:
        chosen, by = form.cleaned_data["owner"], request.user
        owner = next((x for x in (*people, by) if str(x.pk) == chosen), None) if chosen != NOBODY else None
        return own_card(patient=patient, group=card, owner=owner, by=by, expected=form.context.version).pk

    if form.is_valid() and done_once(form, change):
        return redirect(return_address(request, LISTS) or reverse(PATIENT_PAGE, args=[patient.pk]))
    context = {"patient": patient, "form": form, "card": card, "card_name": GROUP_NAMES[Group(card)]}
    return render(request, "monitoring/card_own.html", context, status=422)


@require_POST
@permission("keep_tasks")
def test_mark(request: AuthenticatedHttpRequest, patient_id: int, code: str, due: str) -> HttpResponse:
    """Say what became of a test that is due; back to the list. One that is not due any more is told nothing."""
    patient = open_record(patient_id, by=request.user, what="tests due")
    form = DueTestForm(request.POST, request=request, patient=patient, code=code, due=due)
    now = timezone.now()
    situation = Situation(take_snapshot(patient, now, now))
    test = next((x for x in due_tests(situation) if (x.code, x.due.isoformat()) == (code, due)), None)

    def change() -> int:
        said = form.cleaned_data
        words = {"what": said["what"], "note": said["note"], "moved_to": said["moved_to"]}
        assert test is not None
        return mark_test(patient=patient, code=test.code, due=test.due, by=request.user, **words).pk

    if form.is_valid() and test is None:
        form.add_error(None, _("This test is not due any more: its result came, or its plan changed."))
    if form.is_valid() and done_once(form, change):
        return redirect(return_address(request, LISTS) or reverse(PATIENT_PAGE, args=[patient.pk]))
    context = {"patient": patient, "form": form, "test": test}
    return render(request, "monitoring/test_mark.html", context, status=422)
