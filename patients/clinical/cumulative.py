"""How much cyclophosphamide was given in a lifetime, as far as doses are recorded. Pure.

Source: specification 13 (102) [J]: doses by weight and by body surface need a weight and a height of 90 days; a dose
without an amount makes the sum "at least", never zero. Body surface by Mosteller: root of cm x kg / 3,600 in m2 [L:
N Engl J Med 1987;317:1098].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from patients.clinical.courses import CYCLOPHOSPHAMIDE
from patients.clinical.facts import Treatment
from patients.clinical.glucocorticoid import WEIGHT_DAYS, weight_on
from patients.clinical.snapshot import Snapshot

IN_MG = {"mg": Decimal(1), "mg/dose": Decimal(1), "mg/day": Decimal(1), "g": Decimal(1000), "g/day": Decimal(1000)}
MOSTELLER = Decimal(3600)


@dataclass(frozen=True, slots=True)
class Cumulative:
    """The sum in mg, whether some doses have no amount that can be told, and the last day of a dose."""

    mg: Decimal
    at_least: bool
    last: date


def cumulative_cy(snapshot: Snapshot) -> Cumulative | None:
    """Cyclophosphamide of all courses, intravenous and oral; None where there is none."""
    courses = [x for x in snapshot.treatments if x.drug in CYCLOPHOSPHAMIDE]
    if not courses:
        return None
    amounts = list(_amounts(snapshot, courses))
    return Cumulative(sum((x for x in amounts if x is not None), Decimal(0)), None in amounts, courses[-1].day)


def _amounts(snapshot: Snapshot, courses: list[Treatment]) -> Iterator[Decimal | None]:
    for n, x in enumerate(courses):
        dose = _dose(snapshot, x)
        if x.drug == "ivcy" or dose is None:
            yield dose
            continue
        following = next((y.day for y in courses[n + 1 :] if y.drug == x.drug), None)
        yield dose * _days(snapshot, x, following)


def _days(snapshot: Snapshot, x: Treatment, following: date | None) -> int:
    """Days of a course by mouth; one without a last day ends where the next begins."""
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
    height = _height_on(snapshot, x.day)
    if x.unit != "mg/m2" or height is None:
        return None
    return x.dose * (height * weight / MOSTELLER).sqrt()


def _height_on(snapshot: Snapshot, day: date) -> Decimal | None:
    heights = [x for x in snapshot.series("height") if 0 <= (day - x.day).days <= WEIGHT_DAYS]
    return heights[-1].quantity.value if heights and not heights[-1].quantity.censored else None
