"""Who is at the screen says so again before a record leaves the product (R47): with the password, unless it was typed
a moment ago. A screen that was left open is not enough to carry a ward away.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ildcare.account.sessions import BEGUN, CONFIRMED, moment
from patients.context import ContextForm

PASSWORD = "password"  # noqa: S105 - the name of a field


def is_confirmed(session: SessionBase) -> bool:
    """Was the password typed within the last minutes that a site allows, at sign-in or since?"""
    last: int = max(session.get(BEGUN, 0), session.get(CONFIRMED, 0))
    return bool(moment() - last < settings.PASSWORD_AGAIN_SECONDS)


def confirm(request: HttpRequest, password: str) -> bool:
    """Is it the password of who is signed in? Then nobody is asked again for a while. Failures count as those of
    signing in do, and lock out (django-axes)."""
    user = authenticate(request, username=request.user.get_username(), password=password)
    if user is None or user.pk != request.user.pk:
        return False
    request.session[CONFIRMED] = moment()
    return True


class ConfirmedForm(ContextForm):
    """A form that asks for the password where it was not typed a moment ago. Its own layout names the field where
    `asks_password` says so."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asks_password = not is_confirmed(self.request.session)
        if self.asks_password:
            self.fields[PASSWORD] = forms.CharField(
                label=gettext_lazy("Your password, again"),
                strip=False,
                widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
            )

    def clean(self) -> dict[str, Any]:
        """Once it was right the form asks no more, whatever else is wrong with it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        password = cleaned.pop(PASSWORD, "")
        if self.asks_password and password:
            if confirm(self.request, password):
                self.asks_password = False
                del self.fields[PASSWORD]
            else:
                self.add_error(PASSWORD, _("This is not your password."))
        return cleaned
