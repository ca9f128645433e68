"""Answers 409 where a deed met another world than its author saw: stale version, form of another context."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from patients.deeds import Conflict, StaleVersion


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
    shown = {"differences": differences, "stale": isinstance(conflict, StaleVersion)}
    return render(request, "patients/conflict.html", shown, status=409)
