"""A new patient, and the stay page of a patient: every step forward, and the last one back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ildcare.admission.forms import STEPS, LeaveForm, NewPatientForm, StayForm
from ildcare.admission.left_behind import left_behind
from ildcare.admission.roster import ends
from ildcare.evaluation.at_once import evaluated
from ildcare.evaluation.sweep import evaluate_now
from monitoring.engine import Severity
from monitoring.queries import watch_of
from patients.access import may, open_record, open_record_of_step, permission
from patients.actions import take_back_step, take_what_waits_for
from patients.audit import note_read
from patients.changes import Refused
from patients.context import ContextForm, done_once
from patients.models import Admission, Patient, Responsibility, ResponsibilityKind
from patients.out_of_sight import result_of_step
from patients.persons import Doubt, Known
from patients.requests import AuthenticatedHttpRequest
from patients.stay_steps import (
    last_steps,
    newest_step,
    right_for,
    step_lines,
    steps_there,
    take_back_target,
    whereabouts_in_words,
)

ON_A_WARD = ("move", "discharge", "outcome", "consultant")
ELSEWHERE = ("admit", "outcome", "consultant")
AFTER_DEATH = ()  # nothing comes after a death but taking it back
NEW = "patient:new"  # what the form of a new patient is made for


# -- a new patient ----------------------------------------------------------------------------------------------------


@require_safe
@permission("admit_patients")
def patient_new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Person, ward, bed and consultant on one page."""
    return _new_page(request, NewPatientForm(request=request, target=NEW))


@require_POST
@permission("admit_patients")
def patient_register(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Register and admit, and on to the record; 422 with what was typed if it may be somebody who is known."""
    form = NewPatientForm(request.POST, request=request, target=NEW)
    number = _registered(form) if form.is_valid() else None
    if number is None:
        return _new_page(request, form, 422)
    patient = Patient.objects.visible_to(request.user).get(pk=number)
    return redirect(_record(patient))


def _registered(form: NewPatientForm) -> int | None:
    """The key of the patient, who is evaluated at once; None with the faults or the question on the form."""

    def change() -> int:
        number = form.register()
        with suppress(Refused):  # what machines sent for this number before it was registered
            take_what_waits_for(Patient.objects.get(pk=number))
        evaluate_now(number)
        return number

    try:
        number, _again = form.once(change)
    except Doubt as doubt:  # somebody registered the other one in this moment
        form.ask(Known(None, doubt.known))
        return None
    except Refused as refused:
        for fault in refused.faults:
            form.add_error(None, fault)
        return None
    return int(number)


def _new_page(request: AuthenticatedHttpRequest, form: NewPatientForm, status: int = 200) -> HttpResponse:
    if form.offered:
        note_read(None, "records that may be a new patient", by=request.user)
    stays = Admission.objects.filter(patient__in=form.offered, discharged_at=None).select_related("ward")
    lying = {x.patient_id: x for x in stays}
    last = last_steps(x.pk for x in form.offered)
    context = {
        "page": "patient_new",
        "form": form,
        "offered": [(x, x.pk in lying, whereabouts_in_words(lying.get(x.pk), last.get(x.pk))) for x in form.offered],
    }
    return render(request, "ildcare/admission/patient_new.html", context, status=status)


def _record(patient: Patient) -> str:
    """The address of the record, which says what was just done."""
    return f"{reverse('patient_detail', args=[patient.pk])}?step={newest_step(patient)}"


# -- the stay of a patient --------------------------------------------------------------------------------------------


@require_safe
@permission("see_record")
def stay_detail(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Where the patient lies, what can be done about it (`?do=` opens the form), who is responsible, every step."""
    patient = open_record(patient_id, by=request.user, what="stay")
    do = request.GET.get("do", "")
    offered = _offered(request, patient)
    chosen = do if do in offered else next(iter(offered), "")
    return _stay_page(request, patient, chosen, _form(request, patient, chosen) if chosen else None)


@require_POST
@permission("admit_patients")
def stay_change(request: AuthenticatedHttpRequest, patient_id: int, do: str) -> HttpResponse:
    """One step: 422 with the form if it does not hold, else on to the record."""
    patient = open_record(patient_id, by=request.user, what=f"stay {do}")
    if do not in STEPS:
        raise Http404
    form = _form(request, patient, do, request.POST)
    if not form.is_valid() or not done_once(form, evaluated(lambda: _done(form, patient), patient)):
        if isinstance(form, LeaveForm):
            raise Http404
        return _stay_page(request, patient, do, form, 422)
    if not _sees(request, patient):
        return redirect("ward_list")  # which says so, with the way to take it back
    return redirect("stay_detail", patient.pk) if do in ("join", "leave") else redirect(_record(patient))


@require_POST
@permission("admit_patients")
def stay_take_back(request: AuthenticatedHttpRequest, patient_id: int, step_id: int) -> HttpResponse:
    """Take back the last step; what it wrote into the record is cancelled."""
    patient, step = open_record_of_step(patient_id, step_id, by=request.user)
    if not may(request.user, right_for(step)):
        raise PermissionDenied
    form = ContextForm(request.POST, request=request, patient=patient, target=take_back_target(step))
    change = evaluated(lambda: take_back_step(step=step, by=request.user).pk, patient)
    done = form.is_valid() and done_once(form, change)
    if not done and not _sees(request, patient):
        for fault in form.non_field_errors():
            messages.error(request, _("Not taken back: %(why)s") % {"why": fault})
        return redirect("ward_list")
    if not done:
        return _stay_page(request, patient, "", None, 422, faults=[str(x) for x in form.non_field_errors()])
    if not _sees(request, patient):
        messages.success(request, _("Taken back. The patient is on no ward of yours."))
        return redirect("ward_list")
    return redirect("stay_detail", patient.pk)


def _done(form: StayForm, patient: Patient) -> dict[str, int]:
    """Do what the form says; what is kept of it with the form."""
    form.change()
    return result_of_step(patient, newest_step(patient), form.by)


def _sees(request: AuthenticatedHttpRequest, patient: Patient) -> bool:
    return Patient.objects.visible_to(request.user).filter(pk=patient.pk).exists()


def _offered(request: AuthenticatedHttpRequest, patient: Patient) -> dict[str, type[StayForm]]:
    """The steps that fit where the patient is, and that the reader may do."""
    if not may(request.user, "admit_patients"):
        return {}
    words = ON_A_WARD if patient.admission else AFTER_DEATH if ends([patient.pk]) else ELSEWHERE
    return {x: STEPS[x] for x in words if may(request.user, STEPS[x].right)}


def _form(request: AuthenticatedHttpRequest, patient: Patient, do: str, data: Any = None) -> StayForm:
    kind = STEPS[do]
    if not may(request.user, kind.right):
        raise PermissionDenied
    return kind(data, request=request, patient=patient, target=f"stay:{do}", version=newest_step(patient))


def _stay_page(
    request: AuthenticatedHttpRequest,
    patient: Patient,
    do: str,
    form: StayForm | None,
    status: int = 200,
    faults: list[str] | None = None,
) -> HttpResponse:
    responsible = Responsibility.objects.filter(patient=patient).select_related("user").order_by("kind", "-since")
    may_change = may(request.user, "admit_patients")
    ending = do in ("discharge", "outcome")
    watch = watch_of(patient.pk, timezone.now()) if ending else None
    context = {
        "patient": patient,
        "do": do,
        "form": form,
        "menu": [(word, x.title) for word, x in _offered(request, patient).items()],
        "where": whereabouts_in_words(patient.admission, last_steps([patient.pk]).get(patient.pk)),
        "stay": patient.admission,
        "faults": faults or [],
        "steps": sorted([*step_lines(request, patient), *steps_there(patient)], key=lambda x: x.step.pk, reverse=True),
        "consultants": [x for x in responsible if x.kind == ResponsibilityKind.CONSULTANT],
        "team": [
            (x, LeaveForm(request=request, patient=patient, target="stay:leave", initial={"member": x.user_id}))
            for x in responsible
            if x.kind == ResponsibilityKind.TEAM and x.until is None
        ],
        "join": form if do == "join" else (_form(request, patient, "join") if may_change else None),
        "left_behind": left_behind(patient),
        "critical": [x for x in watch.open if x.severity == Severity.CRITICAL] if watch else [],
    }
    return render(request, "ildcare/admission/stay_detail.html", context, status=status)
