"""Treatment begun again on a step that runs: a new day 0 with its own windows. Pure.

Source: specification 12 (41), 13 (70), (71) [J]: a pulse, or glucocorticoid raised to a high dose, more than 28 days
after day 0; within 14 days after a worsening also a smaller rise or another drug. A series of pulses is none.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from patients.clinical.courses import (
    CALCINEURIN_INHIBITORS,
    CHRONIC_PARTNERS,
    CYCLOPHOSPHAMIDE,
    GC,
    JAK_INHIBITORS,
    SALVAGE,
    first_dose,
    for_the_lung,
)
from patients.clinical.facts import Treatment
from patients.clinical.glucocorticoid import dose_on, high_dose, is_pulse, lowest_dose
from patients.clinical.snapshot import Snapshot
from patients.clinical.worsening import newly_met

AGAIN_AFTER_DAYS = 28  # [J] sooner after day 0 a change of glucocorticoid belongs to the same start
TWICE = Decimal(2)  # [J] raised to at least twice the lowest dose
LOWEST_OF_DAYS = 14  # [J] of these days before
BY_HALF, HALF_TO_MG = Decimal("1.5"), Decimal(20)  # [J] raised by half, to at least this, after a worsening
WORSENED_WITHIN_DAYS = 14  # [J] a criterion of N1 newly met, or judged worse, this long before
PULSE_SERIES_DAYS = 35  # [J] pulses this close are a series
PULSE_WITH_IVCY_DAYS = 3  # [J] a pulse this close to a repeated IVCY belongs to it
ADDED = CALCINEURIN_INHIBITORS | CYCLOPHOSPHAMIDE | SALVAGE | CHRONIC_PARTNERS | JAK_INHIBITORS | {"rtx"}


def escalates(snapshot: Snapshot, treatment: Treatment) -> bool:
    """Is a treatment the re-escalation of what ran before it (more than 28 days after day 0: the caller's business)?"""
    if treatment.drug not in GC:
        return _added(snapshot, treatment)
    if not is_pulse(snapshot, treatment):
        return _raised(snapshot, treatment.day)
    return not _of_a_series(snapshot, treatment) or _worse_before(snapshot, treatment)


def _of_a_series(snapshot: Snapshot, pulse: Treatment) -> bool:
    """By plan, or close to an earlier pulse, or with a repeated IVCY (13 (70))."""
    if pulse.planned is not None:
        return pulse.planned
    earlier = [x for x in snapshot.treatments if x.drug in GC and x.on < pulse.on and is_pulse(snapshot, x)]
    if any((pulse.day - x.day).days <= PULSE_SERIES_DAYS for x in earlier):
        return True
    doses = [x for x in snapshot.treatments if x.drug == "ivcy"]
    beside = [x for x in doses if abs((x.day - pulse.day).days) <= PULSE_WITH_IVCY_DAYS]
    return any(0 < (x.day - y.day).days <= PULSE_SERIES_DAYS for x in beside for y in doses)


def _worse_before(snapshot: Snapshot, treatment: Treatment) -> bool:
    judged = [x for x in snapshot.judgements if x.improvement == "worse"]
    told = any(0 <= (treatment.day - x.day).days <= WORSENED_WITHIN_DAYS for x in judged)
    return told or newly_met(snapshot, treatment.day, WORSENED_WITHIN_DAYS)


def raised(snapshot: Snapshot, treatment: Treatment) -> bool:
    """Glucocorticoid raised to a high dose and to twice the lowest of 14 days; or by half after a worsening.

    A dose that is not known raises nothing: it is asked for, and never taken for zero.
    """
    return treatment.drug in GC and not is_pulse(snapshot, treatment) and _raised(snapshot, treatment.day)


def _raised(snapshot: Snapshot, day: date) -> bool:
    dose, before = dose_on(snapshot, day), dose_on(snapshot, day - timedelta(days=1))
    if dose is None or before is None or dose <= before:
        return False
    lowest = lowest_dose(snapshot, day, LOWEST_OF_DAYS)
    if lowest is not None and dose >= high_dose(snapshot, day) and dose >= TWICE * lowest:
        return True
    return dose >= BY_HALF * before and dose >= HALF_TO_MG and newly_met(snapshot, day, WORSENED_WITHIN_DAYS)


def _added(snapshot: Snapshot, treatment: Treatment) -> bool:
    """A drug begun within 14 days after a criterion newly met (13 (71))."""
    if treatment.drug not in ADDED or first_dose(snapshot, treatment) != treatment.day:
        return False
    if treatment.drug in SALVAGE and not for_the_lung(treatment):
        return False
    return newly_met(snapshot, treatment.day, WORSENED_WITHIN_DAYS)
