"""Export of a record and of a ward: who may, and why, is asked first and noted for every patient in the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field
from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from ildcare.account.confirming import PASSWORD, ConfirmedForm
from ildcare.exchange.exports import EXPORTS, Made, patients_of
from patients.access import open_record, permission
from patients.audit import note_read
from patients.forms.layouts import beside
from patients.models import Patient, User, Ward
from patients.queries import wards_of
from patients.requests import AuthenticatedHttpRequest

RIGHT = "export_records"


class ExportForm(ConfirmedForm):
    """The format, why the record leaves the product, and who says so (R47)."""

    format = forms.ChoiceField(label=_("Format"), choices=())
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [(name, x.title) for name, x in EXPORTS.items()]  # type: ignore[attr-defined]

    @property
    def signing_fields(self) -> tuple[Any, ...]:
        """Reason, and password where it is asked for again."""
        return (Field("reason", wrapper_class="grow"), *([PASSWORD] if self.asks_password else []))

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside("format", *self.signing_fields, button=_("Export"), wide=True)


class WardExportForm(ExportForm):
    """The same of a ward."""

    ward = forms.ModelChoiceField(label=_("Ward"), queryset=Ward.objects.none(), to_field_name="code", empty_label=None)
    field_order = ("ward", "format", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = [x.pk for x in wards_of(self.request.user)]
        self.fields["ward"].queryset = Ward.objects.filter(pk__in=mine)  # type: ignore[attr-defined]

    @property
    def helper(self) -> FormHelper:
        """One line."""
        return beside("ward", "format", *self.signing_fields, button=_("Export"), wide=True)


@require_safe
@permission(RIGHT)
def patient_export(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """Choose the format, and say why."""
    patient = open_record(patient_id, by=request.user, what="export page")
    return _of_patient(request, patient, ExportForm(request=request, patient=patient, target="export"))


@require_POST
@permission(RIGHT)
def patient_export_file(request: AuthenticatedHttpRequest, patient_id: int) -> HttpResponse:
    """The record as a file."""
    patient = open_record(patient_id, by=request.user, what="export page")
    form = ExportForm(request.POST, request=request, patient=patient, target="export")
    if not form.is_valid():
        return _of_patient(request, patient, form, 422)
    return _file(request.user, [patient], form, f"record-{patient.pk}", several=False)


@require_safe
@permission(RIGHT)
def ward_export(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Choose ward and format, and say why."""
    chosen = {"ward": request.GET.get("ward", "")}
    return _of_ward(request, WardExportForm(request=request, target="ward-export", initial=chosen))


@require_POST
@permission(RIGHT)
def ward_export_file(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The records of who lies on a ward, as far as the reader sees them."""
    form = WardExportForm(request.POST, request=request, target="ward-export")
    if not form.is_valid():
        return _of_ward(request, form, 422)
    patients = patients_of(form.cleaned_data["ward"], request.user)
    if not patients:
        form.add_error("ward", _("Nobody lies on this ward."))
        return _of_ward(request, form, 422)
    return _file(request.user, patients, form, f"ward-{form.cleaned_data['ward'].code}", several=True)


def _file(user: User, patients: Sequence[Patient], form: ExportForm, name: str, *, several: bool) -> HttpResponse:
    wanted, now = EXPORTS[form.cleaned_data["format"]], timezone.now()
    for patient in patients:
        note_read(patient.pk, f"export: {form.cleaned_data['format']}", by=user, reason=form.cleaned_data["reason"])
    ending, media_type = wanted.many if several else wanted.one
    body = wanted.write(patients, Made(user.get_full_name() or user.get_username(), now), several)
    answer = HttpResponse(body, content_type=media_type)
    stamp = timezone.localtime(now).strftime("%Y%m%d-%H%M")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{stamp}.{ending}"'
    return answer


def _of_patient(
    request: AuthenticatedHttpRequest, patient: Patient, form: ExportForm, status: int = 200
) -> HttpResponse:
    context = {"patient": patient, "form": form}
    return render(request, "ildcare/exchange/patient_export.html", context, status=status)


def _of_ward(request: AuthenticatedHttpRequest, form: WardExportForm, status: int = 200) -> HttpResponse:
    return render(request, "ildcare/exchange/ward_export.html", {"form": form}, status=status)
