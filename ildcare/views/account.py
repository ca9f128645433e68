"""Signing in and out; how the pages look to this browser."""

from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from patients.access import public

_sign_in = views.LoginView.as_view(template_name="ildcare/sign_in.html", redirect_authenticated_user=True)
_sign_out = views.LogoutView.as_view()


@public
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The sign-in form; failed attempts are counted and lock out (django-axes)."""
    return _sign_in(request)


@public
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session (POST only)."""
    return _sign_out(request)


THEMES = ("light", "dark")  # anything else: as the device
KEPT_FOR = 365 * 24 * 3600  # seconds; the cookies say nothing of a person


@require_POST
@public
def set_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark or as the device, for this browser."""
    theme = request.POST.get("theme", "")
    return _kept(request, "theme", theme if theme in THEMES else "")


@require_POST
@public
def set_keys(request: HttpRequest) -> HttpResponse:
    """Single keys on or off, for this browser: speech input and tremor press them unmeant (WCAG 2.1.4)."""
    return _kept(request, "keys", "off" if request.POST.get("keys") == "off" else "")


def _kept(request: HttpRequest, name: str, value: str) -> HttpResponse:
    """Back to the page, with the choice in a cookie; no value, no cookie."""
    place = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(place, {request.get_host()}, require_https=request.is_secure())
    response = redirect(place if own else "ward_list")
    if value:
        response.set_cookie(name, value, max_age=KEPT_FOR, httponly=True, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(name, samesite="Lax")
    return response
