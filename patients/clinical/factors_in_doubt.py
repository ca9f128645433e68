"""Nothing is excluded by a value in doubt; a factor names what is in doubt or contradicts what it rests on. Pure.

Specification 12 (46), (47) [J]: an unconfirmed doubtful value can meet a factor and un-meets nothing; of two values of
one moment either can meet it, and the reason names both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from patients.clinical.doubtful import doubts, newest_doubts, settled
from patients.clinical.judged import Judged
from patients.clinical.reasons import Reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, UNKNOWN
from patients.clinical.two_values import contradicted

Factors = Mapping[str, Judged]


def with_doubts(snapshot: Snapshot, judge: Callable[[Snapshot], Factors]) -> dict[str, Judged]:
    """The factors by code; a "no" that would be unknown without the doubtful values is unknown."""
    factors = judge(snapshot)
    notes = _notes(snapshot)
    if newest_doubts(snapshot):
        sure = judge(settled(snapshot))
        factors = {code: _as_sure(factor, sure[code]) for code, factor in factors.items()}
    return {code: _named(factor, notes) for code, factor in factors.items()} if notes else dict(factors)


def not_reassured(snapshot: Snapshot, judge: Callable[[Snapshot], Judged], codes: Collection[str]) -> Judged:
    """What a test of these measurements answers: a "no" is that of the confirmed values, and so is what they say
    instead of it; then what is in doubt is named."""
    sure = settled(snapshot)
    judged = judge(snapshot)
    if judged.answer is not NO or sure is snapshot:
        return judged
    confirmed = judge(sure)
    if confirmed.answer is NO:
        return confirmed
    told = tuple(x.reason for x in doubts(snapshot).values() if x.value.code in codes)
    return confirmed._replace(reasons=(*confirmed.reasons, *told))


def _notes(snapshot: Snapshot) -> dict[str, Reason]:
    """By fact id, the sentence about what is in doubt."""
    doubted = {fact: x.reason for fact, x in doubts(snapshot).items()}
    return doubted | {fact: x.reason for fact, x in contradicted(snapshot).items()}


def _as_sure(factor: Judged, sure: Judged) -> Judged:
    """The answer without the doubtful values, where only they say no; the sentence about them stays."""
    if factor.answer is not NO or sure.answer is not UNKNOWN:
        return factor
    return sure._replace(reasons=(*sure.reasons, *factor.reasons))


def _named(factor: Judged, notes: Mapping[str, Reason]) -> Judged:
    told = [notes[fact] for why in factor.reasons for fact in why.facts if fact in notes]
    return factor._replace(reasons=tuple(dict.fromkeys((*factor.reasons, *told)))) if told else factor
