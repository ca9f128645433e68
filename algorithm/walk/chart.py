"""A flowchart as data: questions, recommendations, edges, and how sure each edge is. `engine` walks through it.

A clinician who holds the printed figure corrects an edge in the chart's file; nothing else changes. The picture on the
page is drawn from the same data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from patients.clinical.truth import Truth

PRINTED = "printed"  # read in the figure itself
INFERRED = "inferred"  # follows from the table or the text of the paper
JUDGEMENT = "judgement"  # a judgement of this product
SITE = "site"  # a variant of the site: no edge of the paper
CERTAINTIES = (PRINTED, INFERRED, JUDGEMENT, SITE)

YES, NO, THEN = "yes", "no", "then"


@dataclass(frozen=True, slots=True)
class Citation:
    """A publication. `key` is how edges and notes refer to it."""

    key: str
    text: str
    doi: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A reading chosen where the paper leaves one, shown at its node. `basis`: S paper, L later, J this product."""

    code: str
    message: str
    basis: str = "J"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One printed line of a question. `code` is that of the separate test (`reading.Reading.parts`) that answers it."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A diamond of the chart. `test` names what `reading.Reading.judged` answers. `place`: half column and row."""

    id: str
    title: str
    test: str
    criteria: tuple[Criterion, ...] = ()
    choices: tuple[Choice, ...] = ()
    cites: tuple[str, ...] = ()
    place: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """A step of the chart, or observation. `step` is its name outside the chart."""

    id: str
    step: str
    title: str
    detail: str = ""
    choices: tuple[Choice, ...] = ()
    cites: tuple[str, ...] = ()
    place: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """From a question by an answer (yes, no), or from a step to the question that follows it (then).

    An edge from a question back to the step it follows means "continue"; `note` says how.
    """

    source: str
    answer: str
    target: str
    certainty: str
    label: str = ""
    note: str = ""
    note_basis: str = "J"
    cites: tuple[str, ...] = ()


Node = Question | Recommendation


@dataclass(frozen=True, kw_only=True)
class Flowchart:
    """A published chart. `reviewer` is who checked it against the printed figure; empty until somebody has."""

    name: str
    version: int
    title: str
    entry: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    citations: tuple[Citation, ...]
    reviewer: str = ""

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """Nodes by id."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def recommendations(self) -> tuple[Recommendation, ...]:
        """The steps, and observation."""
        return tuple(node for node in self.nodes if isinstance(node, Recommendation))

    @cached_property
    def exits(self) -> Mapping[tuple[str, str], Edge]:
        """Edges by source and answer."""
        return {(edge.source, edge.answer): edge for edge in self.edges}

    @cached_property
    def departures(self) -> tuple[Edge, ...]:
        """The edges that a site has chosen instead of the paper's; none in a published chart."""
        return tuple(x for x in self.edges if x.certainty == SITE)

    @cached_property
    def targets(self) -> Mapping[tuple[str, Truth], str]:
        """The node to which an answer of a question leads."""
        return {(x.source, Truth(x.answer)): x.target for x in self.edges if x.answer != THEN}

    @cached_property
    def citation(self) -> Mapping[str, Citation]:
        """Citations by key."""
        return {citation.key: citation for citation in self.citations}

    @cached_property
    def first_question(self) -> Question:
        """The question at the entry."""
        node = self.by_id[self.entry]
        assert isinstance(node, Question)
        return node

    def after(self, step: str) -> Question | None:
        """The question that is asked while a step is given; None after the last."""
        edge = self.exits.get((step, THEN))
        node = self.by_id[edge.target] if edge else None
        return node if isinstance(node, Question) else None

    def next_step(self, step: str) -> str | None:
        """The step to which "no improvement" leads; None after the last."""
        return self._next_steps.get(step)

    @cached_property
    def _next_steps(self) -> Mapping[str, str]:
        leading = ((x.source, self.exits.get((x.target, NO))) for x in self.edges if x.answer == THEN)
        nodes = ((step, self.by_id[edge.target]) for step, edge in leading if edge)
        return {step: node.step for step, node in nodes if isinstance(node, Recommendation)}

    def faults(self) -> Iterator[str]:
        """What is wrong with the data of the chart: nothing, in a published one."""
        ids = set(self.by_id)
        for edge in self.edges:
            if not {edge.source, edge.target} <= ids:
                yield f"edge {edge.source} {edge.answer} {edge.target}: no such node"
            if edge.certainty not in CERTAINTIES:
                yield f"edge {edge.source} {edge.answer}: certainty {edge.certainty!r}"
            yield from (f"edge {edge.source}: no citation {key!r}" for key in edge.cites if key not in self.citation)
        for node in self.nodes:
            if isinstance(node, Question):
                yield from (f"{node.id}: no edge {a}" for a in (YES, NO) if (node.id, a) not in self.exits)
            yield from (f"{node.id}: no citation {key!r}" for key in node.cites if key not in self.citation)
        if self.entry not in ids:
            yield f"no entry {self.entry}"
