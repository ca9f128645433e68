"""May two values of one measurement be compared, and which way did it go: the one answer for every page and list. Pure.

Values are compared only if they were taken in the same way. What has to be known for that and is not, makes two values
"not comparable"; a censored value that leaves the direction open makes it "unclear". No rule and no node rests on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from patients.clinical.drug_levels import is_level
from patients.clinical.facts import Measurement
from patients.clinical.quantities import Quantity, minus
from patients.clinical.truth import YES

OXYGENATION = ("pao2", "spo2")  # mean nothing without the FiO2

UP, DOWN, SAME = "up", "down", "same"
UNCLEAR = "unclear"  # a censored value leaves it open
APART = "apart"  # not comparable


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How a value was taken: FiO2 as a fraction, or flow (L/min) and device; route and timing of a drug level; kit.

    None or "" if not recorded."""

    fio2: Decimal | None = None
    route: str = ""
    timing: str = ""
    kit: str = ""
    flow: Decimal | None = None
    device: str = ""


def conditions_of(measurement: Measurement) -> Conditions:
    """How a measurement was taken."""
    return Conditions(
        fio2=measurement.fio2,
        route=measurement.route or "",
        timing=measurement.timing or "",
        kit=measurement.kit or "",
        flow=measurement.flow,
        device=measurement.device or "",
    )


def comparable(code: str, a: Conditions, b: Conditions) -> bool:
    """Were two values of the measurement `code` taken in the same way?

    PaO2 and SpO2 need the same known FiO2, or the same flow through the same device (specification 12 (50)); a drug
    level the same known route and timing; a kit that is named for one of the two only may be another one [J].
    """
    if code in OXYGENATION and a.fio2 is None and not (a.flow is not None and a.device):
        return False
    if is_level(code) and not (a.route and a.timing):
        return False
    return a == b


def direction(later: Measurement, earlier: Measurement) -> str:
    """up, down, same, unclear or apart, of two values of one measurement."""
    if not comparable(later.code, conditions_of(later), conditions_of(earlier)):
        return APART
    return movement(later.quantity, earlier.quantity)


def movement(later: Quantity, earlier: Quantity) -> str:
    """up, down, same or unclear, of two values that may be compared."""
    if later == earlier:
        return UNCLEAR if later.censored else SAME
    difference = minus(later, earlier)
    if difference.above(Decimal(0)) is YES:
        return UP
    return DOWN if difference.below(Decimal(0)) is YES else UNCLEAR
