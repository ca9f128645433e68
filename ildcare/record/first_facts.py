"""The first facts of a patient as a checklist: what is known, and what the walk through the chart lacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.http import urlencode

from algorithm.opinion import Opinion
from patients.access import may
from patients.clinical.snapshot import Snapshot
from patients.clinical.whereabouts import care_ended, transplanted
from patients.forms.first_facts import PLACES, Place, known_of
from patients.wording import listed, name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstFact:
    """One line of the checklist. `known`: what is recorded; `lacking`: what the chart still lacks of it, by name."""

    title: str
    kind: str
    query: str
    known: str
    lacking: str
    may_enter: bool


def checklist(opinion: Opinion, snapshot: Snapshot, user: Any) -> tuple[FirstFact, ...]:
    """What is known or lacking of the first facts while care goes on, the chart indicates no step and none runs."""
    decided = opinion.pathway.step is not None or opinion.pathway.running is not None
    if decided or care_ended(snapshot) or transplanted(snapshot):
        return ()
    known = known_of(snapshot)
    lines = (_line(place, known.get(place.name, ""), opinion, user) for place in PLACES)
    return tuple(x for x in lines if x.known or x.lacking)


def _line(place: Place, known: str, opinion: Opinion, user: Any) -> FirstFact:
    lacking = [name_of("missing", x) for x in place.answers if x in opinion.missing]
    return FirstFact(
        title=place.title,
        kind=place.kind,
        query=urlencode(place.query),
        known=known,
        lacking=listed(lacking),
        may_enter=may(user, place.form.right),
    )
