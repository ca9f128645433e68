"""Numbers as they are typed on a Japanese keyboard: full-width digits are read, a comma is never guessed at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from patients.clinical.units import FULL_WIDTH


class NumberField(forms.DecimalField):
    """A decimal. Full-width digits count as digits; what has a comma is refused, since it may mean thousands."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **kwargs)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs derive it from an integer's
        """The number, or None if nothing was typed."""
        if not isinstance(value, str):
            return super().to_python(value)
        text = value.translate(FULL_WIDTH).strip()
        if "," in text or "、" in text:
            raise forms.ValidationError(_("Write the number without a comma, a decimal with a point."), code="comma")
        return super().to_python(text)
