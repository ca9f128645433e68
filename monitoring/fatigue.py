"""How much the alerts ask of a ward: cards a patient-day, and what became of the alerts of each rule.

A card asks whenever something on it opens, rises, is corrected or wakes; what one evaluation brings to one card is one
question. Everything is counted from what happened (`AlertEvent`), nothing from what the alerts are now. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from monitoring.engine import Group, Severity
from monitoring.rules import RULES, group_of

OPENED, ENDED, ACKNOWLEDGED, ESCALATED = "opened", "ended", "acknowledged", "escalated"
ASKING = frozenset({OPENED, "raised", "corrected", "woken"})
# answers by which nobody did anything (`Doing`); "" is "seen"
WITHOUT_ACTION = frozenset({"", "already_known", "another_cause", "value_doubted", "not_relevant"})
FIRST_HOURS = timedelta(hours=48)  # of a stay: an admission brings what was there before
REPEATED_WITHIN = timedelta(days=7)  # [J]
FOLLOWED_WITHIN = timedelta(days=14)  # an outcome after an alert: the first judgement is due on day 14 [J]
LOUDER = 3  # times as often as in the period before [J]
FEW = 5  # alerts of a rule in the period before, below which its silence says nothing [J]


class Happened(NamedTuple):
    """One event of an alert."""

    patient: int
    alert: str
    rule: str
    subject: str
    at: datetime
    kind: str
    severity: int
    doing: str


class Outcome(NamedTuple):
    """An outcome that was recorded: a judgement of improvement, an accepted step of the chart, a death. `worse`: judged
    worse, a step higher than the last one that was accepted, or death [J]."""

    patient: int
    at: datetime
    worse: bool


class Stay(NamedTuple):
    """A patient on a ward, for as long as it lies in the period. `begun`: when the stay began, perhaps before it."""

    patient: int
    begun: datetime
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """What became of the alerts of one rule in a period.

    cards: how often it asked, by severity; of one patient and moment once. followed: alerts after which an outcome was
    recorded within 14 days; worse: those of them after which it was a worse one (`Outcome`).

    minutes: median from asking to acknowledgement, None where none was acknowledged. before: opened in the period
    before, of the same length.
    """

    rule: str
    opened: int = 0
    critical: int = 0
    acknowledged: int = 0
    minutes: float | None = None
    without_action: int = 0
    ended_unseen: int = 0
    repeated: int = 0
    escalated: int = 0
    before: int = 0
    cards: Mapping[Severity, int] = field(default_factory=dict)
    followed: int = 0
    worse: int = 0

    @property
    def predictive(self) -> float | None:
        """Of the alerts that were followed by an outcome the part that was followed by a worse one; None without."""
        return self.worse / self.followed if self.followed else None

    @property
    def silent(self) -> bool:
        """Nothing now although it spoke before: as loud as a spike."""
        return self.opened == 0 and self.before >= FEW

    @property
    def louder(self) -> bool:
        """Much more often than before."""
        return self.before > 0 and self.opened > max(FEW, LOUDER * self.before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fatigue:
    """Cards and patient-days of a period; `settled`: outside the first 48 hours of each stay."""

    days: float
    settled_days: float
    cards: Mapping[Severity, int]
    settled_cards: int
    rules: tuple[RuleLine, ...]

    @property
    def all_cards(self) -> int:
        """How often a card asked, whatever its severity."""
        return sum(self.cards.values())

    @property
    def a_day(self) -> float | None:
        """Cards a patient-day; None where nobody lay on a ward."""
        return self.all_cards / self.days if self.days else None

    @property
    def settled_a_day(self) -> float | None:
        """The same outside the first 48 hours of each stay."""
        return self.settled_cards / self.settled_days if self.settled_days else None


def during(events: Iterable[Happened], stays: Sequence[Stay]) -> list[Happened]:
    """The events that came while their patient lay there."""
    of_patient: dict[int, list[Stay]] = defaultdict(list)
    for x in stays:
        of_patient[x.patient].append(x)
    return [x for x in events if any(y.start <= x.at < y.end for y in of_patient[x.patient])]


def fatigue(
    events: Sequence[Happened], stays: Sequence[Stay], before: Mapping[str, int], outcomes: Sequence[Outcome] = ()
) -> Fatigue:
    """The report of a period: its events in the order in which they happened, who lay on a ward meanwhile, how often
    each rule opened an alert in the period before, and which outcomes were recorded."""
    asked = _questions(events)
    first = {x.patient: [y.begun for y in stays if y.patient == x.patient] for x in stays}
    settled = [key for key in asked if not _is_early(key[2], first.get(key[0], ()))]
    counted = {severity: sum(x == severity for x in asked.values()) for severity in Severity}
    return Fatigue(
        days=sum(_days(x.start, x.end) for x in stays),
        settled_days=sum(_days(max(x.start, x.begun + FIRST_HOURS), x.end) for x in stays),
        cards=counted,
        settled_cards=len(settled),
        rules=_lines(events, before, outcomes),
    )


def _days(start: datetime, end: datetime) -> float:
    return max(timedelta(), end - start) / timedelta(days=1)


def _questions(events: Iterable[Happened]) -> dict[tuple[int, Group, datetime], Severity]:
    """Of each card and moment at which it asked the gravest of what asked."""
    asked: dict[tuple[int, Group, datetime], Severity] = {}
    for x in events:
        if x.kind in ASKING:
            key = (x.patient, group_of(x.rule), x.at)
            asked[key] = max(asked.get(key, Severity.INFO), Severity(x.severity))
    return asked


def _is_early(at: datetime, begun: Iterable[datetime]) -> bool:
    return any(timedelta() <= at - start < FIRST_HOURS for start in begun)


def _lines(events: Sequence[Happened], before: Mapping[str, int], outcomes: Sequence[Outcome]) -> tuple[RuleLine, ...]:
    by_rule: dict[str, list[Happened]] = defaultdict(list)
    for x in events:
        by_rule[x.rule].append(x)
    codes = dict.fromkeys([*(x.code for x in RULES), *by_rule, *before])
    of_patient: dict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        of_patient[outcome.patient].append(outcome)
    lines = [_line(code, by_rule.get(code, []), before.get(code, 0), of_patient) for code in codes]
    return tuple(sorted(lines, key=lambda x: (-x.opened, x.rule)))


def _line(code: str, events: Sequence[Happened], before: int, outcomes: Mapping[int, Sequence[Outcome]]) -> RuleLine:
    asked = _questions(events).values()
    opened = [x for x in events if x.kind == OPENED]
    acknowledged = [x for x in events if x.kind == ACKNOWLEDGED]
    waits, unseen = _waits(events)
    followed = [y for y in ([z.worse for z in _after(x, outcomes)] for x in opened) if y]
    return RuleLine(
        rule=code,
        opened=len(opened),
        critical=sum(x.severity == Severity.CRITICAL for x in opened),
        acknowledged=len(acknowledged),
        minutes=median(waits) if waits else None,
        without_action=sum(x.doing in WITHOUT_ACTION for x in acknowledged),
        ended_unseen=unseen,
        repeated=_repeated(opened),
        escalated=sum(x.kind == ESCALATED for x in events),
        before=before,
        cards={severity: sum(x == severity for x in asked) for severity in Severity},
        followed=len(followed),
        worse=sum(map(any, followed)),
    )


def _after(alert: Happened, outcomes: Mapping[int, Sequence[Outcome]]) -> list[Outcome]:
    """What was recorded of the patient within 14 days after an alert was opened."""
    return [x for x in outcomes.get(alert.patient, ()) if timedelta() < x.at - alert.at <= FOLLOWED_WITHIN]


def _waits(events: Sequence[Happened]) -> tuple[list[float], int]:
    """Minutes from when an alert first asked to its acknowledgement; and how many ended before anybody saw them."""
    asked: dict[str, datetime] = {}
    waits: list[float] = []
    unseen = 0
    for x in events:
        if x.kind in ASKING:
            asked.setdefault(x.alert, x.at)
        elif x.kind == ACKNOWLEDGED and x.alert in asked:
            waits.append((x.at - asked.pop(x.alert)) / timedelta(minutes=1))
        elif x.kind == ENDED and asked.pop(x.alert, None) is not None:
            unseen += 1
    return waits, unseen


def _repeated(opened: Sequence[Happened]) -> int:
    """Opened again for the same patient and subject within some days."""
    last: dict[tuple[int, str], datetime] = {}
    number = 0
    for x in opened:
        key = (x.patient, x.subject)
        number += key in last and x.at - last[key] <= REPEATED_WITHIN
        last[key] = x.at
    return number
