"""What every page of a signed-in user carries: whose it is, never stored by a cache, and different for htmx."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers

from ildcare.account.sessions import keep_within_limits, seconds_left
from ildcare.operations.metrics import REQUEST_SECONDS
from patients.queries import site_clock

METHODS = ("GET", "HEAD", "POST", "OPTIONS")  # a client may send any word
AWAITED = "awaited"  # a page that waits for an answer which does not take its place, a file (`static/busy.js`)
NUL = "%00"  # as it stands in an address
UNREADABLE = "\ufffd"
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
Answer = Callable[[HttpRequest], HttpResponse]


def request_times(get_response: Answer) -> Answer:
    """How long requests take, by the name of their address, where the site has figures switched on."""
    if not settings.METRICS_ON:
        raise MiddlewareNotUsed

    def respond(request: HttpRequest) -> HttpResponse:
        start = monotonic()
        response = get_response(request)
        match = request.resolver_match
        name = (match.view_name if match else "") or "none"
        method = request.method if request.method in METHODS else "other"
        REQUEST_SECONDS.labels(name, method, str(response.status_code)).observe(monotonic() - start)
        return response

    return respond


class TextThatCanBeKept:
    """Fields and queries have the sign for what cannot be read in the place of a NUL, as browsers show it: no column
    keeps a NUL, and fields that no form reads (the boxes of a sheet, a search) would bring it to the database. It is
    not left out: of a number it would make another one.

    What a machine sends is left as it is, whatever type it says: its view reads the document and no form.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The query, which anybody below may ask for."""
        if NUL in request.META.get("QUERY_STRING", ""):
            request.GET = _without_nul(request.GET)  # type: ignore[assignment]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], _args: Any, _named: Any) -> None:
        """The fields, of a view that reads forms: those carry a token."""
        is_form = request.method == "POST" and request.content_type in FORM_TYPES
        if is_form and not getattr(view, "csrf_exempt", False) and _has_nul(request.POST):
            request.POST = _without_nul(request.POST)  # type: ignore[assignment]


def _has_nul(fields: QueryDict) -> bool:
    return any("\x00" in x for name, values in fields.lists() for x in (name, *values))


def _without_nul(fields: QueryDict) -> QueryDict:
    kept = QueryDict(mutable=True, encoding=fields.encoding)
    for name, values in fields.lists():
        kept.setlist(name.replace("\x00", UNREADABLE), [x.replace("\x00", UNREADABLE) for x in values])
    kept._mutable = False
    return kept


def session_limits(get_response: Answer) -> Answer:
    """A session that is over ends before anything is read (R45)."""

    def respond(request: HttpRequest) -> HttpResponse:
        keep_within_limits(request)
        return get_response(request)

    return respond


def clock_of_the_site(get_response: Answer) -> Answer:
    """What a signed-in user reads and types has the clock of the site. Who is not signed in is shown no time."""

    def respond(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return get_response(request)
        with site_clock():
            return get_response(request)

    return respond


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
            response.headers["X-Session"] = str(seconds_left(request.session))
        if AWAITED in request.COOKIES and _is_asked_for_by_its_reader(request):
            response.delete_cookie(AWAITED, samesite="Strict")
        return _to_sign_in(request, response)

    return respond


def _is_asked_for_by_its_reader(request: HttpRequest) -> bool:
    """A page or a file of its own, no part of a page; browsers say which where the connection is safe."""
    what = "empty" if request.headers.get("HX-Request") else "document"
    return request.headers.get("Sec-Fetch-Dest", what) == "document"


def _to_sign_in(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Where signing in is asked for: it leads back to a page, never to the address of a change.

    htmx would put the sign-in page into the fragment: the browser is told to go there instead.
    """
    sign_in = resolve_url(settings.LOGIN_URL)
    if not response.headers.get("Location", "").startswith(f"{sign_in}?") or request.user.is_authenticated:
        return response
    is_fragment = bool(request.headers.get("HX-Request"))
    place = f"{sign_in}?{urlencode({'next': _page_of(request)})}"
    if not is_fragment:
        response.headers["Location"] = place
        return response
    answer = HttpResponse(status=204)
    answer.headers["HX-Redirect"] = place
    return answer


def _page_of(request: HttpRequest) -> str:
    """The page that the reader is on: this one, the patient's, or for htmx the one in the browser."""
    if request.method in ("GET", "HEAD") and not request.headers.get("HX-Request"):
        return request.get_full_path()
    if request.resolver_match and "patient_id" in request.resolver_match.kwargs:
        return resolve_url("patient_detail", request.resolver_match.kwargs["patient_id"])
    address = urlsplit(request.headers.get("HX-Current-URL", ""))
    return urlunsplit(("", "", address.path, address.query, "")) or resolve_url(settings.LOGIN_REDIRECT_URL)
