"""The form that corrects who a record is about."""

from __future__ import annotations

from datetime import date
from typing import Any

from crispy_forms.bootstrap import StrictButton
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div
from django import forms
from django.utils.translation import gettext_lazy as _

from patients.clinical.snapshot import SEXES
from patients.context import ContextForm
from patients.forms.base import day_field
from patients.forms.layouts import helper_of
from patients.identities import IDENTITY
from patients.models import Patient
from patients.models.choices import choices_of


def text(label: Any, longest: int, *, required: bool = True) -> forms.CharField:
    """A line that the browser fills in for nobody."""
    return forms.CharField(
        label=label, max_length=longest, required=required, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class IdentityForm(ContextForm):
    """Number, names, kana, sex, birth date as they are to stand, and why."""

    mrn = text(_("Record number"), 40)
    family_name = text(_("Family name"), 100)
    given_name = text(_("Given name"), 100)
    family_kana = text(_("Family name (kana)"), 100, required=False)
    given_kana = text(_("Given name (kana)"), 100, required=False)
    sex = forms.ChoiceField(label=_("Sex"), choices=choices_of(SEXES))
    birth_date = day_field(_("Birth date"), required=False)
    reason = text(_("Reason"), 500)

    def __init__(self, *args: Any, patient: Patient, stood: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """`stood`: what stands in the fields at first, if not what stands now."""
        now = {name: getattr(patient, name) for name in IDENTITY}
        kwargs["initial"] = {**now, **(stood or {})}
        super().__init__(*args, patient=patient, version=patient.version, target="identity", **kwargs)

    @property
    def born(self) -> date | None:
        """The birth date is what is corrected: it bounds nothing here."""
        return None

    @property
    def changes(self) -> dict[str, Any]:
        """What is to stand."""
        return {name: self.cleaned_data[name] for name in IDENTITY}

    @property
    def helper(self) -> FormHelper:
        """Names side by side, the reason below."""
        return helper_of(
            Div("mrn", "sex", "birth_date", css_class="beside"),
            Div("family_name", "given_name", css_class="beside"),
            Div("family_kana", "given_kana", css_class="beside"),
            "reason",
            StrictButton(_("Correct identity"), type="submit", css_class="btn-primary"),
        )
