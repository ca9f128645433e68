"""ILD-GAP: kind of ILD, sex, age, FVC and DLCO in chronic ILD; never beside an acute or subacute course.

Source [L2]: Ryerson 2014, 10.1378/chest.13-1474; its points were read in other texts only. ILD of a connective tissue
disease: -2; male: 1; age up to 60: 0, 61-65: 1, above 65: 2; FVC above 75 % of predicted: 0, 50-75 %: 1, below 50 %: 2;
DLCO above 55 %: 0, 36-55 %: 1, 35 % or less: 2, cannot be done: 3; never less than 0. Values of the last 12 months [J].
"""

from __future__ import annotations

from decimal import Decimal

from algorithm.scoring import Item, Score, Total, measured, points
from patients.clinical.course import ACUTE, CHRONIC, course_of
from patients.clinical.judged import Judged
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import _, reason
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import NO, UNKNOWN, YES, Truth

DAYS = 365  # [J] how old lung function may be
ZERO, ONE, TWO, THREE = Decimal(0), Decimal(1), Decimal(2), Decimal(3)
YOUNG, OLD = 60, 65  # years, both included
FVC_HIGH, FVC_LOW = Decimal(75), Decimal(50)  # % of predicted: above, below
DLCO_HIGH, DLCO_LOW = Decimal(55), Decimal(35)  # % of predicted: above, up to

ACUTE_COURSE = _("the course is acute or subacute: the score is of chronic ILD")
CHRONIC_COURSE = _("the course is chronic: the score is for this patient")
OPEN_COURSE = _("the course is not known: the score is of chronic ILD only")


def applies(snapshot: Snapshot) -> Judged:
    """Chronic ILD."""
    course = course_of(snapshot)
    if course.course == CHRONIC:
        return Judged("ild_gap", YES, (reason(CHRONIC_COURSE, basis="L"),))
    if course.course == ACUTE:
        return Judged("ild_gap", NO, (reason(ACUTE_COURSE, basis="L"),))
    return Judged("ild_gap", UNKNOWN, (reason(OPEN_COURSE, basis="L"),), course.missing)


def totals(snapshot: Snapshot) -> tuple[Total, ...]:
    """Five items, 0 to 6 in connective tissue disease."""
    kind = Item(code="kind", title=_("ILD of a connective tissue disease"), possible=(-TWO,))
    items = (kind, _sex(snapshot), _age(snapshot), _fvc(snapshot), _dlco(snapshot))
    return (Total(items=items, floor=ZERO),)


def _sex(snapshot: Snapshot) -> Item:
    male = {"male": YES, "female": NO}.get(snapshot.sex, UNKNOWN)
    missing = ("sex",) if male is UNKNOWN else ()
    return Item(code="sex", title=_("male sex"), possible=points(male, ONE), missing=missing)


def _age(snapshot: Snapshot) -> Item:
    title, age = _("age: up to 60, 61 to 65, above 65 years"), snapshot.age
    if age is None:
        return Item(code="age", title=title, possible=(ZERO, ONE, TWO), missing=("birth_date",))
    worth = ZERO if age <= YOUNG else ONE if age <= OLD else TWO
    why = (reason(_("%(age)s years"), basis="L", age=age),)
    return Item(code="age", title=title, possible=(worth,), reasons=why)


def _fvc(snapshot: Snapshot) -> Item:
    values = snapshot.within(snapshot.series("fvc_pp"), DAYS)
    title = _("FVC: above 75, 50 to 75, below 50 % of predicted")
    return measured(snapshot, "fvc_pp", title, values, _points_of_fvc, (ZERO, ONE, TWO))


def _points_of_fvc(quantity: Quantity) -> set[Decimal]:
    return _between(quantity.above(FVC_HIGH), quantity.below(FVC_LOW))


def _dlco(snapshot: Snapshot) -> Item:
    title = _("DLCO: above 55, 36 to 55, up to 35 % of predicted, cannot be done")
    values = snapshot.within(snapshot.series("dlco_pp"), DAYS)
    cannot = latest([x for x in snapshot.within(snapshot.findings_of("dlco_not_possible"), DAYS) if x.present])
    if cannot is not None and not (values and values[-1].on > cannot.on):
        why = (reason(_("DLCO could not be done on %(day)s"), facts=(cannot.id,), basis="L", day=cannot.day),)
        return Item(code="dlco_pp", title=title, possible=(THREE,), reasons=why)
    return measured(snapshot, "dlco_pp", title, values, _points_of_dlco, (ZERO, ONE, TWO, THREE))


def _points_of_dlco(quantity: Quantity) -> set[Decimal]:
    return _between(quantity.above(DLCO_HIGH), ~quantity.above(DLCO_LOW))


def _between(high: Truth, low: Truth) -> set[Decimal]:
    """Points of a value of which is known, or not, whether it lies above the upper and below the lower limit."""
    if high is YES:
        return {ZERO}
    if low is YES:
        return {TWO}
    return {ONE, *({ZERO} if high is UNKNOWN else ()), *({TWO} if low is UNKNOWN else ())}


ILD_GAP = Score(
    code="ILD-GAP",
    title=_("ILD-GAP: chronic ILD"),
    citation="Ryerson 2014, Chest",
    doi="10.1378/chest.13-1474",
    population=_("chronic ILD of several kinds, connective tissue disease among them"),
    applies=applies,
    totals=totals,
    second_hand=True,
    says=(_("The points were read in other texts, not in the publication itself."),),
)
