"""Oxygen on entry forms: FiO2 as a fraction or in per cent, or the flow with the device it goes through."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.clinical.findings import DEVICES
from patients.clinical.oxygen_compared import MOST_FLOW
from patients.clinical.units import FULL_WIDTH
from patients.forms.base import UNKNOWN, coded
from patients.forms.numbers import NumberField
from patients.models.choices import choices_of

LOWEST, HIGHEST = Decimal("0.21"), Decimal(1)
NAMES = ("fio2", "flow", "device")
NEEDS_DEVICE = _("A flow needs the device it goes through.")


class Fio2Field(NumberField):
    """The fraction of inspired oxygen; a number from 21 to 100 is per cent, and the form says so (`in_percent`)."""

    def clean(self, value: Any) -> Any:
        """The fraction. More than 1 and less than 21 is neither."""
        number = super().clean(value)
        if number is None:
            return None
        fraction = number / 100 if LOWEST * 100 <= number <= HIGHEST * 100 else number
        if not LOWEST <= fraction <= HIGHEST:
            raise forms.ValidationError(_("FiO2 is a fraction from 0.21 to 1, or a percentage from 21 to 100."))
        return fraction


def flow_field(label: Any) -> NumberField:
    """The flow of oxygen through a device, in L/min."""
    return NumberField(label=label, required=False, min_value=Decimal(0), max_value=MOST_FLOW)


def oxygen_fields(label: Any) -> dict[str, forms.Field]:
    """The three fields, none required; `label` of the FiO2."""
    return {
        "fio2": Fio2Field(label=label, required=False),
        "flow": flow_field(_("or oxygen flow (L/min)")),
        "device": coded(_("through"), [UNKNOWN, *choices_of(DEVICES)]),
    }


def check_oxygen(form: forms.Form, given: dict[str, Any]) -> None:
    """A flow goes through a device."""
    if given.get("flow") is not None and not given.get("device"):
        form.add_error("device", NEEDS_DEVICE)


def in_percent(form: forms.Form, given: dict[str, Any]) -> str:
    """The sentence "FiO2 21 is taken as 21 %", where a percentage was typed; else ""."""
    return percent_text(str(form["fio2"].value() or ""), given.get("fio2"))


def percent_text(text: str, fio2: Decimal | None) -> str:
    """The same of a FiO2 as it was typed and as it was read."""
    typed = text.translate(FULL_WIDTH).strip()
    if fio2 is None or not typed or Decimal(typed) <= HIGHEST:
        return ""
    return gettext("FiO2 %(value)s is taken as %(value)s %%.") % {"value": typed}


def oxygen_values(given: dict[str, Any]) -> dict[str, Any]:
    """The three values as a fact holds them."""
    return {"fio2": given.get("fio2"), "flow": given.get("flow"), "device": given.get("device") or None}
