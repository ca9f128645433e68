"""Subtypes of ILD in DM/PM: Table 1 of Kurasawa and Arai 2014. Pure.

Readings [J]: specification 11 (14)-(16). Subtype and treatment step are two results, each with its own reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patients.clinical.antibodies import ANTI_ARS, ANTIBODIES
from patients.clinical.course import ACUTE, CHRONIC, course_of
from patients.clinical.doubtful import with_newest
from patients.clinical.facts import Antibody
from patients.clinical.judged import Judged
from patients.clinical.mda5 import mda5_factor
from patients.clinical.poor_risk import diagnosis_reason
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot, latest, once
from patients.clinical.truth import NO, UNKNOWN, YES, truth

# of a pooled test of anti-ARS, whose usual kit holds Jo-1, PL-7, PL-12, EJ and KS: specification 13 (124)
NAMES_OUTSIDE_THE_POOL = {"anti_oj": "OJ", "anti_zo": "Zo", "anti_ha": "Ha"}
WITHOUT_MYOSITIS = "ASyS"
ADULT_YEARS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of Table 1, as printed."""

    code: str
    myositis: str
    histology: str
    hrct: str
    other: str
    prognosis: str
    therapy: str


TABLE_1 = {
    row.code: row
    for row in (
        Row(
            code="A/S-1",
            myositis=_("anti-MDA5 positive; ADM or DM"),
            histology=_("DAD (NSIP?)"),
            hrct=_("GGO and lower or random consolidation"),
            other=_("ferritin raised, fever, skin ulcer, palmar papules"),
            prognosis=_("poor"),
            therapy=_("GC + CsA + CY (IVIG, PMX-DHP)"),
        ),
        Row(
            code="A/S-2",
            myositis=_("anti-MDA5 negative; DM (ADM)"),
            histology=_("NSIP (DAD)"),
            hrct=_("GGO, reticular (consolidation)"),
            other="",
            prognosis=_("fair (GC resistance)"),
            therapy=_("GC + CsA (TAC) / CY"),
        ),
        Row(
            code="A/S-3",
            myositis=_("anti-MDA5 negative; PM"),
            histology=_("NSIP"),
            hrct=_("GGO, reticular"),
            other="",
            prognosis=_("good"),
            therapy=_("GC (CsA/CY/TAC/MMF)"),
        ),
        Row(
            code="C-1",
            myositis=_("anti-ARS positive; PM (DM)"),
            histology=_("NSIP"),
            hrct=_("reticular (GGO)"),
            other=_("Raynaud's phenomenon, arthritis, mechanic's hands"),
            prognosis=_("good, frequent recurrence"),
            therapy=_("GC (CsA/CY/TAC/AZA/MMF)"),
        ),
        Row(
            code="C-2",
            myositis=_("anti-ARS negative; DM/PM"),
            histology=_("NSIP"),
            hrct=_("reticular, GGO"),
            other=_("some anti-MDA5 positive"),
            prognosis=_("good"),
            therapy=_("GC (CsA/CY/TAC/AZA/MMF)"),
        ),
    )
}
ORDER = tuple(TABLE_1)
WITHOUT_MDA5 = {YES: ("A/S-2",), NO: ("A/S-3",), UNKNOWN: ("A/S-2", "A/S-3")}  # by DM or PM
BY_ARS = {YES: ("C-1",), NO: ("C-2",), UNKNOWN: ("C-1", "C-2")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtype:
    """`subtype` when one is left, else None with the `possible` ones; `missing` would decide between them."""

    subtype: str | None
    possible: tuple[str, ...]
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    provisional: bool = False
    conflicts: tuple[Reason, ...] = ()


@once
def subtype_of(snapshot: Snapshot) -> Subtype:
    """The subtype, or those still possible."""
    course = course_of(with_newest(snapshot))
    if course.course == ACUTE:
        return _acute(snapshot)
    if course.course == CHRONIC:
        return _chronic(snapshot)
    acute, chronic = _acute(snapshot), _chronic(snapshot)
    possible = tuple(x for x in ORDER if x in (*acute.possible, *chronic.possible))
    missing = tuple(dict.fromkeys((*course.missing, *acute.missing, *chronic.missing)))
    return Subtype(subtype=None, possible=possible, reasons=course.reasons, missing=missing)


def _acute(snapshot: Snapshot) -> Subtype:
    """A/S: anti-MDA5 first, then DM against PM (11 (14))."""
    mda5, family = mda5_factor(snapshot), myositis_family(snapshot)
    if mda5.answer is YES:
        return Subtype(
            subtype="A/S-1", possible=("A/S-1",), reasons=mda5.reasons, missing=(), conflicts=_pm_with_mda5(snapshot)
        )
    without = WITHOUT_MDA5[family.answer]
    possible = without if mda5.answer is NO else ("A/S-1", *without)
    return _one_of(possible, (mda5, family))


def _chronic(snapshot: Snapshot) -> Subtype:
    """Chronic: anti-ARS positive or negative (11 (15))."""
    ars = ars_answer(snapshot)
    return _one_of(BY_ARS[ars.answer], (ars,))


def _one_of(possible: tuple[str, ...], tests: tuple[Judged, ...]) -> Subtype:
    reasons = tuple([r for test in tests for r in test.reasons])
    missing = tuple([m for test in tests for m in test.missing]) if len(possible) > 1 else ()
    provisional = any(test.provisional for test in tests)
    return Subtype(
        subtype=possible[0] if len(possible) == 1 else None,
        possible=possible,
        reasons=reasons,
        missing=missing,
        provisional=provisional,
    )


@once
def myositis_family(snapshot: Snapshot) -> Judged:
    """DM and its amyopathic forms (yes) or PM (no); antisynthetase syndrome without myositis is neither (12 (55))."""
    diagnosis = latest(snapshot.diagnoses)
    if diagnosis is None:
        return Judged("diagnosis", UNKNOWN, (reason(_("no diagnosis of myositis recorded")),), ("diagnosis",))
    why = (diagnosis_reason(diagnosis),)
    if diagnosis.myositis == WITHOUT_MYOSITIS:
        return Judged("diagnosis", UNKNOWN, why, ("diagnosis",), diagnosis.provisional)
    return Judged("diagnosis", truth(diagnosis.myositis != "PM"), why, (), diagnosis.provisional)


@once
def ars_answer(snapshot: Snapshot) -> Judged:
    """Anti-ARS: any positive is positive; pooled negative, or all eight named ones negative, is negative (11 (15)).

    A weak or indeterminate result leaves it open until that antibody is found negative (12 (44)). A pooled negative
    says which of the named ones its kit does not hold and nobody has tested (13 (124)).
    """
    results = [x for x in snapshot.antibodies if x.code in ("anti_ars", *ANTI_ARS)]
    positive = latest([x for x in results if x.result == "positive"])
    if positive is not None:
        return Judged("ars", YES, (_ars_reason(_("anti-ARS positive on %(day)s"), positive),))
    said = {x.code: x for x in results if x.result != "pending"}  # of each, the newest that says something
    all_negative = all(code in said and said[code].result == "negative" for code in ANTI_ARS)
    weak = [x for x in said.values() if x.result != "negative" and not (x.code == "anti_ars" and all_negative)]
    if weak:
        newest = max(weak, key=lambda x: x.on)
        message = _("%(antibody)s not clear on %(day)s (weakly positive or indeterminate): confirm by another method")
        name = Term(ANTIBODIES[newest.code].short)
        why = reason(message, facts=(newest.id,), basis="J", antibody=name, day=newest.day)
        return Judged("ars", UNKNOWN, (why,), ("anti_ars",))
    if all_negative:
        last = max((said[code] for code in ANTI_ARS), key=lambda x: x.on)
        return Judged("ars", NO, (_ars_reason(_("all eight anti-ARS antibodies negative by %(day)s"), last),))
    if "anti_ars" in said:
        return Judged("ars", NO, (_pooled_reason(said),))
    message = _("anti-ARS not complete: %(n)s of 8 named antibodies negative") if said else _("anti-ARS not known")
    why = reason(message, facts=tuple(x.id for x in said.values()), basis="J", n=len(said))
    return Judged("ars", UNKNOWN, (why,), ("anti_ars",))


def _pooled_reason(negative: Mapping[str, Antibody]) -> Reason:
    pooled = negative["anti_ars"]
    untested = [x for x in NAMES_OUTSIDE_THE_POOL if x not in negative]
    if not untested:
        return _ars_reason(_("anti-ARS negative on %(day)s"), pooled)
    names = ", ".join(NAMES_OUTSIDE_THE_POOL[x] for x in untested)
    message = _("anti-ARS negative on %(day)s (pooled); %(names)s not tested")
    return reason(message, facts=(pooled.id,), day=pooled.day, names=names)


def _ars_reason(message: str, fact: Antibody) -> Reason:
    return reason(message, facts=(fact.id,), day=fact.day)


def _pm_with_mda5(snapshot: Snapshot) -> tuple[Reason, ...]:
    diagnosis = latest(snapshot.diagnoses)
    if diagnosis is None or diagnosis.myositis != "PM":
        return ()
    return (
        reason(
            _("anti-MDA5 positive with PM: the paper knows the antibody in DM and ADM only; check both"),
            facts=(diagnosis.id,),
        ),
    )


def outside_population(snapshot: Snapshot) -> tuple[Reason, ...]:
    """Why the patient is outside the population of the paper, or may be: no diagnosis is told yet (11 (16), 12 (55));
    empty if not."""
    reasons = []
    if snapshot.age is not None and snapshot.age < ADULT_YEARS:
        reasons.append(reason(_("under 18 years: outside the population of the paper"), basis="J"))
    if not snapshot.diagnoses:
        reasons.append(reason(_("the diagnosis is not known yet; the chart is for DM and PM"), basis="J"))
    elif snapshot.diagnoses[-1].myositis == WITHOUT_MYOSITIS:
        message = _("antisynthetase syndrome without myositis: outside the population of the paper")
        reasons.append(reason(message, facts=(snapshot.diagnoses[-1].id,), basis="J"))
    return tuple(reasons)
