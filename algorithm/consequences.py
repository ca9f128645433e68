"""What signing a judgement of improvement, or that the course is chronic, would make of the chart's answer. Pure.

The entry is supposed, on the snapshot that the reader has before him, and the chart is walked: nothing is stored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from algorithm.walk.chart import Flowchart
from algorithm.walk.engine import Pathway, walk
from patients.clinical.facts import Decision, Judgement
from patients.clinical.findings import IMPROVEMENTS
from patients.clinical.snapshot import Snapshot

SUPPOSED = "supposed"  # the id of a fact that nobody has stated


@dataclass(frozen=True, slots=True)
class Consequence:
    """If `choice` were signed now: the step then (None: undecided), those possible; `moves`: it is another answer."""

    choice: str
    step: str | None
    possible: tuple[str, ...]
    moves: bool


def if_judged(chart: Flowchart, snapshot: Snapshot) -> tuple[Consequence, ...]:
    """The answer after each judgement of improvement that could be signed at the moment of the snapshot."""
    now, judged = walk(chart, snapshot), ((x, _judgement(snapshot, x)) for x in IMPROVEMENTS)
    supposed = ((x, replace(snapshot, judgements=(*snapshot.judgements, judgement))) for x, judgement in judged)
    return tuple(_compared(now, choice, walk(chart, then)) for choice, then in supposed)


def if_chronic(chart: Flowchart, snapshot: Snapshot) -> Consequence:
    """The answer after the decision that the course is chronic."""
    decided = Decision(**_common(snapshot), course="C", reason=SUPPOSED)
    then = walk(chart, replace(snapshot, decisions=(*snapshot.decisions, decided)))
    return _compared(walk(chart, snapshot), "C", then)


def answer_moved(before: Pathway, after: Pathway) -> bool:
    """Is the step another one, or, where it is undecided, what is possible?"""
    if before.step is None and after.step is None:
        return before.steps_possible != after.steps_possible
    return before.step != after.step


def _compared(now: Pathway, choice: str, then: Pathway) -> Consequence:
    return Consequence(choice, then.step, then.steps_possible, answer_moved(now, then))


def _judgement(snapshot: Snapshot, improvement: str) -> Judgement:
    return Judgement(**_common(snapshot), improvement=improvement)


def _common(snapshot: Snapshot) -> dict[str, Any]:
    moment, day = snapshot.as_of, snapshot.today
    return {
        "id": SUPPOSED, "on": moment, "known": moment, "day": day, "known_day": day, "first_known": moment,
    }  # fmt: skip
