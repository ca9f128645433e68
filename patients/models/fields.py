"""Column types of our own. Migrations name them, so they stay where they are."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


def exact(value: Any) -> Decimal | None:
    """A value as it is stored: a finite Decimal. Raises TypeError for a float, ValueError for what is not finite."""
    number = _number(value)
    if number is not None and not number.is_finite():
        raise ValueError("a measured value is finite")
    return number


def _number(value: Any) -> Decimal | None:
    if value is None or isinstance(value, Decimal):
        return value
    if isinstance(value, float):
        raise TypeError("floats are not exact: give a Decimal or a text")
    try:
        return Decimal(value)
    except InvalidOperation as error:
        raise ValidationError(_("%(value)s is not a number."), params={"value": value}) from error


# the type of the stubs takes parameters that the class does not take when it runs
class ExactNumericField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL numeric without a fixed scale: "1679" stays 1679 and "58.10" stays 58.10. Floats are refused."""

    description = _("Exact decimal number")

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 - Django's signature
        """Unconstrained numeric keeps the digits as they were reported."""
        return "numeric"

    def to_python(self, value: Any) -> Decimal | None:
        """Decimal of a Decimal, an int or a text."""
        return _number(value)

    def get_prep_value(self, value: Any) -> Any:
        """A finite Decimal; expressions pass."""
        value = super().get_prep_value(value)
        return value if hasattr(value, "resolve_expression") else exact(value)

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **kwargs: Any) -> Any:
        """Shown as a decimal entry."""
        return super().formfield(form_class or forms.DecimalField, choices_form_class, **kwargs)


class FoldedField(models.CharField):  # type: ignore[type-arg]
    """Another field's text as it is compared (`by`), worked out whenever a row is written as a whole.

    An update of single columns does not pass here: it names this one too. In migrations a plain text.
    """

    def __init__(self, *args: Any, of: str = "", by: Callable[[str], str] = str, **kwargs: Any) -> None:
        self.of, self.by = of, by
        super().__init__(*args, **{"editable": False, **kwargs})

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """As the column that it is."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002 - Django's signature
        """The text that stands in the other field now."""
        folded = self.by(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, folded)
        return folded
