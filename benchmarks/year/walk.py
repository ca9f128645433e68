"""The year through chart, rules and lifecycle of the product, as its worker runs them, without a database. Pure.

A simulated ward acknowledges the card, whole, after a time; what it says of an event ends it, as in
`monitoring.acknowledging`. Everything that happens is told as the events that `monitoring.fatigue` counts.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from algorithm.flowcharts import CURRENT
from algorithm.walk.engine import walk
from benchmarks.year import rates
from ildcare.evaluation.next_evaluation import ask
from monitoring.engine import Examination, Group, Rule, Severity, examine
from monitoring.fatigue import ACKNOWLEDGED, ESCALATED, Happened
from monitoring.lifecycle import AlertState, Change, Key, Moment, Step, evaluation_moments, reconcile
from monitoring.rules import BY_CODE, RULES, group_of
from patients.clinical.snapshot import Snapshot
from patients.clinical.ticking import Turns
from patients.clinical.unfolding import Unfolded
from patients.imports.case import Case, unfolded

OFTEN = timedelta(days=2)
AFTER_LAST = timedelta(days=2)  # nobody is looked at later than that after the last that is told
PASSED_ON_AFTER = timedelta(minutes=60)  # the product's default
ROUNDS = (time(10, 30), time(16, 30))
DAY_SHIFT = (8, 20)  # hours
DOING = ("repeat_ordered", "treatment_started", "review_at_round", "already_known")
Examine = Callable[[Snapshot], Examination]


class Episode(NamedTuple):
    """An alert as a caller may ask for it: which, and when it was opened and closed."""

    rule: str
    subject: str
    episode: int
    opened_at: datetime
    closed_at: datetime | None
    severity: int


@dataclass(slots=True)
class _Alert:
    state: AlertState
    asked: datetime
    acknowledged: bool = False
    passed_on: bool = False


@dataclass(slots=True)
class Walked:
    """What one patient brought: the events, the alerts, and at how many moments it was looked."""

    events: list[Happened] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    looks: int = 0


def judged(snapshot: Snapshot, rules: Iterable[Rule] = RULES) -> Examination:
    """Both wings on one snapshot."""
    return examine(rules, snapshot, walk(CURRENT, snapshot).indicated)


def moments_of(case: Case, until: datetime, record: Unfolded) -> Iterator[datetime]:
    """When the product looks: whenever something became known, and at the start of every day on which something could
    turn. In hospital, where something is known every day, that is every day, as it is on a ward."""
    news = sorted(version.fact.known.astimezone(UTC) for version in case.versions)

    def turn(moment: datetime) -> date | None:
        following = bisect_right(news, moment)
        if following < len(news) and news[following] - moment <= OFTEN:
            return moment.date() + timedelta(days=1)
        known = record.at(moment)
        turns = Turns(moment, known.zone)
        record.ask_ahead(turns)
        ask(turns, known, judged)
        return turns.first

    return evaluation_moments(news, until, case.zone, turn)


class Ward:
    """Who acknowledges, and when. The chances are those of one patient."""

    def __init__(self, seed: int, number: int, zone: str) -> None:
        self.r = random.Random(f"ward-{seed}-{number}")  # noqa: S311 - invented people
        self.zone = ZoneInfo(zone)

    def sees(self, asked: datetime, severity: Severity) -> datetime:
        """When a card that asks now is acknowledged."""
        local = asked.astimezone(self.zone)
        if severity is Severity.CRITICAL:
            by_day = DAY_SHIFT[0] <= local.hour < DAY_SHIFT[1]
            minutes = (rates.CRITICAL_BY_DAY if by_day else rates.CRITICAL_BY_NIGHT).drawn(self.r)
            return asked + timedelta(minutes=minutes)
        rounds = self._rounds(local)
        first = next(rounds)
        return first if self.r.random() < rates.SEEN_AT_NEXT_ROUND else next(rounds)

    def _rounds(self, local: datetime) -> Iterator[datetime]:
        day = local.date()
        while True:
            for clock in ROUNDS:
                moment = datetime.combine(day, clock, self.zone) + timedelta(minutes=self.r.randint(0, 40))
                if moment > local:
                    yield moment.astimezone(UTC)
            day += timedelta(days=1)

    def does(self) -> str:
        """What is being done about it."""
        return self.r.choice(DOING)


class Patient:
    """The alerts of one patient from look to look."""

    def __init__(self, number: int, ward: Ward) -> None:
        self.number, self.ward = number, ward
        self.alerts: dict[Key, _Alert] = {}
        self.waiting: dict[Group, datetime] = {}
        self.walked = Walked()
        self.before: datetime | None = None

    def look(self, now: datetime, snapshot: Snapshot, examination: Examination) -> None:
        """One evaluation."""
        self.acknowledge(now)
        standing = frozenset(snapshot.facts_by_id)
        states = [x.state for x in self.alerts.values()]
        changes = reconcile(states, examination, standing, Moment(now, snapshot.zone, self.before))
        for change in changes:
            self._changed(change, now)
        for group, severity in self._asking(changes).items():
            seen = self.ward.sees(now, severity)
            self.waiting[group] = min(seen, self.waiting.get(group, seen))
        self.before = now
        self.walked.looks += 1

    def _changed(self, change: Change, now: datetime) -> None:
        state = change.state
        if change.step is Step.OPENED:
            self._keep(self.alerts.get(state.key))
            self.alerts[state.key] = _Alert(state, now)
        else:
            alert = self.alerts[state.key]
            alert.state = state
            if change.asks_again:
                alert.asked, alert.acknowledged, alert.passed_on = now, False, False
        self._tell(state, str(change.step), now)

    def _keep(self, alert: _Alert | None) -> None:
        if alert is not None:
            x = alert.state
            episode = Episode(
                rule=x.rule,
                subject=x.subject,
                episode=x.episode,
                opened_at=x.opened_at,
                closed_at=x.closed_at,
                severity=int(x.severity),
            )
            self.walked.episodes.append(episode)

    def _tell(self, state: AlertState, kind: str, at: datetime, doing: str = "") -> None:
        name = f"{self.number}-{state.rule}-{state.subject}-{state.episode}"
        happened = Happened(
            patient=self.number,
            alert=name,
            rule=state.rule,
            subject=state.subject,
            at=at,
            kind=kind,
            severity=int(state.severity),
            doing=doing,
        )
        self.walked.events.append(happened)

    def _asking(self, changes: Iterable[Change]) -> dict[Group, Severity]:
        asking: dict[Group, Severity] = {}
        for change in changes:
            if change.asks_again:
                group = group_of(change.state.rule)
                asking[group] = max(asking.get(group, Severity.INFO), change.state.severity)
        return asking

    def acknowledge(self, now: datetime) -> None:
        """What the ward said until now, in the order in which it did."""
        for group, at in sorted(self.waiting.items(), key=lambda x: x[1]):
            if at <= now:
                del self.waiting[group]
                self._acknowledged(group, at)

    def _acknowledged(self, group: Group, at: datetime) -> None:
        doing = self.ward.does()
        for alert in self.alerts.values():
            state = alert.state
            if not state.open or alert.acknowledged or group_of(state.rule) is not group or alert.asked > at:
                continue
            if state.severity is Severity.CRITICAL and at - alert.asked >= PASSED_ON_AFTER:
                self._tell(state, ESCALATED, alert.asked + PASSED_ON_AFTER)
            alert.acknowledged = True
            self._tell(state, ACKNOWLEDGED, at, doing)
            if BY_CODE[state.rule].event:
                alert.state = replace(state, closed_at=at, closed_because=Step.TOLD)
                self._tell(alert.state, str(Step.TOLD), at)

    def end(self, until: datetime) -> Walked:
        """Everything that is open is kept as it stands."""
        self.acknowledge(until)
        for alert in self.alerts.values():
            self._keep(alert)
        return self.walked


def walked(
    case: Case, number: int, seed: int, until: datetime, examined: Callable[[Snapshot], Examination] = judged
) -> Walked:
    """One patient of the year. Raises AssertionError where a rule breaks."""
    record = unfolded(case)
    patient = Patient(number, Ward(seed, number, case.zone))
    last = max(version.fact.known for version in case.versions) + AFTER_LAST
    for moment in moments_of(case, min(until, last), record):
        snapshot = record.at(moment)
        examination = examined(snapshot)
        assert not examination.failures, (number, moment, examination.failures)
        patient.look(moment, snapshot, examination)
    return patient.end(min(until, last))
