"""MCK: CRP and KL-6, counted within anti-MDA5 positive and negative patients apart, 0 to 2.

Source [L]: Gono 2021 (JAMI), Arthritis Rheumatol 2021;73(4); cut-offs as in 10.1093/mr/roaf070. Anti-MDA5 divides the
patients and is no point. One point for CRP from 0.8 mg/dL with anti-MDA5, from 1.1 without; one for KL-6 from 1,000
U/mL. Specification 13 (123), which corrects 9.
"""

from __future__ import annotations

from decimal import Decimal

from algorithm.scoring import Score, Total, at_entry, measured, reached
from patients.clinical.judged import Judged
from patients.clinical.mda5 import mda5_of
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import NO, UNKNOWN, YES, Truth

CRP_LIMITS = {YES: Decimal("0.8"), NO: Decimal("1.1")}  # mg/dL, by anti-MDA5; included
KL6 = Decimal(1000)  # U/mL, included
ONE = Decimal(1)

TITLES = {
    YES: _("CRP of 0.8 mg/dL or more (with anti-MDA5)"),
    NO: _("CRP of 1.1 mg/dL or more (without anti-MDA5)"),
    UNKNOWN: _("CRP of 0.8 mg/dL or more with anti-MDA5, 1.1 without"),
}
GROUPS = {
    YES: _("within anti-MDA5 positive patients"),
    NO: _("within anti-MDA5 negative patients"),
    UNKNOWN: _("anti-MDA5 is not known: within which patients it counts is open"),
}
MYOSITIS = _("ILD of myositis: the score is for this patient")
NO_DIAGNOSIS = _("no diagnosis of myositis recorded")
WITHOUT_MYOSITIS = _("antisynthetase syndrome without myositis: whether the score is for this patient is open")


def applies(snapshot: Snapshot) -> Judged:
    """Any myositis; open without a diagnosis, and in antisynthetase syndrome without myositis."""
    diagnosis = latest(snapshot.diagnoses)
    if diagnosis is None:
        return Judged("mck", UNKNOWN, (reason(NO_DIAGNOSIS, basis="L"),), ("diagnosis",))
    if diagnosis.myositis == "ASyS":
        return Judged("mck", UNKNOWN, (reason(WITHOUT_MYOSITIS, facts=(diagnosis.id,), basis="L"),), ("diagnosis",))
    return Judged("mck", YES, (reason(MYOSITIS, facts=(diagnosis.id,), basis="L"),), (), diagnosis.provisional)


def totals(snapshot: Snapshot) -> tuple[Total, ...]:
    """Two items, 0 to 2; while anti-MDA5 is not known, CRP is held against both limits."""
    mda5 = mda5_of(snapshot).answer

    def of(quantity: Quantity) -> set[Decimal]:
        limits = CRP_LIMITS.values() if mda5 is UNKNOWN else (CRP_LIMITS[mda5],)
        return {x for limit in limits for x in _points(quantity.at_least(limit))}

    crp = measured(snapshot, "crp", TITLES[mda5], at_entry(snapshot, "crp"), of, (Decimal(0), ONE))
    kl6 = reached(
        snapshot, "kl6", _("KL-6 of 1,000 U/mL or more"), at_entry(snapshot, "kl6"), lambda x: x.at_least(KL6), ONE
    )
    return (Total(items=(crp, kl6), title=GROUPS[mda5], remarks=_remarks(snapshot, mda5)),)


def _points(answer: Truth) -> set[Decimal]:
    return {Decimal(0), ONE} if answer is UNKNOWN else {ONE if answer is YES else Decimal(0)}


def _remarks(snapshot: Snapshot, mda5: Truth) -> tuple[Reason, ...]:
    if mda5 is not YES:
        return ()
    facts = tuple(x.id for x in mda5_of(snapshot).carrying)
    return (
        reason(
            _("anti-MDA5 positive: two points did not predict death in the validation of 2025"), facts=facts, basis="L"
        ),
    )


MCK = Score(
    code="MCK",
    title=_("MCK: ILD of myositis, CRP and KL-6 by anti-MDA5"),
    citation="Gono 2021, Arthritis Rheumatol 2021;73(4)",
    doi="10.1093/mr/roaf070",
    population=_("myositis with ILD at diagnosis, Japan (JAMI)"),
    applies=applies,
    totals=totals,
    says=(
        _("Anti-MDA5 divides the patients; it is no point."),
        _("A validation of 2025 found that two points did not predict death in anti-MDA5 positive patients."),
        _(
            "The original has three bands of risk (less than 15 %, 15 to 50 %, 50 % or more); which count with which "
            "antibody lies in which was not read, and is not told here."
        ),
    ),
)
