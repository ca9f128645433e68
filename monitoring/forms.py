"""Acknowledging an alert: what is being done, and a note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field
from django import forms
from django.utils.translation import gettext_lazy as _

from monitoring.actions import NEEDS_NOTE
from monitoring.engine import Severity
from monitoring.models import Alert, Doing
from monitoring.queries import AlertView, Watch
from patients.access import may
from patients.forms.layouts import beside
from patients.forms.since_shown import AsksWhenStale
from patients.models import Patient
from patients.requests import AuthenticatedHttpRequest

SEEN = ("", _("seen"))
CHOOSE = ("", _("choose …"))


class AcknowledgementForm(AsksWhenStale):
    """For one alert, in the version its reader saw; a critical one asks what is being done."""

    doing = forms.ChoiceField(label=_("What is being done"), required=False)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(
        self, *args: Any, request: AuthenticatedHttpRequest, patient: Patient, alert: Alert, **kwargs: Any
    ) -> None:
        super().__init__(
            *args,
            request=request,
            patient=patient,
            target=f"alert:{alert.pk}",
            version=alert.version,
            prefix=f"alert-{alert.pk}",
            **kwargs,
        )
        self.alert = alert
        critical = alert.severity == Severity.CRITICAL
        doing = self.fields["doing"]
        assert isinstance(doing, forms.ChoiceField)
        doing.choices = [CHOOSE if critical else SEEN, *Doing.choices]
        doing.required = critical

    @property
    def helper(self) -> FormHelper:
        """One line below the alert."""
        return beside(
            Field("doing", wrapper_class="grow"), Field("note", wrapper_class="grow"), button=_("Acknowledge")
        )

    def is_settled(self) -> bool:
        """What became known has changed the alert itself: the change refuses that, whatever was seen."""
        return super().is_settled() or self.alert.version != self.context.version

    def clean(self) -> dict[str, Any]:
        """Some changes are nothing without a name or a cause."""
        values = super().clean() or {}
        if values.get("doing") in NEEDS_NOTE and not values.get("note", "").strip():
            self.add_error("note", _("Add a note: with whom, or which cause."))
        return values


@dataclass(frozen=True, slots=True)
class AlertCard:
    """An alert with the form that acknowledges it; None where it is acknowledged, closed, or not the reader's to do."""

    view: AlertView
    form: AcknowledgementForm | None


def alert_cards(
    request: AuthenticatedHttpRequest, patient: Patient, watch: Watch, refused: AcknowledgementForm | None = None
) -> Iterator[AlertCard]:
    """The open alerts of a page of a patient whose record is open, worst first, each with its form; `refused` is the
    form that came back with faults."""
    allowed = may(request.user, "acknowledge_alerts")
    for view in watch.open:
        if not allowed or view.alert.acknowledged_at is not None:
            yield AlertCard(view, None)
        elif refused is not None and refused.target == f"alert:{view.alert.pk}":
            yield AlertCard(view, refused)
        else:
            yield AlertCard(view, AcknowledgementForm(request=request, patient=patient, alert=view.alert))
