"""Who a record is about: what stands, what stood before, and the form that corrects it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from ildcare.admission.identity_forms import IdentityForm
from ildcare.evaluation.at_once import evaluated
from patients.access import may, open_record, permission
from patients.actions import NumberTaken, correct_identity, take_what_waits_for
from patients.changes import Refused
from patients.identities import Differing, differing
from patients.models import IdentityChange, Patient, RecordMerge, User
from patients.requests import AuthenticatedHttpRequest


@dataclass(frozen=True, slots=True)
class Corrected:
    """One correction: what stood before and what stood since, in words."""

    change: IdentityChange
    lines: list[Differing]


@require_safe
@permission("correct_identity")
def identity_form(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """The form, and below it every correction so far. `?back=`: filled in with what stood before one of them."""
    patient = open_record(patient_id, by=request.user, what="identity")
    form = IdentityForm(request=request, patient=patient, stood=_stood_before(patient, request.GET.get("back", "")))
    return _page(request, patient, {"form": form, "saved": "saved" in request.GET})


def _stood_before(patient: Patient, number: str) -> dict[str, Any]:
    if not number.isdecimal() or len(number) > 18:
        return {}
    change = IdentityChange.objects.filter(patient=patient, pk=int(number)).first()
    if change is None:
        return {}
    changed = {name: x for name, x in change.before.items() if x != change.after.get(name)}
    if changed.get("birth_date"):
        changed["birth_date"] = date.fromisoformat(changed["birth_date"])
    return changed


@require_POST
@permission("correct_identity")
def identity_correct(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Store the correction: 422 with the form and what was typed if it does not hold."""
    patient = open_record(patient_id, by=request.user, what="identity")
    form, by = IdentityForm(request.POST, request=request, patient=patient), request.user
    taken: Patient | None = None
    if form.is_valid():
        version, reason = form.context.version, form.cleaned_data["reason"]
        try:
            form.once(
                evaluated(
                    lambda: _corrected(patient, by, version, reason, form.changes),
                    patient,
                )
            )
        except Refused as refused:
            for fault in refused.faults:
                form.add_error("mrn" if isinstance(refused, NumberTaken) else None, fault)
            taken = _seen(refused.patient, request) if isinstance(refused, NumberTaken) else None
        else:
            return redirect(f"{reverse('identity_form', args=[patient.pk])}?saved=1")
    return _page(request, patient, {"form": form, "taken": taken}, 422)


def _corrected(patient: Patient, by: User, version: int, reason: str, changes: dict[str, Any]) -> int:
    """Correct the identity, and take what machines sent for it while another one stood there."""
    correct_identity(patient=patient, by=by, expected_version=version, reason=reason, **changes)
    with suppress(Refused):
        take_what_waits_for(Patient.objects.get(pk=patient.pk))
    return patient.pk


def _seen(other: Patient, request: AuthenticatedHttpRequest) -> Patient | None:
    """The patient who has the number, if the user may merge with that record."""
    return other if may(request.user, "merge_records", other) else None


def _page(
    request: AuthenticatedHttpRequest, patient: Patient, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    patient = Patient.objects.get(pk=patient.pk)  # a refused correction may have left its values on the other
    changes = IdentityChange.objects.filter(patient=patient).select_related("by")
    merges = RecordMerge.objects.filter(kept=patient).select_related("absorbed", "by", "taken_back_by")
    more = {
        "patient": patient,
        "corrections": [Corrected(x, differing(x.before, x.after)) for x in changes],
        "merges": merges,
        "may_merge": may(request.user, "merge_records"),
    }
    return render(request, "ildcare/admission/identity_form.html", {**more, **context}, status=status)
