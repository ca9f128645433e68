"""Doses beyond which a dose is asked about at entry, and marked in a file: never refused, never changed. Pure.

Per day unless a limit says "a dose" or "a week"; by weight and by body surface only where weight and height of the last
90 days are known (`body`). What a sender's machine told is stored and marked like that wherever it is shown.
Source: specification 13 (91), all [J] except where it cites; (57).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple

from patients.clinical.body import height_on, surface, weight_on
from patients.clinical.facts import Treatment
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import Snapshot, once
from patients.clinical.vocabulary import short_term

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
    """Usual doses of a drug in one unit, both included; `route`: by this route only; None is no bound.

    this_unit_only: of a dose that is told in this unit only: another unit has a limit in its stead."""

    unit: str
    low: Decimal | None = None
    high: Decimal | None = None
    route: str = ""
    this_unit_only: bool = False

    def holds(self, amount: Decimal) -> bool:
        """Is the amount within?"""
        return not (self.low is not None and amount < self.low) and not (self.high is not None and amount > self.high)


def _of(unit: str, low: str | None, high: str | None, route: str = "", *, this_unit_only: bool = False) -> DoseLimit:
    bounds = [Decimal(x) if x is not None else None for x in (low, high)]
    return DoseLimit(unit=unit, low=bounds[0], high=bounds[1], route=route, this_unit_only=this_unit_only)


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
    "rtx": (_of("mg", "500", "1000", this_unit_only=True), _of("mg/m2", "375", "375", this_unit_only=True)),
    "tofacitinib": (_of("mg", "5", "20"),),
    "baricitinib": (_of("mg", "1", "4"),),
    "methotrexate": (_of("mg/week", None, "16"),),
    "tmp_smx": (_of("tablets/day", None, "2"),),
}


def doubts(
    drug: str,
    day: date,
    *,
    route: str | None,
    dose: Decimal | None,
    unit: str | None,
    given: Iterable[Treatment] = (),
    weight: Decimal | None = None,
    height: Decimal | None = None,
) -> Iterator[Reason]:
    """What looks unusual in a dose: outside the usual doses, two IVCY too near each other, MTX by the day.

    `given`: the other treatments; `weight` in kg and `height` in cm, if known on that day.
    """
    if dose is not None and unit is not None:
        yield from _beyond(drug, route, Amount(dose, unit, weight, surface(height, weight)))
    if drug == "methotrexate" and unit is not None and unit.endswith("/day"):
        yield reason(_("methotrexate is given once a week, not daily"), basis="J")
    if drug == "ivcy":
        yield from _too_near(day, given)


@once
def unusual_doses(snapshot: Snapshot) -> dict[str, tuple[Reason, ...]]:
    """What is to stand beside each treatment wherever it is shown, by its id; whoever told it (12 (57), 13 (91))."""
    weights, heights = snapshot.series("weight"), snapshot.series("height")
    cycles = [x for x in snapshot.treatments if x.drug == "ivcy"]
    found: dict[str, tuple[Reason, ...]] = {}
    for x in snapshot.treatments:
        body = {"weight": weight_on(x.day, weights), "height": height_on(x.day, heights)}
        why = tuple(doubts(x.drug, x.day, route=x.route, dose=x.dose, unit=x.unit, given=cycles, **body))
        if why:
            found[x.id] = why
    return found


class Amount(NamedTuple):
    """A dose as it was told; `weight` (kg) and `surface` (m2) of the body, None where they are not known."""

    dose: Decimal
    unit: str
    weight: Decimal | None
    surface: Decimal | None

    def in_unit(self, wanted: str) -> Decimal | None:
        """The dose in the unit of a limit, over the body where that is known; None where it cannot be told."""
        factor = UNITS[wanted].get(self.unit)
        if factor is not None:
            return self.dose * factor
        over = {"mg": Decimal(1), "mg/kg": self.weight, "mg/m2": self.surface}.get(wanted)
        mg = self.in_mg
        return mg / over if mg is not None and over else None

    @property
    def in_mg(self) -> Decimal | None:
        """The whole dose."""
        for by, factors in ((Decimal(1), UNITS["mg"]), (self.weight, IN_MG_KG), (self.surface, UNITS["mg/m2"])):
            if self.unit in factors:
                return self.dose * factors[self.unit] * by if by else None
        return None


def _beyond(drug: str, route: str | None, told: Amount) -> Iterator[Reason]:
    limits = LIMITS.get(drug, ())
    by_route = {x.unit for x in limits if x.route and x.route == route}
    for limit in limits:
        if limit.route != route and (limit.route or limit.unit in by_route):
            continue
        if limit.this_unit_only and told.unit not in UNITS[limit.unit]:
            continue
        amount = told.in_unit(limit.unit)
        if amount is not None and not limit.holds(amount):
            yield _unusual(drug, amount, limit)


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
