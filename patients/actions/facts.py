"""Changes on facts: record, correct, cancel, stop; and the course of a whole case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.actions.identity import update_patient
from patients.actions.records import new_patient
from patients.case_export import untold
from patients.changes import (
    Refused,
    StaleVersion,
    change_to,
    differences,
    record_change,
    repeated_on_deadlock,
)
from patients.clinical.bounds import OF_A_MOMENT, Bounds, Outside, storable_moment
from patients.clinical.versions import Version
from patients.imports.case import Case, CasePatient
from patients.models import Fact, MedicationCourse, Patient, Status, User, standing_row
from patients.persons import IDENTIFYING, KANA, owner_in_words, owner_of
from patients.queries import history, site_zone
from patients.recording import Recorded, append
from patients.rows import CONTENT, PLACED, carried_over, is_date_only, readable_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCase:
    """What storing a case did, or would do. `added`: details of the patient that were not known before; `via`: the
    record whose number it named, where that one was merged into this."""

    sent_person: CasePatient
    patient: Patient
    registered: bool
    recorded: Recorded
    added: tuple[str, ...] = ()
    via: Patient | None = None

    @property
    def sentences(self) -> list[str]:
        """Whose record it is and what is new in it: the words of the dry run and of what was done."""
        counts = {name: getattr(self.recorded, name) for name in ("new", "corrected", "cancelled", "unchanged")}
        told = _("%(new)s new, %(corrected)s corrected, %(cancelled)s cancelled, %(unchanged)s known already.") % counts
        whose = owner_in_words(
            self.sent_person, self.patient, registered=self.registered, added=self.added, via=self.via
        )
        return [*whose, told]


@repeated_on_deadlock
def record_facts(
    *, patient: Patient, facts: Sequence[Version], by: User | None, source: str, reason: str = ""
) -> Recorded:
    """Store versions of facts, from a form or from a sender.

    What is stored already changes nothing; other content under a stored identity becomes its next version, known
    from now unless it says when it became known. Facts about the future are refused.
    """
    refuse_impossible(facts, patient.birth_date)
    with change_to(patient, by=by, reason=reason):
        recorded = append(patient, facts, by=by, source=source, reason=reason)
        if recorded.drafts:
            record_change(patient)
    return recorded


def refuse_impossible(versions: Sequence[Version], born: date | None) -> None:
    """Whoever sends facts past the forms: the bounds are those of the forms and files."""
    facts, bounds = [version.fact for version in versions], Bounds(now=timezone.now(), zone=site_zone(), born=born)
    outside = set(map(bounds.of_moment, {moment for x in facts for moment in (x.on, x.known)}))
    faults = [_("A fact lies in the future.")] if Outside.IN_FUTURE in outside else []
    faults += [_(OF_A_MOMENT[x]) for x in (Outside.BEFORE_1900, Outside.BEFORE_BIRTH) if x in outside]
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
def confirm_value(*, row: Fact, by: User, expected_version: int, reason: str = "") -> Fact:
    """A person says that a doubtful value is right. It keeps its status, and its place: what the sender told since,
    still stands over it."""
    return _next_version(row, {"confirmed": True}, row.status, by, reason, expected_version, keeps_place=True)


@repeated_on_deadlock
def stop_treatment(*, row: MedicationCourse, stop: date, by: User, expected_version: int, reason: str = "") -> Fact:
    """The last day a drug was given (a later stop, or None through `correct_fact`, is a version again)."""
    if stop < row.on.astimezone(site_zone()).date():
        raise Refused(_("The last day given is before the first."))
    return _next_version(row, {"stop": stop}, Status.FINAL, by, reason, expected_version)


@repeated_on_deadlock
def give_way(*, row: Fact, by: User, reason: str) -> Fact:
    """Take one version back: a first one is cancelled, a later one gives way to what stood before it."""
    before = row.replaces
    if before is None:
        return _next_version(row, {}, Status.CANCELLED, by, reason, row.version)
    content = {name: getattr(before, name) for name in ("on", *CONTENT[row.KIND])}
    return _next_version(row, content, Status.CORRECTED, by, reason, row.version)


def _next_version(
    row: Fact,
    changes: dict[str, Any],
    status: str,
    by: User,
    reason: str,
    expected: int,
    *,
    keeps_place: bool = False,
) -> Fact:
    with change_to(row.patient, by=by, reason=reason):
        versions = history(row)
        current = standing_row(versions)
        if current.version != expected:
            raise StaleVersion(differences(current, changes))
        following = _following(versions, changes, status)
        following.placed = current.place if keeps_place else None
        _sign(following, by, reason)
        record_change(row.patient)
    return following


def _sign(row: Fact, by: User | None, reason: str, source: str = "form") -> None:
    row.recorded_by, row.source, row.correction_reason = by, source, reason
    _save_possible(row)


def withdraw(patient: Patient, table: type[Fact], identity: str, *, by: User | None, reason: str) -> None:
    """Cancel what stands of an identity, inside a change; what is cancelled already stays so."""
    versions = list(table._default_manager.filter(patient=patient, identity=identity).order_by("version"))
    if standing_row(versions).status != Status.CANCELLED:
        _sign(_following(versions, {}, Status.CANCELLED), by, reason)


def finish(patient: Patient, table: type[Fact], identity: str, *, source: str, text: str = "") -> bool | None:
    """Say that what was told as preliminary is final, inside a change; of a value that is repeated only if it is the
    same. True if it was, None if it is final already, False where nothing preliminary is here."""
    versions = list(table._default_manager.filter(patient=patient, identity=identity).order_by("version"))
    stands = standing_row(versions) if versions else None
    if stands is None or stands.status == Status.CANCELLED or (text and text != getattr(stands, "typed_value", text)):
        return False
    if stands.status != Status.PRELIMINARY:
        return None
    _sign(_following(versions, {}, Status.FINAL), None, "", source)
    return True


def _following(versions: list[Fact], changes: dict[str, Any], status: str) -> Fact:
    """An unsaved next version: what stands, with the changes, known from now."""
    last, current = versions[-1], standing_row(versions)
    carried = {name: getattr(current, name) for name in carried_over(current)}
    content = {**readable_columns(current.KIND, carried), **changes}
    columns = {
        **content,
        "version": last.version + 1,
        "replaces": last,
        "on_is_date": is_date_only(content["on"], site_zone()),
        "known": max(timezone.now(), current.known if storable_moment(current.known) else PLACED),
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
def store_case(case: Case, *, by: User | None, answer: str = "") -> StoredCase:
    """Store the course of one patient; registers the patient where the record number is new.

    The same file again changes nothing; changed content becomes a correction. `answer`: whose record it is, where
    somebody was asked or shown (`patients.persons.owner_of`). Refused as a whole when the record number exists with
    another name, sex or birth date; raises Doubt when a person must say whose record it is.
    """
    with transaction.atomic():
        return _store(case, by, answer)


@repeated_on_deadlock
def try_case(case: Case, *, by: User | None, answer: str = "") -> StoredCase:
    """What `store_case` would do: it is done and undone. Raises what it would raise; nothing is kept."""
    with transaction.atomic():
        stored = _store(case, by, answer)
        transaction.set_rollback(True)
    return stored


def _store(case: Case, by: User | None, answer: str) -> StoredCase:
    owner = owner_of(case.patient, answer)
    refuse_impossible(case.versions, case.patient.birth_date or (owner.patient.birth_date if owner.patient else None))
    patient = owner.patient or _registered(case, by)
    with change_to(patient, by=by):
        if owner.added:
            update_patient(patient, patient.version, by=by, source=case.format, **owner.added)
        versions = case.versions if owner.patient is None else untold(patient, case.events)
        recorded = append(patient, versions, by=by, source=case.format, via=owner.via, fresh=owner.patient is None)
        recorded = replace(recorded, unchanged=len(case.versions) - len(recorded.drafts))
        if owner.patient is None or owner.added or recorded.drafts:
            record_change(patient)
    return StoredCase(
        sent_person=case.patient,
        patient=patient,
        registered=owner.patient is None,
        recorded=recorded,
        added=tuple(owner.added),
        via=owner.via,
    )


def _registered(case: Case, by: User | None) -> Patient:
    person = {name: getattr(case.patient, name) for name in (*IDENTIFYING, *KANA)}
    return new_patient(by=by, mrn=case.patient.mrn, source=case.source, **person)
