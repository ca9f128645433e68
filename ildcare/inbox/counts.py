"""How many cards ask for somebody, for the head of every page. One query, and nothing is judged for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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
