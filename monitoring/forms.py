"""Acknowledging an alert: what is being done, and a note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from monitoring.actions import NEEDS_NOTE
from monitoring.models import Alert, Doing, Severity
from monitoring.queries import AlertView, Watch
from patients.access import may
from patients.forms.stale import AsksWhenStale
from patients.models import Patient

SEEN = ("", _("seen"))
CHOOSE = ("", _("choose …"))


class AcknowledgementForm(AsksWhenStale):
    """For one alert, in the version its reader saw; a critical one asks what is being done."""

    doing = forms.ChoiceField(label=_("What is being done"), required=False)
    note = forms.CharField(label=_("Note"), required=False, max_length=500)

    def __init__(self, *args: Any, request: HttpRequest, patient: Patient, alert: Alert, **kwargs: Any) -> None:
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

    def is_settled(self) -> bool:
        """What became known has changed the alert itself: the deed refuses that, whatever was seen."""
        return super().is_settled() or self.alert.version != self.context.version

    def clean(self) -> dict[str, Any]:
        """Some deeds are nothing without a name or a cause."""
        given = super().clean() or {}
        if given.get("doing") in NEEDS_NOTE and not given.get("note", "").strip():
            self.add_error("note", _("Add a note: with whom, or which cause."))
        return given


@dataclass(frozen=True, slots=True)
class AlertCard:
    """An alert with the form that acknowledges it; None where it is acknowledged, closed, or not the reader's to do."""

    view: AlertView
    form: AcknowledgementForm | None


def alert_cards(
    request: HttpRequest, patient: Patient, watch: Watch, refused: AcknowledgementForm | None = None
) -> Iterator[AlertCard]:
    """The open alerts of a page, worst first, each with its form; `refused` is the form that came back with faults."""
    allowed = may(request.user, "acknowledge_alerts", patient)
    for view in watch.open:
        if not allowed or view.alert.acknowledged_at is not None:
            yield AlertCard(view, None)
        elif refused is not None and refused.target == f"alert:{view.alert.pk}":
            yield AlertCard(view, refused)
        else:
            yield AlertCard(view, AcknowledgementForm(request=request, patient=patient, alert=view.alert))
