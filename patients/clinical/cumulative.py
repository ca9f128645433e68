"""How much cyclophosphamide was given in a lifetime, as far as doses are recorded. Pure.

Source: specification 13 (102) [J]: doses by weight and by body surface need a weight and a height of 90 days; a dose
without an amount makes the sum "at least", never zero; so does an intravenous course of several days, counted as one
dose [J]. Body surface: `body`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from patients.clinical.body import height_on, surface
from patients.clinical.courses import CYCLOPHOSPHAMIDE
from patients.clinical.facts import Treatment
from patients.clinical.glucocorticoid import weight_on
from patients.clinical.snapshot import Snapshot

IN_MG = {"mg": Decimal(1), "mg/dose": Decimal(1), "mg/day": Decimal(1), "g": Decimal(1000), "g/day": Decimal(1000)}


class Portion(NamedTuple):
    """So many mg on each of some days. `known`: when it was known that they were given, the first of them."""

    first: date
    days: int
    mg: Decimal
    known: datetime


@dataclass(frozen=True, slots=True)
class Cumulative:
    """The sum in mg, whether some doses are not counted in full, and of what it is made."""

    mg: Decimal
    at_least: bool
    portions: tuple[Portion, ...]

    def crossed(self, passes: Callable[[Decimal], bool]) -> tuple[date, datetime] | None:
        """The first day whose sum passes, and when the last of what is counted up to it was known; None if none."""
        days: dict[date, Decimal] = {}
        for x in self.portions:
            for n in range(x.days):
                day = x.first + timedelta(days=n)
                days[day] = days.get(day, Decimal(0)) + x.mg
        whole = Decimal(0)
        for day in sorted(days):
            whole += days[day]
            if passes(whole):
                return day, max(x.known for x in self.portions if x.first <= day)
        return None


def cumulative_cy(snapshot: Snapshot) -> Cumulative | None:
    """Cyclophosphamide of all courses, intravenous and oral; None where there is none."""
    courses = [x for x in snapshot.treatments if x.drug in CYCLOPHOSPHAMIDE]
    if not courses:
        return None
    found = list(_portions(snapshot, courses))
    portions = tuple(x for x in found if x is not None)
    at_least = None in found or any(map(_of_several_days, courses))
    return Cumulative(sum((x.mg * x.days for x in portions), Decimal(0)), at_least, portions)


def _of_several_days(x: Treatment) -> bool:
    """Is it intravenous, in a course of which one dose is told, and nobody says how many were given?"""
    return x.drug == "ivcy" and x.stop is not None and x.stop > x.day


def _portions(snapshot: Snapshot, courses: list[Treatment]) -> Iterator[Portion | None]:
    for n, x in enumerate(courses):
        dose = _dose(snapshot, x)
        if dose is None:
            yield None
            continue
        following = next((y.day for y in courses[n + 1 :] if y.drug == x.drug and y.day > x.day), None)
        days = 1 if x.drug == "ivcy" else _days(snapshot, x, following)
        yield Portion(x.day, days, dose, max(x.on, x.first_known))


def _days(snapshot: Snapshot, x: Treatment, following: date | None) -> int:
    """Days of a course by mouth; one without a last day ends where one of a later day begins."""
    if x.stop is not None:
        return (x.stop - x.day).days + 1
    return (following - x.day).days if following is not None else snapshot.days_since(x.day) + 1


def _dose(snapshot: Snapshot, x: Treatment) -> Decimal | None:
    if x.dose is None or x.unit is None:
        return None
    if x.unit in IN_MG:
        return x.dose * IN_MG[x.unit]
    weight = weight_on(snapshot, x.day)
    if weight is None:
        return None
    if x.unit in ("mg/kg", "mg/kg/day"):
        return x.dose * weight
    area = surface(height_on(x.day, snapshot.series("height")), weight)
    return x.dose * area if x.unit == "mg/m2" and area is not None else None
