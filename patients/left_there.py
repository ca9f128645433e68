"""What a merge leaves with the absorbed record, and the kept one leads to: what was signed there, what the reader typed
there and did not store; and which entries that came with it contradict the record's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from patients.clinical import facts as f
from patients.clinical.at_odds import pairs_at_odds
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.snapshot import Snapshot
from patients.clinical.versions import Version
from patients.fact_words import line_of
from patients.merged import MARK
from patients.models import Patient, RecordMerge, RoundDraft, RoundVisit, SheetDraft, User
from patients.wording import listed_apart, short_day, translated

DROP_LEFT = "drafts of merged records"  # what the form is made for that drops them
VALUE = "value_"  # begins the name of the box of a value in a draft of a sheet


# -- what was signed --------------------------------------------------------------------------------------------------


def visits_there(merges: Iterable[RecordMerge], until: datetime | None = None) -> list[RoundVisit]:
    """The visits that were signed in the absorbed records, the newest first; `until`: those known at that moment."""
    absorbed = [x.absorbed_id for x in merges]
    if not absorbed:
        return []
    visits = RoundVisit.objects.standing().filter(patient__in=absorbed).select_related("by", "patient")
    return list(visits.filter(at__lte=until) if until else visits)


# -- what was typed and not stored ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftDraft:
    """What its author typed for a record that was merged since. `values`: of a sheet of values, in words."""

    patient: Patient
    changed_at: datetime
    note: str = ""
    plan: str = ""
    values: tuple[str, ...] = ()


def drafts_there(patients: Sequence[Patient], user: User) -> list[LeftDraft]:
    """What the user typed for these records and did not store, the newest first. Two queries, none for no record."""
    if not patients:
        return []
    mine = {"patient__in": [x.pk for x in patients], "user": user}
    rounds = (_of_round(x) for x in RoundDraft.objects.filter(**mine).select_related("patient"))
    sheets = (_of_sheet(x) for x in SheetDraft.objects.filter(**mine).select_related("patient"))
    return sorted((*rounds, *sheets), key=lambda x: x.changed_at, reverse=True)


def _of_round(draft: RoundDraft) -> LeftDraft:
    return LeftDraft(patient=draft.patient, changed_at=draft.changed_at, note=draft.note, plan=draft.plan)


def _of_sheet(draft: SheetDraft) -> LeftDraft:
    return LeftDraft(patient=draft.patient, changed_at=draft.changed_at, values=tuple(_values(draft.typed)))


def _values(typed: dict[str, str]) -> Iterator[str]:
    """ "Ferritin 890", as it was typed; a unit where another one than the usual was chosen."""
    for code, kind in MEASUREMENTS.items():
        if text := typed.get(f"{VALUE}{code}", "").strip():
            unit = typed.get(f"unit_{code}", "")
            yield f"{translated(kind.abbreviation)} {text} {unit}".strip()


# -- what contradicts each other --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """One of two facts that contradict each other: its id, its words, the number of the record that it came from."""

    id: str
    text: str
    number: str


@dataclass(frozen=True, slots=True)
class AtOdds:
    """What the record says itself, and what came with a merge and contradicts it, at a time in words."""

    when: str
    mine: Said
    other: Said


def contradictions_of(
    patient: Patient, snapshot: Snapshot, versions: Iterable[Version], merges: Iterable[RecordMerge]
) -> list[AtOdds]:
    """What stands in the record and contradicts what came with a merge."""
    numbers = {str(x.pk): x.absorbed.mrn for x in merges}
    if not numbers:
        return []
    named = ((x.fact.id, x.identity.partition("/")[2]) for x in versions)  # "diagnosis/merged:7:.."
    origins = {fact: _origin(identity) for fact, identity in named if identity.startswith(MARK)}

    def said(fact: f.Fact) -> Said:
        number = numbers.get(origins[fact.id], "") if fact.id in origins else patient.mrn
        return Said(fact.id, line_of(fact), number)

    pairs = pairs_at_odds(snapshot.all_facts, origins)
    return [AtOdds(short_day(other.day, snapshot.today), said(mine), said(other)) for mine, other in pairs]


def words_beside(found: Iterable[AtOdds]) -> dict[str, str]:
    """What is to stand beside each fact that another one contradicts, by its id."""
    beside: dict[str, list[str]] = {}
    for x in found:
        for said, against in ((x.mine, x.other), (x.other, x.mine)):
            words = _("contradicts: %(other)s, of record number %(mrn)s") % {
                "other": against.text,
                "mrn": against.number,
            }
            beside.setdefault(said.id, []).append(words)
    return {fact: listed_apart(words) for fact, words in beside.items()}


def _origin(identity: str) -> str:
    """The key of the merge by which a fact left the record that it was told of: of a chain the first one."""
    merge = ""
    while identity.startswith(MARK):
        merge, _colon, identity = identity.removeprefix(MARK).partition(":")
    return merge
