"""Reasons and facts as JSON, frozen with an alert: what was seen when it was raised, readable for years. Pure.

Numbers are kept as text, exactly as they were; a reader needs no living code to understand a stored alert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from patients.clinical.facts import Fact
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Part, Reason, Term

LEFT_OUT = frozenset({"first_known"})


def reason_as_json(why: Reason) -> dict[str, Any]:
    """A reason with its typed parts."""
    parts = {name: _part_as_json(part) for name, part in why.parts}
    return {"message": why.message, "parts": parts, "facts": list(why.facts), "basis": why.basis}


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
    if isinstance(part, datetime):
        return {"moment": part.isoformat()}
    if isinstance(part, date):
        return {"day": part.isoformat()}
    return {"number": part} if isinstance(part, int) else {"text": part}


READERS: dict[str, Callable[[Any], Part]] = {
    "term": Term,
    "decimal": Decimal,
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "number": int,
    "text": str,
}


def _part_from_json(stored: Mapping[str, Any]) -> Part:
    if "quantity" in stored:
        return Quantity(Decimal(stored["quantity"]), stored["comparator"])
    ((kind, value),) = stored.items()
    return READERS[kind](value)


def evidence(facts: Iterable[Fact]) -> list[dict[str, Any]]:
    """The facts as they stood: version id, kind, times, values, units as reported, kit, route and timing."""
    return [_fact_as_json(fact) for fact in facts]


def _fact_as_json(fact: Fact) -> dict[str, Any]:
    named = {x.name: getattr(fact, x.name) for x in fields(fact) if x.name not in LEFT_OUT}
    return {"kind": type(fact).__name__, **{name: _plain(x) for name, x in named.items() if x is not None}}


def _plain(value: Any) -> Any:
    if isinstance(value, Quantity):
        return f"{value.comparator}{value.value}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
