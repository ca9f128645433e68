"""Movements that the hospital tells (ADT): admitted, moved, discharged, taken back; as a person would enter them.

A ward that is not kept here is none of ours: who goes there is asked about, who was never here is left out. A death, a
merge of two numbers, and whatever does not fit what stands here is never done by a machine: a person is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from patients.actions.identity import update_patient
from patients.actions.stays import admit_patient, discharge_patient, move_patient, register_and_admit, take_back_step
from patients.changes import Refused, StaleVersion, change_to, record_change
from patients.clinical.reasons import Reason, _, reason
from patients.folding import number_key
from patients.imports.case import CasePatient
from patients.imports.observation import Movement
from patients.models import PartState, Patient, StayEvent, StayStep, Ward
from patients.persons import IDENTIFYING, Doubt, NewPerson, Owner, owner_of, picked

# table 0112, as far as it says where somebody goes
DESTINATIONS = {
    "": "",
    "01": "home",
    "06": "home",
    "02": "other_hospital",
    "03": "other_hospital",
    "05": "other_hospital",
}
DIED = ("20", "40", "41", "42")
# by the event of a step the events of a later moment that end it or take it back
UNDONE_BY = {"A01": ("A03", "A11"), "A02": ("A03", "A11", "A12"), "A03": ("A13",)}
OVERTAKEN = {
    "A03": _("The sender has told before that the patient left on %(when)s: is the patient here?"),
    "A11": _("The sender has taken back this admission before (%(when)s): is the patient here?"),
    "A12": _("The sender has taken back this move before (%(when)s): where does the patient lie?"),
    "A13": _("The sender has taken back this discharge before (%(when)s): is the patient here?"),
}
TAKEN_BACK = {"A11": StayStep.ADMITTED, "A12": StayStep.MOVED, "A13": StayStep.DISCHARGED}


@dataclass(frozen=True, slots=True)
class Followed:
    """What came of a movement: the state of its part, why a person has to look, and whose it is."""

    state: PartState
    why: tuple[Reason, ...] = ()
    patient: Patient | None = None


def follow(
    movement: Movement,
    person: CasePatient,
    kana: tuple[str, str],
    *,
    source: str,
    answer: str = "",
    before: Sequence[tuple[str, datetime]] = (),
) -> Followed:
    """Do what a movement says, or say who has to. Inside the transaction that keeps the message.

    `answer`: whose it is, where a person said so (`patients.persons.owner_of`); `before`: the events that the sender
    told of this number before, each with when it happened.
    """
    said = picked(answer)
    if said is None and not number_key(person.mrn):
        return Followed(PartState.NO_NUMBER)
    try:
        owner = said or owner_of(person, answer)
    except Doubt:
        return Followed(PartState.DOUBTFUL)
    except Refused:
        return Followed(PartState.OTHER_PERSON)
    if movement.event == "A40":
        return _two_numbers(movement, owner)
    patient = owner.patient
    if patient is not None and owner.added:
        _complete(patient, owner, source)
    if (why := _overtaken(movement, before, patient)) is not None:
        return Followed(PartState.ASKED, (why,), patient)
    try:
        return _Step(movement, person, kana, patient).follow()
    except StaleVersion:
        return Followed(PartState.ASKED, (reason(_("It is not the last step any more.")),), patient)
    except Refused as refused:
        return Followed(PartState.ASKED, refused.why, patient)


def _complete(patient: Patient, owner: Owner, source: str) -> None:
    with change_to(patient, by=None):
        update_patient(patient, patient.version, by=None, source=source, **owner.added)
        record_change(patient)


def _two_numbers(movement: Movement, owner: Owner) -> Followed:
    """A40: two numbers are one person. Records are merged by people; where one of them is not here, nothing is."""
    if movement.unclear:
        why = _("The sender says that two numbers are one person, and which one goes is not clear.")
        return Followed(PartState.ASKED, (reason(why),), owner.patient)
    other = Patient.objects.filter(number_key=number_key(movement.merged)).first() if movement.merged else None
    if other is None:
        return Followed(PartState.TAKEN if owner.patient else PartState.ELSEWHERE, (), owner.patient)
    if owner.patient is None:
        why = _("The sender calls record number %(old)s another number now: correct the identity.")
        return Followed(PartState.ASKED, (reason(why, old=other.mrn),), other)
    if owner.patient.pk == other.pk or owner.via is not None:
        return Followed(PartState.TAKEN, (), owner.patient)
    why = _("The sender says that record number %(old)s is the same person: merge the two records.")
    return Followed(PartState.ASKED, (reason(why, old=other.mrn),), owner.patient)


def _overtaken(movement: Movement, before: Sequence[tuple[str, datetime]], patient: Patient | None) -> Reason | None:
    """Why a step is not done that the sender ended or took back before it told it: the messages came in another order
    than what they tell [J]. Who lies on another ward of the hospital is none of ours."""
    at = movement.time.moment.at if movement.time.moment else None
    undone = UNDONE_BY.get(movement.event, ())
    if at is None or (patient is None and (not movement.ward or _ward_called(movement.ward) is None)):
        return None
    since = [(when, event) for event, when in before if event in undone and when >= at]
    if not since or (movement.event == "A03" and (patient is None or patient.admission is None)):
        return None
    when, event = max(since)
    return reason(OVERTAKEN[event], basis="J", when=when)


def _ward_called(person: str) -> Ward | None:
    """The ward of a code; else the one that has this name, in either language."""
    by_code = Ward.objects.filter(code__iexact=person).first()
    named = list(Ward.objects.filter(Q(name__iexact=person) | Q(name_ja__iexact=person))[:2]) if by_code is None else []
    return by_code or (named[0] if len(named) == 1 else None)


class _Step:
    """One movement of one person, who is known here or not."""

    def __init__(self, movement: Movement, person: CasePatient, kana: tuple[str, str], patient: Patient | None) -> None:
        self.movement, self.sent_person, self.kana, self.patient = movement, person, kana, patient
        self.ward = _ward_called(movement.ward) if movement.ward else None
        self.at: datetime = movement.time.moment.at if movement.time.moment else timezone.now()

    def follow(self) -> Followed:
        """By its event."""
        event = self.movement.event
        if self.movement.resource and self.movement.time.moment is None and event in ("A01", "A03"):
            why = reason(_("The sender does not say when."))
            return Followed(PartState.ASKED if self.patient or self.ward else PartState.ELSEWHERE, (why,), self.patient)
        if event in ("A01", "A02"):
            return self._lies()
        if event == "A03":
            return self._leaves()
        if event in TAKEN_BACK:
            return self._was_none()
        return Followed(PartState.TAKEN if self.patient else PartState.ELSEWHERE, (), self.patient)

    def _lies(self) -> Followed:
        patient, ward = self.patient, self.ward
        stay = patient.admission if patient is not None else None
        if ward is None:
            if stay is None:
                return Followed(PartState.ELSEWHERE, (), patient)
            why = _("The sender says that the patient lies on %(ward)s, which is not kept here.")
            return Followed(PartState.ASKED, (reason(why, ward=self.movement.ward or "?"),), patient)
        if patient is None:
            return Followed(PartState.TAKEN, *self._in_bed(lambda bed: self._registered(ward, bed)))
        if stay is not None and (stay.ward_id, stay.bed) == (ward.pk, self.movement.bed):
            return Followed(PartState.TAKEN, (), patient)
        move = stay is not None
        return Followed(PartState.TAKEN, *self._in_bed(lambda bed: self._put(patient, ward, bed, move=move)))

    def _in_bed(self, change: Callable[[str], Patient]) -> tuple[tuple[Reason, ...], Patient]:
        """In the bed that is told; where that is taken, on the ward without one, and that is said."""
        try:
            return (), change(self.movement.bed)
        except StaleVersion:
            raise
        except Refused as refused:
            if not self.movement.bed or isinstance(refused, Doubt):
                raise
            return refused.why, change("")

    def _registered(self, ward: Ward, bed: str) -> Patient:
        details = {name: getattr(self.sent_person, name) for name in IDENTIFYING}
        family_kana, given_kana = self.kana
        person = NewPerson(mrn=self.sent_person.mrn, family_kana=family_kana, given_kana=given_kana, **details)
        return register_and_admit(person=person, ward=ward, by=None, admitted_at=self.at, bed=bed)

    def _put(self, patient: Patient, ward: Ward, bed: str, *, move: bool) -> Patient:
        if not move:
            admit_patient(patient=patient, ward=ward, by=None, admitted_at=self.at, bed=bed)
        elif patient.admission is not None and (patient.admission.ward_id, patient.admission.bed) != (ward.pk, bed):
            move_patient(patient=patient, by=None, ward=ward, bed=bed, at=self.at)
        return patient

    def _leaves(self) -> Followed:
        patient = self.patient
        if patient is None or patient.admission is None:
            return Followed(PartState.TAKEN if patient else PartState.ELSEWHERE, (), patient)
        if self.movement.since.moment is not None and self.at <= patient.admission.admitted_at:
            return Followed(PartState.TAKEN, (), patient)  # an older stay, told with all the others
        if self.movement.to in DIED:
            why = reason(_("The sender says that the patient died: record the outcome."))
            return Followed(PartState.ASKED, (why,), patient)
        discharge_patient(patient=patient, by=None, at=self.at, to=DESTINATIONS.get(self.movement.to, ""))
        return Followed(PartState.TAKEN, (), patient)

    def _was_none(self) -> Followed:
        patient = self.patient
        if patient is None:
            return Followed(PartState.ELSEWHERE)
        last = StayEvent.objects.filter(patient=patient).standing().order_by("-pk").first()
        if last is None or last.kind != TAKEN_BACK[self.movement.event]:
            why = reason(_("The sender takes a step back that is not the last one here."))
            return Followed(PartState.ASKED, (why,), patient)
        take_back_step(step=last, by=None, reason=gettext("Taken back by its sender."))
        return Followed(PartState.TAKEN, (), patient)
