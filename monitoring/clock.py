"""The treatment clock: on which days improvement on the running step is judged, and which judgement answered it. Pure.

Days and their source: `monitoring.rules.improvement_judgement_due`, which rests on this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from patients.clinical.facts import Judgement
from patients.clinical.regimen import Regimen, StepStart
from patients.clinical.response import improvement
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth

T1_DAYS = (14, 28)  # [S] 2 and 4 weeks
EARLY_DAYS = 3  # [J] a judgement this early answers a day of T1
WEEK = timedelta(days=7)  # [J] T2, T3, T4


@dataclass(frozen=True, slots=True)
class Appointment:
    """A day on which improvement on a step is judged. `number`: days since its day 0; `judgement`: what answered it."""

    step: str
    day: date
    number: int
    judgement: Judgement | None
    basis: str


def next_due(judgements: Sequence[Judgement], start: StepStart) -> date | None:
    """The day on which the next judgement is (or was) due; None when T1 has had both."""
    judged = [x.day for x in judgements if x.day > start.day]
    if start.step != "T1":
        return max([start.day, *judged]) + WEEK
    last = max(judged, default=start.day)
    return next((day for day in _days_of_t1(start) if last < day - timedelta(days=EARLY_DAYS)), None)


def appointments(snapshot: Snapshot, regimen: Regimen) -> tuple[Appointment, ...]:
    """The judgements of the running step in order: T1 both of them, the others the last one and the next.

    Empty where no step runs; without an open one where the chart has moved on ("no" was answered).
    """
    start = regimen.running
    if start is None or not regimen.standing:
        return ()
    judged = [x for x in snapshot.judgements if x.day > start.day]
    moved_on = improvement(snapshot, start).answer is Truth.NO
    told = _of_t1(start, judged) if start.step == "T1" else _weekly(start, judged)
    return tuple(x for x in told if x.judgement is not None or not moved_on)


def _of_t1(start: StepStart, judged: Sequence[Judgement]) -> list[Appointment]:
    due, found = next_due(judged, start), []
    for day in _days_of_t1(start):
        answers = [x for x in judged if x.day >= day - timedelta(days=EARLY_DAYS)] if day != due else []
        found.append(Appointment("T1", day, (day - start.day).days, answers[0] if answers else None, "S"))
    return found


def _weekly(start: StepStart, judged: Sequence[Judgement]) -> list[Appointment]:
    due = next_due(judged, start)
    assert due is not None
    last = [Appointment(start.step, x.day, (x.day - start.day).days, x, "J") for x in judged[-1:]]
    return [*last, Appointment(start.step, due, (due - start.day).days, None, "J")]


def _days_of_t1(start: StepStart) -> list[date]:
    return [start.day + timedelta(days=n) for n in T1_DAYS]
