"""What a site says of the notes of later literature, and the panel of each node. Pure.

A note of the product stands from the beginning, and says that its source is not confirmed here until two people of the
site have confirmed it. Two people retire a note (it leaves the panels, its history stays), confirm it again, and add
notes of the site. Where notes contradict the chart, two people sign what the team does there. The chart's own answer
knows nothing of all this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from algorithm.literature.note import AGAINST, FOR, TOPICS, Note

CONFIRM, ADD, RETIRE, CHOOSE = "confirm", "add", "retire", "choose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A proposal that a second person confirmed. `what`: confirm, add, retire or choose. `note`: its code; of a choice
    the note that is followed, "" for the chart. `node`: of a choice. `added`: the note that it adds."""

    what: str
    note: str
    at: datetime
    by: str
    proposed_by: str
    words: str
    node: str = ""
    added: Note | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingNote:
    """A note as it stands at a site. `last`: the newest signature about it; None while its source is not confirmed."""

    note: Note
    last: Signed | None = None
    of_the_site: bool = False

    @property
    def retired(self) -> bool:
        """Has it left the panels?"""
        return self.last is not None and self.last.what == RETIRE

    @property
    def confirmed(self) -> bool:
        """Have two people of the site confirmed it, or added it?"""
        return self.last is not None and not self.retired


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A question on which sources disagree: both sides, and the retired notes of it."""

    topic: str
    speaks_for: tuple[StandingNote, ...]
    speaks_against: tuple[StandingNote, ...]
    retired: tuple[StandingNote, ...]

    @property
    def title(self) -> str:
        """The question, a message id."""
        return TOPICS[self.topic]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePanel:
    """What stands beside a node. `conflicts`: notes that say other than the chart does there; they stand among the
    others too. `choice`: what the team has signed for it; None where nothing is signed."""

    node: str
    disputes: tuple[Dispute, ...] = ()
    others: tuple[StandingNote, ...] = ()
    conflicts: tuple[StandingNote, ...] = ()
    choice: Signed | None = None
    followed: StandingNote | None = None

    @property
    def notes(self) -> tuple[StandingNote, ...]:
        """All that stand, of both sides of each question too."""
        disputed = (x for dispute in self.disputes for x in (*dispute.speaks_for, *dispute.speaks_against))
        return (*disputed, *self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """All notes of a site at a moment, the retired ones too, and what its team has chosen, by node."""

    notes: tuple[StandingNote, ...]
    choices: Mapping[str, Signed] = field(default_factory=dict)

    def by_code(self, code: str) -> StandingNote | None:
        """The note with this code."""
        return next((x for x in self.notes if x.note.code == code), None)

    def by_source(self, source: str) -> StandingNote | None:
        """The note of this source, as a decision names it."""
        return next((x for x in self.notes if source and x.note.source == source), None)

    @property
    def of_every_node(self) -> tuple[StandingNote, ...]:
        """Notes that concern every node."""
        return tuple(x for x in self.notes if not x.note.nodes and not x.retired)

    def at(self, node: str) -> NodePanel:
        """The panel of a node: what sources disagree on, then the others, newest first."""
        here = [x for x in self.notes if node in x.note.nodes]
        standing = [x for x in here if not x.retired]
        topics = [x for x in TOPICS if any(y.note.topic == x for y in standing)]
        choice = self.choices.get(node)
        return NodePanel(
            node=node,
            disputes=tuple(_dispute(x, here) for x in topics),
            others=tuple(x for x in standing if not x.note.topic),
            conflicts=tuple(x for x in standing if node in x.note.against),
            choice=choice,
            followed=self.by_code(choice.note) if choice and choice.note else None,
        )

    def followable(self, node: str = "") -> tuple[StandingNote, ...]:
        """Notes that a decision can follow in place of the chart: those beside a node, or all."""
        return tuple(x for x in self.notes if not x.retired and (not node or node in x.note.nodes))


def library(published: Iterable[Note], signed: Iterable[Signed]) -> Library:
    """The notes of the product and of the site, newest first, as the signatures (oldest first) leave them."""
    last: dict[str, Signed] = {}
    added: dict[str, Note] = {}
    choices: dict[str, Signed] = {}
    for x in signed:
        if x.what == CHOOSE:
            choices[x.node] = x
            continue
        last[x.note] = x
        if x.added is not None:
            added[x.note] = x.added
    notes = [StandingNote(note=x, last=last.get(x.code)) for x in published]
    notes += [StandingNote(note=x, last=last[code], of_the_site=True) for code, x in added.items()]
    notes.sort(key=lambda x: (-x.note.year, x.note.code))
    return Library(notes=tuple(notes), choices=choices)


def _dispute(topic: str, here: Iterable[StandingNote]) -> Dispute:
    about = [x for x in here if x.note.topic == topic]
    standing = [x for x in about if not x.retired]
    return Dispute(
        topic=topic,
        speaks_for=tuple(x for x in standing if x.note.side == FOR),
        speaks_against=tuple(x for x in standing if x.note.side == AGAINST),
        retired=tuple(x for x in about if x.retired),
    )
