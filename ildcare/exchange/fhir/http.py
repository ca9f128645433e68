"""How FHIR and CDS Hooks answer by HTTP: resources with exact numbers, errors as OperationOutcome, kept by no cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import structlog
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError

from ildcare.exchange.accounts import NotAllowed, TooOften
from ildcare.exchange.fhir.outcomes import Issue, outcome, refusal
from patients.access import machines_only
from patients.changes import Refused
from patients.exports.elements import Json
from patients.exports.exact_json import exact_json
from patients.imports.fhir_checks import ERROR
from patients.imports.limits import too_many_bytes
from patients.wording import render

log = structlog.get_logger(__name__)
FHIR_JSON = "application/fhir+json"
PLAIN_JSON = "application/json"
NOT_ALLOWED = 405
View = Callable[..., HttpResponseBase]


def answered(body: Json, status: int = 200, *, form: str = FHIR_JSON) -> HttpResponse:
    """A resource as it is sent, numbers with their digits."""
    return HttpResponse(exact_json(body), status=status, content_type=f"{form}; charset=utf-8")


def tell_errors(api: NinjaAPI) -> None:
    """Whatever goes wrong at this interface is answered with an OperationOutcome."""
    for kind, answer in ANSWERS.items():
        api.add_exception_handler(kind, answer)


def _no_token(_request: HttpRequest, _error: Any) -> HttpResponse:
    response = answered(refusal("login", _("An access token is needed, and this is none that opens this.")), 401)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _not_allowed(_request: HttpRequest, _error: Any) -> HttpResponse:
    return answered(refusal("forbidden", _("This token may not do that.")), 403)


def _too_often(_request: HttpRequest, error: Any) -> HttpResponse:
    response = answered(refusal("throttled", _("Too many requests: wait.")), 429)
    response.headers["Retry-After"] = str(error.seconds)
    return response


def _not_found(_request: HttpRequest, _error: Any) -> HttpResponse:
    return answered(refusal("not-found", _("There is no such patient for this token.")), 404)


def _refused(_request: HttpRequest, refused: Any) -> HttpResponse:
    return answered(outcome(Issue(ERROR, "business-rule", x) for x in refused.faults), 422)


def _broken(_request: HttpRequest, error: Any) -> HttpResponse:
    """The text of an error can hold a patient's data: its kind alone goes to the log."""
    log.error("machine_request_failed", error=type(error).__name__)
    return answered(refusal("exception", _("This failed here. Nothing of what was sent was kept.")), 500)


ANSWERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    AuthenticationError: _no_token,
    NotAllowed: _not_allowed,
    TooOften: _too_often,
    Http404: _not_found,
    Refused: _refused,
    Exception: _broken,
}


# -- addresses --------------------------------------------------------------------------------------------------------


def addresses_of(api: NinjaAPI) -> Sequence[URLPattern]:
    """Every address of an interface: for tokens and not for sessions, no larger than is read, kept by no cache."""
    patterns = [x for x in api.urls[0] if isinstance(x, URLPattern) and x.name != "api-root"]
    for pattern in patterns:
        pattern.callback = machines_only(_bounded(pattern.callback, str(pattern.name)))
    return patterns


def _bounded(view: View, name: str) -> View:
    @wraps(view)
    def bounded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        large = too_many_bytes(int(request.META.get("CONTENT_LENGTH") or 0))
        response = answered(refusal("too-costly", render(large)), 413) if large else view(request, *args, **kwargs)
        if response.status_code == NOT_ALLOWED:  # the framework's own answer is no resource
            allowed = response.headers["Allow"]
            response = answered(refusal("not-supported", _("This is not done here.")), NOT_ALLOWED)
            response.headers["Allow"] = allowed
        response.headers["Cache-Control"] = "no-store, private"
        return response

    bounded.__name__ = name
    return bounded
