"""Signing in and out, staying signed in; how the pages look to this browser."""

from django.contrib.auth import update_session_auth_hash, views
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ildcare.account.password import OwnPasswordForm
from ildcare.account.sessions import extend, seconds_left, who
from patients.access import permission, public
from patients.actions import change_own_password
from patients.context import renewed_context
from patients.requests import AuthenticatedHttpRequest

_sign_in = views.LoginView.as_view(template_name="ildcare/account/sign_in.html", redirect_authenticated_user=True)
_sign_out = views.LogoutView.as_view()


@public
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The sign-in form; failed attempts are counted and lock out (django-axes)."""
    return _sign_in(request)


@public
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session (POST only)."""
    return _sign_out(request)


@require_http_methods(["GET", "HEAD", "POST"])
@permission("change_own_password")
def own_password(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Change one's own password; the present session goes on."""
    user = request.user
    sent = request.POST if request.method == "POST" else None
    form = OwnPasswordForm(sent, request=request, target="own-password")
    if request.method == "POST" and form.is_valid():
        change_own_password(by=user, password=form.cleaned_data["new"])
        update_session_auth_hash(request, user)
        return redirect(f"{reverse('own_password')}?changed=1")
    context = {"page": "own_password", "form": form, "changed": request.GET.get("changed") == "1"}
    return render(request, "ildcare/account/own_password.html", context, status=422 if form.is_bound else 200)


THEMES = ("light", "dark")  # anything else: as the device
KEPT_FOR = 365 * 24 * 3600  # seconds; the cookies say nothing of a person


@require_safe
@public
def session_state(request: HttpRequest) -> JsonResponse:
    """Who is signed in (a name that says nothing), for how long, and a token for forms of the new session.

    Asked by the page itself, which keeps what was typed until the same user is back.
    """
    signed_in = request.user.is_authenticated
    left = seconds_left(request.session) if signed_in else 0
    csrf = get_token(request) if signed_in else ""
    return JsonResponse({"who": who(request.user), "seconds": left, "csrf": csrf})


@require_POST
@public
def session_extend(request: HttpRequest) -> HttpResponse:
    """The user is there: any request but those of the page itself says so."""
    if request.user.is_authenticated:
        extend(request)
    return redirect(_return_address(request))


@require_POST
@public
def session_forms(request: HttpRequest) -> JsonResponse:
    """The tokens of forms made in an earlier session of the same user, for this one; null for any other.

    Patient, object, version, moment and nonce stay: what was typed is stored only where it was typed, and once.
    """
    if not request.user.is_authenticated:
        raise PermissionDenied
    return JsonResponse({"tokens": [renewed_context(request, token) for token in request.POST.getlist("token")[:200]]})


@require_POST
@public
def set_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark or as the device, for this browser."""
    theme = request.POST.get("theme", "")
    return _remember(request, "theme", theme if theme in THEMES else "")


@require_POST
@public
def set_keys(request: HttpRequest) -> HttpResponse:
    """Single keys on or off, for this browser: speech input and tremor press them unmeant (WCAG 2.1.4)."""
    return _remember(request, "keys", "off" if request.POST.get("keys") == "off" else "")


@require_POST
@public
def set_tour(request: HttpRequest) -> HttpResponse:
    """Put the tour of the demonstration away, for this browser."""
    return _remember(request, "tour", "no")


def _remember(request: HttpRequest, name: str, value: str) -> HttpResponse:
    """Back to the page, with the choice in a cookie; no value, no cookie."""
    response = redirect(_return_address(request))
    if value:
        response.set_cookie(name, value, max_age=KEPT_FOR, httponly=True, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(name, samesite="Lax")
    return response


def _return_address(request: HttpRequest) -> str:
    """The page that the form was on, if it is one of ours."""
    place = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(place, {request.get_host()}, require_https=request.is_secure())
    return place if own else "ward_list"
