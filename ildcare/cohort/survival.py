"""Time to an event where not everybody had it: Kaplan-Meier, and two kinds of event that exclude each other. Pure.

Times are whole days from day 0. At equal days events come before censorings: who is censored then was still at risk.
Sources: Kaplan and Meier, J Am Stat Assoc 1958;53:457; variance by Greenwood 1926, its interval on the scale
log(-log S) (Kalbfleisch and Prentice 1980); cumulative incidence by Aalen and Johansen, Scand J Stat 1978;5:141.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist
from typing import NamedTuple

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


class Followed(NamedTuple):
    """One person: days from day 0 to the event or to when they were last known without it. `kind`: which event, ""
    for none (censored)."""

    days: int
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a curve is from a day on, until the next step.

    at_risk: persons followed until this day without an event. events: of them on this day, by kind; censored likewise.
    survival: the part without any event. low, high: its interval of 95 %. incidence: the part that had each kind of
    event by this day.
    """

    day: int
    at_risk: int
    events: dict[str, int]
    censored: int
    survival: float
    low: float
    high: float
    incidence: dict[str, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """The steps of a group, by day; the first is day 0 (none without people). `people`: how many it began with."""

    people: int
    steps: tuple[Step, ...]

    @property
    def events(self) -> Counter[str]:
        """How many had each kind of event."""
        return sum((Counter(x.events) for x in self.steps), Counter())

    @property
    def last_day(self) -> int:
        """The last day on which anybody was followed."""
        return self.steps[-1].day if self.steps else 0

    def at(self, day: int) -> Step | None:
        """The step that holds on a day; None beyond the last one followed, where nothing is known."""
        if day > self.last_day:
            return None
        return next((x for x in reversed(self.steps) if x.day <= day), None)

    def at_risk(self, day: int) -> int:
        """How many were still followed without an event at the beginning of a day."""
        following = next((x for x in self.steps if x.day >= day), None)
        return following.at_risk if following else 0

    @property
    def median(self) -> int | None:
        """The first day on which half or more had an event; None where it never came to that."""
        return next((x.day for x in self.steps if x.survival <= 0.5), None)


def curve_of(people: Iterable[Followed]) -> Curve:
    """The curve of a group. A time before day 0 is refused (ValueError): nobody can have an event before it."""
    group = sorted(people)
    if any(x.days < 0 for x in group):
        raise ValueError("a time before day 0")
    kinds = tuple(sorted({x.kind for x in group if x.kind}))
    steps = []
    left, survival, greenwood, certain = len(group), 1.0, 0.0, False
    incidence = dict.fromkeys(kinds, 0.0)
    for day, events, censored in _days(group):
        happened = sum(events.values())
        for kind, number in events.items():
            incidence[kind] += survival * number / left
        if happened == left:
            survival, certain = 0.0, True
        elif happened:
            survival *= (left - happened) / left
            greenwood += happened / (left * (left - happened))
        low, high = (0.0, 0.0) if certain else _interval(survival, greenwood)
        steps.append(
            Step(
                day=day,
                at_risk=left,
                events=dict(events),
                censored=censored,
                survival=survival,
                low=low,
                high=high,
                incidence=dict(incidence),
            )
        )
        left -= happened + censored
    return Curve(len(group), tuple(steps))


def _days(group: Sequence[Followed]) -> Iterable[tuple[int, Counter[str], int]]:
    """Each day with what happened on it, beginning with day 0."""
    of_day: dict[int, Counter[str]] = {0: Counter()} if group else {}
    for x in group:
        of_day.setdefault(x.days, Counter())[x.kind] += 1
    for day in sorted(of_day):
        censored = of_day[day].pop("", 0)
        yield day, of_day[day], censored


def _interval(survival: float, greenwood: float) -> tuple[float, float]:
    """The 95 % interval of a survival, kept within 0 and 1 by the scale log(-log S)."""
    if survival >= 1 or greenwood == 0:
        return (survival, survival)
    middle = log(-log(survival))
    half = Z * sqrt(greenwood) / abs(log(survival))
    return exp(-exp(middle + half)), exp(-exp(middle - half))
