"""Answers 409 where a deed met another world than its author saw: stale version, form of another context."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from patients.deeds import Conflict, StaleVersion
from patients.models import Patient, User


class ConflictMiddleware:
    """Turns a `Conflict` of any view into a page that says, field by field, what stands now. Nothing was written."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django asks when a view raised."""
        return conflict_response(request, exception) if isinstance(exception, Conflict) else None


def conflict_response(request: HttpRequest, conflict: Conflict) -> HttpResponse:
    """The page of a refused deed, status 409."""
    differences = conflict.differences if isinstance(conflict, StaleVersion) else ()
    shown = {"differences": differences, "stale": isinstance(conflict, StaleVersion), "patient": _patient_of(request)}
    return render(request, "patients/conflict.html", shown, status=409)


def _patient_of(request: HttpRequest) -> Patient | None:
    """The patient of the address, if the user may see them."""
    match = request.resolver_match
    patient_id = match.kwargs.get("patient_id") if match else None
    if patient_id is None:
        return None
    return Patient.objects.visible_to(cast(User, request.user)).filter(pk=patient_id).first()
