"""Which facts moved the chart's answer: the chart is walked again without each of them. Pure: works on records.

A fact that is new is no cause for that. It is one if the new answer is another without it; where each of several would
have been enough, or only several together were, a smallest set of them is named, in the order of the record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from algorithm.record import plain, snapshot_from
from algorithm.walk.chart import Flowchart
from algorithm.walk.engine import walk
from algorithm.walk.subtypes import subtype_of

Json = Any
Record = Mapping[str, Json]

MOST_STEPS = 30  # of more changes only those are tried that the chart names in its reasons
COARSE = ("course", "subtype", "step")
FINE = ("steps_possible", "subtypes_possible", "path", "factors", "started", "running")
RESTS_ON = ("step", "path", "factors")  # what a decision about a step departs from


@dataclass(frozen=True, slots=True)
class Step:
    """One fact as it was and as it is: None where it was not there yet, or is there no more."""

    before: Record | None
    after: Record | None


def parts_of(output: Record) -> dict[str, Json]:
    """The parts of an evaluation's record that can move, by name."""
    running = output["running"]
    return {
        **{name: output[name] for name in (*COARSE, "steps_possible", "subtypes_possible", "path", "started")},
        "factors": sorted(code for code, met in output["poor_risk"].items() if met),
        "running": [running["step"], running["d0"]] if running else None,
    }


def which_moved(
    chart: Flowchart,
    inputs: Record,
    output: Record,
    moved: Sequence[str],
    steps: Sequence[Step],
    by_chart: Collection[str],
) -> tuple[Step, ...]:
    """Those of the steps that moved these parts of the answer; none, if time did it.

    inputs, output: the record of the later evaluation. by_chart: ids of the facts in its reasons and in those before.
    """
    if not steps:
        return ()
    trial = _Trial(chart, inputs, parts_of(output), moved)
    if trial.same_without(steps):
        return ()
    tried = steps if len(steps) <= MOST_STEPS else [x for x in steps if _id(x) in by_chart][:MOST_STEPS]
    alone = tuple(x for x in tried if not trial.same_without([x]))
    if alone or len(tried) < len(steps):
        return alone or tuple(tried)
    return _smallest(trial, steps)


def _smallest(trial: _Trial, steps: Sequence[Step]) -> tuple[Step, ...]:
    """All steps less each that the answer can do without, the last one first."""
    left_out: list[Step] = []
    for step in reversed(steps):
        if trial.same_without([*left_out, step]):
            left_out.append(step)
    return tuple(x for x in steps if not any(x is y for y in left_out))


def _id(step: Step) -> str:
    fact = step.after or step.before or {}
    return str(fact["id"])


@dataclass(frozen=True, slots=True)
class _Trial:
    """The later evaluation, walked again as if some of what changed had not."""

    chart: Flowchart
    inputs: Record
    answer: Mapping[str, Json]
    moved: Sequence[str]

    def same_without(self, steps: Iterable[Step]) -> bool:
        """Does the answer say the same of what moved, these steps undone?"""
        parts = _walked(self.chart, _undone(self.inputs, steps))
        return all(parts[name] == self.answer[name] for name in self.moved)


def _undone(inputs: Record, steps: Iterable[Step]) -> Record:
    facts = {x["id"]: x for x in inputs["facts"]}
    for step in steps:
        if step.after is not None:
            facts.pop(step.after["id"])
        if step.before is not None:
            facts[step.before["id"]] = step.before
    return {**inputs, "facts": list(facts.values())}


def _walked(chart: Flowchart, inputs: Record) -> dict[str, Json]:
    """The parts of the answer to other inputs, as `parts_of` finds them in a record."""
    snapshot = snapshot_from(inputs)
    pathway, subtype = walk(chart, snapshot), subtype_of(snapshot)
    running = pathway.running
    return {
        "course": pathway.course.course,
        "subtype": subtype.subtype,
        "step": pathway.step,
        "steps_possible": list(pathway.steps_possible),
        "subtypes_possible": list(subtype.possible),
        "path": list(pathway.path),
        "started": pathway.indicated.started,
        "factors": sorted(code for code, answer in pathway.poor_risk.items() if answer.as_bool),
        "running": [running.step, plain(running.d0)] if running else None,
    }
