"""Answers 409 where a change met another world than its author saw: stale version, form of another context."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render

from patients.audit import note_read
from patients.changes import Conflict, RecordMerged, StaleVersion
from patients.merged import kept_of
from patients.models import Patient
from patients.requests import AuthenticatedHttpRequest


class ConflictMiddleware:
    """Turns a `Conflict` of any view into a page that says, field by field, what stands now. Nothing was written."""

    def __init__(self, get_response: Callable[[AuthenticatedHttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: AuthenticatedHttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: AuthenticatedHttpRequest, exception: Exception) -> HttpResponse | None:
        """Django asks when a view raised."""
        return conflict_response(request, exception) if isinstance(exception, Conflict) else None


def conflict_response(request: AuthenticatedHttpRequest, conflict: Conflict) -> HttpResponse:
    """The page of a refused change, status 409."""
    if isinstance(conflict, RecordMerged):
        return _merged_response(request, conflict)
    differences = conflict.differences if isinstance(conflict, StaleVersion) else ()
    shown = {"differences": differences, "stale": isinstance(conflict, StaleVersion), "patient": _patient_of(request)}
    return render(request, "patients/conflict.html", shown, status=409)


def _merged_response(request: AuthenticatedHttpRequest, conflict: RecordMerged) -> HttpResponse:
    """Where the record went, if the user may see that one; nothing of it otherwise."""
    kept = Patient.objects.visible_to(request.user).filter(pk=kept_of(conflict.merge.absorbed).pk).first()
    if kept is not None:
        note_read(kept.pk, "merged record", by=request.user)
    shown = {"merge": conflict.merge, "kept": kept, "was_sent": request.method == "POST"}
    return render(request, "patients/conflict.html", shown, status=409)


def _patient_of(request: AuthenticatedHttpRequest) -> Patient | None:
    """The patient of the address, if the user may see them."""
    match = request.resolver_match
    patient_id = match.kwargs.get("patient_id") if match else None
    if patient_id is None:
        return None
    return Patient.objects.visible_to(request.user).filter(pk=patient_id).first()
