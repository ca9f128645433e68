"""Changes on who a record is about: both what stood before and what stands since are kept, with the reason."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from patients.actions.records import keep_findable, number_taken
from patients.changes import Refused, change_to, record_change, repeated_on_deadlock, update_with_version
from patients.clinical.bounds import OF_A_DAY, Bounds
from patients.folding import number_core, number_key
from patients.identities import IDENTITY, before_birth, identity_now
from patients.models import IdentityChange, Patient, SearchEntry, User
from patients.models.identity import BY_HAND
from patients.queries import site_zone


@repeated_on_deadlock
def correct_identity(*, patient: Patient, by: User, expected_version: int, reason: str, **changes: Any) -> Patient:
    """Correct record number, names, kana, sex or birth date of a patient; what stood before is kept.

    What is the same already is no change. Refused if the number is another patient's (`NumberTaken`), without a reason,
    or if an entry of the record would lie before the birth.
    """
    foreign = set(changes) - set(IDENTITY)
    if foreign:
        raise ValueError(f"not of an identity: {', '.join(sorted(foreign))}")
    if not reason.strip():
        raise Refused(_("A correction needs a reason."))
    with change_to(patient, by=by, reason=reason):
        current = Patient.objects.get(pk=patient.pk)
        wanted = {name: value for name, value in changes.items() if getattr(current, name) != value}
        if not wanted and current.version == expected_version:
            raise Refused(_("Nothing was changed."))
        _refuse_impossible(current, wanted)
        update_patient(patient, expected_version, by=by, reason=reason.strip(), **wanted)
        record_change(patient)
    return patient


def _refuse_impossible(patient: Patient, wanted: dict[str, Any]) -> None:
    faults = []
    if "mrn" in wanted and not number_key(wanted["mrn"]):
        faults.append(_("The record number consists of blanks."))
    if wanted.get("birth_date") is not None:
        faults += _faults_of_birth(patient, wanted["birth_date"])
    if faults:
        raise Refused(*faults)


def _faults_of_birth(patient: Patient, born: date) -> list[str]:
    outside = Bounds(now=timezone.now(), zone=site_zone()).of_day(born)
    return [_(OF_A_DAY[outside])] if outside else before_birth(patient, born)


def update_patient(
    patient: Patient,
    expected_version: int,
    *,
    by: User | None,
    source: str = BY_HAND,
    reason: str = "",
    **changes: Any,
) -> None:
    """Other details of a patient, inside a change; what is compared and searched follows them, and what stood before
    is kept. `source`: by hand, or the document that told what was not known."""
    if "mrn" in changes:
        if taken := number_taken(changes["mrn"], besides=patient):
            raise taken
        changes |= {"number_key": number_key(changes["mrn"]), "number_core": number_core(changes["mrn"])}
    before = identity_now(Patient.objects.get(pk=patient.pk))
    update_with_version(patient, expected_version, **changes)
    if changes.keys() & set(SearchEntry.NAMES):
        keep_findable([patient])
    after = identity_now(patient)
    if after != before:
        IdentityChange.objects.create(
            patient=patient, at=timezone.now(), by=by, source=source, reason=reason, before=before, after=after
        )
