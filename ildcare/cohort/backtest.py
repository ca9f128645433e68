"""The rules on the own cohort: how often each would have told in a patient-week, and what followed. Pure.

Every record is replayed as it was known at each moment by the rules of today, whatever rules stood then. What followed
is an outcome that was recorded within 14 days: a judgement, a step of the chart that was started, a death. Worse are a
judgement of worse, a higher step than the one that ran, a death [J].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ildcare.cohort.therapy import steps_started
from monitoring.fatigue import FOLLOWED_WITHIN
from monitoring.lifecycle import AlertState
from patients.clinical.regimen import rank
from patients.clinical.snapshot import Snapshot


class Recorded(NamedTuple):
    """An outcome of a record."""

    at: datetime
    worse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """What one rule told of one person: how many alerts, of how many an outcome followed, of how many a worse one."""

    rule: str
    alerts: int
    followed: int
    worse: int

    def as_json(self) -> dict[str, Any]:
        """For storing."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOnCohort:
    """One rule on everybody: persons of whom it told, alerts, alerts in 100 patient-weeks, what followed."""

    rule: str
    people: int
    alerts: int
    in_100_weeks: float | None
    followed: int
    worse: int

    @property
    def worse_part(self) -> float | None:
        """Of the alerts that were followed by an outcome the part that was followed by a worse one; None without."""
        return self.worse / self.followed if self.followed else None


def outcomes_of(snapshot: Snapshot) -> tuple[Recorded, ...]:
    """Judgements, steps that were started and death of a record, in time."""
    found = [Recorded(x.on, x.improvement == "worse") for x in snapshot.judgements]
    found += [Recorded(x.on, worse=True) for x in snapshot.outcomes if x.what == "death"]
    before = -1
    for start in steps_started(snapshot):
        found.append(Recorded(start.d0, worse=-1 < before < rank(start.step)))
        before = rank(start.step)
    return tuple(sorted(found))


def firings_of(alerts: Iterable[AlertState], outcomes: Sequence[Recorded]) -> tuple[Firing, ...]:
    """What each rule told of one person, by its code."""
    of_rule: dict[str, list[AlertState]] = {}
    for alert in alerts:
        of_rule.setdefault(alert.rule, []).append(alert)
    return tuple(_firing(rule, of_rule[rule], outcomes) for rule in sorted(of_rule))


def _firing(rule: str, alerts: Sequence[AlertState], outcomes: Sequence[Recorded]) -> Firing:
    after = [_after(x, outcomes) for x in alerts]
    return Firing(
        rule=rule,
        alerts=len(alerts),
        followed=sum(map(bool, after)),
        worse=sum(any(x.worse for x in found) for found in after),
    )


def _after(alert: AlertState, outcomes: Sequence[Recorded]) -> list[Recorded]:
    return [x for x in outcomes if timedelta() < x.at - alert.opened_at <= FOLLOWED_WITHIN]


def rules_on_cohort(firings: Iterable[Firing], days: int) -> tuple[RuleOnCohort, ...]:
    """Each rule that told of anybody, the most frequent first; `days`: patient-days that were replayed."""
    of_rule: dict[str, list[Firing]] = {}
    for x in firings:
        of_rule.setdefault(x.rule, []).append(x)
    rows = [
        RuleOnCohort(
            rule=rule,
            people=len(found),
            alerts=(alerts := sum(x.alerts for x in found)),
            in_100_weeks=100 * alerts / (days / 7) if days else None,
            followed=sum(x.followed for x in found),
            worse=sum(x.worse for x in found),
        )
        for rule, found in of_rule.items()
    ]
    return tuple(sorted(rows, key=lambda x: (-x.alerts, x.rule)))
