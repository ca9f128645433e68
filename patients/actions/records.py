"""Deeds on the patient, the stay and the site."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from patients.deeds import (
    Refused,
    attributed_to,
    deed,
    record_change,
    repeated_on_deadlock,
    request_evaluation,
    update_with_version,
)
from patients.models import Admission, EvaluationMark, Patient, SiteSettings, User, Ward


@repeated_on_deadlock
def register_patient(*, by: User | None, mrn: str, family_name: str, given_name: str, **details: Any) -> Patient:
    """A new patient; `details` are kana names, sex, birth_date, source. Refused when the record number exists."""
    with transaction.atomic():
        patient = new_patient(by=by, mrn=mrn, family_name=family_name, given_name=given_name, **details)
        record_change(patient)
    return patient


def new_patient(*, by: User | None, mrn: str, **details: Any) -> Patient:
    """The row of a new patient, inside the transaction of a deed."""
    with attributed_to(by):
        try:
            with transaction.atomic():
                return Patient.objects.create(mrn=mrn, registered_by=by, **details)
        except IntegrityError as error:
            if Patient.objects.filter(mrn=mrn).exists():
                raise Refused(_("Record number %(mrn)s exists already.") % {"mrn": mrn}) from error
            raise


@repeated_on_deadlock
def correct_patient(*, patient: Patient, by: User, expected_version: int, **changes: Any) -> Patient:
    """Correct names, kana, sex, birth date or source of a patient."""
    with deed(patient, by=by):
        update_with_version(patient, expected_version, **changes)
        record_change(patient)
    return patient


@repeated_on_deadlock
def admit_patient(
    *, patient: Patient, ward: Ward, by: User | None, admitted_at: datetime, bed: str = "", consultant: str = ""
) -> Admission:
    """Open a stay. Refused while another stay is open or the bed is taken."""
    with deed(patient, by=by):
        _refuse_double_stay(patient, ward, bed)
        stay = Admission.objects.create(
            patient=patient, ward=ward, bed=bed, consultant=consultant, admitted_at=admitted_at
        )
        record_change(patient)
    return stay


def _refuse_double_stay(patient: Patient, ward: Ward, bed: str) -> None:
    if Admission.objects.filter(patient=patient, discharged_at=None).exists():
        raise Refused(_("The patient is on a ward already."))
    _refuse_taken_bed(ward, bed, besides=patient)


def _refuse_taken_bed(ward: Ward, bed: str, *, besides: Patient) -> None:
    Ward.objects.select_for_update(no_key=True).get(pk=ward.pk)  # two patients do not find the same bed free
    taken = Admission.objects.filter(ward=ward, bed=bed, discharged_at=None).exclude(patient=besides)
    if bed and taken.exists():
        raise Refused(_("Bed %(bed)s is taken.") % {"bed": bed})


@repeated_on_deadlock
def transfer_patient(
    *, admission: Admission, by: User, expected_version: int, ward: Ward, bed: str = "", consultant: str = ""
) -> Admission:
    """Move an open stay to another ward, bed or consultant."""
    with deed(admission.patient, by=by):
        _refuse_taken_bed(ward, bed, besides=admission.patient)
        update_with_version(admission, expected_version, ward=ward, bed=bed, consultant=consultant)
        record_change(admission.patient)
    return admission


@repeated_on_deadlock
def discharge_patient(*, admission: Admission, by: User, expected_version: int, at: datetime) -> Admission:
    """Close a stay."""
    if at < admission.admitted_at:
        raise Refused(_("The discharge is before the admission."))
    with deed(admission.patient, by=by):
        update_with_version(admission, expected_version, discharged_at=at)
        record_change(admission.patient)
    return admission


@repeated_on_deadlock
def change_site_settings(*, by: User, expected_version: int, **changes: Any) -> SiteSettings:
    """Change what the site may choose. Every patient's answer may change with it: all are marked for evaluation."""
    if changes.get("time_zone", "UTC") not in available_timezones():
        raise Refused(_("There is no such time zone."))
    with transaction.atomic(), attributed_to(by):
        site, _new = SiteSettings.objects.get_or_create(pk=1)
        update_with_version(site, expected_version, **changes)
        request_evaluation(EvaluationMark.objects.all())
    return site
