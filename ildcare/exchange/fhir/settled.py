"""What became of each result of a message: stored, known already, waits for a person, or nothing that is kept here.

Why a result waits is told of the result itself; of whom a number may be is told nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from patients.actions.deliveries import Receipt
from patients.clinical.written import reason_from_json
from patients.code_maps import map_of
from patients.imports.fhir import entry_of, reports_of
from patients.imports.fields import read
from patients.imports.observation import Observation, Report
from patients.imports.understanding import Understood, understood
from patients.models import FACT_TABLES, DeliveredFact, MessagePart, PartState, Source, WaitingResult
from patients.queries import site_zone
from patients.wording import render


class State(StrEnum):
    """What became of a result, or of the entry that it came in."""

    REFUSED = "refused"
    WAITS = "waits"
    CREATED = "created"
    KNOWN = "known"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Settled:
    """A result: the place of its entry, what became of it, and in words."""

    entry: int
    state: State
    text: str


def settled(receipt: Receipt, document: bytes, source: Source) -> Iterator[Settled]:
    """Every result of a document that was taken."""
    zone = site_zone()
    reports = reports_of(read(document), source=source.name, zone=zone)
    parts = sorted(receipt.parts, key=lambda x: x.place)
    for report, part in zip(reports, parts, strict=True):
        if report.movement is not None:
            yield _moved(part, receipt, int(report.movement.resource or 0))
        else:
            yield from _Part(report, part, receipt, source).results()


def _moved(part: MessagePart, receipt: Receipt, entry: int) -> Settled:
    """What became of a stay: followed, asked about, or of no ward that is kept here."""
    if part.state == PartState.TAKEN:
        state = State.KNOWN if receipt.repeated else State.CREATED
        return Settled(entry, state, _("the stay is as it was told"))
    if part.state == PartState.ELSEWHERE:
        return Settled(entry, State.NOTHING, _("on no ward that is kept here"))
    if part.state == PartState.DONE:
        return Settled(entry, State.NOTHING, _("a person has looked at it"))
    return Settled(entry, State.WAITS, _whose(part))


class _Part:
    def __init__(self, report: Report, part: MessagePart, receipt: Receipt, source: Source) -> None:
        self.report, self.part, self.receipt, self.source = report, part, receipt, source
        self.words: Mapping[int, list[str]] = _by_number(part.understood)
        self.waiting = {x.number: x for x in part.waiting.select_related("again")}
        self.meant: Understood = understood(report, map_of(source), zone=site_zone())
        self.stored = [] if receipt.repeated else list(_identities(part))

    def results(self) -> Iterator[Settled]:
        """Each result once."""
        for x in (*self.report.observations, *(y.observation for y in self.report.events)):
            state, text = self._state(x)
            named = " ".join(y for y in (x.name or x.code, x.text, x.unit) if y)
            yield Settled(entry_of(x), state, f"{named}: {text}" if named else text)

    def _state(self, x: Observation) -> tuple[State, str]:
        if self.part.state == PartState.DONE:
            return State.NOTHING, _("a person has looked at it")
        if self.part.state != PartState.TAKEN:
            return State.WAITS, _whose(self.part)
        waiting = self.waiting.get(x.number)
        if waiting is not None and waiting.settled_at is None:
            return State.WAITS, render(reason_from_json(waiting.why))
        if waiting is not None and waiting.again is not None:
            return _settled_by(waiting.again)
        if waiting is not None and not waiting.taken:
            return State.NOTHING, _("a person has decided not to take it")
        targets = self.words.get(x.number, [])
        if any(self._is_new(x, y) for y in targets):
            return State.CREATED, _("stored")
        if targets:
            return State.KNOWN, _("known already")
        if x in self.meant.to_come:
            return State.NOTHING, _("no value yet")
        if x in self.meant.left_out:
            return State.NOTHING, _("nothing that is taken from a machine here")
        return State.NOTHING, _("read with the values of its sample")

    def _is_new(self, x: Observation, target: str) -> bool:
        own = f":id:{self.source.name}/{x.order}" if x.order else ""
        kinds = (f"measurement:{target}:", f"antibody:{target}:", f"{target}:")  # a test, or a kind of fact
        return any(identity.startswith(kinds) and own in identity for identity in self.stored)


def _settled_by(asked: WaitingResult) -> tuple[State, str]:
    """What became of a result that was sent before, in another message."""
    if asked.settled_at is None:
        return State.WAITS, _("sent before, and waits already: %(why)s") % {"why": render(reason_from_json(asked.why))}
    return (
        (State.KNOWN, _("known already")) if asked.taken else (State.NOTHING, _("a person has decided not to take it"))
    )


def _by_number(understood_words: list[str]) -> Mapping[int, list[str]]:
    found = defaultdict[int, list[str]](list)
    for word in understood_words:
        number, _colon, target = word.partition(":")
        found[int(number)].append(target)
    return found


def _identities(part: MessagePart) -> Iterator[str]:
    """What was stored of a part, by what it is called in the record."""
    rows = defaultdict[str, list[int]](list)
    for kind, row in DeliveredFact.objects.filter(part=part).values_list("kind", "row"):
        rows[kind].append(row)
    for kind, keys in rows.items():
        yield from FACT_TABLES[kind]._default_manager.filter(pk__in=keys).values_list("identity", flat=True)


def _whose(part: MessagePart) -> str:
    """Why nothing of a part was put on a record. Of whoever it may be nothing is told."""
    if part.state == PartState.UNKNOWN:
        return _("nobody here has this record number: it waits until the number is registered")
    if part.state == PartState.ASKED:
        return _("a person has to look at it")
    if part.state == PartState.NO_NUMBER:
        return _("it does not tell of whom it is: a person has to look")
    return _("a person has to say whose it is")
