"""Isoda: ferritin and A-aDO2 before treatment in acute DM, both or not.

Source [L]: Isoda 2014, 10.1371/journal.pone.0089610: ferritin from 600 ng/mL and A-aDO2 from 45 Torr; of 32 patients
all who had both died. DM with an acute or subacute course, then on cyclosporine and glucocorticoid. Specification 9,
13 (123).
"""

from __future__ import annotations

from decimal import Decimal

from algorithm.scoring import Band, Item, Score, Total, at_entry, is_at_entry, points, reached
from algorithm.walk.subtypes import myositis_family
from patients.clinical.alveolar import differences
from patients.clinical.course import ACUTE, course_of
from patients.clinical.doubtful import doubts
from patients.clinical.judged import Judged
from patients.clinical.reasons import _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, UNKNOWN, YES, all_of

FERRITIN, DIFFERENCE = Decimal(600), Decimal(45)  # ng/mL, Torr; both included
ONE = Decimal(1)
BANDS = (
    Band(Decimal(0), _("not both limits reached")),
    Band(Decimal(2), _("both limits reached: of 32 patients, all with both died")),
)
POPULATION = _("DM with an acute or subacute course: the score is for this patient")
NOT_DM = _("the diagnosis is no dermatomyositis")
NOT_ACUTE = _("the course is chronic: the score is of acute and subacute courses")
OPEN = _("whether the score is for this patient is open: course or diagnosis is not known")
GASES = _("A-aDO2 %(value)s Torr on %(day)s")


def applies(snapshot: Snapshot) -> Judged:
    """DM with an A/S course."""
    family, course = myositis_family(snapshot), course_of(snapshot)
    acute = UNKNOWN if course.course is None else YES if course.course == ACUTE else NO
    answer = all_of((family.answer, acute))
    message = {YES: POPULATION, UNKNOWN: OPEN}.get(answer, NOT_ACUTE if acute is NO else NOT_DM)
    facts = tuple(dict.fromkeys(x for why in family.reasons for x in why.facts))
    missing = (*family.missing, *(course.missing if acute is UNKNOWN else ())) if answer is UNKNOWN else ()
    return Judged("isoda", answer, (reason(message, facts=facts, basis="L"),), missing, family.provisional)


def totals(snapshot: Snapshot) -> tuple[Total, ...]:
    """Two limits, both or not."""
    ferritin = reached(
        snapshot, "ferritin", _("Ferritin of 600 ng/mL or more"), at_entry(snapshot, "ferritin"),
        lambda x: x.at_least(FERRITIN), ONE,
    )  # fmt: skip
    return (Total(items=(ferritin, oxygen(snapshot)), bands=BANDS),)


def oxygen(snapshot: Snapshot) -> Item:
    """A-aDO2 of the newest sample before treatment with a measured FiO2; open where one of its gases is doubted."""
    title, waiting = _("A-aDO2 of 45 Torr or more"), doubts(snapshot)
    samples = [x for x in differences(snapshot) if is_at_entry(snapshot, x.pao2)]
    if not samples:
        return Item(code="aado2", title=title, possible=points(UNKNOWN, ONE), missing=("pao2", "paco2"))
    newest = samples[-1]
    facts = tuple(x.id for x in newest.facts)
    why = [reason(GASES, facts=facts, basis="L", value=newest.value, day=newest.day)]
    doubted = [waiting[x].reason for x in facts if x in waiting]
    answer = UNKNOWN if doubted else newest.within.at_least(DIFFERENCE)
    missing = ("pao2", "paco2") if answer is UNKNOWN else ()
    return Item(code="aado2", title=title, possible=points(answer, ONE), reasons=(*why, *doubted), missing=missing)


ISODA = Score(
    code="ISODA",
    title=_("Isoda: acute DM before treatment, ferritin and A-aDO2"),
    citation="Isoda 2014, PLoS ONE",
    doi="10.1371/journal.pone.0089610",
    population=_("dermatomyositis with an acute or subacute course, before cyclosporine and glucocorticoid (n = 32)"),
    applies=applies,
    totals=totals,
    says=(_("32 patients of one series: the line between those who died and those who lived."),),
)
