"""A person's own password: changed by who knows the present one; every other session of theirs ends."""

from __future__ import annotations

from typing import Any

from crispy_forms.bootstrap import StrictButton
from crispy_forms.helper import FormHelper
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ildcare.account.confirming import confirm
from patients.context import ContextForm
from patients.forms.layouts import helper_of


def _secret(label: Any, known: str) -> forms.CharField:
    """A field for a password; `known`: as which a browser knows it."""
    widget = forms.PasswordInput(attrs={"autocomplete": known})
    return forms.CharField(label=label, strip=False, widget=widget)


class OwnPasswordForm(ContextForm):
    """The present password, and the new one twice. A wrong present one counts as a failed sign-in."""

    present = _secret(gettext_lazy("Your present password"), "current-password")
    new = _secret(gettext_lazy("New password"), "new-password")
    again = _secret(gettext_lazy("New password, again"), "new-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        """The new one first: a slip there must not cost a try of the present one."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        new, again = data.get("new"), data.get("again")
        if new and again and new != again:
            self.add_error("again", _("The two are not the same."))
        if new:
            self._check(new)
        if not self.errors and not confirm(self.request, data["present"]):
            self.add_error("present", _("This is not your password."))
        return data

    def _check(self, new: str) -> None:
        if new == self.cleaned_data.get("present"):
            self.add_error("new", _("This is the present one."))
        try:
            validate_password(new, self.request.user)
        except ValidationError as error:
            self.add_error("new", error)

    @property
    def helper(self) -> FormHelper:
        """The three fields and the button."""
        button = StrictButton(_("Change my password"), type="submit", css_class="btn-primary do")
        return helper_of("present", "new", "again", button)
