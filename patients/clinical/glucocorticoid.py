"""How much glucocorticoid is given on a day, in prednisolone equivalent. Pure.

Source: specification 13 (66), (69): prednisolone 5 mg = methylprednisolone 4 mg; a high dose is 30 mg a day, or
0.5 mg/kg where that is less (EULAR calls more than 30 mg high, 10.1136/ard.61.8.718 [L]); a pulse is methylprednisolone
of at least 250 mg a day, or a pulse without a dose [J]. A dose that is not recorded is unknown, never zero.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from patients.clinical import body
from patients.clinical.courses import DAY, GC
from patients.clinical.drug_naming import EQUAL_TO_5_MG
from patients.clinical.facts import Treatment
from patients.clinical.snapshot import Snapshot, once
from patients.clinical.truth import YES, Truth, truth

NOTHING = Decimal(0)  # mg
METHYLPREDNISOLONE = Decimal("1.25")  # mg of prednisolone in 1 mg
PULSE_MG = 250 * METHYLPREDNISOLONE  # mg of prednisolone a day, at least [J]
HIGH_MG = Decimal(30)  # mg of prednisolone a day, at least [L]
HIGH_MG_PER_KG = Decimal("0.5")  # where that is less than HIGH_MG [L]
PER_KG = "mg/kg/day"
OF_A_DAY = {"gc": ("mg/day",), "gc_pulse": ("mg/day", "mg")}  # units in which a dose is what one day gets


def runs(treatment: Treatment, day: date) -> bool:
    """Is it given on a day? Both its days count."""
    return treatment.day <= day and (treatment.stop is None or day <= treatment.stop)


def prednisolone(snapshot: Snapshot, treatment: Treatment, day: date) -> Decimal | None:
    """mg of prednisolone that a course of glucocorticoid gives a day; None where its dose is not known."""
    if treatment.dose is None:
        return None
    dose = treatment.dose * METHYLPREDNISOLONE if treatment.drug == "gc_pulse" else treatment.dose
    if treatment.unit in OF_A_DAY[treatment.drug]:
        return dose
    weight = weight_on(snapshot, day) if treatment.unit == PER_KG else None
    return dose * weight if weight is not None else None


def weight_on(snapshot: Snapshot, day: date) -> Decimal | None:
    """The last weight (kg) of the 90 days up to a day."""
    return body.weight_on(day, snapshot.series("weight"))


def is_pulse(snapshot: Snapshot, treatment: Treatment) -> bool:
    """A pulse by its dose, or recorded as one without a dose; a smaller dose is a dose of glucocorticoid."""
    if treatment.drug not in GC:
        return False
    dose = prednisolone(snapshot, treatment, treatment.day)
    return treatment.drug == "gc_pulse" if dose is None else dose >= PULSE_MG


@once
def courses_of_gc(snapshot: Snapshot) -> tuple[Treatment, ...]:
    """Every course of glucocorticoid that is no pulse, oldest first."""
    return tuple(x for x in snapshot.treatments if x.drug in GC and not is_pulse(snapshot, x))


@once
def counted_on(snapshot: Snapshot, day: date) -> tuple[Treatment, ...]:
    """The courses that make the dose of a day, pulses apart, oldest first.

    A course without a last day ends where the next of the same glucocorticoid and route begins on a later day. Those
    begun on one day are the doses of that day, as in the morning and in the evening, and another glucocorticoid stands
    beside it (13 (69)); the specification does not say what replaces what: the larger dose is taken [J].
    """
    running = [x for x in courses_of_gc(snapshot) if runs(x, day)]
    newest = {_ordered_as(x): x.day for x in running}
    return tuple(x for x in running if x.stop is not None or x.day == newest[_ordered_as(x)])


def replaced_by(snapshot: Snapshot, course: Treatment) -> Treatment | None:
    """The order that an open course of glucocorticoid ended with; None where it counts today, or is none such."""
    counted = counted_on(snapshot, snapshot.today)
    if course.stop is not None or course.day > snapshot.today or course in counted:
        return None
    same = [x for x in courses_of_gc(snapshot) if _ordered_as(x) == _ordered_as(course) and x.day > course.day]
    return same[0] if same and course in courses_of_gc(snapshot) else None


def with_its_end(snapshot: Snapshot, course: Treatment) -> Treatment:
    """As it is to be drawn: an open order that another one replaced ends on the day before that one."""
    follow = replaced_by(snapshot, course)
    return course if follow is None else replace(course, stop=follow.day - DAY)


def _ordered_as(x: Treatment) -> tuple[str, str | None, str | None]:
    """Glucocorticoid and route of an order; any other name beside the dose is a brand."""
    return x.drug, x.route, x.name if x.name in EQUAL_TO_5_MG else None


@once
def dose_on(snapshot: Snapshot, day: date) -> Decimal | None:
    """mg of prednisolone on a day, pulses apart: the sum; 0 where none runs, None where one dose is unknown."""
    whole = NOTHING
    for x in counted_on(snapshot, day):
        dose = prednisolone(snapshot, x, day)
        if dose is None:
            return None
        whole += dose
    return whole


def lowest_dose(snapshot: Snapshot, day: date, days: int) -> Decimal | None:
    """The lowest daily dose of the `days` before a day; None where one of them is unknown, unless one of them is 0."""
    doses = [dose_on(snapshot, day - timedelta(days=n)) for n in range(1, days + 1)]
    if NOTHING in doses:
        return NOTHING
    known = [x for x in doses if x is not None]
    return min(known) if len(known) == len(doses) else None


def high_dose(snapshot: Snapshot, day: date) -> Decimal:
    """What counts as a high dose on a day, in mg of prednisolone: 30, or 0.5 mg/kg where that is less."""
    weight = weight_on(snapshot, day)
    return min(HIGH_MG, HIGH_MG_PER_KG * weight) if weight is not None else HIGH_MG


def is_high(snapshot: Snapshot, day: date) -> Truth:
    """Is the dose of a day high? Pulses are. Unknown where the dose is."""
    if any(runs(x, day) and is_pulse(snapshot, x) for x in snapshot.treatments if x.drug in GC):
        return YES
    dose = dose_on(snapshot, day)
    return truth(None if dose is None else dose >= high_dose(snapshot, day))


def high_for(snapshot: Snapshot, day: date, days: int) -> bool:
    """Was the dose high on each of the `days` before a day?"""
    return all(is_high(snapshot, day - timedelta(days=n)) is YES for n in range(1, days + 1))


@once
def begun_at_least(snapshot: Snapshot, mg: Decimal) -> Treatment | None:
    """The course with which began that glucocorticoid is given at so many mg of prednisolone a day or more, without a
    day of less, pulses apart; None where it is not today."""
    day, first = snapshot.today, None
    while (dose := dose_on(snapshot, day)) is not None and dose >= mg:
        first = min(counted_on(snapshot, day), key=lambda x: (x.on, x.id))
        day = first.day - DAY
    return first
