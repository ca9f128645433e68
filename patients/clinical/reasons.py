"""Reasons as data: a translatable sentence and its typed parts, so that pure code explains itself without gettext.

A page renders a `Reason` through gettext with numbers, units and dates as the locale writes them
(`patients.templatetags.reasons`); `say` is the English form, used by the replay and by tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from patients.clinical.quantities import Quantity

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _(message: str) -> str:
    """Marks an English sentence for the translation catalogue and returns it unchanged."""
    return message


@dataclass(frozen=True, slots=True)
class Term:
    """A translatable word inside a reason ("ferritin", "dyspnoea on exertion"); `text` is the English message id."""

    text: str


@dataclass(frozen=True, slots=True)
class Month:
    """The month of a fact that is known to the month only; `first` is its first day."""

    first: date


Part = Quantity | Decimal | int | str | date | datetime | Term | Month


class Reason(NamedTuple):
    """One sentence. `message` has `%(name)s` places; `parts` fills them; `facts` are version ids of what it rests on.

    `basis` says whose threshold it is: "S" the paper, "L" later literature, "L2" the same, but the source was not read,
    "J" a judgement of this product, "O" the order of a clinician.
    """

    message: str
    parts: tuple[tuple[str, Part], ...] = ()
    facts: tuple[str, ...] = ()
    basis: str = "S"


def reason(message: str, /, *, facts: tuple[str, ...] = (), basis: str = "S", **parts: Part) -> Reason:
    """A Reason with named parts: `reason(_("%(test)s %(value)s on %(day)s"), test=Term(...), value=..., day=...)`."""
    return Reason(message, tuple(sorted(parts.items())), facts, basis)


def each_once(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Some few reasons without repetition: to compare them costs less than to hash their numbers."""
    kept: list[Reason] = []
    for why in reasons:
        if why not in kept:
            kept.append(why)
    return tuple(kept)


def say(why: Reason) -> str:
    """The sentence in English."""
    return why.message % {name: _in_english(part) for name, part in why.parts} if why.parts else why.message


def _in_english(part: Part) -> str:
    if isinstance(part, Term):
        return part.text
    if isinstance(part, Decimal):
        return f"{part:,f}"
    if isinstance(part, Month):
        return f"{MONTHS[part.first.month - 1]} {part.first.year}"
    if isinstance(part, date):
        return f"{part.day} {MONTHS[part.month - 1]}"
    return str(part)
