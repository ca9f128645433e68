"""Doses beyond which a dose is asked about at entry, and marked in a file: never refused, never changed. Pure.

Per day unless a limit says "a dose" or "a week"; by weight only where the weight of the last 90 days is known.
Source: specification 13 (91), all [J] except where it cites; (57).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from patients.clinical.facts import Measurement, Treatment
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.vocabulary import short_term

WEIGHT_DAYS = 90  # specification 13 (69): "weight: last one of 90 days"
IVCY_APART = 10  # days, specification 13 (91)
HUNDREDTH = Decimal("0.01")

# how a unit of the format is written in the unit of a limit: by which factor. Of a drug that is given in doses "mg" and
# "mg/dose" are a dose; of one that is given daily, "mg" is the dose of a day
IN_MG = {"mg/day": Decimal(1), "mg": Decimal(1), "g/day": Decimal(1000), "g": Decimal(1000)}
IN_MG_KG = {"mg/kg/day": Decimal(1), "mg/kg": Decimal(1), "g/kg": Decimal(1000), "g/kg/day": Decimal(1000)}
UNITS: dict[str, dict[str, Decimal]] = {
    "mg": {**IN_MG, "mg/dose": Decimal(1)},
    "mg/kg": IN_MG_KG,
    "mg/m2": {"mg/m2": Decimal(1)},
    "mg/week": {"mg/week": Decimal(1), "mg": Decimal(1)},
    "tablets/day": {"tablets/day": Decimal(1)},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseLimit:
    """Usual doses of a drug in one unit, both included; `route`: by this route only; None is no bound."""

    unit: str
    low: Decimal | None = None
    high: Decimal | None = None
    route: str = ""

    def holds(self, amount: Decimal) -> bool:
        """Is the amount within?"""
        return not (self.low is not None and amount < self.low) and not (self.high is not None and amount > self.high)


def _of(unit: str, low: str | None, high: str | None, route: str = "") -> DoseLimit:
    bounds = [Decimal(x) if x is not None else None for x in (low, high)]
    return DoseLimit(unit=unit, low=bounds[0], high=bounds[1], route=route)


LIMITS: dict[str, tuple[DoseLimit, ...]] = {
    "gc": (_of("mg", "1", "120"), _of("mg/kg", None, "2")),
    "gc_pulse": (_of("mg", "250", "1000"),),
    "csa": (_of("mg", "50", "300", "iv"), _of("mg", "50", "500"), _of("mg/kg", None, "7")),
    "tac": (_of("mg", "0.5", "20"), _of("mg/kg", None, "0.3")),
    "ivcy": (_of("mg", "200", "1500"), _of("mg/m2", None, "1000"), _of("mg/kg", None, "30")),
    "cy_oral": (_of("mg", "25", "150"),),
    "mmf": (_of("mg", "250", "3000"),),
    "aza": (_of("mg", "25", "150"),),
    "ivig": (_of("mg/kg", "100", "1000"),),
    "rtx": (_of("mg", "500", "1000"), _of("mg/m2", "375", "375")),
    "tofacitinib": (_of("mg", "5", "20"),),
    "baricitinib": (_of("mg", "1", "4"),),
    "methotrexate": (_of("mg/week", None, "16"),),
    "tmp_smx": (_of("tablets/day", None, "2"),),
}


def weight_on(day: date, measurements: Iterable[Measurement]) -> Decimal | None:
    """The body weight in kg that was measured last in the 90 days before a day; None where none was."""
    known = [x for x in measurements if x.code == "weight" and 0 <= (day - x.day).days <= WEIGHT_DAYS]
    return max(known, key=lambda x: (x.on, x.id)).quantity.value if known else None


def doubts(
    drug: str,
    day: date,
    *,
    route: str | None,
    dose: Decimal | None,
    unit: str | None,
    given: Iterable[Treatment] = (),
    weight: Decimal | None = None,
) -> Iterator[Reason]:
    """What looks unusual in a dose: outside the usual doses, two IVCY too near each other, MTX by the day.

    `given`: the other treatments; `weight` in kg, if known on that day.
    """
    if dose is not None and unit is not None:
        yield from _beyond(drug, route, dose, unit, weight)
    if drug == "methotrexate" and unit is not None and unit.endswith("/day"):
        yield reason(_("methotrexate is given once a week, not daily"), basis="J")
    if drug == "ivcy":
        yield from _too_near(day, given)


def _beyond(drug: str, route: str | None, dose: Decimal, unit: str, weight: Decimal | None) -> Iterator[Reason]:
    limits = LIMITS.get(drug, ())
    by_route = {x.unit for x in limits if x.route and x.route == route}
    for limit in limits:
        if limit.route != route and (limit.route or limit.unit in by_route):
            continue
        amount = _in_unit(limit.unit, dose, unit, weight)
        if amount is not None and not limit.holds(amount):
            yield _unusual(drug, amount, limit)


def _in_unit(wanted: str, dose: Decimal, unit: str, weight: Decimal | None) -> Decimal | None:
    """The dose in the unit of a limit, over the weight where one is known; None where it cannot be told."""
    factor = UNITS[wanted].get(unit)
    if factor is not None:
        return dose * factor
    if not weight:
        return None
    if wanted == "mg/kg" and unit in UNITS["mg"]:
        return dose * UNITS["mg"][unit] / weight
    return dose * IN_MG_KG[unit] * weight if wanted == "mg" and unit in IN_MG_KG else None


def _unusual(drug: str, amount: Decimal, limit: DoseLimit) -> Reason:
    low, high = limit.low, limit.high
    message = _("%(drug)s %(dose)s %(unit)s is an unusual dose (usual: %(low)s to %(high)s)")
    if low is None:
        message = _("%(drug)s %(dose)s %(unit)s is an unusual dose (usual: up to %(high)s)")
    elif low == high:
        message = _("%(drug)s %(dose)s %(unit)s is an unusual dose (usual: %(low)s)")
    shown = amount if amount == amount.to_integral_value() else amount.quantize(HUNDREDTH, ROUND_HALF_EVEN)
    bounds: dict[str, Any] = {at: x for at, x in (("low", low), ("high", high)) if x is not None and at in message}
    name = short_term("drug", drug)
    return reason(message, basis="J", drug=name, dose=shown.normalize() + 0, unit=limit.unit, **bounds)


def _too_near(day: date, given: Iterable[Treatment]) -> Iterator[Reason]:
    """Another dose of IVCY less than ten days before or after."""
    days = sorted(x.day for x in given if x.drug == "ivcy" and 0 < abs((x.day - day).days) < IVCY_APART)
    if days:
        nearest = min(days, key=lambda x: abs((x - day).days))
        yield reason(
            _("another dose of IVCY was given on %(day)s, less than %(limit)s days from this one"),
            basis="J",
            day=nearest,
            limit=IVCY_APART,
        )
