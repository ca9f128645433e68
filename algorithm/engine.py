"""A published flowchart as data, and the walk of one patient's Snapshot through it. Pure, three-valued.

A `Flowchart` holds questions, recommendations and edges; every edge says how sure its printed form is. `walk` follows the
edges, never raises for lack of facts, and says which step is indicated, which steps are still possible, why, and what is
missing (specification 2 and 11 (10)-(13), (26)-(28), (34)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from patients.clinical.course import Course, course_of
from patients.clinical.judged import Judged
from patients.clinical.poor_risk import poor_risk_factors
from patients.clinical.reasons import Reason
from patients.clinical.regimen import Indicated, Regimen, StepStart, rank, regimen_of
from patients.clinical.response import improvement
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth


class Certainty(StrEnum):
    """How an edge of the chart is known."""

    PRINTED = "printed"
    INFERRED = "inferred"
    JUDGEMENT = "judgement"


@dataclass(frozen=True)
class Situation:
    """A Snapshot with what the questions ask of it, each worked out once."""

    snapshot: Snapshot

    @cached_property
    def course(self) -> Course:
        """Course of the lung disease."""
        return course_of(self.snapshot)

    @cached_property
    def factors(self) -> Mapping[str, Judged]:
        """The five factors of poor risk by code."""
        return poor_risk_factors(self.snapshot, self.course)

    @cached_property
    def regimen(self) -> Regimen:
        """Steps started in this episode."""
        return regimen_of(self.snapshot, self.course)

    def response(self, step: str) -> Judged:
        """Improvement on a step; unknown if that step was never started."""
        start = next((x for x in self.regimen.starts if x.step == step), None)
        return improvement(self.snapshot, start) if start else Judged("improvement", Truth.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Question:
    """A node that asks. `asks` gives the answer; `after` names the step whose improvement it asks for, if it does.

    `known_from` tells when the answer, as it stands, became known.
    """

    id: str
    title: str
    text: str
    asks: Callable[[Situation], Judged]
    known_from: Callable[[Situation, Judged], datetime | None]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A node that names a step of treatment (T1-T4) or observation. `follow` is the question asked once it runs."""

    id: str
    title: str
    text: str
    follow: str | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """Where an answer leads, how certain the printed chart is about it, and where it is said."""

    source: str
    answer: Truth
    target: str
    label: str
    certainty: Certainty
    citation: str


@dataclass(frozen=True)
class Flowchart:
    """A published chart. `reviewer` is the clinician who checked it against the figure, empty while nobody has."""

    name: str
    version: int
    title: str
    citation: str
    start: str
    nodes: tuple[Question | Recommendation, ...]
    edges: tuple[Edge, ...]
    reviewer: str = ""

    @cached_property
    def by_id(self) -> dict[str, Question | Recommendation]:
        """Nodes by their id."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def _targets(self) -> dict[tuple[str, Truth], str]:
        return {(edge.source, edge.answer): edge.target for edge in self.edges}

    def target(self, node: str, answer: Truth) -> str:
        """The node to which an answer leads. Raises KeyError for an unknown answer."""
        return self._targets[node, answer]

    def question(self, node: str) -> Question:
        """The question with this id. Raises TypeError if it is a recommendation."""
        found = self.by_id[node]
        if not isinstance(found, Question):
            raise TypeError(f"{node} is not a question")
        return found


@dataclass(frozen=True, slots=True)
class Visit:
    """A node on the patient's path. For a question: what it answered; `passed` if the next step was started anyway."""

    node: str
    judged: Judged | None = None
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Pathway:
    """Where a patient stands on a chart, at `as_of` with what was known at `known_at`.

    step: the indicated step, None where it depends on a missing fact; steps_possible: every step still possible.
    reasons: why this step. missing: codes of facts that can still alter the step. indicated: for the monitoring rules.
    """

    chart: str
    version: int
    as_of: datetime
    known_at: datetime
    course: Course
    factors: Mapping[str, Judged]
    regimen: Regimen
    visits: tuple[Visit, ...]
    step: str | None
    steps_possible: tuple[str, ...]
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    indicated: Indicated
    entry: str | None = None
    waiting: Judged | None = field(default=None)

    @property
    def path(self) -> tuple[str, ...]:
        """Ids of the visited nodes, in order."""
        return tuple(visit.node for visit in self.visits)

    @property
    def poor_risk(self) -> dict[str, Truth]:
        """Answers of the five factors."""
        return {code: judged.answer for code, judged in self.factors.items()}

    @property
    def running(self) -> StepStart | None:
        """The step being given."""
        return self.regimen.running


def walk(chart: Flowchart, snapshot: Snapshot) -> Pathway:
    """The patient's way through the chart. Never raises for missing facts."""
    situation = Situation(snapshot)
    entry = _descend(chart, situation, chart.start)
    answer = entry[-1].node if entry[-1].judged is None else None
    reachable = _reachable(chart, situation, chart.start)
    running = situation.regimen.running
    if running is None:
        return _pathway(chart, situation, entry, answer, answer, reachable)
    visits, step, response = _on_treatment(chart, situation, entry, answer, running)
    open_next = {_after(chart, running.step)} if response.answer is Truth.UNKNOWN and rank(step) == rank(running.step) else set()
    higher = {x for x in reachable if rank(x) > rank(step)} if answer is None else set()
    return _pathway(chart, situation, visits, step, answer, {step, *open_next, *higher}, response)


def _descend(chart: Flowchart, situation: Situation, node_id: str) -> list[Visit]:
    """Visits from a question down to a recommendation, or to the first question that has no answer."""
    visits: list[Visit] = []
    while True:
        node = chart.by_id[node_id]
        if isinstance(node, Recommendation):
            return [*visits, Visit(node.id)]
        judged = node.asks(situation)
        visits.append(Visit(node.id, judged))
        if judged.answer is Truth.UNKNOWN:
            return visits
        node_id = chart.target(node.id, judged.answer)


def _reachable(chart: Flowchart, situation: Situation, node_id: str) -> set[str]:
    """Every recommendation that some way of filling in the missing facts reaches."""
    node = chart.by_id[node_id]
    if isinstance(node, Recommendation):
        return {node.id}
    answer = node.asks(situation).answer
    answers = (Truth.YES, Truth.NO) if answer is Truth.UNKNOWN else (answer,)
    return {step for x in answers for step in _reachable(chart, situation, chart.target(node_id, x))}


def _after(chart: Flowchart, step: str) -> str:
    """The step that follows when this one did not help; the last follows itself."""
    node = chart.by_id[step]
    assert isinstance(node, Recommendation)
    return chart.target(node.follow, Truth.NO) if node.follow else step


def _on_treatment(
    chart: Flowchart, situation: Situation, entry: list[Visit], answer: str | None, running: StepStart
) -> tuple[list[Visit], str, Judged]:
    """While a step runs: that step, the next when it did not help, or a higher one that the entry now asks for."""
    response = situation.response(running.step)
    step = _after(chart, running.step) if response.answer is Truth.NO else running.step
    if answer is not None and rank(answer) > rank(step):
        return entry, answer, response
    visits = [*entry] if answer is not None else [*entry, Visit(running.step)]
    if answer is not None and rank(answer) <= rank(running.step):
        visits += _climb(chart, situation, answer, running.step)
    follow = chart.by_id[running.step]
    if isinstance(follow, Recommendation) and follow.follow and visits[-1].node == running.step:
        visits.append(Visit(follow.follow, response))
        if response.answer is Truth.NO and step != running.step:
            visits.append(Visit(step))
    return visits, step, response


def _climb(chart: Flowchart, situation: Situation, low: str, high: str) -> Iterator[Visit]:
    """From the step of the entry up to the step that runs, past the questions between them."""
    if low == "observation":
        yield Visit(high)
        return
    while low != high and (node := chart.by_id[low]) and isinstance(node, Recommendation) and node.follow:
        judged = situation.response(low)
        yield Visit(node.follow, judged, passed=judged.answer is not Truth.NO)
        low = _after(chart, low)
        yield Visit(low)


def _pathway(
    chart: Flowchart,
    situation: Situation,
    visits: list[Visit],
    step: str | None,
    entry: str | None,
    possible: set[str],
    response: Judged | None = None,
) -> Pathway:
    waiting = response if response is not None and response.answer is Truth.UNKNOWN and len(possible) > 1 else None
    missing = _missing(chart, situation, chart.start) if entry is None and len(possible) > 1 else ()
    reasons = _reasons(visits, step)
    return Pathway(
        chart.name,
        chart.version,
        situation.snapshot.as_of,
        situation.snapshot.known_at,
        situation.course,
        situation.factors,
        situation.regimen,
        tuple(visits),
        step,
        tuple(sorted(possible, key=rank)),
        reasons,
        tuple(dict.fromkeys((*missing, *(waiting.missing if waiting else ())))),
        _indicated(chart, situation, visits, step, reasons),
        entry,
        waiting,
    )


def _missing(chart: Flowchart, situation: Situation, node_id: str) -> tuple[str, ...]:
    """What the unanswered questions below a node lack, in the order of the chart."""
    node = chart.by_id[node_id]
    if isinstance(node, Recommendation):
        return ()
    judged = node.asks(situation)
    if judged.answer is not Truth.UNKNOWN:
        return _missing(chart, situation, chart.target(node_id, judged.answer))
    below = (x for answer in (Truth.YES, Truth.NO) for x in _missing(chart, situation, chart.target(node_id, answer)))
    return tuple(dict.fromkeys((*judged.missing, *below)))


def _reasons(visits: list[Visit], step: str | None) -> tuple[Reason, ...]:
    """The sentences that led to the step; while it is undecided, those of the question that is open."""
    told = [x.judged for x in visits if x.judged is not None and not x.passed]
    if step is None:
        return told[-1].reasons if told else ()
    return tuple(dict.fromkeys(r for x in told if x.answer is not Truth.UNKNOWN for r in x.reasons))


def _indicated(
    chart: Flowchart, situation: Situation, visits: list[Visit], step: str | None, reasons: tuple[Reason, ...]
) -> Indicated:
    """The answer as monitoring needs it: since when it could be known, and whether its drugs are being given."""
    regimen = situation.regimen
    started = regimen.running is not None and rank(regimen.running.step) >= rank(step) and regimen.standing
    moments = [
        moment
        for x in visits
        if x.judged is not None and not x.passed and x.judged.answer is not Truth.UNKNOWN
        if (moment := chart.question(x.node).known_from(situation, x.judged)) is not None
    ]
    facts = tuple(dict.fromkeys(fact for r in reasons for fact in r.facts))
    return Indicated(step, max(moments, default=None), facts, reasons, started)
