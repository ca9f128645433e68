"""Two facts of two records of one person that do not go together. Pure.

Source: specification 12 (46) [J]: of two values either may be the error; both stand, and it is said that they
contradict each other. Two measurements of one moment are marked wherever they come from (`two_values`); what else two
records say of one moment, of one drug on one day, or of what is told once (onset, diagnosis), contradicts each other
only because it came from two records.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from itertools import combinations

from patients.clinical import facts as f
from patients.clinical.repetition import says_the_same
from patients.clinical.two_values import contradict

SAID_ONCE = (f.RespiratoryOnset, f.Diagnosis)  # of which one record should say one thing
Pair = tuple[f.Fact, f.Fact]


def nearness(fact: f.Fact) -> Hashable:
    """Facts that can contradict each other have the same: the drug of a treatment, the kind of what is told once, the
    time of anything else."""
    if isinstance(fact, f.Treatment):
        return type(fact), fact.drug
    return type(fact), "" if isinstance(fact, SAID_ONCE) else fact.on


def at_odds(a: f.Fact, b: f.Fact) -> bool:
    """Do two facts that both stand not go together?"""
    if type(a) is not type(b) or says_the_same(a, b):
        return False
    if isinstance(a, f.Measurement) and isinstance(b, f.Measurement):
        return contradict(a, b)
    if isinstance(a, f.Treatment) and isinstance(b, f.Treatment):
        return _overlap(a, b)
    if isinstance(a, SAID_ONCE):
        return True
    return getattr(a, "code", "") == getattr(b, "code", "") and a.on == b.on


def _overlap(a: f.Treatment, b: f.Treatment) -> bool:
    """The same drug on one day: its dose would count twice."""
    if (a.drug, a.name) != (b.drug, b.name):
        return False
    starts = max(a.day, b.day)
    return all(x.stop is None or x.stop >= starts for x in (a, b))


def pairs_at_odds(facts: Iterable[f.Fact], origins: Mapping[str, str]) -> list[Pair]:
    """Of the facts that stand, those of different records that contradict each other, in their order.

    origins: by the id of a fact that came with a merge, the record that it came from; what is not named is the record's
    own, and stands first in its pair.
    """
    near: dict[Hashable, list[f.Fact]] = {}
    for fact in facts if origins else ():
        near.setdefault(nearness(fact), []).append(fact)
    return [
        (a, b) if a.id not in origins or b.id in origins else (b, a)
        for group in near.values()
        for a, b in combinations(group, 2)
        if origins.get(a.id, "") != origins.get(b.id, "") and at_odds(a, b)
    ]
