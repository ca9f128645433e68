"""The tabs of a patient's page: each an address of its own, under one bar that stays, at one moment (`?at=`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy, pgettext_lazy

from ildcare.moment.as_of import Moment, requested_moment
from ildcare.record.adding import adding
from ildcare.record.page import Record, record_of
from ildcare.trends.views import range_params
from patients.access import may
from patients.merged import kept_of
from patients.models import Patient
from patients.requests import AuthenticatedHttpRequest

# by the name of the address, which is that of the view
TABS = {
    "patient_detail": pgettext_lazy("tab", "Overview"),
    "result_list": gettext_lazy("Results"),
    "trend_list": gettext_lazy("Trends"),
    "treatment_list": gettext_lazy("Treatments"),
    "course_detail": gettext_lazy("Course"),
    "paper_list": pgettext_lazy("tab", "Paper"),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab as it stands in the row."""

    name: str
    title: Any
    address: str
    here: bool


def read_record(request: AuthenticatedHttpRequest, patient: Patient) -> tuple[Record, Moment]:
    """The record as the address asks for it: now, or as known at an earlier moment."""
    moment = requested_moment(request)
    at = moment.at
    return record_of(patient, at or timezone.now(), range_params(request), past=at is not None), moment


def tabs_of(patient: Patient, moment: Moment, here: str) -> tuple[Tab, ...]:
    """The row of tabs, which keeps the moment; none for a record that was merged: its overview shows everything."""
    if patient.merge:
        return ()
    at = f"?{urlencode({'at': moment.text})}" if moment.at else ""
    return tuple(Tab(name, title, reverse(name, args=[patient.pk]) + at, name == here) for name, title in TABS.items())


def tab_context(request: AuthenticatedHttpRequest, record: Record, moment: Moment, here: str) -> dict[str, Any]:
    """What every tab shows: whose record, the bar, the row of tabs, the moment, "+ Add"."""
    patient, merge, now = record.patient, record.patient.merge, timezone.now()
    closed = moment.at is not None or merge is not None
    user = request.user
    return {
        "page": here,
        "patient": patient,
        "record": record,
        "watch": record.watch,
        "bar": record.bar,
        "tabs": tabs_of(patient, moment, here),
        "at": moment.text,
        "moment": moment,
        "as_of": record.as_of,
        "picked": timezone.localtime(moment.at or now).strftime("%Y-%m-%dT%H:%M"),
        "latest": timezone.localtime(now).strftime("%Y-%m-%dT%H:%M"),
        "closed": closed,
        "merge": merge,
        "kept": kept_of(patient) if merge else None,
        "unreadable": record.snapshot.unreadable,
        "may_correct": not closed and may(user, "correct_facts"),
        "may_judge": not closed and may(user, "judge"),
        "may_treat": may(user, "record_treatment"),
        **({} if closed else adding(request, patient, record.snapshot)),
    }
