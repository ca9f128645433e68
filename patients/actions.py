"""Every write to a patient's record. Each deed is keyword-only, says who does it (`by`, None for the system), commits
as a whole, marks the patient for evaluation and sends `record_changed` once.

Deeds on facts raise `Refused` (the content forbids it) or `StaleVersion` (somebody else was first); nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.clinical.versions import Version
from patients.deeds import (
    Refused,
    StaleVersion,
    attributed_to,
    deed,
    differences,
    record_change,
    repeated_on_deadlock,
    request_evaluation,
    update_with_version,
)
from patients.imports.case_file import Case
from patients.models import Admission, EvaluationMark, Fact, MedicationCourse, Patient, SiteSettings, Status, User, Ward
from patients.queries import history, site_zone
from patients.recording import Recorded, append, standing_row
from patients.rows import CONTENT, Arrival, arrivals, carried_over, is_date_only

IDENTIFYING = ("family_name", "given_name", "sex", "birth_date")


@dataclass(frozen=True, slots=True)
class StoredCase:
    """What storing a case did."""

    patient: Patient
    registered: bool
    recorded: Recorded


@repeated_on_deadlock
def register_patient(*, by: User | None, mrn: str, family_name: str, given_name: str, **details: Any) -> Patient:
    """A new patient; `details` are kana names, sex, birth_date, source. Refused when the record number exists."""
    with transaction.atomic():
        patient = _register(by=by, mrn=mrn, family_name=family_name, given_name=given_name, **details)
        record_change(patient)
    return patient


def _register(*, by: User | None, mrn: str, **details: Any) -> Patient:
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


@repeated_on_deadlock
def record_facts(
    *, patient: Patient, facts: Sequence[Version | Arrival], by: User | None, source: str, reason: str = ""
) -> Recorded:
    """Store versions of facts, from a form or from a sender.

    What is stored already changes nothing; other content under a stored identity becomes its next version, known
    from now unless it says when it became known. Facts about the future are refused.
    """
    given = arrivals(facts)
    _refuse_impossible(given)
    with deed(patient, by=by, reason=reason):
        recorded = append(patient, given, by=by, source=source, reason=reason)
        if recorded.rows:
            record_change(patient)
    return recorded


def _refuse_impossible(given: Sequence[Arrival]) -> None:
    now = timezone.now()
    facts = [arrival.version.fact for arrival in given]
    faults = [_("A fact lies in the future.")] if any(max(x.on, x.known) > now for x in facts) else []
    faults += [_("A fact is known before it happened.")] if any(x.known < x.on for x in facts) else []
    if faults:
        raise Refused(*faults)


@repeated_on_deadlock
def correct_fact(*, row: Fact, changes: dict[str, Any], by: User, reason: str, expected_version: int) -> Fact:
    """A new version of a fact with other content (or another time, `on`), known from now. The old stays readable."""
    if not reason.strip():
        raise Refused(_("A correction needs a reason."))
    foreign = set(changes) - {*CONTENT[row.KIND], "on"}
    if foreign:
        raise ValueError(f"not content of a {row.KIND}: {', '.join(sorted(foreign))}")
    return _next_version(row, changes, Status.CORRECTED, by, reason, expected_version)


@repeated_on_deadlock
def cancel_fact(*, row: Fact, by: User, reason: str, expected_version: int) -> Fact:
    """Withdraw a fact: from now on it does not stand; what was known before stays readable."""
    if not reason.strip():
        raise Refused(_("A cancellation needs a reason."))
    return _next_version(row, {}, Status.CANCELLED, by, reason, expected_version)


@repeated_on_deadlock
def stop_treatment(*, row: MedicationCourse, stop: date, by: User, expected_version: int, reason: str = "") -> Fact:
    """The last day a drug was given (a later stop, or None through `correct_fact`, is a version again)."""
    if stop < row.on.astimezone(site_zone()).date():
        raise Refused(_("The last day given is before the first."))
    return _next_version(row, {"stop": stop}, Status.FINAL, by, reason, expected_version)


def _next_version(row: Fact, changes: dict[str, Any], status: str, by: User, reason: str, expected: int) -> Fact:
    with deed(row.patient, by=by, reason=reason):
        versions = history(row)
        current = standing_row(versions)
        if current.version != expected:
            raise StaleVersion(differences(current, changes))
        following = _following(versions, changes, status)
        following.recorded_by, following.source, following.correction_reason = by, "form", reason
        _save_possible(following)
        record_change(row.patient)
    return following


def _following(versions: list[Fact], changes: dict[str, Any], status: str) -> Fact:
    """An unsaved next version: what stands, with the changes, known from now."""
    last, current = versions[-1], standing_row(versions)
    carried = {name: getattr(current, name) for name in carried_over(current)}
    content = {**carried, **changes}
    columns = {
        **content,
        "version": last.version + 1,
        "replaces": last,
        "on_is_date": is_date_only(content["on"], site_zone()),
        "known": max(timezone.now(), current.known),
        "status": status,
    }
    return type(current)(**columns)


def _save_possible(row: Fact) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(_("This content is not possible.")) from error


@repeated_on_deadlock
def store_case(case: Case, *, by: User | None) -> StoredCase:
    """Store the course of one patient; registers the patient where the record number is new.

    The same file again changes nothing; changed content becomes a correction. Refused as a whole when the record
    number exists with another name, sex or birth date.
    """
    given = [Arrival(entry.version) for entry in case.entries]
    _refuse_impossible(given)
    with transaction.atomic():
        patient, registered = _patient_of(case, by)
        with deed(patient, by=by):
            recorded = append(patient, given, by=by, source="case_file")
            if registered or recorded.rows:
                record_change(patient)
    return StoredCase(patient, registered, recorded)


def _patient_of(case: Case, by: User | None) -> tuple[Patient, bool]:
    person = {name: getattr(case.patient, name) for name in IDENTIFYING}
    known = Patient.objects.filter(mrn=case.patient.mrn).first()
    if known is None:
        try:
            return _register(by=by, mrn=case.patient.mrn, source=case.source, **person), True
        except Refused:  # somebody else registered the same patient in this moment
            known = Patient.objects.get(mrn=case.patient.mrn)
    others = [name for name in IDENTIFYING if getattr(known, name) != person[name]]
    if others:
        raise Refused(*(_another(known, name) for name in others))
    return known, False


def _another(patient: Patient, name: str) -> str:
    label = Patient._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    return _("Record number %(mrn)s exists with another %(field)s.") % {"mrn": patient.mrn, "field": label}
