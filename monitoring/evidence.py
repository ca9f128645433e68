"""Facts as JSON, frozen with an alert: what was seen when it was raised, readable for years. Pure.

Numbers are kept as text, exactly as they were; a reader needs no living code to understand a stored alert.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from patients.clinical.facts import Fact
from patients.clinical.quantities import Quantity

LEFT_OUT = frozenset({"first_known"})


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
