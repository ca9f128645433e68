"""Which results of several messages are one result: what its sender calls it, its test, and its sample. Pure.

Specification 12 (45): a result is identified by source, id, code and time of sample. Here the source is the machine,
by whatever door it comes, and the words are for results that wait: they have no fact yet whose identity could tell.
"""

from __future__ import annotations

from datetime import UTC

from patients.clinical.antibodies import ANTIBODIES
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.versions import CANCELLED, CORRECTED, FINAL, PRELIMINARY, RANK
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


def same_result(words: str, x: Observation, target: str) -> bool:
    """Do the words of a result name this one? Where one of the two has no number, test and time have to do."""
    own = result_words(x, target)
    if not (words and own):
        return False
    (test, order, on), (own_test, own_order, own_on) = _parts(words), _parts(own)
    return test == own_test and on == own_on and (order == own_order or (bool(on) and not (order and own_order)))


def _parts(words: str) -> tuple[str, str, str]:
    test, _bar, rest = words.partition("|")
    order, _bar, on = rest.rpartition("|")
    return test, order, on


def status_of(x: Observation) -> str:
    """Its status among those that order versions; one that says nothing of that is final."""
    return x.status if x.status in (PRELIMINARY, FINAL, CORRECTED, CANCELLED) else FINAL


def is_not_older(status: str, than: str) -> bool:
    """May a result of this status stand in the place of one that waits, whatever came first?"""
    return RANK[status] >= RANK[than or FINAL]
