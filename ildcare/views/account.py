"""Signing in and out."""

from django.contrib.auth import views
from django.http import HttpRequest, HttpResponseBase

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
