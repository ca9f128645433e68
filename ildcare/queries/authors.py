"""Who recorded facts, as names for a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from patients.clinical.facts import Fact
from patients.models import FACT_TABLES


def authors_of(facts: Iterable[Fact]) -> dict[str, str]:
    """Name of who recorded each standing version, by fact id; imported ones have none. One query a kind of fact."""
    numbers: dict[str, dict[int, str]] = defaultdict(dict)
    for fact in facts:
        kind, _, number = fact.id.partition(":")
        if number.isdecimal():
            numbers[kind][int(number)] = fact.id
    return {
        ids[row.pk]: str(row.recorded_by)
        for kind, ids in numbers.items()
        for row in FACT_TABLES[kind]._default_manager.filter(pk__in=ids).select_related("recorded_by")
        if row.recorded_by is not None
    }
