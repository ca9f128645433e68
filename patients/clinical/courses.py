"""How long a course of a drug runs, which drugs make the steps of the chart, and when a drug was first given. Pure.

Source [S]: Kurasawa and Arai 2014, Figure 3 and text; what a single dose covers: specification 13 (68) [J].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from patients.clinical.drugs import of_class
from patients.clinical.facts import Treatment
from patients.clinical.snapshot import Snapshot, once

GC = frozenset({"gc", "gc_pulse"})
CALCINEURIN_INHIBITORS = frozenset({"csa", "tac"})
CYCLOPHOSPHAMIDE = frozenset({"ivcy", "cy_oral"})
SALVAGE = frozenset({"ivig", "pmx_dhp", "plasma_exchange"})
CHRONIC_PARTNERS = frozenset({"aza", "mmf"})  # [S] node N7, chronic ILD only
JAK_INHIBITORS = of_class("jak_inhibitor")
DAY = timedelta(days=1)
IVCY_INTERVAL_DAYS = 28  # [S] "every 4 weeks"
COVERED_DAYS = {"ivcy": 35, "rtx": 180, "pentamidine": 35, "ivig": 35}  # by a single dose, 13 (68) [J]


@once
def last_days(snapshot: Snapshot) -> dict[str, date | None]:
    """The last day of every treatment, by the id of its version."""
    return {x.id: last_day(x) for x in snapshot.treatments}


@once
def first_doses(snapshot: Snapshot) -> dict[str, date]:
    """The first day of the unbroken run of the drug to which each treatment belongs, by the id of its version."""
    by_drug: dict[str, list[Treatment]] = {}
    for x in snapshot.treatments:
        by_drug.setdefault(x.drug, []).append(x)
    runs = [run for courses in by_drug.values() for run in _unbroken(courses, last_days(snapshot))]
    return {x.id: run.courses[0].day for run in runs for x in run.courses}


@once
def ends_of_runs(snapshot: Snapshot) -> dict[str, date | None]:
    """The last day of the unbroken run to which each treatment belongs, by the id of its version; None while it runs.

    A pulse and the glucocorticoid around it are one run."""
    by_drug: dict[str, list[Treatment]] = {}
    for x in snapshot.treatments:
        by_drug.setdefault("gc" if x.drug in GC else x.drug, []).append(x)
    runs = [run for courses in by_drug.values() for run in _unbroken(courses, last_days(snapshot))]
    return {x.id: run.end for run in runs for x in run.courses}


class _Run(NamedTuple):
    """Courses of which each begins while one before it still runs, or on the day after."""

    courses: list[Treatment]
    end: date | None


def _unbroken(courses: Sequence[Treatment], ends: Mapping[str, date | None]) -> Iterator[_Run]:
    """The runs of one drug. `courses`: oldest first; `ends`: the last day of each."""
    run: _Run | None = None
    for x in courses:
        end = ends[x.id]
        if run is not None and _follows(x, run.end):
            later = None if run.end is None or end is None else max(run.end, end)
            run = _Run([*run.courses, x], later)
            continue
        if run is not None:
            yield run
        run = _Run([x], end)
    if run is not None:
        yield run


def _follows(x: Treatment, end: date | None) -> bool:
    """Does a course begin while one that ends then still runs, or on the day after?"""
    return end is None or end >= x.day - DAY


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
    """First day of the unbroken run of the drug to which a course of the snapshot belongs."""
    return first_doses(snapshot)[treatment.id]


def for_the_lung(treatment: Treatment) -> bool:
    """Can it be salvage? IVIG for the muscle, for swallowing or for low IgG is not (13 (75))."""
    return treatment.drug in SALVAGE and not (
        treatment.drug == "ivig" and treatment.indication in ("myositis", "other")
    )
