"""The notes of later literature as they stand at this site, now or at an earlier moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from algorithm.flowcharts import CURRENT
from algorithm.literature.evidence import LATER_EVIDENCE
from algorithm.literature.standing import Library, library
from algorithm.models import NoteDecision, NoteProposal

NODES = tuple(x.id for x in CURRENT.nodes)


def notes_here(moment: datetime | None = None) -> Library:
    """All notes with what two people had signed of each by a moment; without one, until now. One query."""
    decided = NoteDecision.objects.filter(confirmed=True).select_related("by", "proposal", "proposal__by")
    if moment is not None:
        decided = decided.filter(at__lte=moment)
    return library(LATER_EVIDENCE, [x.signed for x in decided.order_by("id")])


def open_proposals() -> Sequence[NoteProposal]:
    """Proposals that wait for a second person, oldest first."""
    return list(NoteProposal.objects.filter(decision=None).select_related("by").order_by("id"))


def history_of(note: str) -> QuerySet[NoteProposal]:
    """Everything that was proposed of a note, and what became of it; newest first."""
    return _with_decisions().filter(node="", note=note)


def choices_proposed() -> Sequence[NoteProposal]:
    """Everything that was proposed as what the team does at a node, and what became of it; newest first."""
    return list(_with_decisions().exclude(node=""))


def _with_decisions() -> QuerySet[NoteProposal]:
    return NoteProposal.objects.select_related("by", "decision", "decision__by").order_by("-id")
