"""A dose that a plan names and that lies ahead, or was not ticked off yet. Pure.

It is beside the facts and never among them: nothing of it has happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDose:
    """`day`: on which it is due, at the site; `since`: when it was planned; `dose` in the unit of the drug's plans,
    None where it is not known."""

    drug: str
    day: date
    since: datetime
    dose: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """What a form plans beyond today: the words of its task, its day, the drug and its dose."""

    text: str
    due: date
    drug: str
    dose: Decimal | None = None
