"""FLAIR: ferritin, LDH, anti-MDA5 by a graded blot, CT score and rapid progression, in amyopathic DM with ILD.

Source [L]: Lian 2020, 10.1016/j.chest.2020.04.057. Ferritin from 636 ng/mL: 2; LDH from 355 U/L: 2; anti-MDA5 +: 2,
++: 3, +++: 4; CT score from 133: 3; rapid progression: 2. Low 0-4, medium 5-9, high 10-13. The grade is that of an
immunoblot: an index of another assay gives none. Grade, CT score and rapid progression are entered by hand.
Specification 9, 13 (123).
"""

from __future__ import annotations

from decimal import Decimal

from algorithm.scoring import Band, Item, Score, Total, at_entry, finding, measured, reached
from patients.clinical.facts import Diagnosis
from patients.clinical.judged import Judged
from patients.clinical.mda5 import mda5_of
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import _, reason
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import NO, UNKNOWN, YES, Truth

FERRITIN, LDH, CT = Decimal(636), Decimal(355), Decimal(133)  # ng/mL, U/L, points of the CT score; all included
GRADES = {Decimal(0): Decimal(0), Decimal(1): Decimal(2), Decimal(2): Decimal(3), Decimal(3): Decimal(4)}
BANDS = (Band(Decimal(0), _("low risk")), Band(Decimal(5), _("medium risk")), Band(Decimal(10), _("high risk")))
WEAK_FORMS = ("hypomyopathic_DM", "CADM")  # count as ADM where the site has it so

AMYOPATHIC = _("amyopathic dermatomyositis: the score is for this patient")
OTHER = _("the diagnosis is no amyopathic dermatomyositis")
SWITCHED_OFF = _("hypomyopathic DM does not count as ADM at this site")
NOT_KNOWN = _("no diagnosis of myositis recorded")
PROVISIONAL = _("the diagnosis is provisional")
BY_INDEX = _("anti-MDA5 by an index: an index gives no grade of a blot")
NOT_GRADED = _("anti-MDA5 positive, the blot is not graded")
NEGATIVE = _("anti-MDA5 negative")


def applies(snapshot: Snapshot) -> Judged:
    """Amyopathic DM; hypomyopathic DM as the site counts it; open while the diagnosis is provisional or missing."""
    diagnosis = latest(snapshot.diagnoses)
    if diagnosis is None:
        return Judged("flair", UNKNOWN, (reason(NOT_KNOWN, basis="L"),), ("diagnosis",))
    answer, message = _of_the_population(snapshot, diagnosis)
    why = (reason(message, facts=(diagnosis.id,), basis="L"),)
    if diagnosis.provisional and answer is NO:
        return Judged("flair", UNKNOWN, (reason(PROVISIONAL, facts=(diagnosis.id,), basis="L"),), ("diagnosis",))
    return Judged("flair", answer, why, (), diagnosis.provisional)


def _of_the_population(snapshot: Snapshot, diagnosis: Diagnosis) -> tuple[Truth, str]:
    if diagnosis.myositis == "ADM":
        return YES, AMYOPATHIC
    if diagnosis.myositis in WEAK_FORMS:
        counts = snapshot.settings.hypomyopathic_counts_as_adm
        return (YES, AMYOPATHIC) if counts else (NO, SWITCHED_OFF)
    return NO, OTHER


def totals(snapshot: Snapshot) -> tuple[Total, ...]:
    """The sum of five items, 0 to 13."""
    items = (
        reached(
            snapshot, "ferritin", _("Ferritin of 636 ng/mL or more"), at_entry(snapshot, "ferritin"),
            lambda x: x.at_least(FERRITIN), Decimal(2),
        ),
        reached(
            snapshot, "ldh", _("LDH of 355 U/L or more"), at_entry(snapshot, "ldh"), lambda x: x.at_least(LDH),
            Decimal(2),
        ),
        graded(snapshot),
        reached(
            snapshot, "hrct_score", _("CT score of 133 or more"), at_entry(snapshot, "hrct_score"),
            lambda x: x.at_least(CT), Decimal(3),
        ),
        finding(snapshot, "rp_ild", _("rapidly progressive ILD"), Decimal(2)),
    )  # fmt: skip
    return (Total(items=items, bands=BANDS),)


def graded(snapshot: Snapshot) -> Item:
    """Points of the graded blot. Without a grade: none where words say negative, 2 to 4 where they say positive."""
    title, values = _("Anti-MDA5 by graded blot"), snapshot.series("mda5_blot")
    if values:
        return measured(snapshot, "mda5_blot", title, values, _points_of, GRADES.values())
    stands = mda5_of(snapshot)
    facts = tuple(x.id for x in stands.carrying)
    if stands.answer is UNKNOWN or stands.from_titre:
        why = (reason(BY_INDEX, facts=facts, basis="L"),) if stands.from_titre else ()
        return Item(code="mda5_blot", title=title, possible=tuple(GRADES.values()), reasons=why, missing=("mda5_blot",))
    if stands.answer is NO:
        return Item(
            code="mda5_blot", title=title, possible=(Decimal(0),), reasons=(reason(NEGATIVE, facts=facts, basis="L"),)
        )
    return Item(
        code="mda5_blot",
        title=title,
        possible=tuple(x for x in GRADES.values() if x),
        reasons=(reason(NOT_GRADED, facts=facts, basis="L"),),
        missing=("mda5_blot",),
    )


def _points_of(quantity: Quantity) -> set[Decimal]:
    """Of a grade 0 to 3; what is no grade says nothing."""
    if quantity.censored or quantity.value not in GRADES:
        return {*GRADES.values()}
    return {GRADES[quantity.value]}


FLAIR = Score(
    code="FLAIR",
    title=_("FLAIR: amyopathic DM with ILD"),
    citation="Lian 2020, Chest",
    doi="10.1016/j.chest.2020.04.057",
    population=_("amyopathic dermatomyositis with ILD, Shanghai"),
    applies=applies,
    totals=totals,
    says=(
        _("The grade of anti-MDA5 is that of an immunoblot (+ to +++); an index of another assay gives none."),
        _("The grade, the CT score and rapid progression are entered by hand."),
    ),
)
