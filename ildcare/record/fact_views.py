"""One fact of a record with all its versions, and what amends it: correct, stop, cancel."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ildcare.evaluation.at_once import evaluated
from patients.access import open_record, permission
from patients.amendment_forms import AMENDMENTS, AmendmentForm
from patients.clinical.dose_limits import unusual_doses
from patients.clinical.doubtful import doubts
from patients.clinical.two_values import contradicted
from patients.context import done_once
from patients.fact_words import changes_text, describe_row
from patients.left_there import contradictions_of, words_beside
from patients.merged import merges_into
from patients.models import Fact, Measurement, MedicationCourse, Patient, standing_row
from patients.queries import find_version, history, messages_of, snapshot_with_versions
from patients.requests import AuthenticatedHttpRequest
from patients.wording import render as sentence_of


def _row(patient: Patient, reference: str) -> Fact:
    row = find_version(reference, patient)
    if row is None:
        raise Http404
    return row


@require_safe
@permission("correct_facts")
def fact_detail(request: AuthenticatedHttpRequest, patient_id: int, reference: str) -> HttpResponse:
    """One fact with all its versions, and the forms that correct or cancel it."""
    patient = open_record(patient_id, by=request.user, what="fact")
    return _fact_page(request, patient, _row(patient, reference))


@require_POST
@permission("correct_facts")
def fact_amend(request: AuthenticatedHttpRequest, patient_id: int, reference: str, how: str) -> HttpResponse:
    """Correct, stop or cancel a fact: a new version; the old one stays readable."""
    patient = open_record(patient_id, by=request.user, what="fact")
    row = _row(patient, reference)
    form = _amendment(request, patient, row, how, request.POST)
    if not form.is_valid() or not _amended(form, row):
        return _fact_page(request, patient, row, {how: form}, status=422)
    return redirect("patient_detail", patient.pk)


def _amended(form: AmendmentForm, row: Fact) -> bool:
    def change() -> str:
        return form.amend(row, by=form.request.user).reference

    return done_once(form, evaluated(change, row.patient))


def _amendment(
    request: AuthenticatedHttpRequest, patient: Patient, row: Fact, how: str, data: Any = None
) -> AmendmentForm:
    form = AMENDMENTS.get(how)
    if form is None or not form.fits(row):
        raise Http404
    target = f"{how}:{row.reference}"
    return form(data, request=request, patient=patient, target=target, version=row.version, row=row, prefix=how)


def _doubts_about(row: Fact, patient: Patient) -> list[str]:
    """Why a value waits for confirmation, and what contradicts it."""
    merges, now = merges_into(patient.pk), timezone.now()
    if not isinstance(row, Measurement | MedicationCourse) and not merges:
        return []
    snapshot, versions = snapshot_with_versions(patient, now)
    if isinstance(row, Measurement):
        found = (doubts(snapshot).get(row.reference), contradicted(snapshot).get(row.reference))
        return [sentence_of(x.reason) for x in found if x is not None]
    beside = words_beside(contradictions_of(patient, snapshot, versions, merges))
    unusual = [sentence_of(why) for why in unusual_doses(snapshot).get(row.reference, ())]
    return [*unusual, *([beside[row.reference]] if row.reference in beside else [])]


def _changes(versions: list[Fact]) -> list[str]:
    """What each version says otherwise than the one before it."""
    return ["", *(changes_text(before, after) for before, after in pairwise(versions))]


def _fact_page(
    request: AuthenticatedHttpRequest,
    patient: Patient,
    row: Fact,
    sent: dict[str, AmendmentForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    versions = history(row)
    standing, messages = standing_row(versions), messages_of(versions)
    forms = {
        how: (sent or {}).get(how) or _amendment(request, patient, row, how)
        for how, form in AMENDMENTS.items()
        if form.fits(standing) and standing.pk == row.pk
    }
    context = {
        "patient": patient,
        "row": row,
        "versions": [
            (x, describe_row(x), changed, messages.get(x.pk))
            for x, changed in zip(versions, _changes(versions), strict=True)
        ],
        "standing": standing,
        "doubts": _doubts_about(standing, patient),
        "forms": forms,
    }
    return render(request, "ildcare/record/fact_detail.html", context, status=status)
