"""What every page of a signed-in user carries: whose it is, never stored by a cache, and different for htmx."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers

Answer = Callable[[HttpRequest], HttpResponse]


def private_responses(get_response: Answer) -> Answer:
    """No cache keeps what a signed-in user saw (R51); a lost session reloads the page, not a fragment of it (R50).

    Every answer about a patient names the patient (R04): the page refuses a fragment of another.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        request.begun_at = timezone.now()  # type: ignore[attr-defined]  # the moment of the page, see patients.context
        response = get_response(request)
        if request.resolver_match and "patient_id" in request.resolver_match.kwargs:
            response.headers["X-Patient"] = str(request.resolver_match.kwargs["patient_id"])
        patch_vary_headers(response, ["HX-Request"])
        if request.user.is_authenticated:
            patch_cache_control(response, no_store=True, private=True)
        return _whole_page_sign_in(response) if request.headers.get("HX-Request") else response

    return respond


def _whole_page_sign_in(response: HttpResponse) -> HttpResponse:
    """htmx would put the sign-in page into the fragment: let the browser go there instead."""
    place = response.headers.get("Location", "")
    if not place.startswith(resolve_url(settings.LOGIN_URL)):
        return response
    answer = HttpResponse(status=204)
    answer.headers["HX-Redirect"] = resolve_url(settings.LOGIN_URL)
    return answer
