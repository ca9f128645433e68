"""Forms that amend a stored fact: correct a result, stop a treatment, cancel anything. Each makes a new version."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.actions import cancel_fact, correct_fact, stop_treatment
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.units import Reading, Unacceptable, convert
from patients.context import ContextForm
from patients.forms.base import DateInput, ask_about, confirmation
from patients.models import Fact, Measurement, MedicationCourse, Status, User
from patients.wording import render, translated


class AmendmentForm(ContextForm):
    """Base: the version its author saw stands in the token; whoever comes second gets a conflict."""

    title: Any = ""
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, *args: Any, row: Fact, **kwargs: Any) -> None:
        self.row = row
        super().__init__(*args, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Initial values from the row."""

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """What the page shows."""
        return self.visible_fields()

    @classmethod
    def fits(cls, row: Fact) -> bool:
        """Whether this amendment makes sense for the fact as it stands."""
        return row.status != Status.CANCELLED

    def amend(self, row: Fact, *, by: User) -> Fact:
        """Do it."""
        raise NotImplementedError


class CorrectForm(AmendmentForm):
    """Another value for a result."""

    title = _("Correct the value")
    value = forms.CharField(label=_("Value"), max_length=30)
    unit = forms.ChoiceField(label=_("Unit"))
    confirmed = confirmation(_("I have checked the value asked about"))
    field_order = ("value", "unit", "reason", "confirmed")
    asks = False

    @classmethod
    def fits(cls, row: Fact) -> bool:
        return super().fits(row) and isinstance(row, Measurement) and row.code in MEASUREMENTS

    def prepare(self) -> None:
        assert isinstance(self.row, Measurement)
        kind = MEASUREMENTS[self.row.code]
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ChoiceField)
        unit.choices = [(x.code, translated(x.symbol or x.code)) for x in kind.units]
        self.fields["value"].initial = self.row.typed_value
        unit.initial = self.row.typed_unit

    def clean(self) -> dict[str, Any]:
        """Convert as at first entry."""
        given = super().clean() or {}
        assert isinstance(self.row, Measurement)
        if given.get("value"):
            try:
                self.reading = self._read(given["value"], given.get("unit", ""))
            except Unacceptable as refused:
                self.add_error("value", render(refused.reason))
            else:
                self._ask()
        return given

    def _read(self, text: str, unit: str) -> Reading:
        assert isinstance(self.row, Measurement)
        return convert(self.row.code, text, unit, timing=self.row.timing, fio2=self.row.fio2)

    def _ask(self) -> None:
        """A doubtful value is asked about once."""
        self.asks = bool(self.reading.warnings)
        ask_about(self, [self.reading.typed] if self.asks else [], [render(x) for x in self.reading.warnings])

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """The question is shown once there is one."""
        return [x for x in super().shown_fields if x.name != "confirmed" or self.asks]

    def amend(self, row: Fact, *, by: User) -> Fact:
        quantity = self.reading.quantity
        changes = {
            "value": quantity.value,
            "comparator": quantity.comparator,
            "typed_value": self.cleaned_data["value"],
            "typed_unit": self.cleaned_data["unit"],
        }
        reason = self.cleaned_data["reason"]
        return correct_fact(row=row, changes=changes, by=by, reason=reason, expected_version=self.context.version)


class StopForm(AmendmentForm):
    """The last day a drug was given."""

    title = _("Stop the treatment")
    stop = forms.DateField(label=_("Last day given"), widget=DateInput())
    field_order = ("stop", "reason")

    @classmethod
    def fits(cls, row: Fact) -> bool:
        return super().fits(row) and isinstance(row, MedicationCourse) and row.stop is None

    def prepare(self) -> None:
        self.fields["reason"].required = False
        self.fields["stop"].initial = timezone.localdate()

    def clean_stop(self) -> date:
        """Not in the future."""
        stop: date = self.cleaned_data["stop"]
        if stop > timezone.localdate():
            raise forms.ValidationError(_("This day lies in the future."))
        return stop

    def amend(self, row: Fact, *, by: User) -> Fact:
        assert isinstance(row, MedicationCourse)
        given = self.cleaned_data
        version = self.context.version
        return stop_treatment(row=row, stop=given["stop"], by=by, expected_version=version, reason=given["reason"])


class CancelForm(AmendmentForm):
    """Withdraw a fact that should never have been recorded for this patient."""

    title = _("Cancel the entry")

    def amend(self, row: Fact, *, by: User) -> Fact:
        return cancel_fact(row=row, by=by, reason=self.cleaned_data["reason"], expected_version=self.context.version)


AMENDMENTS: dict[str, type[AmendmentForm]] = {"correct": CorrectForm, "stop": StopForm, "cancel": CancelForm}
