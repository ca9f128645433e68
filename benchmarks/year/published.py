"""The published cases of the product, walked with the same simulated ward: what their alerts asked. Pure but for files.

What a report does not tell is absent, so that tests which were done count as missing: days and cards of these files say
little of a ward, and are shown for what was told of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from benchmarks.year.walk import walked
from ildcare.evaluation.replay import after_last_event
from monitoring.engine import Severity
from monitoring.fatigue import ASKING, OPENED, REPEATED_WITHIN
from monitoring.rules import group_of
from patients.imports import read_case
from patients.imports.case import SITE_ZONE

CASES = Path(__file__).resolve().parents[2] / "ildcare" / "demo" / "cases"


def lines() -> Iterator[str]:
    """One line a case: days told, cards, critical ones, and what came twice."""
    yield "published cases: days told, cards (critical), rules that spoke"
    for n, path in enumerate(sorted(CASES.glob("*.json"))):
        case = read_case(path.read_bytes(), zone=SITE_ZONE, now=datetime.now(UTC))
        until = after_last_event(case)
        if until is None:
            continue
        walk = walked(case, n, 0, until)
        cards = {(group_of(x.rule), x.at): 0 for x in walk.events if x.kind in ASKING}
        for x in walk.events:
            if x.kind in ASKING:
                key = group_of(x.rule), x.at
                cards[key] = max(cards[key], x.severity)
        first = min(x.fact.known for x in case.versions)
        days = max(1.0, (until - first) / timedelta(days=1))
        critical = sum(x == Severity.CRITICAL for x in cards.values())
        rules = ", ".join(dict.fromkeys(x.rule for x in walk.events if x.kind == OPENED))
        yield f"  {path.stem:14} {days:5.0f} days {len(cards):3} ({critical})  {rules}"
        opened = [x for x in walk.events if x.kind == OPENED and x.severity == Severity.CRITICAL]
        for a, b in pairwise(opened):
            if (a.rule, a.subject) == (b.rule, b.subject) and b.at - a.at <= REPEATED_WITHIN:
                yield f"    critical twice: {b.rule} {b.subject} {a.at:%Y-%m-%d} {b.at:%Y-%m-%d}"
