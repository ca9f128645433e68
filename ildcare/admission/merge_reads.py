"""What the pages of merging show of two records: who may be the same person, and the two side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from monitoring.models import Alert
from patients.fact_words import kind_in_words
from patients.identities import differing, identity_in_words, identity_now
from patients.merge_plan import held_by
from patients.models import Admission, CareTask, Patient, User
from patients.names import similar
from patients.queries import name_of_patient, site_zone
from patients.wording import listed_apart, moment_text

MOST = 20  # records that are offered, or found
LOOKED_AT = 2000  # records whose names are compared, at most


@dataclass(frozen=True, slots=True)
class Compared:
    """One detail of two records. `differs`: is it told on both sides, and not the same?"""

    label: str
    kept: str
    other: str
    differs: bool = False


def perhaps_the_same(patient: Patient, user: User) -> list[Patient]:
    """Other records of the user's scope that look like the same person: almost the same number, or a like name with the
    same birth date or none told."""
    near = Q(number_core=patient.number_core) | Q(family_name__startswith=patient.family_name[:1])
    if patient.family_kana:
        near |= Q(family_kana__startswith=patient.family_kana[:1])
    others = Patient.objects.visible_to(user).exclude(pk=patient.pk).filter(near)[:LOOKED_AT]
    return [x for x in others if _alike(patient, x)][:MOST]


def _alike(a: Patient, b: Patient) -> bool:
    if a.number_core == b.number_core:
        return True
    born = a.birth_date is None or b.birth_date is None or a.birth_date == b.birth_date
    return born and similar(name_of_patient(a), name_of_patient(b))


def side_by_side(kept: Patient, other: Patient) -> list[Compared]:
    """Identity, stays and what the two records hold."""
    return [*_identities(kept, other), *_holdings(kept, other)]


def _identities(kept: Patient, other: Patient) -> Iterator[Compared]:
    a, b = identity_now(kept), identity_now(other)
    unlike = {x.label for x in differing(a | {"mrn": ""}, b | {"mrn": ""})}  # two records have two numbers
    for (label, mine, told), (_same, theirs, told_too) in zip(identity_in_words(a), identity_in_words(b), strict=True):
        yield Compared(label, mine, theirs, told and told_too and label in unlike)


def _holdings(kept: Patient, other: Patient) -> Iterator[Compared]:
    yield Compared(_("Stays"), _stays(kept), _stays(other))
    mine, theirs = _counts(kept), _counts(other)
    for what in dict.fromkeys([*mine, *theirs]):
        yield Compared(what, str(mine.get(what, 0)), str(theirs.get(what, 0)))


def _stays(patient: Patient) -> str:
    stays = Admission.objects.filter(patient=patient).select_related("ward").order_by("admitted_at")
    return listed_apart(_stay(x) for x in stays) or _("none")


def _stay(stay: Admission) -> str:
    where = f"{stay.ward.name_in(get_language() or 'en')} {stay.bed}".strip()
    until = moment_text(stay.discharged_at) if stay.discharged_at else _("now")
    return f"{where} {moment_text(stay.admitted_at)} – {until}"


def _counts(patient: Patient) -> dict[str, int]:
    """How many facts of each kind stand, open tasks and open alerts, by what they are called."""
    counts: dict[str, int] = {}
    for held in held_by(patient, site_zone()):
        if held.stands:
            name = kind_in_words(held.kind)
            counts[name] = counts.get(name, 0) + 1
    counts[_("Open tasks")] = CareTask.objects.open().filter(patient=patient).count()
    counts[_("Open alerts")] = Alert.objects.open().filter(patient=patient).count()
    return counts
