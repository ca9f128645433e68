"""How many cards ask for somebody, for the head of every page; and a word for all of them, by which a list that stands
open learns that it is old. One query each, and nothing is judged for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from monitoring.engine import Group, Severity
from monitoring.models import Alert
from monitoring.rules import group_of
from patients.models import Patient, User


@dataclass(frozen=True, slots=True)
class Counts:
    """Cards that ask for somebody: critical ones, warnings; of drug levels and interactions, of overdue tests."""

    critical: int = 0
    warning: int = 0
    levels: int = 0
    overdue: int = 0


def card_counts(user: User, now: datetime) -> Counts:
    """Of everybody whom the user sees, as the inbox counts them: a card that is acknowledged or snoozed asks nobody."""
    waiting = Alert.objects.open().filter(acknowledged_at=None, severity__gt=Severity.INFO)
    waiting = waiting.filter(patient__in=Patient.objects.visible_to(user)).order_by()
    cards: dict[tuple[int, Group], int] = {}
    awake: set[tuple[int, Group]] = set()
    for patient, rule, severity, until in waiting.values_list("patient_id", "rule", "severity", "snoozed_until"):
        card = (patient, group_of(rule))
        cards[card] = max(cards.get(card, 0), severity)
        awake |= {card} if until is None or until <= now else set()
    asking = {card: severity for card, severity in cards.items() if card in awake}
    return Counts(
        critical=sum(x == Severity.CRITICAL for x in asking.values()),
        warning=sum(x == Severity.WARNING for x in asking.values()),
        levels=sum(group == Group.LEVELS for _patient, group in asking),
        overdue=sum(group == Group.OVERDUE for _patient, group in asking),
    )


def cards_word(user: User) -> str:
    """A word for the open alerts of everybody whom the user sees: another one as soon as one comes, changes or ends."""
    seen = Patient.objects.visible_to(user)
    alerts = Alert.objects.open().filter(patient__in=seen).order_by("id").values_list("id", "version")
    return blake2b(repr(list(alerts)).encode(), digest_size=8).hexdigest()
