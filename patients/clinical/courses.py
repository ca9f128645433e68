"""How long a course of a drug runs, which drugs make the steps of the chart, and when a drug was first given. Pure.

Source [S]: Kurasawa and Arai 2014, Figure 3 and text; what a single dose covers: specification 13 (68) [J].
"""

from __future__ import annotations

from datetime import date, timedelta

from patients.clinical.drugs import of_class
from patients.clinical.facts import Treatment
from patients.clinical.snapshot import Snapshot, once

GC = frozenset({"gc", "gc_pulse"})
CALCINEURIN_INHIBITORS = frozenset({"csa", "tac"})
CYCLOPHOSPHAMIDE = frozenset({"ivcy", "cy_oral"})
SALVAGE = frozenset({"ivig", "pmx_dhp", "plasma_exchange"})
CHRONIC_PARTNERS = frozenset({"aza", "mmf"})  # [S] node N7, chronic ILD only
JAK_INHIBITORS = of_class("jak_inhibitor")
IVCY_INTERVAL_DAYS = 28  # [S] "every 4 weeks"
COVERED_DAYS = {"ivcy": 35, "rtx": 180, "pentamidine": 35, "ivig": 35}  # by a single dose, 13 (68) [J]


@once
def last_days(snapshot: Snapshot) -> dict[str, date | None]:
    """The last day of every treatment, by the id of its version."""
    return {x.id: last_day(x) for x in snapshot.treatments}


@once
def first_doses(snapshot: Snapshot) -> dict[str, date]:
    """The first dose of every treatment, by the id of its version."""
    return {x.id: first_dose(snapshot, x) for x in snapshot.treatments}


def last_day(treatment: Treatment) -> date | None:
    """Last day on which the treatment counts as running; None while it runs."""
    covered = COVERED_DAYS.get(treatment.drug)
    if treatment.stop is None or covered is None:
        return treatment.stop
    single = treatment.stop == treatment.day or treatment.drug == "ivig"
    return max(treatment.stop, treatment.day + timedelta(days=covered)) if single else treatment.stop


def runs_on(treatment: Treatment, day: date) -> bool:
    """Does the treatment run on a day?"""
    end = last_day(treatment)
    return treatment.day <= day and (end is None or day <= end)


def first_dose(snapshot: Snapshot, treatment: Treatment) -> date:
    """First day of the unbroken run of the drug to which a course belongs."""
    first = treatment.day
    for x in reversed([x for x in snapshot.treatments if x.drug == treatment.drug and x.on < treatment.on]):
        end = last_day(x)
        if end is not None and end < first - timedelta(days=1):
            break
        first = x.day
    return first


def for_the_lung(treatment: Treatment) -> bool:
    """Can it be salvage? IVIG for the muscle, for swallowing or for low IgG is not (13 (75))."""
    return treatment.drug in SALVAGE and not (
        treatment.drug == "ivig" and treatment.indication in ("myositis", "other")
    )
