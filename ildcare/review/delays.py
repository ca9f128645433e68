"""How long it took from the chart's answer until its step was begun. Pure.

The answer counts from when it was first shown, the step from its day 0 (first dose of the drug that completed its
combination). A step that ran before the chart came to it has no delay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from patients.clinical.regimen import rank

TREATED = ("T1", "T2", "T3", "T4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A stored evaluation: when it was shown, what it said, which step ran since when. "" is undecided or none."""

    at: datetime
    course: str
    subtype: str
    step: str
    possible: tuple[str, ...]
    missing: tuple[str, ...]
    indicated: str
    running: str
    d0: datetime | None

    @property
    def content(self) -> tuple[object, ...]:
        """What makes it another answer."""
        return self.course, self.subtype, self.step, self.possible, self.running, self.d0


@dataclass(frozen=True, slots=True)
class Delay:
    """A step: since when the chart gave it, and when it was begun (None: not yet). `early`: begun before the answer was
    shown, and entered after it."""

    step: str
    since: datetime
    until: datetime | None
    early: bool = False

    def length(self, now: datetime) -> timedelta:
        """How long it took, or takes so far."""
        return (self.until or now) - self.since


def delays_of(answers: Sequence[Answer], now: datetime) -> tuple[Delay, ...]:
    """The steps that were indicated and not yet given when the chart came to them, in order.

    One that the chart left again before it was begun ends with the answer that left it, and is no delay of a start.
    """
    return tuple(_delays(answers, now))


def _delays(answers: Sequence[Answer], now: datetime) -> Iterator[Delay]:
    seen: set[str] = set()
    for number, answer in enumerate(answers):
        step = answer.indicated
        if step not in TREATED or step in seen:
            continue
        seen.add(step)
        if _runs(answer, step):
            continue
        later = [x for x in answers[number:] if _runs(x, step)]
        left = next((x for x in answers[number:] if x.indicated != step and not _runs(x, step)), None)
        begun = later[0].d0 if later else None
        if begun is not None:
            yield Delay(step, answer.at, max(begun, answer.at), early=begun < answer.at)
        elif begun is None and left is None and now > answer.at:
            yield Delay(step, answer.at, None)


def _runs(answer: Answer, step: str) -> bool:
    return bool(answer.running) and rank(answer.running) >= rank(step)
