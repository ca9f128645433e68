"""Entering, correcting and cancelling facts; the answer is evaluated at once, so that the page shows what it means."""

from __future__ import annotations

from typing import Any, cast

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from algorithm.queries import latest_assessments
from ildcare.entries import entry_menu, form_class, panel_choices
from ildcare.evaluation import evaluate_patients
from ildcare.queries.records import describe_row
from patients.access import may, open_record, permission
from patients.actions import record_facts, stop_treatment
from patients.amendment_forms import AMENDMENTS, AmendmentForm
from patients.deeds import Refused
from patients.forms import EntryForm, MeasurementsForm
from patients.models import Fact, Patient, User
from patients.queries import find_version, history
from patients.recording import standing_row

log = structlog.get_logger(__name__)


@require_safe
@permission("see_record")
def entry_form(request: HttpRequest, patient_id: int, kind: str) -> HttpResponse:
    """A form for one kind of fact."""
    patient = open_record(patient_id, by=request.user, what=f"entry form {kind}")
    return _form_page(request, patient, kind, _form(request, patient, kind))


@require_POST
@permission("see_record")
def entry_record(request: HttpRequest, patient_id: int, kind: str) -> HttpResponse:
    """Store what a form says: 422 with the form if it does not hold, else on to the record."""
    patient = open_record(patient_id, by=request.user, what=f"entry {kind}")
    form = _form(request, patient, kind, request.POST)
    if not form.is_valid() or not _stored(form, patient):
        return _form_page(request, patient, kind, form, status=422)
    evaluate_now(patient)
    return redirect("patient_detail", patient.pk)


def _form(request: HttpRequest, patient: Patient, kind: str, data: Any = None) -> EntryForm:
    form = form_class(kind)
    if form is None:
        raise Http404
    if not may(request.user, form.right, patient):
        raise PermissionDenied
    more: dict[str, Any] = {"initial": _suggested(patient, kind)}
    if form is MeasurementsForm:
        more["panel"] = (data or request.GET).get("panel", "activity")
    return form(data, request=request, patient=patient, target=f"new:{kind}", **more)


def _suggested(patient: Patient, kind: str) -> dict[str, Any]:
    """A decision is about the step that the chart indicates, unless its author says otherwise."""
    latest = latest_assessments([patient.pk]).get(patient.pk) if kind == "decision" else None
    return {"about": latest.output.get("step")} if latest else {}


def _stored(form: EntryForm, patient: Patient) -> bool:
    """Once per form, however often it is sent. False with the faults on the form if the deed was refused."""

    def deed() -> list[str]:
        by = cast(User, form.request.user)
        for course, last in form.ended():
            stop_treatment(row=course, stop=last, by=by, expected_version=course.version)
        recorded = record_facts(patient=patient, facts=form.facts(timezone.now()), by=by, source=form.source)
        return [row.reference for row in recorded.rows]

    return done_once(form, deed)


def done_once(form: Any, deed: Any) -> bool:
    """Run a deed once for a form. False with the faults on the form if its content was refused."""
    try:
        form.once(deed)
    except Refused as refused:
        for fault in refused.faults:
            form.add_error(None, fault)
        return False
    return True


def evaluate_now(patient: Patient) -> None:
    """Chart and rules at once. If that fails, the sweep does it: the mark stands in the database."""
    try:
        evaluate_patients([patient.pk])
    except Exception as error:  # the entry is stored; its evaluation must not turn it into an error page
        log.exception("evaluation_after_entry_failed", patient=patient.pk, error=type(error).__name__)


def _form_page(request: HttpRequest, patient: Patient, kind: str, form: EntryForm, status: int = 200) -> HttpResponse:
    shown = {
        "patient": patient,
        "form": form,
        "kind": kind,
        "entries": entry_menu(request.user),
        "panels": panel_choices() if isinstance(form, MeasurementsForm) else (),
    }
    return _entry_answer(request, shown, status)


def _entry_answer(request: HttpRequest, shown: dict[str, Any], status: int) -> HttpResponse:
    """The page, or only its form for htmx (which puts it in place of the form that was sent)."""
    is_fragment = bool(request.headers.get("HX-Request"))
    page = "ildcare/entry_form.html"
    shown["in_place"] = is_fragment  # on a page of its own there is no record to put the answer into
    response = render(request, f"{page}#entry" if is_fragment else page, shown, status=status)
    if is_fragment and status == 422:
        response["HX-Retarget"] = "#entry"
        response["HX-Reselect"] = "#entry"
        response["HX-Reswap"] = "outerHTML show:#entry:top"
    return response


# -- amending what stands ---------------------------------------------------------------------------------------------


def _row(patient: Patient, reference: str) -> Fact:
    row = find_version(reference, patient)
    if row is None:
        raise Http404
    return row


@require_safe
@permission("correct_facts")
def fact_detail(request: HttpRequest, patient_id: int, reference: str) -> HttpResponse:
    """One fact with all its versions, and the forms that correct or cancel it."""
    patient = open_record(patient_id, by=request.user, what="fact")
    return _fact_page(request, patient, _row(patient, reference))


@require_POST
@permission("correct_facts")
def fact_amend(request: HttpRequest, patient_id: int, reference: str, how: str) -> HttpResponse:
    """Correct, stop or cancel a fact: a new version; the old one stays readable."""
    patient = open_record(patient_id, by=request.user, what="fact")
    row = _row(patient, reference)
    form = _amendment(request, patient, row, how, request.POST)
    if not form.is_valid() or not _amended(form, row):
        return _fact_page(request, patient, row, {how: form}, status=422)
    evaluate_now(patient)
    return redirect("patient_detail", patient.pk)


def _amended(form: AmendmentForm, row: Fact) -> bool:
    def deed() -> str:
        return form.amend(row, by=cast(User, form.request.user)).reference

    return done_once(form, deed)


def _amendment(request: HttpRequest, patient: Patient, row: Fact, how: str, data: Any = None) -> AmendmentForm:
    form = AMENDMENTS.get(how)
    if form is None or not form.fits(row):
        raise Http404
    target = f"{how}:{row.reference}"
    return form(data, request=request, patient=patient, target=target, version=row.version, row=row, prefix=how)


def _fact_page(
    request: HttpRequest, patient: Patient, row: Fact, sent: dict[str, AmendmentForm] | None = None, status: int = 200
) -> HttpResponse:
    versions = history(row)
    standing = standing_row(versions)
    forms = {
        how: (sent or {}).get(how) or _amendment(request, patient, row, how)
        for how, form in AMENDMENTS.items()
        if form.fits(standing) and standing.pk == row.pk
    }
    shown = {
        "patient": patient,
        "row": row,
        "versions": [(x, describe_row(x)) for x in versions],
        "standing": standing,
        "forms": forms,
    }
    return render(request, "ildcare/fact_detail.html", shown, status=status)
