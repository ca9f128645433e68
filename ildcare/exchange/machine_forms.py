"""Forms for who runs the site: a machine that may send, and a token with which it opens the interface."""

from __future__ import annotations

import re
from datetime import timedelta

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.context import ContextForm
from patients.forms.layouts import beside, helper_of
from patients.models import Scope, Ward


class SourceForm(ContextForm):
    """A machine by its name, how people call it, and how it calls itself in its messages."""

    name = forms.SlugField(label=_("Short name"), max_length=30, help_text=_("letters, digits, hyphens: lab-east"))
    title = forms.CharField(label=_("Title"), max_length=100, help_text=_("as people call it"))
    sender = forms.CharField(
        label=_("Calls itself"),
        max_length=100,
        required=False,
        help_text=_("in HL7 v2, application and facility: LAB|EAST"),
    )

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside("name", "title", "sender", button=_("Add the machine"))


class SilenceForm(ContextForm):
    """After how many minutes a machine is called silent; nothing: by its own rhythm."""

    minutes = forms.IntegerField(
        label=_("Silent after (minutes)"),
        required=False,
        min_value=1,
        max_value=43_200,
        help_text=_("empty: by its own rhythm"),
    )

    @property
    def length(self) -> timedelta | None:
        """As a length of time."""
        minutes = self.cleaned_data["minutes"]
        return timedelta(minutes=minutes) if minutes else None

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside("minutes", button=_("Set"))


class WhyForm(ContextForm):
    """Why a bundled row is right here: each row has the button."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    @property
    def helper(self) -> FormHelper:
        """The reason alone."""
        return helper_of("reason")


class NetworksForm(ContextForm):
    """From which networks the listener for HL7 v2 takes messages of a machine."""

    addresses = forms.CharField(
        label=_("HL7 v2 only from"),
        required=False,
        max_length=500,
        help_text=_("addresses or networks: 10.1.2.0/24; empty: from anywhere"),
    )

    @property
    def networks(self) -> list[str]:
        """The networks, one by one."""
        return [x for x in re.split(r"[\s,;、，]+", self.cleaned_data["addresses"]) if x]

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside("addresses", button=_("Set"))


class AuthoritiesForm(ContextForm):
    """Whose numbers are record numbers of this hospital, in messages of a machine."""

    authorities = forms.CharField(
        label=_("Numbers given by"),
        required=False,
        max_length=2000,
        help_text=_("assigning authorities (HL7 v2) or systems (FHIR), with blanks between; empty: the only number"),
    )

    @property
    def names(self) -> list[str]:
        """The authorities, one by one."""
        return [x for x in re.split(r"[\s,;、，]+", self.cleaned_data["authorities"]) if x]

    def clean_authorities(self) -> str:
        """Each no longer than is kept."""
        text: str = self.cleaned_data["authorities"]
        if any(len(x) > 200 for x in text.split()):
            raise forms.ValidationError(gettext("A name of at most 200 characters."))
        return text

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside("authorities", button=_("Set"))


class TokenForm(ContextForm):
    """A token: what it is for, what it may, whose patients it reads, from where it is taken."""

    title = forms.CharField(label=_("For"), max_length=100)
    scopes = forms.MultipleChoiceField(label=_("Rights"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple)
    wards = forms.ModelMultipleChoiceField(
        label=_("Reads the wards"), queryset=Ward.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    addresses = forms.CharField(
        label=_("Only from"), required=False, max_length=500, help_text=_("addresses or networks: 10.1.2.0/24")
    )

    @property
    def networks(self) -> list[str]:
        """The networks, one by one."""
        return [x for x in re.split(r"[\s,;、，]+", self.cleaned_data["addresses"]) if x]

    @property
    def helper(self) -> FormHelper:
        """One line under the machine."""
        return beside("title", "scopes", "wards", "addresses", button=_("Issue a token"))
