"""Whose record is a document about? The number decides; what is not told is not another person; a doubt is asked about.

Specification 12 (48). Nothing is put on a record on a guess: a record with the same number and another name, sex or
birth date refuses the document, and one whose number differs only by leading zeros or punctuation is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from patients.changes import Refused
from patients.folding import name_key, number_core, number_key, spelled_name_key
from patients.imports.case import CasePatient
from patients.merged import kept_of
from patients.models import Patient, SamePerson
from patients.wording import listed

IDENTIFYING = ("family_name", "given_name", "sex", "birth_date")
NAMES = ("family_name", "given_name")
KANA = ("family_kana", "given_kana")  # added where a record lacks them; nobody is another person by them alone
NEW = "new"  # answer: the dry run said that it is a new patient
PICKED = "pick:"  # answer, before the key of a patient: of what no number tells, a person said whose it is
ANOTHER = "another"  # answer of a person who was asked: none of those, a new patient


class Doubt(Refused):
    """It may be a patient who is known under almost the same number: a person must say. Nothing was written."""

    def __init__(self, person: CasePatient, known: tuple[Patient, ...]) -> None:
        super().__init__(*(_question(person, x) for x in known))
        self.known = known


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose record a document goes to: `patient`, or a new one (None). `added`: what the record lacks and is told.

    `via`: the record whose number it names, where that one was merged into `patient`.
    """

    patient: Patient | None
    added: dict[str, Any]
    via: Patient | None = None


def owner_of(person: CasePatient, answer: str = "", *, looking: bool = False) -> Owner:
    """The record of the person a document tells of. Call it inside the transaction that stores the document; or with
    `looking`, where nothing is stored.

    `answer`: "" where nobody was asked; NEW, ANOTHER, or the key of the patient whose record it is. Raises Refused
    with a sentence for each thing that makes it another person, or where the answer no longer fits; Doubt where a
    person must say.
    """
    if not number_key(person.mrn):
        raise Refused(_("The record number consists of blanks."))
    if not looking:
        _alone(person.mrn)
    same = Patient.objects.filter(number_key=number_key(person.mrn)).first()
    if same is not None:
        return _answered(_whose(same, person), answer)
    alike = {kept_of(x).pk: x for x in _almost_the_same_number(person)}
    chosen = next((x for pk, x in alike.items() if str(pk) == answer), None)
    if chosen is not None:
        return _kept(chosen, person)
    if alike and answer != ANOTHER:
        raise Doubt(person, tuple(kept_of(x) for x in alike.values()))
    if answer not in ("", NEW, ANOTHER):
        raise Refused(_changed())
    return Owner(None, {})


def _alone(number: str) -> None:
    """Two documents with almost the same number are not looked at in the same moment: the second finds the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 48))", [number_core(number)])


def _whose(same: Patient, person: CasePatient) -> Owner:
    """The record that has this number, or the one that it was merged into: then the document may know the person as
    either of the two does."""
    owner = _kept(same, person)
    others = _others(same, person)
    if others and (owner.via is None or _others(kept_of(same), person)):
        raise Refused(*(_another(same, name) for name in others))
    return owner


def _others(known: Patient, person: CasePatient) -> list[str]:
    """In what somebody who is told of is another person; nothing, where a person has said that it is the same one."""
    differs = differences(known, person)
    return [] if differs and is_said_to_be((known,), differs) else [*differs]


def differences(known: Patient, person: CasePatient) -> dict[str, tuple[str, str]]:
    """What a record says of a person and what is told, where that differs; folded, by the name of the field."""
    pairs = ((name, getattr(known, name), getattr(person, name)) for name in IDENTIFYING)
    return {name: (_plain(name, one), _plain(name, other)) for name, one, other in pairs if _differs(name, one, other)}


def is_said_to_be(records: Iterable[Patient], differs: dict[str, tuple[str, str]]) -> bool:
    """Did a person say that somebody who differs so from one of these records is this patient?"""
    return any(
        all(list(said.get(name, ())) == list(pair) for name, pair in differs.items())
        for said in SamePerson.objects.filter(patient__in=list(records)).values_list("differs", flat=True)
    )


def picked(answer: str) -> Owner | None:
    """The record that a person picked for what no number tells; None if nobody did."""
    if not answer.startswith(PICKED):
        return None
    return Owner(kept_of(Patient.objects.get(pk=int(answer.removeprefix(PICKED)))), {})


def _kept(known: Patient, person: CasePatient) -> Owner:
    kept = kept_of(known)
    return Owner(kept, _added(kept, person), via=known if kept.pk != known.pk else None)


def _answered(owner: Owner, answer: str) -> Owner:
    if owner.patient is None or answer not in ("", str(owner.patient.pk)):
        raise Refused(_changed())
    return owner


def _almost_the_same_number(person: CasePatient) -> tuple[Patient, ...]:
    """Patients whose number differs only by leading zeros or punctuation; by what is told no other person."""
    core = number_core(person.mrn)
    if not core:
        return ()
    alike = Patient.objects.filter(number_core=core).order_by("pk")
    return tuple(x for x in alike if not any(_differs(n, getattr(x, n), getattr(person, n)) for n in IDENTIFYING))


def _differs(name: str, known: Any, person: Any) -> bool:
    """Is it told on both sides, and not the same? Unknown is not another."""
    if not (_is_told(known) and _is_told(person)):
        return False
    return _plain(name, known) != _plain(name, person)


def _plain(name: str, value: Any) -> str:
    """As it is compared (12 (48)): another form of a kanji is another name, until a person says that it is the same."""
    return name_key(value) if name in NAMES else str(value)


def _is_told(value: Any) -> bool:
    return value not in (None, "", "unknown")


def _added(known: Patient, person: CasePatient) -> dict[str, Any]:
    """What is known stays; what is not known is taken from the document."""
    values = {name: getattr(person, name) for name in (*IDENTIFYING, *KANA)}
    return {name: x for name, x in values.items() if _is_told(x) and not _is_told(getattr(known, name))}


# -- a person who is registered by hand -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """Somebody who is to be registered, as typed."""

    mrn: str
    family_name: str
    given_name: str
    family_kana: str = ""
    given_kana: str = ""
    sex: str = "unknown"
    birth_date: date | None = None

    @property
    def as_case_patient(self) -> CasePatient:
        """What a document would tell of the person."""
        return CasePatient(mrn=self.mrn, **{name: getattr(self, name) for name in IDENTIFYING})

    @property
    def details(self) -> dict[str, Any]:
        """The columns of the patient's row."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Known:
    """Who may be the person who is to be registered: `same` has the number, `alike` almost the number, or name and
    birth date."""

    same: Patient | None = None
    alike: tuple[Patient, ...] = ()


def known_as(person: CasePatient) -> Known:
    """Who among all patients may be this person, in whoever's scope."""
    same = Patient.objects.filter(number_key=number_key(person.mrn)).first()
    if same is not None:
        return Known(same)
    alike = {x.pk: x for x in (*_almost_the_same_number(person), *_same_name_and_birth_date(person))}
    return Known(None, tuple(alike.values()))


def refuse_known(person: CasePatient, asked: frozenset[int]) -> None:
    """Inside the transaction that registers: refuse a number that is known, and raise Doubt of anybody who may be the
    person and is not in `asked`."""
    _alone(person.mrn)
    known = known_as(person)
    if known.same is not None:
        raise Refused(_("Record number %(mrn)s exists already.") % {"mrn": known.same.mrn})
    if unasked := tuple(x for x in known.alike if x.pk not in asked):
        raise Doubt(person, unasked)


def _same_name_and_birth_date(person: CasePatient) -> Iterable[Patient]:
    """No number guards here: two numbers of one person are what an emergency or another hospital leaves behind."""
    if person.birth_date is None:
        return ()
    born = Patient.objects.filter(birth_date=person.birth_date).order_by("pk")
    name = spelled_name_key(person.family_name + person.given_name)
    alike = (x for x in born if spelled_name_key(x.family_name + x.given_name) == name)
    return (x for x in alike if not _differs("sex", x.sex, person.sex))


# -- in words ---------------------------------------------------------------------------------------------------------


def owner_in_words(
    person: CasePatient,
    patient: Patient,
    *,
    registered: bool,
    added: Iterable[str],
    via: Patient | None = None,
) -> list[str]:
    """Whose record a document went to, or would go to: the same sentences in a dry run and after storing."""
    if registered:
        return [_("New patient with record number %(mrn)s.") % {"mrn": patient.mrn}]
    sentences = [_("Known patient: %(name)s, record number %(mrn)s.") % {"name": patient, "mrn": patient.mrn}]
    if via is not None:
        sentences.append(_("Record number %(mrn)s was merged into this one.") % {"mrn": via.mrn})
    elif person.mrn != patient.mrn:
        sentences.append(_("The document writes the record number as %(told)s.") % {"told": person.mrn})
    if labels := [_label(name) for name in added]:
        sentences.append(_("Not known so far and added to the record: %(fields)s.") % {"fields": listed(labels)})
    return sentences


def _another(known: Patient, name: str) -> str:
    return _("Record number %(mrn)s exists with another %(field)s.") % {"mrn": known.mrn, "field": _label(name)}


def _question(person: CasePatient, known: Patient) -> str:
    parts = {"told": person.mrn, "name": known, "mrn": known.mrn}
    return (
        _("Record number %(told)s is almost that of %(name)s, %(mrn)s, and name, sex and birth date do not differ.")
        % parts
    )


def _changed() -> str:
    return _("Since the document was checked, another record fits it. Check it again.")


def _label(name: str) -> str:
    return str(Patient._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
