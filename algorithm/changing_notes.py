"""Changing what the site says of notes of later literature: proposed by one person, confirmed by another.

Only ever appended. The chart's answer for a patient reads none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from algorithm.literature.note import CERTAINTIES
from algorithm.literature.standing import StandingNote
from algorithm.models import NoteChange, NoteDecision, NoteProposal
from algorithm.notes import NODES, notes_here
from patients.changes import Refused, attributed_to
from patients.clinical.reasons import _
from patients.models import User

DOI = re.compile(r"10\.\d{4,9}/\S+")
FIRST_YEAR = 1975  # of a publication
NOTES = 48_129  # the number of the lock under which proposals are made and decided

NO_NOTE = _("There is no such note.")
NO_NODE = _("The chart has no such node.")
NO_REASON = _("A proposal about a note needs a reason.")
NO_TEXT = _("A note needs its finding, its source and at least one node.")
NO_DOI = _("This is no DOI: it begins with 10. and has a slash.")
NO_YEAR = _("This is no year of a publication.")
NO_CERTAINTY = _("The certainty is A, B, C, D or E.")
OTHER_NODES = _("A note contradicts the chart only at nodes beside which it stands.")
SAME_SOURCE = _("There is a note of this source already: name the part of the source that this one is about.")
CONFIRMED_ALREADY = _("This note is confirmed already.")
RETIRED_ALREADY = _("This note is retired already.")
WAITS_ALREADY = _("A proposal waits already: it is confirmed or withdrawn first.")
NO_CONFLICT = _("No note contradicts the chart at this node: there is nothing to choose.")
NOT_HERE = _("This note does not stand beside this node.")
NO_PROPOSAL_OPEN = _("This proposal is no longer open.")
ANOTHER_PERSON = _("It takes two people: whoever proposed it does not confirm it.")


def propose_confirming(note: str, *, by: User, words: str) -> NoteProposal:
    """Propose to confirm the source of a note, or to take a retired one up again. Raises Refused."""
    standing = _known(note)
    if standing.confirmed:
        raise Refused(CONFIRMED_ALREADY)
    return _propose(by, words, what=NoteChange.CONFIRM, note=note)


def propose_retiring(note: str, *, by: User, words: str) -> NoteProposal:
    """Propose that a note leaves the panels. Raises Refused."""
    standing = _known(note)
    if standing.retired:
        raise Refused(RETIRED_ALREADY)
    return _propose(by, words, what=NoteChange.RETIRE, note=note)


def propose_note(
    *,
    by: User,
    words: str,
    nodes: Sequence[str],
    text: str,
    citation: str,
    year: int,
    certainty: str,
    doi: str = "",
    against: Sequence[str] = (),
) -> NoteProposal:
    """Propose a note of the site's own. Raises Refused."""
    content = {
        "nodes": sorted(set(nodes), key=_place),
        "text": text.strip(),
        "citation": citation.strip(),
        "doi": doi.strip(),
        "year": year,
        "certainty": certainty,
        "against": sorted(set(against), key=_place),
    }
    faults = list(_faults(content))
    if faults:
        raise Refused(*faults)
    return _propose(by, words, what=NoteChange.ADD, note=f"site-{uuid4().hex[:12]}", content=content)


def propose_choice(node: str, *, by: User, words: str, follow: str = "") -> NoteProposal:
    """Propose what the team does at a node where notes contradict the chart: follow the chart ("") or one of them.
    Raises Refused."""
    if node not in NODES:
        raise Refused(NO_NODE)
    panel = notes_here().at(node)
    if not panel.conflicts:
        raise Refused(NO_CONFLICT)
    if follow and follow not in {x.note.code for x in panel.notes}:
        raise Refused(NOT_HERE)
    return _propose(by, words, what=NoteChange.CHOOSE, node=node, note=follow)


def confirm_proposal(proposal: NoteProposal, *, by: User) -> NoteDecision:
    """Let a second person confirm a proposal: it holds from now on. Raises Refused."""
    return _decide(proposal, by=by, confirmed=True)


def withdraw_proposal(proposal: NoteProposal, *, by: User) -> NoteDecision:
    """Take a proposal back: anybody who may propose may. Raises Refused."""
    return _decide(proposal, by=by, confirmed=False)


def _decide(proposal: NoteProposal, *, by: User, confirmed: bool) -> NoteDecision:
    with _one_after_the_other(by):
        if NoteDecision.objects.filter(proposal=proposal).exists():
            raise Refused(NO_PROPOSAL_OPEN)
        if confirmed and proposal.by_id == by.pk:
            raise Refused(ANOTHER_PERSON)
        return NoteDecision.objects.create(proposal=proposal, confirmed=confirmed, by=by, at=timezone.now())


def _propose(by: User, words: str, **about: Any) -> NoteProposal:
    if not words.strip():
        raise Refused(NO_REASON)
    with _one_after_the_other(by):
        same = {"node": about["node"]} if about.get("node") else {"node": "", "note": about["note"]}
        if NoteProposal.objects.filter(decision=None, **same).exists():
            raise Refused(WAITS_ALREADY)
        return NoteProposal.objects.create(**about, words=words.strip(), by=by, at=timezone.now())


@contextmanager
def _one_after_the_other(by: User) -> Iterator[None]:
    """Rows that nobody changes cannot be locked: whoever comes second waits here, and finds what the first stored."""
    with transaction.atomic(), attributed_to(by):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NOTES])
        yield


def _known(code: str) -> StandingNote:
    note = notes_here().by_code(code)
    if note is None:
        raise Refused(NO_NOTE)
    return note


def _place(node: str) -> int:
    return NODES.index(node) if node in NODES else len(NODES)


def _faults(content: dict[str, Any]) -> Iterable[str]:
    if not content["text"] or not content["citation"] or not content["nodes"]:
        yield NO_TEXT
    if not set(content["nodes"]) | set(content["against"]) <= set(NODES):
        yield NO_NODE
    if not set(content["against"]) <= set(content["nodes"]):
        yield OTHER_NODES
    if content["doi"] and not DOI.fullmatch(content["doi"]):
        yield NO_DOI
    if not FIRST_YEAR <= content["year"] <= timezone.localdate().year:
        yield NO_YEAR
    if content["certainty"] not in CERTAINTIES:
        yield NO_CERTAINTY
    source = f"{content['citation']}, doi {content['doi']}" if content["doi"] else content["citation"]
    if notes_here().by_source(source) is not None:
        yield SAME_SOURCE
