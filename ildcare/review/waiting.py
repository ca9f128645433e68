"""How long critical cards waited for an answer, from what happened to their alerts. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitoring.rules import group_of

ASKS = frozenset({"opened", "raised", "corrected", "returned"})  # after which a critical alert waits for an answer
ANSWERS = frozenset({"acknowledged", "ended", "withdrawn", "told", "merged", "care_ended", "lowered"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStep:
    """One event of an alert: whose, which, when, of which kind, whether it was critical then."""

    patient: int
    alert: str
    rule: str
    subject: str
    at: datetime
    kind: str
    critical: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A critical alert that asked, and until when nobody answered (None: until now). `acknowledged`: that ended it."""

    patient: int
    alert: str
    rule: str
    subject: str
    since: datetime
    until: datetime | None
    acknowledged: bool


def waits(events: Iterable[AlertStep]) -> Iterator[Wait]:
    """Every time that a critical alert waited, of events in the order in which they happened."""
    open_waits: dict[str, AlertStep] = {}
    for event in events:
        if event.kind in ANSWERS:
            asked = open_waits.pop(event.alert, None)
            if asked is not None:
                yield _wait(asked, event.at, acknowledged=event.kind == "acknowledged")
        elif event.kind in ASKS and event.critical:
            open_waits.setdefault(event.alert, event)
    for asked in open_waits.values():
        yield _wait(asked, None, acknowledged=False)


def unanswered(events: Sequence[AlertStep], after: timedelta, now: datetime) -> list[Wait]:
    """Of each card the waits that were longer than allowed: those that overlap are one, told by its first alert."""
    late = [x for x in waits(events) if (x.until or now) - x.since > after]
    of_card: dict[tuple[int, str], list[Wait]] = defaultdict(list)
    for wait in sorted(late, key=lambda x: (x.since, x.alert)):
        of_card[wait.patient, str(group_of(wait.rule))].append(wait)
    return [first for held in of_card.values() for first in _apart(held, now)]


def _apart(held: Iterable[Wait], now: datetime) -> Iterator[Wait]:
    """The first wait of each run of waits without a gap between them."""
    reached: datetime | None = None
    for wait in held:
        if reached is None or wait.since > reached:
            yield wait
        reached = max(reached or wait.since, wait.until or now)


def _wait(asked: AlertStep, until: datetime | None, *, acknowledged: bool) -> Wait:
    return Wait(
        patient=asked.patient,
        alert=asked.alert,
        rule=asked.rule,
        subject=asked.subject,
        since=asked.at,
        until=until,
        acknowledged=acknowledged,
    )
