"""The life of an alert: opened, raised, lowered, updated, ended, withdrawn, opened anew. Pure.

The same arithmetic serves the database (one step at each evaluation) and the replay (a whole course at once).
One alert per rule, subject and episode of the condition (specification 8, 11 (17)-(19), (36)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from monitoring.engine import Examination, Issue, Outcomes, Rule, Severity, examine
from patients.clinical.reasons import Reason
from patients.clinical.regimen import Indicated
from patients.clinical.snapshot import Snapshot
from patients.clinical.wall_clock import start_of_day

DAY = timedelta(days=1)
SAME_EPISODE_WITHIN = timedelta(hours=72)  # a warning that closed and holds again, 13 (92) [J]
Key = tuple[str, str]


class Step(StrEnum):
    """What can happen to an alert."""

    OPENED = "opened"
    RAISED = "raised"  # severity rose, or a further limit was passed: asks for acknowledgement again
    LOWERED = "lowered"
    UPDATED = "updated"  # newer facts, same severity
    CORRECTED = "corrected"  # a result behind it was corrected or cancelled and it still holds: asks again
    ENDED = "ended"  # a later fact, or the end of its window, ended the condition
    WITHDRAWN = "withdrawn"  # it rested on a result that was corrected or cancelled
    TOLD = "told"  # an event that a person acknowledged: it happened, and holds no longer than that
    MERGED = "merged"  # the record went into another one, which is watched in its stead
    CARE_ENDED = "care_ended"  # an outcome ended what it is watched for; the condition may hold all the same
    RETURNED = "returned"  # the merge or the outcome was taken back: it stands as it stood


CLOSING = (Step.ENDED, Step.WITHDRAWN, Step.TOLD, Step.MERGED, Step.CARE_ENDED)
ASKS_AGAIN = (Step.OPENED, Step.RAISED, Step.CORRECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
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
    that was corrected or cancelled. Alerts of rules that could not be judged are left as they are. What an outcome
    ended (12 (54)) stands as it stood once the outcome was withdrawn (13 (87)).
    """
    held: dict[Key, AlertState] = {}
    for alert in sorted(alerts, key=lambda x: x.episode):
        held[alert.key] = alert
    changes = [_met(held.get(x.key), x, standing, moment, examination.outcomes) for x in examination.issues]
    present = {issue.key for issue in examination.issues}
    absent = [x for x in held.values() if x.key not in present and x.rule in examination.judged]
    closed = [_close(x, standing, moment, examination.care_ended) for x in absent if x.open]
    unsaid = [_withdrawn(x, moment) for x in absent if _untrue(x, standing)]
    return (*(x for x in changes if x), *closed, *unsaid)


def _untrue(alert: AlertState, standing: frozenset[str]) -> bool:
    """An event that somebody acknowledged and that never happened: its result was cancelled or corrected since."""
    return alert.closed_because is Step.TOLD and not standing.issuperset(alert.facts)


def _withdrawn(alert: AlertState, moment: Moment) -> Change:
    return Change(Step.WITHDRAWN, replace(alert, closed_at=moment.now, closed_because=Step.WITHDRAWN))


def _was_told(alert: AlertState, issue: Issue, standing: frozenset[str]) -> bool:
    """Is it the event that was acknowledged, no graver than it was told, and not another one of its kind?"""
    if alert.closed_because is not Step.TOLD or alert.closed_at is None:
        return False
    if issue.severity > alert.severity or _passed(alert, issue):
        return False
    same = set(issue.news) <= set(alert.facts) if issue.news else issue.known <= alert.closed_at
    newer_version = not standing.issuperset(alert.facts) and _says(alert.reasons) == _says(issue.reasons)
    return same or newer_version


def _met(
    alert: AlertState | None, issue: Issue, standing: frozenset[str], moment: Moment, outcomes: Outcomes
) -> Change | None:
    if alert is not None and _was_told(alert, issue, standing):
        return None
    if alert is not None and _returns(alert, issue, moment, outcomes):
        alert = replace(alert, closed_at=None, closed_because=None)
        changed = _step(alert, issue, standing)
        step: Step | None = changed if changed in ASKS_AGAIN else Step.RETURNED
    elif alert is not None and _is_back(alert, issue, moment):
        step = Step.RAISED if issue.severity > alert.severity else Step.UPDATED
        alert = replace(alert, closed_at=None, closed_because=None)
    elif alert is None or not alert.open:
        return Change(Step.OPENED, _opened(alert, issue, moment), issue)
    else:
        step = _step(alert, issue, standing)
    if step is None:
        return None
    history = alert.history
    if issue.severity != alert.severity:
        history = (*history, (moment.now, issue.severity))
    state = replace(
        alert,
        severity=issue.severity,
        reasons=issue.reasons,
        facts=issue.facts,
        value_on=issue.on,
        possible=issue.possible,
        history=history,
    )
    return Change(step, state, issue)


def _returns(alert: AlertState, issue: Issue, moment: Moment, outcomes: Outcomes) -> bool:
    """Did an outcome or a discharge end it that does not stand any more? Where it stands, care was resumed: another
    episode. A test that was overdue before its alert ended, and is so still within 72 hours (13 (92)), was done by
    nobody: later another plan may ask for it."""
    if alert.closed_at is None:
        return False
    if alert.closed_because is Step.CARE_ENDED:
        return not outcomes.had_ended(alert.rule, alert.closed_at)
    asked = alert.closed_because is Step.ENDED and alert.rule in outcomes.by_place
    lately = moment.now - alert.closed_at <= SAME_EPISODE_WITHIN
    return asked and lately and issue.known <= alert.closed_at and not outcomes.had_left(alert.closed_at)


def _is_back(alert: AlertState, issue: Issue, moment: Moment) -> bool:
    """Is it the episode of a warning that closed within the last 72 hours? It asks anew only if it is graver now."""
    if not issue.comes_back or alert.closed_because is not Step.ENDED or alert.closed_at is None:
        return False
    return alert.severity <= Severity.WARNING and moment.now - alert.closed_at <= SAME_EPISODE_WITHIN


def _step(alert: AlertState, issue: Issue, standing: frozenset[str]) -> Step | None:
    if issue.severity > alert.severity or (issue.severity == alert.severity and _passed(alert, issue)):
        return Step.RAISED
    if not standing.issuperset(alert.facts) and _says(alert.reasons) != _says(issue.reasons):
        return Step.CORRECTED  # a preliminary result that became final says the same: no correction
    if issue.severity < alert.severity:
        return Step.LOWERED
    return Step.UPDATED if (issue.facts, issue.reasons) != (alert.facts, alert.reasons) else None


def _passed(alert: AlertState, issue: Issue) -> bool:
    """Does it now give a reason that asks again, and did not before?"""
    before = {x.message for x in alert.reasons}
    return any(x.message in issue.again and x.message not in before for x in issue.reasons)


def _says(reasons: tuple[Reason, ...]) -> tuple[object, ...]:
    """What the deciding sentence says, whatever version of a fact says it."""
    return (reasons[0].message, reasons[0].parts) if reasons else ()


def _opened(last: AlertState | None, issue: Issue, moment: Moment) -> AlertState:
    known = max(issue.known, last.closed_at) if last and last.closed_at else issue.known
    return AlertState(
        rule=issue.rule,
        version=issue.version,
        subject=issue.subject,
        episode=last.episode + 1 if last else 1,
        severity=issue.severity,
        reasons=issue.reasons,
        facts=issue.facts,
        opened_on=moment.day_known(known),
        opened_at=moment.now,
        value_on=issue.on,
        possible=issue.possible,
        history=((moment.now, issue.severity),),
    )


def _close(alert: AlertState, standing: frozenset[str], moment: Moment, care_ended: frozenset[str]) -> Change:
    over = Step.CARE_ENDED if alert.rule in care_ended else Step.ENDED
    step = over if standing.issuperset(alert.facts) else Step.WITHDRAWN
    return Change(step, replace(alert, closed_at=moment.now, closed_because=step))


def alert_course(
    rules: tuple[Rule, ...], evaluations: Iterable[tuple[datetime, Snapshot, Indicated]]
) -> tuple[AlertState, ...]:
    """Every alert that evaluations at these moments (ascending) would have raised, in the order of opening."""
    alerts: dict[tuple[Key, int], AlertState] = {}
    before: datetime | None = None
    for now, snapshot, indicated in evaluations:
        standing = frozenset(snapshot.facts_by_id)
        moment = Moment(now, snapshot.zone, before)
        for change in reconcile(alerts.values(), examine(rules, snapshot, indicated), standing, moment):
            alerts[(change.state.key, change.state.episode)] = change.state
        before = now
    return tuple(sorted(alerts.values(), key=lambda x: (x.opened_on, -x.severity, x.rule, x.subject, x.episode)))


Turn = Callable[[datetime], date | None]


def evaluation_moments(
    known: Iterable[datetime], until: datetime, zone: str, turn: Turn | None = None
) -> Iterator[datetime]:
    """Moments at which a course is looked at: whenever something became known, at starts of days, and at `until`.

    What only the clock brings (48 hours over, a test overdue) carries its own moment, so that days are enough. `turn`
    says of a moment on which later day an answer could turn by the clock alone (None: on none): the days between are
    left out, except the one before each look, so that an alert is seen as it stood last. Without `turn`: every day.
    """
    moments = sorted({x.astimezone(UTC) for x in known if x <= until})
    if not moments:
        return
    site = ZoneInfo(zone)
    last = moments[0]
    for following in (*moments[1:], until.astimezone(UTC)):
        yield last.astimezone(site)
        for start in _starts_between(last, following, site, turn or _next_day(site)):
            yield start.astimezone(site)
        last = following
    if last > moments[-1]:
        yield last.astimezone(site)


def _next_day(site: ZoneInfo) -> Turn:
    return lambda moment: moment.astimezone(site).date() + DAY


def _starts_between(last: datetime, following: datetime, site: ZoneInfo, turn: Turn) -> Iterator[datetime]:
    """Starts of days after one moment and before another, at which to look."""
    while start_of_day(last.astimezone(site).date() + DAY, site) < following:
        day = turn(last.astimezone(site))
        start = start_of_day(day, site).astimezone(UTC) if day else following
        if start >= following:
            before = _start_before(following, site)
            if before > last:
                yield before
            return
        before = _start_before(start, site)
        if before > last:
            yield before
        yield start
        last = start


def _start_before(moment: datetime, site: ZoneInfo) -> datetime:
    """The last start of a day before a moment."""
    day = moment.astimezone(site).date()
    start = start_of_day(day, site)
    return (start if start < moment else start_of_day(day - DAY, site)).astimezone(UTC)
