"""Two courses of the alerts of one patient side by side: which are more, fewer, graver, milder, earlier, later.

Told of a change of the rules before anybody decides on it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from monitoring.engine import Rule, Severity
from monitoring.lifecycle import AlertState, Key
from patients.clinical.snapshot import RuleChoices

EVER = datetime.max.replace(tzinfo=UTC)
SAME_TIME = timedelta(hours=1)


class Kind(StrEnum):
    """How an alert differs."""

    MORE = "more"
    FEWER = "fewer"
    GRAVER = "graver"
    MILDER = "milder"
    EARLIER = "earlier"
    LATER = "later"


class Differs(NamedTuple):
    """An alert that differs. severity: its gravest by the changed rules; of one that is gone, by those in force.
    on: the day on which it opens, or opened."""

    kind: Kind
    rule: str
    subject: str
    severity: Severity
    on: date


def differences(before: Iterable[AlertState], after: Iterable[AlertState]) -> list[Differs]:
    """What differs between the alerts by the rules in force (`before`) and by changed ones (`after`), by day.

    An alert of both is the same where rule and subject are and they stood at the same time.
    """
    found: list[Differs] = []
    held = _by_key(before)
    for key, changed in _by_key(after).items():
        left = list(held.pop(key, ()))
        for alert in changed:
            same = next((x for x in left if _overlap(x, alert)), None)
            if same is None:
                found.append(_told(Kind.MORE, alert))
            else:
                left.remove(same)
                found += _compared(same, alert)
        found += [_told(Kind.FEWER, x) for x in left]
    found += [_told(Kind.FEWER, x) for gone in held.values() for x in gone]
    return sorted(found, key=lambda x: (x.on, -x.severity, x.rule, x.subject))


def affected(rules: Iterable[Rule], now: RuleChoices, then: RuleChoices) -> tuple[Rule, ...]:
    """The rules whose answers a change of choices can change: those with another number, and those switched."""
    codes = {x for x in {*now.by_code, *then.by_code} if now.by_code.get(x) != then.by_code.get(x)}
    switched = now.off ^ then.off
    return tuple(x for x in rules if x.code in switched or any(value.code in codes for value in x.values))


def _by_key(alerts: Iterable[AlertState]) -> dict[Key, list[AlertState]]:
    found: dict[Key, list[AlertState]] = {}
    for x in sorted(alerts, key=lambda x: x.opened_at):
        found.setdefault(x.key, []).append(x)
    return found


def _overlap(one: AlertState, other: AlertState) -> bool:
    return one.opened_at < (other.closed_at or EVER) and other.opened_at < (one.closed_at or EVER)


def _compared(before: AlertState, after: AlertState) -> Sequence[Differs]:
    worst, worst_before = _worst(after), _worst(before)
    if worst != worst_before:
        return [_told(Kind.GRAVER if worst > worst_before else Kind.MILDER, after)]
    if abs(after.opened_at - before.opened_at) > SAME_TIME:
        return [_told(Kind.EARLIER if after.opened_at < before.opened_at else Kind.LATER, after)]
    return []


def _worst(alert: AlertState) -> Severity:
    return max((severity for _moment, severity in alert.history), default=alert.severity)


def _told(kind: Kind, alert: AlertState) -> Differs:
    return Differs(kind, alert.rule, alert.subject, _worst(alert), alert.opened_on)
