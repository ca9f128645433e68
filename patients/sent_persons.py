"""Whose record is what a machine or a table says of a person? One answer for storing and for a preview of it."""

from __future__ import annotations

from dataclasses import dataclass

from patients.changes import Refused
from patients.clinical.reasons import Reason
from patients.folding import name_key, number_key
from patients.imports.case import CasePatient
from patients.imports.delivery import born_on
from patients.imports.observation import SentPerson
from patients.imports.record_numbers import why_none
from patients.models import PartState, Patient
from patients.persons import Doubt, Owner, is_said_to_be, owner_of, picked

KANA_TOGETHER = "kana"  # of what differs: the name in kana as a whole


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose record it goes to, or why to nobody's yet. `owner`: only where it is taken; `why`: what a person should
    know who is asked."""

    state: PartState
    owner: Owner | None = None
    why: tuple[Reason, ...] = ()

    @property
    def patient(self) -> Patient | None:
        """The record, None for nobody's."""
        return self.owner.patient if self.owner is not None else None


def whose(person: SentPerson, answer: str = "", *, looking: bool = False) -> Whose:
    """Whose record a person's results go to. `answer`: what somebody said whose it is.

    Call it inside the transaction that stores them, or with `looking` where nothing is stored: then nobody waits.
    """
    if (owner := picked(answer)) is not None:
        return Whose(PartState.TAKEN, owner)
    if len(person.numbers) > 1:
        return Whose(PartState.SEVERAL, why=why_none(person))
    if not number_key(person.mrn):
        return Whose(PartState.NO_NUMBER, why=why_none(person))
    try:
        owner = owner_of(case_patient_of(person), answer, looking=looking)
    except Doubt:
        return Whose(PartState.DOUBTFUL)
    except Refused:
        return Whose(PartState.OTHER_PERSON)
    if owner.patient is None:
        return Whose(PartState.UNKNOWN)
    if kana := kana_differs(owner.patient, person):
        if is_said_to_be([x for x in (owner.patient, owner.via) if x is not None], {KANA_TOGETHER: kana}):
            return Whose(PartState.TAKEN, owner)
        return Whose(PartState.OTHER_PERSON)
    return Whose(PartState.TAKEN, owner)


def case_patient_of(person: SentPerson) -> CasePatient:
    """A sent person as a document tells of one."""
    return CasePatient(
        mrn=person.mrn,
        family_name=person.family_name,
        given_name=person.given_name,
        sex=person.sex,
        birth_date=born_on(person),
    )


def kana_differs(patient: Patient, person: SentPerson) -> tuple[str, str] | None:
    """The name in kana as known and as told, where it is another one; many exports tell no other name."""
    known, told = patient.family_kana + patient.given_kana, person.family_kana + person.given_kana
    pair = (name_key(known), name_key(told))
    return pair if known and told and pair[0] != pair[1] else None
