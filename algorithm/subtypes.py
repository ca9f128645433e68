"""Subtypes of ILD in DM/PM: Table 1 of Kurasawa and Arai 2014. Pure.

Readings [J]: specification 11 (14)-(16). Subtype and treatment step are two results, each with its own reasons.
"""

from __future__ import annotations

from dataclasses import dataclass

from patients.clinical.course import ACUTE, CHRONIC, course_of
from patients.clinical.facts import Antibody
from patients.clinical.judged import Judged
from patients.clinical.poor_risk import DIAGNOSIS_NAMES, antibody_answer, mda5_factor
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import Truth

NAMED_ARS = ("anti_jo1", "anti_pl7", "anti_pl12", "anti_ej", "anti_oj", "anti_ks", "anti_zo", "anti_ha")
ADULT_YEARS = 18


@dataclass(frozen=True, slots=True)
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
            "A/S-1",
            _("anti-MDA5 positive; ADM or DM"),
            _("DAD (NSIP?)"),
            _("GGO and lower or random consolidation"),
            _("ferritin raised, fever, skin ulcer, palmar papules"),
            _("poor"),
            _("GC + CsA + CY (IVIG, PMX-DHP)"),
        ),
        Row(
            "A/S-2",
            _("anti-MDA5 negative; DM (ADM)"),
            _("NSIP (DAD)"),
            _("GGO, reticular (consolidation)"),
            "",
            _("fair (GC resistance)"),
            _("GC + CsA (TAC) / CY"),
        ),
        Row(
            "A/S-3",
            _("anti-MDA5 negative; PM"),
            _("NSIP"),
            _("GGO, reticular"),
            "",
            _("good"),
            _("GC (CsA/CY/TAC/MMF)"),
        ),
        Row(
            "C-1",
            _("anti-ARS positive; PM (DM)"),
            _("NSIP"),
            _("reticular (GGO)"),
            _("Raynaud's phenomenon, arthritis, mechanic's hands"),
            _("good, frequent recurrence"),
            _("GC (CsA/CY/TAC/AZA/MMF)"),
        ),
        Row(
            "C-2",
            _("anti-ARS negative; DM/PM"),
            _("NSIP"),
            _("reticular, GGO"),
            _("some anti-MDA5 positive"),
            _("good"),
            _("GC (CsA/CY/TAC/AZA/MMF)"),
        ),
    )
}
ORDER = tuple(TABLE_1)


@dataclass(frozen=True, slots=True)
class Subtype:
    """`subtype` when one is left, else None with the `possible` ones; `missing` would decide between them."""

    subtype: str | None
    possible: tuple[str, ...]
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    provisional: bool = False
    conflicts: tuple[Reason, ...] = ()


def subtype_of(snapshot: Snapshot) -> Subtype:
    """The subtype, or those still possible."""
    course = course_of(snapshot)
    acute, chronic = _acute(snapshot), _chronic(snapshot)
    if course.course == ACUTE:
        return acute
    if course.course == CHRONIC:
        return chronic
    possible = tuple(x for x in ORDER if x in (*acute.possible, *chronic.possible))
    missing = tuple(dict.fromkeys((*course.missing, *acute.missing, *chronic.missing)))
    return Subtype(None, possible, course.reasons, missing)


def _acute(snapshot: Snapshot) -> Subtype:
    """A/S: anti-MDA5 first, then DM against PM (11 (14))."""
    mda5, family = mda5_factor(snapshot), myositis_family(snapshot)
    if mda5.answer is Truth.YES:
        return Subtype("A/S-1", ("A/S-1",), mda5.reasons, (), conflicts=_pm_with_mda5(snapshot))
    without = {Truth.YES: ("A/S-2",), Truth.NO: ("A/S-3",), Truth.UNKNOWN: ("A/S-2", "A/S-3")}[family.answer]
    possible = without if mda5.answer is Truth.NO else ("A/S-1", *without)
    return _one_of(possible, (mda5, family))


def _chronic(snapshot: Snapshot) -> Subtype:
    """Chronic: anti-ARS positive or negative (11 (15))."""
    ars = ars_answer(snapshot)
    possible = {Truth.YES: ("C-1",), Truth.NO: ("C-2",), Truth.UNKNOWN: ("C-1", "C-2")}[ars.answer]
    return _one_of(possible, (ars,))


def _one_of(possible: tuple[str, ...], tests: tuple[Judged, ...]) -> Subtype:
    reasons = tuple(r for test in tests for r in test.reasons)
    missing = tuple(m for test in tests for m in test.missing) if len(possible) > 1 else ()
    provisional = any(test.provisional for test in tests)
    return Subtype(possible[0] if len(possible) == 1 else None, possible, reasons, missing, provisional)


def myositis_family(snapshot: Snapshot) -> Judged:
    """DM and its amyopathic forms (yes) or PM (no)."""
    diagnosis = latest(snapshot.diagnoses)
    if diagnosis is None:
        return Judged("diagnosis", Truth.UNKNOWN, (reason(_("no diagnosis of myositis recorded")),), ("diagnosis",))
    message = _("%(diagnosis)s, provisional, on %(day)s") if diagnosis.provisional else _("%(diagnosis)s on %(day)s")
    why = reason(message, facts=(diagnosis.id,), diagnosis=DIAGNOSIS_NAMES[diagnosis.myositis], day=diagnosis.day)
    answer = Truth.NO if diagnosis.myositis == "PM" else Truth.YES
    return Judged("diagnosis", answer, (why,), (), diagnosis.provisional)


def ars_answer(snapshot: Snapshot) -> Judged:
    """Anti-ARS: any positive is positive; pooled negative, or all eight named ones negative, is negative (11 (15))."""
    results = [x for x in snapshot.antibodies if x.code in ("anti_ars", *NAMED_ARS)]
    positive = latest([x for x in results if x.result == "positive"])
    if positive is not None:
        return Judged("ars", Truth.YES, (_ars_reason(_("anti-ARS positive on %(day)s"), positive),))
    pooled, pooled_fact = antibody_answer([x for x in results if x.code == "anti_ars"])
    if pooled is Truth.NO and pooled_fact is not None:
        return Judged("ars", Truth.NO, (_ars_reason(_("anti-ARS negative on %(day)s"), pooled_fact),))
    negative = {x.code: x for x in results if x.result == "negative"}
    if set(NAMED_ARS) <= negative.keys():
        last = max(negative.values(), key=lambda x: x.on)
        return Judged("ars", Truth.NO, (_ars_reason(_("all eight anti-ARS antibodies negative by %(day)s"), last),))
    message = _("anti-ARS not complete: %(n)s of 8 named antibodies negative") if negative else _("anti-ARS not known")
    why = reason(message, facts=tuple(x.id for x in negative.values()), basis="J", n=len(negative))
    return Judged("ars", Truth.UNKNOWN, (why,), ("anti_ars",))


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
    """Why the patient is outside the population of the paper (11 (16)); empty if not."""
    found = []
    if snapshot.age is not None and snapshot.age < ADULT_YEARS:
        found.append(reason(_("under 18 years: outside the population of the paper"), basis="J"))
    if not snapshot.diagnoses:
        found.append(reason(_("no diagnosis of DM or PM: outside the population of the paper"), basis="J"))
    return tuple(found)
