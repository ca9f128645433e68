"""The form of a test outside the catalogue: kept by its name with any unit, shown, read by no rule; 13 (122)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from patients.clinical import facts as f
from patients.clinical.units import Unacceptable, convert
from patients.clinical.versions import FINAL, PRELIMINARY
from patients.forms.base import EntryForm, when
from patients.wording import render

CODE = "other"


class OtherTestForm(EntryForm):
    """A result of a test that the catalogue does not have."""

    title = _("Test outside the catalogue")
    short = _("Other test")
    right = "record_results"
    on = when(_("Sample taken"))
    name = forms.CharField(label=_("Name of the test"), max_length=100)
    value = forms.CharField(label=_("Value"), max_length=30)
    unit = forms.CharField(label=_("Unit"), max_length=40)
    kit = forms.CharField(label=_("Kit, if known"), required=False, max_length=60)
    preliminary = forms.BooleanField(label=_("preliminary"), required=False)

    def clean(self) -> dict[str, Any]:
        """The value is a number."""
        given = super().clean() or {}
        if given.get("value"):
            try:
                self.reading = convert(CODE, given["value"], given.get("unit", ""))
            except Unacceptable as refused:
                self.add_error("value", render(refused.reason))
        return given

    def made(self, known: datetime) -> Iterator[f.Fact]:
        yield f.Measurement(
            **self.common(known),
            code=CODE,
            name=self.cleaned_data["name"],
            quantity=self.reading.quantity,
            typed=self.reading.typed,
            kit=self.cleaned_data["kit"].strip() or None,
            status=PRELIMINARY if self.cleaned_data["preliminary"] else FINAL,
        )
