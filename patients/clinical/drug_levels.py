"""What the level of a drug needs before anybody may judge it, and which course it belongs to. Pure.

A level without its route or its time to the dose is "not interpretable", never low or high; this sentence is the same
in form, page and chart. The bands themselves stand in `monitoring.levels`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from patients.clinical.facts import Treatment
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Reason, _, reason

C2_HOURS = (Decimal("1.5"), Decimal("2.5"))  # [J] a sample farther than half an hour from 2 h is hardly a C2
EARLIEST_TROUGH_HOURS = Decimal(8)  # [J] a sample sooner after the dose is hardly taken before the next one

NO_ROUTE_NOR_TIME = _("not interpretable: no route, no dose time")
NO_ROUTE = _("not interpretable: no route")
NO_TIME = _("not interpretable: no dose time")


def is_level(code: str) -> bool:
    """Is the measurement the level of a drug? It has the code of its drug."""
    return code in MEASUREMENTS and MEASUREMENTS[code].level


def levelled_drugs() -> tuple[str, ...]:
    """Codes of the drugs whose level is measured, in the order of the catalogue of measurements."""
    return tuple(code for code in MEASUREMENTS if is_level(code))


def lacking(route: str | None, timing: str | None) -> Reason | None:
    """Why a level cannot be judged by anybody: it lacks its route or its time to the dose. None if it has both."""
    if route and timing:
        return None
    message = NO_TIME if route else NO_ROUTE if timing else NO_ROUTE_NOR_TIME
    return reason(message, basis="J")


def contradicts(timing: str | None, hours: Decimal | None) -> bool:
    """Do the hours since the dose hardly fit the time that the level is said to be of?"""
    if hours is None or timing not in ("c2", "trough", "pre_dose"):  # an infusion is of no hour since a dose
        return False
    if timing == "c2":
        return not C2_HOURS[0] <= hours <= C2_HOURS[1]
    return 0 < hours < EARLIEST_TROUGH_HOURS  # none: taken as the dose was due


@dataclass(frozen=True, slots=True)
class Run:
    """Courses of one drug by one route that follow each other without a day between: the clock of time to target."""

    drug: str
    route: str | None
    courses: tuple[Treatment, ...]

    @property
    def start(self) -> date:
        """First day: start of the drug, or change of route."""
        return self.courses[0].day

    @property
    def stop(self) -> date | None:
        """Last day; None while it runs."""
        ends = [x.stop for x in self.courses]
        return None if None in ends else max(x for x in ends if x is not None)


def runs_of(drug: str, treatments: Sequence[Treatment]) -> Iterator[Run]:
    """The runs of a drug, oldest first. A new dose goes on; a pause or another route begins a run."""
    current: list[Treatment] = []
    for course in sorted((x for x in treatments if x.drug == drug), key=lambda x: (x.on, x.id)):
        if current and not _goes_on(current, course):
            yield Run(drug, current[0].route, tuple(current))
            current = []
        current.append(course)
    if current:
        yield Run(drug, current[0].route, tuple(current))


def _goes_on(before: Sequence[Treatment], course: Treatment) -> bool:
    ends = [x.stop for x in before]
    unbroken = None in ends or course.day <= max(x for x in ends if x is not None) + timedelta(days=1)
    return unbroken and course.route == before[0].route


def running_on(drug: str, day: date, treatments: Sequence[Treatment]) -> Treatment | None:
    """The course of a drug that ran on a day, the newest of several; None if none is recorded."""
    running = [x for x in treatments if x.drug == drug and x.day <= day and (x.stop is None or day <= x.stop)]
    return max(running, key=lambda x: (x.on, x.id), default=None)
