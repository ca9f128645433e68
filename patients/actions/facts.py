"""Deeds on facts: record, correct, cancel, stop; and the course of a whole case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.actions.records import new_patient
from patients.clinical.versions import Version
from patients.deeds import (
    Refused,
    StaleVersion,
    deed,
    differences,
    record_change,
    repeated_on_deadlock,
)
from patients.imports.case_file import Case
from patients.models import Fact, MedicationCourse, Patient, Status, User
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
            return new_patient(by=by, mrn=case.patient.mrn, source=case.source, **person), True
        except Refused:  # somebody else registered the same patient in this moment
            known = Patient.objects.get(mrn=case.patient.mrn)
    others = [name for name in IDENTIFYING if getattr(known, name) != person[name]]
    if others:
        raise Refused(*(_another(known, name) for name in others))
    return known, False


def _another(patient: Patient, name: str) -> str:
    label = Patient._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    return _("Record number %(mrn)s exists with another %(field)s.") % {"mrn": patient.mrn, "field": label}
