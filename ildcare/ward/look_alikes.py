"""Whose names on a list could be taken for each other? A question about the whole list: no line knows it of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import QuerySet

from ildcare.moment.state_cache import StateCache
from patients.models import Patient, User
from patients.names import Name, similar_among

Alike = Mapping[int, tuple[Patient, ...]]  # by patient id, the others, whom the reader may open
MOST = 256  # groups of people, one for the wards of each group of colleagues

# Kept for as long as nobody comes, goes or is called otherwise: so that the names need not be read.
_kept: StateCache[Alike] = StateCache(MOST)


def look_alikes_among(patients: Iterable[Patient]) -> Alike:
    """By patient id, the others whose names could be taken for each other."""
    known = {x.pk: x for x in patients}
    names = {
        pk: Name.of(x.family_name, x.given_name, x.family_kana, x.given_kana, x.birth_date) for pk, x in known.items()
    }
    return {pk: tuple(known[other] for other in others) for pk, others in similar_among(names).items()}


def alike_on_list(patients: Sequence[Patient], user: User | None) -> Alike:
    """Among these and everybody on the wards of the user. One query."""
    beside = _lying_beside(user) if user and patients else ()
    return look_alikes_among([*patients, *beside])


def alike_at(people: str, user: User) -> Alike:
    """Among everybody on the wards of the user, of whom `people` is the word (`WardState`). No query while it is the
    same."""
    if not people:
        return {}
    kept = _kept.find(_who(people.split(",")))
    if kept is None:
        lying = list(_lying_beside(user))
        kept = look_alikes_among(lying)
        _kept.keep(_who(f"{x.pk}.{x.version}" for x in lying), kept)  # who was read, not who was there a moment before
    return kept


def _lying_beside(user: User) -> QuerySet[Patient]:
    return Patient.objects.filter(admissions__ward__memberships__user=user, admissions__discharged_at=None)


def _who(people: Iterable[str]) -> frozenset[str]:
    return frozenset(people)
