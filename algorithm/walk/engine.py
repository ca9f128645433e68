"""The walk of one patient's Snapshot through a chart. Pure, three-valued, never raises for missing facts.

Reading of the steps [J], specification 11 (10)-(13), (26)-(28), (34): the answer of the chart from its entry, and the
step that runs. Nothing started: the answer from the entry. A step runs: that step until its question of improvement is
answered "no", then the next; a higher answer from the entry goes before it. A step never goes back down by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from algorithm.walk.chart import NO, Edge, Flowchart, Question, Recommendation
from algorithm.walk.deciding import Deciding, deciding, together
from algorithm.walk.reading import Reading, read
from algorithm.walk.whatif import (
    Outcome,
    WhatIf,
    ahead,
    from_entry,
    missing_facts,
    outcome_of,
    steps_of,
    unanswered,
    what_if,
)
from patients.clinical.course import Course
from patients.clinical.judged import Judged
from patients.clinical.reasons import Reason, each_once
from patients.clinical.regimen import Indicated, Regimen, StepStart, by_rank, rank
from patients.clinical.response import improvement
from patients.clinical.snapshot import Snapshot, rewind
from patients.clinical.truth import Truth

__all__ = ["Flowchart", "Pathway", "Question", "Recommendation", "Visit", "walk", "what_would_change"]


class Visit(NamedTuple):
    """A node on the patient's path. For a question its answer, and its separate tests.

    `passed`: the question was never answered "no"; the next step was started all the same.
    """

    node: str
    judged: Judged | None = None
    parts: tuple[Judged, ...] = ()
    passed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pathway:
    """Where a patient stands on a chart, at `as_of` with what was known at `known_at`.

    step: the indicated step, None where it depends on a missing fact; steps_possible: every step still possible, lowest
    first. entry: the step that the chart gives from its entry, whatever runs; alone: every step that it can give from
    there, lowest first. by_choice: the step is what a clinician started, and the chart did not reach it. reasons: why
    this step (or which question is open). missing: codes of missing facts: those that can still alter the step, and
    open factors of the visited questions. deciding_facts: only the former. ahead: nodes not visited that missing facts
    can still lead to. indicated: the answer as the monitoring rules take it.
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
    entry: str | None
    alone: tuple[str, ...]
    by_choice: bool
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    deciding_facts: tuple[str, ...]
    ahead: tuple[str, ...]
    indicated: Indicated

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

    @property
    def waiting(self) -> Judged | None:
        """The question of improvement, while it waits for an answer."""
        last = self.visits[-1].judged if self.visits else None
        return last if last is not None and last.code == "improvement" and last.answer is Truth.UNKNOWN else None


def walk(chart: Flowchart, snapshot: Snapshot) -> Pathway:
    """The patient's way through the chart."""
    reading = read(snapshot)
    outcome, alone, deciding_facts = _standing(chart, reading)
    entry_visits = tuple(_descend(chart, reading))
    entry = _step_of(chart, entry_visits)
    visits = tuple(_whole_path(chart, reading, entry_visits, entry, outcome))
    reasons = _reasons(visits, outcome.step)
    open_parts = unanswered([part for visit in visits if visit.node != chart.entry for part in visit.parts])
    return Pathway(
        chart=chart.name,
        version=chart.version,
        as_of=snapshot.as_of,
        known_at=snapshot.known_at,
        course=reading.course,
        factors=reading.factors,
        regimen=reading.regimen,
        visits=visits,
        step=outcome.step,
        steps_possible=outcome.possible,
        entry=entry,
        alone=alone,
        by_choice=_by_choice(chart, reading, entry, outcome.step),
        reasons=reasons,
        missing=tuple(dict.fromkeys((*deciding_facts, *open_parts))),
        deciding_facts=deciding_facts,
        ahead=tuple(_ahead(chart, reading, visits, outcome)),
        indicated=_indicated(chart, reading, visits, outcome, entry, reasons),
    )


def what_would_change(chart: Flowchart, snapshot: Snapshot) -> tuple[WhatIf, ...]:
    """For every missing fact that can alter the step: what each value would mean, and whether it alone settles it."""
    reading = read(snapshot)
    standing = _standing(chart, reading)
    return what_if(chart, reading, standing.outcome, standing.missing)


class Standing(NamedTuple):
    """How things stand: the outcome, every step that the chart can give from its entry, lowest first, and the missing
    facts that can alter the outcome."""

    outcome: Outcome
    alone: tuple[str, ...]
    missing: tuple[str, ...]


def _standing(chart: Flowchart, reading: Reading) -> Standing:
    """Worked out once per snapshot and chart."""
    known: Standing | None = reading.standing.get((chart.name, chart.version))
    if known is None:
        reached = from_entry(chart, reading.marks, reading.widened)
        outcome = outcome_of(chart, reading, reading.marks, reached, reading.regimen.running)
        known = Standing(outcome, by_rank(steps_of(reached)), missing_facts(chart, reading, outcome))
        reading.standing[chart.name, chart.version] = known
    return known


def edges_taken(chart: Flowchart, visits: tuple[Visit, ...]) -> tuple[Edge, ...]:
    """The edges of the chart between one visited node and the next."""
    follows = pairwise(visits)
    pairs = {(a.node, b.node) for a, b in follows}
    stays = {(v.node, v.judged.answer.value) for v in visits[-1:] if v.judged and v.judged.answer is not Truth.UNKNOWN}
    return tuple(x for x in chart.edges if (x.source, x.target) in pairs or (x.source, x.answer) in stays)


def _by_choice(chart: Flowchart, reading: Reading, entry: str | None, step: str | None) -> bool:
    """Specification 12 (61): what runs was started though neither the entry nor a "no" on a step below led to it."""
    running = reading.regimen.running
    if running is None or step != running.step or rank(entry) >= rank(step):
        return False
    before = [x for x in reading.regimen.phase if chart.next_step(x.step) == step]
    if not before:
        return True
    end = datetime.combine(running.day, time.max, ZoneInfo(reading.snapshot.zone))
    then = rewind(reading.snapshot, min(end, reading.snapshot.as_of))
    return not any(improvement(then, x).answer is Truth.NO for x in before)


# -- the path ---------------------------------------------------------------------------------------------------------


def _descend(chart: Flowchart, reading: Reading) -> Iterator[Visit]:
    """From the entry down to a step, or to the first question without an answer. A node is visited once at most."""
    node_id, visited = chart.entry, set[str]()
    while node_id not in visited:
        visited.add(node_id)
        node = chart.by_id[node_id]
        if isinstance(node, Recommendation):
            yield Visit(node_id)
            return
        judged = reading.judged(node.test)
        yield Visit(node_id, judged, reading.parts(node.test))
        if judged.answer is Truth.UNKNOWN:
            return
        node_id = chart.targets[node_id, judged.answer]


def _step_of(chart: Flowchart, visits: tuple[Visit, ...]) -> str | None:
    node = chart.by_id[visits[-1].node]
    return node.step if isinstance(node, Recommendation) else None


def _whole_path(
    chart: Flowchart, reading: Reading, entry_visits: tuple[Visit, ...], entry: str | None, outcome: Outcome
) -> Iterator[Visit]:
    """The way from the entry, and from there to where the treatment has brought the patient."""
    running = reading.regimen.running
    if running is None or (entry is not None and entry == outcome.step and rank(entry) > rank(running.step)):
        yield from entry_visits
        return
    below = entry is not None and rank(entry) <= rank(running.step)
    yield from entry_visits if not (below and entry == "observation") else entry_visits[:-1]
    if not below or entry == "observation":
        yield Visit(running.step)
    else:
        yield from _passed(chart, reading, str(entry), running.step)
    yield from _after_running(chart, reading, running.step)


def _passed(chart: Flowchart, reading: Reading, low: str, high: str) -> Iterator[Visit]:
    """From the step of the entry over those started later, past their questions."""
    started = (x.step for x in reading.regimen.phase if rank(low) < rank(x.step) <= rank(high))
    for step in dict.fromkeys(started):
        question = chart.after(low)
        if question is not None:
            yield Visit(question.id, passed=True)
        yield Visit(step)
        low = step


def _after_running(chart: Flowchart, reading: Reading, running: str) -> Iterator[Visit]:
    question = chart.after(running)
    if question is None:
        return
    yield Visit(question.id, reading.improved)
    if reading.improved.answer is Truth.NO:
        yield Visit(chart.exits[question.id, NO].target)


def _ahead(chart: Flowchart, reading: Reading, visits: tuple[Visit, ...], outcome: Outcome) -> list[str]:
    """Questions and steps that can still come: on open ways from the entry, and after an open improvement."""
    visited = {visit.node for visit in visits}
    several = len(outcome.possible) > 1
    nodes = ahead(chart, reading.marks, reading.widened, chart.entry) if several else ()
    questions = [x for x in nodes if isinstance(chart.by_id[x], Question)]
    steps = [x.id for x in chart.recommendations if x.step in outcome.possible]
    return [x for x in dict.fromkeys([*questions, *steps]) if x not in visited]


def _reasons(visits: tuple[Visit, ...], step: str | None) -> tuple[Reason, ...]:
    """The sentences that led to the step; while it is undecided, those of the question that is open."""
    answered = [x.judged for x in visits if x.judged is not None]
    if step is None:
        return answered[-1].reasons if answered else ()
    return each_once([r for x in answered if x.answer is not Truth.UNKNOWN for r in x.reasons])


# -- for the monitoring rules -----------------------------------------------------------------------------------------


def _indicated(
    chart: Flowchart,
    reading: Reading,
    visits: tuple[Visit, ...],
    outcome: Outcome,
    entry: str | None,
    reasons: tuple[Reason, ...],
) -> Indicated:
    running, step = reading.regimen.running, outcome.step
    started = running is not None and rank(running.step) >= rank(step) and reading.regimen.standing
    by = _decided_by(chart, reading, visits, step, entry)
    return Indicated(
        step=step,
        known_from=by.known_from,
        facts=by.facts,
        reasons=reasons,
        started=started or step == "observation",
        possible=outcome.possible,
    )


def _decided_by(
    chart: Flowchart, reading: Reading, visits: tuple[Visit, ...], step: str | None, entry: str | None
) -> Deciding:
    """By the questions from the entry if they give this step; by the running step; by its missing improvement."""
    if step is None:
        return Deciding(None, ())
    running = reading.regimen.running
    ways = []
    if step == entry:
        questions = [chart.by_id[x.node] for x in visits if x.judged is not None and x.judged.code != "improvement"]
        ways.append(together(deciding(reading, x.test) for x in questions if isinstance(x, Question)))
    if running is not None and running.step == step:
        ways.append(Deciding(running.d0, ()))
    if running is not None and reading.improved.answer is Truth.NO and chart.next_step(running.step) == step:
        ways.append(deciding(reading, "improvement"))
    known = [x for x in ways if x.known_from is not None]
    return min(known, key=lambda x: x.known_from) if known else Deciding(None, ())  # type: ignore[arg-type,return-value]
