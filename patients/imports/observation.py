"""A result as a machine sent it, before anything of it is understood: what every format of messages yields. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from patients.clinical.reasons import Reason
from patients.clinical.versions import CANCELLED, CORRECTED, FINAL, PRELIMINARY
from patients.imports.code_map import Coding
from patients.imports.fields import Object
from patients.imports.sent_times import NOT_SENT, SentTime

# what a sender says of a result besides preliminary, final, corrected, cancelled (which withdraws it)
NO_VALUE = "no_value"  # there will be none; why stands beside it
TO_COME = "to_come"  # ordered, or in work: nothing is told yet
UNREADABLE_STATUS = "unreadable"  # a status that no table has
NOW_FINAL = "now_final"  # what was told as preliminary is final, and is not told again
SAID = (PRELIMINARY, FINAL, CORRECTED, CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One result. Texts are as sent; "" is not told.

    number: its place in the document, from 1; ref: what its sender calls it; order: the order it belongs to, under
    which a correction finds it; sub: by which its sender tells two results of one order and test apart; group: what was
    measured of one sample, so that an FiO2 beside a gas is that of the gas; resource: which resource of a document says
    it, with what it was taken at; reported: when its sender said it last; taken_at: FiO2, route, timing ... told beside
    it, as keys of an event.
    """

    number: int
    codings: tuple[Coding, ...]
    time: SentTime
    status: str = FINAL
    text: str = ""
    unit: str = ""
    ref: str = ""
    order: str = ""
    sub: str = ""
    group: str = ""
    resource: str = ""
    material: str = ""
    method: str = ""
    interval: str = ""
    flag: str = ""
    why: str = ""
    comments: tuple[str, ...] = ()
    reported: SentTime = NOT_SENT
    taken_at: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def code(self) -> str:
        """The first code that was sent, by which people find it in the message."""
        return next((x.code for x in self.codings if x.code), "")

    @property
    def name(self) -> str:
        """What it is called there."""
        return next((x.name for x in self.codings if x.name), self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEvent:
    """An order, a dose, a report or a diagnosis as sent: an event of a case file, or why a person has to look; neither
    of both where nothing was given or said. `observation`: what the page of arrivals shows of it; `draft`: of an event
    that leaves a doubt what is certain, for a person to complete."""

    observation: Observation
    event: Object | None = None
    why: Reason | None = None
    draft: Object | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentNumber:
    """A number of a person as sent. authorities: who gave it, by each of its names (assigning authority of HL7 v2,
    system of FHIR); kind: of table 0203; begins, ends: its first and last day as sent; old: said to be used no more."""

    value: str
    authorities: tuple[str, ...] = ()
    kind: str = ""
    begins: str = ""
    ends: str = ""
    old: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPerson:
    """Who a message is about, as sent. `numbers`: what may be the record number (`record_numbers`): it is one, or a
    person has to say; `sent_numbers`: all that were told."""

    numbers: tuple[str, ...] = ()
    sent_numbers: tuple[SentNumber, ...] = ()
    family_name: str = ""
    given_name: str = ""
    family_kana: str = ""
    given_kana: str = ""
    sex: str = "unknown"
    birth_date: str = ""
    ref: str = ""

    @property
    def mrn(self) -> str:
        """The record number, "" if none was sent or if it may be one of several."""
        return self.numbers[0] if len(self.numbers) == 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What an ADT message says happened: its event (A01 ...), when, to which ward and bed; `to`: where who leaves goes
    (table 0112); `merged`: the number that goes (A40), of `merged_numbers` as sent; `unclear`: it may be several of
    them, or none; `visit`: the stay as its sender counts it; `since`: when the stay began that ends; `resource`: which
    resource of a document says it."""

    event: str
    time: SentTime
    ward: str = ""
    bed: str = ""
    to: str = ""
    visit: str = ""
    merged: str = ""
    merged_numbers: tuple[SentNumber, ...] = ()
    unclear: bool = False
    since: SentTime = NOT_SENT
    resource: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One message, or the part of a document that is about one person.

    source: who sends, so that the same order number of two laboratories is two; control_id: what the sender calls the
    message; kind: what kind it is ("ORU^R01"); sent: when its sender sent it.
    """

    source: str
    person: SentPerson
    observations: tuple[Observation, ...] = ()
    events: tuple[SentEvent, ...] = ()
    movement: Movement | None = None
    control_id: str = ""
    kind: str = ""
    sent: SentTime = NOT_SENT
