"""Forms about who is told of alerts outside the pages: a person's own choice and browser, a webhook of the site."""

from __future__ import annotations

from typing import Any

from crispy_forms.bootstrap import StrictButton
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext, gettext_lazy

from ildcare.account.confirming import PASSWORD, ConfirmedForm
from ildcare.notifying.outgoing import BadAddress, resolved, target_of
from ildcare.notifying.push import is_key, push_target
from ildcare.notifying.words import answer_words
from monitoring.notification_models import Least, PushSubscription
from patients.context import ContextForm
from patients.forms.layouts import beside, helper_of
from patients.models import Language, Ward
from patients.queries import wards_of


class WardsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    """Wards by their names in the language of the page."""

    def label_from_instance(self, obj: Any) -> str:
        """The name."""
        return str(obj.name_in(get_language()))


class ChoiceForm(ContextForm):
    """How a person is told: by e-mail or not, of what, of which of their wards, in which language."""

    email = forms.BooleanField(label=gettext_lazy("By e-mail"), required=False)
    least = forms.TypedChoiceField(label=gettext_lazy("Tell me of"), choices=Least.choices, coerce=int)
    wards = WardsField(
        label=gettext_lazy("Of the wards"),
        queryset=Ward.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("none: of all that are yours"),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the messages"), choices=Language.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.request.user
        self.fields["wards"].queryset = Ward.objects.filter(pk__in=[x.pk for x in wards_of(user)])  # type: ignore[attr-defined]
        email = self.fields["email"]
        email.disabled = not (settings.MAIL_OFFERED and user.email)
        if not settings.MAIL_OFFERED:
            email.help_text = gettext("This site has no mail server.")
        else:
            email.help_text = user.email or gettext("There is no e-mail address with your account.")

    @property
    def helper(self) -> FormHelper:
        """One below the other."""
        button = StrictButton(gettext_lazy("Save"), type="submit", css_class="btn-primary")
        return helper_of("email", "least", "wards", "language", Div(button, css_class="beside"))


class BrowserForm(ContextForm):
    """A browser that is to be told: what its push service said of it, filled in by the script of the page."""

    title = forms.CharField(label=gettext_lazy("Name of this browser"), max_length=100)
    endpoint = forms.CharField(widget=forms.HiddenInput, max_length=1000)
    p256dh = forms.CharField(widget=forms.HiddenInput, max_length=100)
    auth = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def clean(self) -> dict[str, Any]:
        """An address of a push service that the site allows, and keys that are keys."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        keys = PushSubscription(p256dh=cleaned["p256dh"], auth=cleaned["auth"])
        try:
            push_target(cleaned["endpoint"])
        except BadAddress as error:
            raise ValidationError(answer_words(error.why)) from error
        if not is_key(keys):
            raise ValidationError(gettext("This browser did not say how it is to be reached."))
        return cleaned

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside("title", "endpoint", "p256dh", "auth", button=gettext_lazy("Tell this browser, too"))


class WebhookForm(ConfirmedForm):
    """An address that is told from now on."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=100)
    url = forms.CharField(label=gettext_lazy("Address"), max_length=500, help_text="https://")
    inside = forms.BooleanField(
        label=gettext_lazy("It lies in the site's own network"),
        required=False,
        help_text=gettext_lazy("otherwise nothing is sent to private addresses"),
    )
    ward = forms.ModelChoiceField(
        label=gettext_lazy("Ward"), queryset=Ward.objects.all(), required=False, empty_label=gettext_lazy("all wards")
    )
    least = forms.TypedChoiceField(
        label=gettext_lazy("Tell it of"), choices=Least.choices, coerce=int, initial=Least.CRITICAL
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the messages"), choices=Language.choices)

    def clean(self) -> dict[str, Any]:
        """Nothing is sent to an address that leads where it may not."""
        cleaned = super().clean()
        if "url" in cleaned:
            try:
                resolved(target_of(cleaned["url"], inside=cleaned.get("inside", False)))
            except BadAddress as error:
                self.add_error("url", answer_words(error.why))
        return cleaned

    @property
    def helper(self) -> FormHelper:
        """One below the other."""
        button = StrictButton(gettext_lazy("Add the webhook"), type="submit", css_class="btn-outline-primary")
        asked = [PASSWORD] if self.asks_password else []
        return helper_of(
            Div("title", Field("url", wrapper_class="grow"), "inside", css_class="beside"),
            Div("ward", "least", "language", css_class="beside"),
            Div(*asked, button, css_class="beside"),
        )


class SecretForm(ConfirmedForm):
    """Another secret for a webhook."""

    @property
    def helper(self) -> FormHelper:
        """One line."""
        asked = [PASSWORD] if self.asks_password else []
        return beside(*asked, button=gettext_lazy("Make another secret"))
