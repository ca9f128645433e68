"""The morning sheet of a patient: open, look at what is typed, keep it, store what is in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ildcare.evaluation.saved import saved_just_now
from ildcare.morning.boxes import Boxes, boxes_of, ready, says_something, without
from ildcare.morning.drafts import Drafts, beside, drafts_of, restored_of
from ildcare.morning.page import sheet_page
from ildcare.morning.paste import PastedLine, filled_in, lines_of
from ildcare.morning.reading import BoxReading, SheetReading
from ildcare.morning.storing import ALL, applied, chosen_of, restored_word, saved_text, store
from patients.access import open_record, permission
from patients.actions import drop_sheet_draft, keep_sheet_draft
from patients.context import ContextForm
from patients.models import NonceUse, Patient, SheetDraft
from patients.queries import take_snapshot
from patients.requests import AuthenticatedHttpRequest

TARGET = "morning sheet"
LONGEST_PASTE = 20_000  # characters


@require_safe
@permission("record_results")
def morning_sheet(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """An empty sheet, or what its reader typed before and did not store."""
    patient = open_record(patient_id, by=request.user, what="morning sheet")
    drafts = drafts_of(patient, request.user, request.GET.get("draft", ""))
    form = ContextForm(request=request, patient=patient, target=TARGET)
    return _page(request, patient, form, drafts.typed, drafts=drafts)


@require_POST
@permission("record_results")
def morning_check(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """What the sheet says to what is typed: flags, questions, refusals. Stores nothing.

    To the script only what changes on the page; without it the whole page, with a button's answer filled in.
    """
    patient = open_record(patient_id, by=request.user, what="morning sheet")
    form = _sent(request, patient)
    typed = applied(boxes_of(request.POST), request.POST.get("do", ""))
    if request.htmx:
        context = {"patient": patient, "sheet": sheet_page(_reading(request, patient, typed), patient.sex)}
        return render(request, "ildcare/morning/morning_sheet.html#told", context)
    pasted = lines_of(request.POST.get("paste", "")[:LONGEST_PASTE])
    if request.POST.get("do") == "paste:fill":
        return _page(request, patient, form, filled_in(typed, pasted), filled=True)
    return _page(request, patient, form, typed, pasted=pasted)


@require_POST
@permission("record_results")
def morning_draft(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Keep what is typed; answers with the time of keeping, and whether another page has values too."""
    patient = open_record(patient_id, by=request.user, what="morning sheet draft")
    form, user = _sent(request, patient), request.user
    nonce = form.context.nonce
    if NonceUse.objects.filter(nonce=nonce).exists():  # a late draft of what is stored by now
        return HttpResponse(status=204)
    typed = boxes_of(request.POST)
    kept = keep_sheet_draft(
        patient=patient,
        by=user,
        page=nonce,
        typed=typed if says_something(typed) else {},
        restored=restored_of(request.POST),
        nonce=nonce,
    )
    context = {"patient": patient, "kept": kept, "beside": beside(patient, user, kept)}
    return render(request, "ildcare/morning/morning_sheet.html#kept", context)


@require_POST
@permission("record_results")
def morning_drop(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """What was typed is not wanted: an empty sheet. A draft that is still on its way is not wanted either."""
    patient = open_record(patient_id, by=request.user, what="morning sheet draft")
    form = _sent(request, patient)
    page, restored = form.context.nonce, restored_of(request.POST)
    form.once(lambda: bool(drop_sheet_draft(patient=patient, by=request.user, page=page, restored=restored)))
    return redirect("morning_sheet", patient.pk)


@require_POST
@permission("record_results")
def morning_record(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Store the values: all, or those that are in order; the others stay on the page. One transaction, once."""
    patient = open_record(patient_id, by=request.user, what="morning sheet")
    form = _sent(request, patient)
    if NonceUse.objects.filter(nonce=form.context.nonce).exists():  # sent twice: to where the first sending leads
        rest = SheetDraft.objects.filter(patient=patient, user=request.user, page=form.context.nonce)
        return redirect("morning_sheet" if rest.exists() else "patient_detail", patient.pk)
    typed = boxes_of(request.POST)
    reading = _reading(request, patient, typed)
    chosen = chosen_of(form, reading, request.POST.get("do", ALL), shown=request.POST.get("shown", ""))
    if not chosen or not _stored(form, reading, chosen):
        return _page(request, patient, form, typed, status=422)
    left = [x.code for x in reading.readings.values() if x not in chosen]
    messages.success(request, saved_text(chosen, left))
    return redirect("morning_sheet" if left else "patient_detail", patient.pk)


def _sent(request: AuthenticatedHttpRequest, patient: Patient) -> ContextForm:
    """The form that came back; 409 for one of another patient, user or session."""
    form = ContextForm(request.POST, request=request, patient=patient, target=TARGET)
    form.is_valid()
    return form


def _reading(request: AuthenticatedHttpRequest, patient: Patient, typed: Boxes) -> SheetReading:
    now = timezone.now()
    return SheetReading(typed, snapshot=take_snapshot(patient, now, now), patient=patient, by=request.user)


def _stored(form: ContextForm, reading: SheetReading, chosen: Sequence[BoxReading]) -> bool:
    """The values, and a draft of those that stay; False with the faults on the form if refused."""
    patient, by, page = reading.patient, form.request.user, form.context.nonce
    rest = without(reading.typed, (x.code for x in chosen))
    restored = restored_of(form.data)

    def then() -> None:
        if len(chosen) < len(reading.readings):
            keep_sheet_draft(patient=patient, by=by, page=page, typed=rest, restored=restored)
        else:
            drop_sheet_draft(patient=patient, by=by, page=page, restored=restored)

    return store(form, reading, chosen, then=then)


def previewed(pasted: Sequence[PastedLine], reading: SheetReading) -> list[tuple[PastedLine, BoxReading | None]]:
    """Each pasted row with what its value would be on the sheet."""
    typed = filled_in(reading.typed, pasted)
    filled = (
        SheetReading(typed, snapshot=reading.snapshot, patient=reading.patient, by=reading.by) if pasted else reading
    )
    return [(x, None if x.refusal else filled.readings.get(x.code)) for x in pasted]


def _page(
    request: AuthenticatedHttpRequest,
    patient: Patient,
    form: ContextForm,
    typed: Boxes | None,
    *,
    status: int = 200,
    drafts: Drafts | None = None,
    pasted: Sequence[PastedLine] = (),
    filled: bool = False,
) -> HttpResponse:
    now = timezone.now()
    snapshot = take_snapshot(patient, now, now)
    reading = SheetReading(
        ready(snapshot) if typed is None else typed, snapshot=snapshot, patient=patient, by=request.user
    )
    context: dict[str, Any] = {
        "patient": patient,
        "form": form,
        "sheet": sheet_page(reading, patient.sex),
        "drafts": drafts,
        "draft_word": drafts.word if drafts else restored_word(request),
        "pasted": previewed(pasted, reading),
        "saved": saved_just_now(request, patient, snapshot) if status == 200 else None,
        "opened_on": reverse("morning_sheet", args=[patient.pk]),
        "paste": "" if filled else request.POST.get("paste", "")[:LONGEST_PASTE],
    }
    return render(request, "ildcare/morning/morning_sheet.html", context, status=status)
