"""Which results of several messages are one result: what its sender calls it, its test, and its sample. Pure.

Specification 12 (45): a result is identified by source, id, code and time of sample. Here the source is the machine,
by whatever door it comes, and the words are for results that wait: they have no fact yet whose identity could tell.
"""

from __future__ import annotations

from datetime import UTC

from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.versions import CORRECTED, FINAL, PRELIMINARY, RANK
from patients.imports.observation import Observation

LONGEST = 300


def result_words(x: Observation, target: str) -> str:
    """What names a result among those of its sender and patient; "" where nothing does: no number, no time."""
    on = x.time.moment.at.astimezone(UTC).isoformat() if x.time.moment else ""
    if not (x.order or on):
        return ""
    known = target if target in MEASUREMENTS or target in ANTIBODIES else ""  # a drug, a report: by its own code
    test = known or x.code or x.name
    return "|".join((test, x.order, on))[:LONGEST]


def status_of(x: Observation) -> str:
    """Its status among those that order versions; one that says nothing of that is final."""
    return x.status if x.status in (PRELIMINARY, FINAL, CORRECTED) else FINAL


def is_not_older(status: str, than: str) -> bool:
    """May a result of this status stand in the place of one that waits, whatever came first?"""
    return RANK[status] >= RANK[than or FINAL]
