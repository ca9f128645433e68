"""Who is found by the words that were typed: among all patients of the user's scope, on a ward or not.

Specification 12 (49). Each word must stand in a name (as written or in kana, in either order), in the record number
(any width, with or without leading zeros), or be the beginning of the bed.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from patients.folding import WHOLE_NUMBER, grams_of_word, search_key, words_of
from patients.merged import kept_ids
from patients.models import Admission, Patient, RecordMerge, SearchEntry, User

MOST = 50  # patients shown of one search


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The patients that a search shows, those on a ward first; `more`: there are others whom it does not show.

    `merged`: records that the words fit and that were merged, each with the key of the record that is shown for it.
    """

    ids: tuple[int, ...] = ()
    more: bool = False
    merged: tuple[tuple[Patient, int], ...] = ()


def find_patients(typed: str, user: User, most: int = MOST) -> SearchResult:
    """Patients whom the user may see and on whom every word fits. `%` and `_` are letters like any other.

    The words may fit a record that was merged: then the one that goes on in its stead is found.
    """
    words = words_of(typed)
    if not words:
        return SearchResult()
    beds = _beds(user)
    entries = SearchEntry.objects.all()
    for word, number in words:
        entries = entries.filter(_fits(word, number, beds))
    lies = Exists(Admission.objects.filter(patient=OuterRef("pk"), discharged_at=None))
    called = Coalesce(NullIf("family_kana", Value("")), "family_name")
    merged = _merged(entries, most)
    fits = Q(pk__in=entries.values("patient")) | Q(pk__in=set(merged.values()))
    people = Patient.objects.visible_to(user).filter(fits)
    ids = list(people.order_by(lies.desc(), called, "given_name", "pk").values_list("pk", flat=True)[: most + 1])
    shown = tuple(ids[:most])
    absorbed = Patient.objects.filter(pk__in=[pk for pk, kept in merged.items() if kept in shown]).order_by("pk")
    return SearchResult(shown, len(ids) > most, tuple((x, merged[x.pk]) for x in absorbed) if merged else ())


def _merged(entries: QuerySet[SearchEntry], most: int) -> dict[int, int]:
    """The merged records among the entries, each with the key of the one that goes on in its stead."""
    standing = RecordMerge.objects.standing().filter(absorbed__in=entries.values("patient"))
    return kept_ids(standing.order_by("pk").values_list("absorbed", flat=True)[:most])


def _fits(word: str, number: str, beds: dict[int, str]) -> Q:
    """One word on one patient: in a name or number, as the whole number, or as the beginning of the bed."""
    fits = Q(grams__contains=grams_of_word(word), text__contains=word)
    if number:
        fits |= Q(grams__contains=[f"{WHOLE_NUMBER}{number}"])
    in_bed = [pk for pk, bed in beds.items() if bed.startswith(word)]
    return fits | Q(pk__in=in_bed) if in_bed else fits


def _beds(user: User) -> dict[int, str]:
    """Who lies in which bed of the user's wards, the bed as it is searched."""
    stays = Admission.objects.filter(ward__memberships__user=user, discharged_at=None).exclude(bed="")
    return {pk: search_key(bed) for pk, bed in stays.values_list("patient", "bed")}
