"""Two records that are one person's: choose the other, look at both and at what would happen, merge; take it back."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from ildcare.admission.merge_forms import MergeForm, TakeBackForm
from ildcare.admission.merge_reads import MOST, perhaps_the_same, side_by_side
from ildcare.evaluation.at_once import evaluated
from patients.access import may, open_record, permission
from patients.actions import drop_left_drafts, merge_records, take_back_merge, try_merge, try_take_back
from patients.audit import note_read
from patients.changes import Refused, StaleVersion
from patients.context import ContextForm, done_once
from patients.left_there import DROP_LEFT
from patients.merged import merges_into
from patients.models import Patient, RecordMerge
from patients.requests import AuthenticatedHttpRequest
from patients.search import find_patients

DRY_RUN = "dry run"  # stands as the reason of what is done and undone


@require_safe
@permission("merge_records")
def merge_choose(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Which record is the same person's? Those that look like it, and a search."""
    patient = open_record(patient_id, by=request.user, what="merge")
    return _choice(request, patient, "", perhaps_the_same(patient, request.user))


@require_POST
@permission("merge_records")
def merge_find(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """The other records on whom the words fit; by POST, so that no name stands in an address."""
    patient = open_record(patient_id, by=request.user, what="merge")
    words = request.POST.get("words", "").strip()
    found = find_patients(words, request.user, MOST)
    people = Patient.objects.in_bulk(found.ids)
    return _choice(request, patient, words, [people[pk] for pk in found.ids if pk != patient.pk])


def _choice(request: AuthenticatedHttpRequest, patient: Patient, words: str, others: list[Patient]) -> HttpResponse:
    for other in others:
        note_read(other.pk, "merge: choice", by=request.user)
    context = {"patient": patient, "words": words, "others": others}
    return render(request, "ildcare/admission/merge_choose.html", context)


@require_safe
@permission("merge_records")
def merge_check(request: AuthenticatedHttpRequest, patient_id: int, other_id: int) -> HttpResponse:
    """Both records side by side, and what merging would do, found by doing and undoing it."""
    kept = open_record(patient_id, by=request.user, what="merge")
    other = _other(request, kept, other_id)
    return _checked(request, kept, other, MergeForm(request=request, patient=kept, other=other))


@require_POST
@permission("merge_records")
def merge_store(request: AuthenticatedHttpRequest, patient_id: int, other_id: int) -> HttpResponse:
    """Merge the two records that were shown: 422 with the page if that does not hold, 409 if one changed since."""
    kept = open_record(patient_id, by=request.user, what="merge")
    other = _other(request, kept, other_id, merged_too=True)  # sent twice: answered as the first time
    form, by = MergeForm(request.POST, request=request, patient=kept, other=other), request.user

    def change() -> int:
        if form.context.version != form.expected:
            raise StaleVersion
        return merge_records(kept=kept, absorbed=other, by=by, reason=form.cleaned_data["reason"]).merge.pk

    if not form.is_valid():
        return _checked(request, kept, other, form, 422)
    try:
        key, _again = form.once(evaluated(change, kept))
    except Refused as refused:
        for fault in refused.faults:
            form.add_error(None, fault)
        return _checked(request, kept, other, form, 422)
    return redirect(f"{reverse('merge_detail', args=[kept.pk, key])}?saved=1")


def _other(request: AuthenticatedHttpRequest, kept: Patient, other_id: int, *, merged_too: bool = False) -> Patient:
    """The second record, behind the same gate."""
    if other_id == kept.pk:
        raise Http404
    return open_record(other_id, by=request.user, what="merge", merged_too=merged_too)


def _checked(
    request: AuthenticatedHttpRequest, kept: Patient, other: Patient, form: MergeForm, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"patient": kept, "other": other, "form": form, "rows": side_by_side(kept, other)}
    try:
        context["tried"] = try_merge(kept=kept, absorbed=other, by=request.user, reason=DRY_RUN)
    except Refused as refused:
        context["refused"], status = refused.faults, 422
        lie = kept.admission and other.admission and may(request.user, "admit_patients")
        context["to_discharge"] = (other, kept) if lie else ()
    return render(request, "ildcare/admission/merge_check.html", context, status=status)


@require_POST
@permission("see_record")
def left_draft_drop(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """What the reader typed for records that were merged into this one is not needed any more."""
    patient = open_record(patient_id, by=request.user, what="drafts of merged records")
    form, by = ContextForm(request.POST, request=request, patient=patient, target=DROP_LEFT), request.user
    absorbed = [x.absorbed_id for x in merges_into(patient.pk)]
    if form.is_valid():
        form.once(lambda: drop_left_drafts(patient=patient, absorbed=absorbed, by=by))
    return redirect("patient_detail", patient.pk)


# -- taking back ------------------------------------------------------------------------------------------------------


@require_safe
@permission("merge_records")
def merge_detail(request: AuthenticatedHttpRequest, patient_id: int, merge_id: int) -> HttpResponse:
    """A merge: when, by whom, why; and what taking it back would do."""
    patient = open_record(patient_id, by=request.user, what="merge")
    merge = _merge_of(patient, merge_id)
    form = TakeBackForm(request=request, patient=patient, merge=merge)
    return _merge_page(request, merge, form, saved="saved" in request.GET)


@require_POST
@permission("merge_records")
def merge_take_back(request: AuthenticatedHttpRequest, patient_id: int, merge_id: int) -> HttpResponse:
    """Take the merge back: 422 with the page if that does not hold, 409 if somebody else was first."""
    patient = open_record(patient_id, by=request.user, what="merge")
    merge = _merge_of(patient, merge_id)
    form, by = TakeBackForm(request.POST, request=request, patient=patient, merge=merge), request.user

    def change() -> int:
        return take_back_merge(merge=merge, by=by, reason=form.cleaned_data["reason"]).merge.pk

    if not form.is_valid() or not done_once(form, evaluated(change, merge.kept, merge.absorbed)):
        return _merge_page(request, merge, form, 422)
    return redirect(f"{reverse('merge_detail', args=[patient.pk, merge.pk])}?saved=1")


def _merge_of(patient: Patient, merge_id: int) -> RecordMerge:
    merges = RecordMerge.objects.filter(kept=patient).select_related("kept", "absorbed", "by", "taken_back_by")
    merge = merges.filter(pk=merge_id).first()
    if merge is None:
        raise Http404
    return merge


def _merge_page(
    request: AuthenticatedHttpRequest, merge: RecordMerge, form: TakeBackForm, status: int = 200, *, saved: bool = False
) -> HttpResponse:
    note_read(merge.absorbed_id, "merge", by=request.user)
    context: dict[str, Any] = {"patient": merge.kept, "merge": merge, "form": form, "saved": saved}
    if merge.taken_back_at is None:
        try:
            context["tried"] = try_take_back(
                merge=RecordMerge.objects.get(pk=merge.pk), by=request.user, reason=DRY_RUN
            )
        except Refused as refused:
            context["refused"] = refused.faults
    return render(request, "ildcare/admission/merge_detail.html", context, status=status)
