"""Reasons as JSON: one written form for stored alerts and stored evaluations, readable for years. Pure.

Numbers are kept as text, exactly as they were, and moments in UTC; a reader needs no living code to understand them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Month, Part, Reason, Term


def reason_as_json(why: Reason) -> dict[str, Any]:
    """A reason with its typed parts."""
    parts = {name: _part_as_json(part) for name, part in why.parts}
    return {"message": why.message, "parts": parts, "facts": list(why.facts), "basis": why.basis}


def reasons_as_json(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Several, in order."""
    return [reason_as_json(why) for why in reasons]


def reason_from_json(stored: Mapping[str, Any]) -> Reason:
    """The reason that `reason_as_json` wrote."""
    parts = tuple(sorted((name, _part_from_json(part)) for name, part in stored["parts"].items()))
    return Reason(stored["message"], parts, tuple(stored["facts"]), stored["basis"])


def _part_as_json(part: Part) -> dict[str, Any]:
    if isinstance(part, Quantity):
        return {"quantity": str(part.value), "comparator": part.comparator}
    if isinstance(part, Term):
        return {"term": part.text}
    if isinstance(part, Decimal):
        return {"decimal": str(part)}
    if isinstance(part, Month):
        return {"month": part.first.isoformat()}
    if isinstance(part, datetime):
        return {"moment": part.astimezone(UTC).isoformat()}
    if isinstance(part, date):
        return {"day": part.isoformat()}
    return {"number": part} if isinstance(part, int) else {"text": part}


READERS: dict[str, Callable[[Any], Part]] = {
    "term": Term,
    "decimal": Decimal,
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "month": lambda text: Month(date.fromisoformat(text)),
    "number": int,
    "text": str,
}


def _part_from_json(stored: Mapping[str, Any]) -> Part:
    if "quantity" in stored:
        return Quantity(Decimal(stored["quantity"]), stored["comparator"])
    ((kind, value),) = stored.items()
    return READERS[kind](value)
