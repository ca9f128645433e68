"""Records that went into others: which one goes on in their stead, and where in it a sender's results are.

A chain is followed to its end: what was merged into a record that was itself merged later is found in the last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet, Value

from patients.models import FACT_TABLES, Admission, Fact, MergedEntry, Patient, RecordMerge

# kinds of what is carried over besides facts
TASK, STAY, RESPONSIBLE, JUDGE = "task", "stay", "responsibility", "judgement owner"
ADMISSION_OF = "admission of:"  # begins the name of an admission that a merge entered, before the key of the patient
MARK = "merged:"  # begins the identity of a copy, before the key of its merge
Key = tuple[str, str]  # kind and identity of a fact


def merges_from(patient_id: int) -> list[RecordMerge]:
    """The merges that lead from a record to the one that goes on in its stead, nearest first; none if it is alive."""
    found: list[RecordMerge] = []
    here = patient_id
    while merge := RecordMerge.objects.standing().filter(absorbed=here).select_related("kept", "absorbed").first():
        found.append(merge)
        here = merge.kept_id
    return found


def kept_of(patient: Patient) -> Patient:
    """The record that goes on in the stead of this one: itself, unless it was merged."""
    merges = merges_from(patient.pk)
    return merges[-1].kept if merges else patient


def kept_ids(patient_ids: Iterable[int]) -> dict[int, int]:
    """By the id of a merged record, the one that goes on in its stead; records that are alive are left out. One query
    where none of them was merged."""
    kept = {pk: pk for pk in patient_ids}
    while step := _one_merge_on(kept.values()):
        kept = {pk: step.get(here, here) for pk, here in kept.items()}
    return {pk: here for pk, here in kept.items() if here != pk}


def _one_merge_on(patient_ids: Iterable[int]) -> dict[int, int]:
    rows = RecordMerge.objects.standing().filter(absorbed__in=set(patient_ids))
    return dict(rows.values_list("absorbed", "kept"))


def merges_into(patient_id: int) -> list[RecordMerge]:
    """Every standing merge that leads to this record, nearest first, those into what was merged into it included."""
    found: list[RecordMerge] = []
    here = [patient_id]
    while here:
        merges = list(RecordMerge.objects.standing().filter(kept__in=here).select_related("absorbed", "kept"))
        found += merges
        here = [x.absorbed_id for x in merges]
    return found


def stay_brought(stay: Admission) -> MergedEntry | None:
    """What a merge noted of a stay that it brought into its record; None for a stay of the record's own."""
    entries = MergedEntry.objects.filter(merge__kept=stay.patient_id, kind=STAY, into=str(stay.pk))
    return entries.select_related("merge").first()


# -- where a sender's results are -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fact that a sender names is kept: its identity there, and the rows in which absorbed records hold it too
    (of a fact that both records had, so that it was not copied)."""

    identity: str
    elsewhere: tuple[Fact, ...] = field(default=(), hash=False)


def places_of(patient: Patient, keys: Sequence[Key], via: Patient | None = None) -> dict[Key, Place]:
    """Of facts that a sender names, where this record keeps those that a merge brought. The others are left out.

    `via`: the absorbed record under whose number they were sent. What is sent under the record's own number is looked
    for there first: only what the record does not know itself can be a merged record's.
    """
    if not RecordMerge.objects.standing().filter(kept=patient).exists():  # as of nearly all
        return {}
    merges = {x.absorbed_id: x for x in merges_into(patient.pk)}
    if not merges:
        return {}
    if via is not None:
        return _along(merges, patient, via.pk, keys)
    unknown = [
        x for x in keys if not FACT_TABLES[x[0]]._default_manager.filter(patient=patient, identity=x[1]).exists()
    ]
    found: dict[Key, Place] = {}
    for absorbed_id in merges:
        found = _along(merges, patient, absorbed_id, unknown) | found
    return found


def _along(merges: dict[int, RecordMerge], patient: Patient, start: int, keys: Sequence[Key]) -> dict[Key, Place]:
    """Follow facts from an absorbed record through each merge to this one."""
    places = {key: Place(key[1]) for key in keys}
    here = start
    while here != patient.pk:
        merge = merges[here]
        wanted = {x.identity for x in places.values()}
        entries = {(x.kind, x.was): x for x in MergedEntry.objects.filter(merge=merge, was__in=wanted)}
        for key, place in places.items():
            entry = entries.get((key[0], place.identity))
            if entry is not None:
                places[key] = Place(entry.into, (*place.elsewhere, *_rows(merge, entry)))
        here = merge.kept_id
    return {key: place for key, place in places.items() if place.identity != key[1] or place.elsewhere}


def _rows(merge: RecordMerge, entry: MergedEntry) -> Iterable[Fact]:
    if not entry.doubled:
        return ()
    rows = FACT_TABLES[entry.kind]._default_manager.filter(patient=merge.absorbed_id, identity=entry.was)
    return tuple(rows.order_by("version"))


# -- what came since --------------------------------------------------------------------------------------------------


def entered_since(merge: RecordMerge) -> list[Fact]:
    """The versions that the kept record got since the merge, new facts and changes of copied ones; oldest first."""
    rows: list[Fact] = []
    later = {
        kind: table._default_manager.filter(patient=merge.kept_id, pk__gt=merge.newest.get(kind, 0))
        for kind, table in FACT_TABLES.items()
    }
    for kind in kinds_with_rows(later):
        rows += later[kind].order_by("pk")
    return sorted(rows, key=lambda x: (x.on, x.KIND, x.pk))


def kinds_with_rows(rows: Mapping[str, QuerySet[Any]]) -> list[str]:
    """Those of the kinds of facts that have any of these rows. One query, where each kind would be one."""
    first, *others = [
        x.order_by().annotate(kind=Value(kind)).values_list("kind", flat=True)[:1] for kind, x in rows.items()
    ]
    found = set(first.union(*others, all=True))
    return [kind for kind in rows if kind in found]


def taken_back_copies(identities: Iterable[str]) -> set[str]:
    """Those of the identities that a merge made which was taken back."""
    merges = {x: x.split(":")[1] for x in identities if x.startswith(MARK)}
    if not merges:
        return set()
    gone = RecordMerge.objects.filter(pk__in=set(merges.values())).exclude(taken_back_at=None)
    keys = {str(pk) for pk in gone.values_list("pk", flat=True)}
    return {identity for identity, merge in merges.items() if merge in keys}
