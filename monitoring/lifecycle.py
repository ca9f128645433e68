"""The life of an alert: opened, raised, lowered, updated, ended, withdrawn, opened anew. Pure.

The same arithmetic serves the database (one step at each evaluation) and the replay (a whole course at once).
One alert per rule, subject and episode of the condition (specification 8, 11 (17)-(19), (36)).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from monitoring.engine import Examination, Issue, Rule, Severity, examine
from patients.clinical.reasons import Reason
from patients.clinical.regimen import Indicated
from patients.clinical.snapshot import Snapshot

Key = tuple[str, str]


class Step(StrEnum):
    """What can happen to an alert."""

    OPENED = "opened"
    RAISED = "raised"  # severity rose: asks for acknowledgement again
    LOWERED = "lowered"
    UPDATED = "updated"  # newer facts, same severity
    CORRECTED = "corrected"  # a result behind it was corrected or cancelled and it still holds: asks again
    ENDED = "ended"  # a later fact, or the end of its window, ended the condition
    WITHDRAWN = "withdrawn"  # it rested on a result that was corrected or cancelled


CLOSING = (Step.ENDED, Step.WITHDRAWN)
ASKS_AGAIN = (Step.OPENED, Step.RAISED, Step.CORRECTED)


@dataclass(frozen=True, slots=True)
class AlertState:
    """One alert: the episode of a condition. `history` is every severity it had, with the moment it got it."""

    rule: str
    version: int
    subject: str
    episode: int
    severity: Severity
    reasons: tuple[Reason, ...]
    facts: tuple[str, ...]
    opened_on: date
    opened_at: datetime
    value_on: date
    possible: bool = False
    history: tuple[tuple[datetime, Severity], ...] = ()
    closed_at: datetime | None = None
    closed_because: Step | None = None

    @property
    def key(self) -> Key:
        """Rule and subject."""
        return (self.rule, self.subject)

    @property
    def open(self) -> bool:
        """Whether the condition still holds."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class Change:
    """One step in the life of one alert; `state` is the alert after it."""

    step: Step
    state: AlertState
    issue: Issue | None = None

    @property
    def asks_again(self) -> bool:
        """Whether an acknowledgement is wanted (again)."""
        return self.step in ASKS_AGAIN


@dataclass(frozen=True, slots=True)
class Moment:
    """When an evaluation looks: `now`, the site's zone, and when it looked last (None: never)."""

    now: datetime
    zone: str
    before: datetime | None = None

    def day_known(self, known: datetime) -> date:
        """The site's day on which a condition became known: today, if the last look should have seen it and did not."""
        seen_late = self.before is not None and known <= self.before
        moment = self.now if seen_late else min(self.now, known)
        return moment.astimezone(ZoneInfo(self.zone)).date()


def reconcile(
    alerts: Iterable[AlertState], examination: Examination, standing: frozenset[str], moment: Moment
) -> tuple[Change, ...]:
    """What changes, given the alerts so far (open ones and the last closed one of each key) and what holds now.

    `standing` are the ids of all fact versions that stand: an alert whose facts are not among them rested on a result
    that was corrected or cancelled. Alerts of rules that could not be judged are left as they are.
    """
    held: dict[Key, AlertState] = {}
    for alert in sorted(alerts, key=lambda x: x.episode):
        held[alert.key] = alert
    changes = [_met(held.get(found.key), found, standing, moment) for found in examination.issues]
    present = {found.key for found in examination.issues}
    gone = [x for x in held.values() if x.open and x.key not in present and x.rule in examination.judged]
    return (*(x for x in changes if x), *(_close(alert, standing, moment) for alert in gone))


def _met(alert: AlertState | None, found: Issue, standing: frozenset[str], moment: Moment) -> Change | None:
    if alert is None or not alert.open:
        return Change(Step.OPENED, _opened(alert, found, moment), found)
    step = _step(alert, found, standing)
    if step is None:
        return None
    history = alert.history
    if found.severity != alert.severity:
        history = (*history, (moment.now, found.severity))
    state = replace(
        alert,
        severity=found.severity,
        reasons=found.reasons,
        facts=found.facts,
        value_on=found.on,
        possible=found.possible,
        history=history,
    )
    return Change(step, state, found)


def _step(alert: AlertState, found: Issue, standing: frozenset[str]) -> Step | None:
    if found.severity > alert.severity:
        return Step.RAISED
    if not standing.issuperset(alert.facts) and _says(alert.reasons) != _says(found.reasons):
        return Step.CORRECTED  # a preliminary result that became final says the same: no correction
    if found.severity < alert.severity:
        return Step.LOWERED
    return Step.UPDATED if (found.facts, found.reasons) != (alert.facts, alert.reasons) else None


def _says(reasons: tuple[Reason, ...]) -> tuple[object, ...]:
    """What the deciding sentence says, whatever version of a fact says it."""
    return (reasons[0].message, reasons[0].parts) if reasons else ()


def _opened(last: AlertState | None, found: Issue, moment: Moment) -> AlertState:
    known = max(found.known, last.closed_at) if last and last.closed_at else found.known
    return AlertState(
        found.rule,
        found.version,
        found.subject,
        last.episode + 1 if last else 1,
        found.severity,
        found.reasons,
        found.facts,
        moment.day_known(known),
        moment.now,
        found.on,
        found.possible,
        ((moment.now, found.severity),),
    )


def _close(alert: AlertState, standing: frozenset[str], moment: Moment) -> Change:
    step = Step.ENDED if standing.issuperset(alert.facts) else Step.WITHDRAWN
    return Change(step, replace(alert, closed_at=moment.now, closed_because=step))


def alert_course(
    rules: tuple[Rule, ...], looks: Iterable[tuple[datetime, Snapshot, Indicated]]
) -> tuple[AlertState, ...]:
    """Every alert that evaluations at these moments (ascending) would have raised, in the order of opening."""
    alerts: dict[tuple[Key, int], AlertState] = {}
    before: datetime | None = None
    for now, snapshot, indicated in looks:
        standing = frozenset(fact.id for fact in snapshot.all_facts)
        moment = Moment(now, snapshot.zone, before)
        for change in reconcile(alerts.values(), examine(rules, snapshot, indicated), standing, moment):
            alerts[(change.state.key, change.state.episode)] = change.state
        before = now
    return tuple(sorted(alerts.values(), key=lambda x: (x.opened_on, -x.severity, x.rule, x.subject, x.episode)))


def looks_of(known: Iterable[datetime], until: datetime, zone: str) -> Iterator[datetime]:
    """Moments at which a course is looked at: whenever something became known, at each start of a day, and at `until`.

    What only the clock brings (48 hours over, a test overdue) carries its own moment, so that days are enough.
    """
    moments = sorted({x for x in known if x <= until})
    if not moments:
        return
    site = ZoneInfo(zone)
    day = moments[0].astimezone(site).date() + timedelta(days=1)
    dawns = set()
    while (dawn := datetime.combine(day, time(), site)) <= until:
        dawns.add(dawn)
        day += timedelta(days=1)
    yield from sorted({*moments, *dawns, until})
