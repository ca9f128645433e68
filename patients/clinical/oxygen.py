"""What may be said of oxygenation where the FiO2 is not measured but a flow through a device. Pure; routes nothing.

Source: specification 12 (50), 13 (65): nasal cannula, 1 to 6 L/min, FiO2 about 0.20 + 0.04 per L/min; what is really
delivered lies from 0.03 lower to 0.10 higher, since it varies widely with breathing [J].
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from patients.clinical.facts import Measurement

FROM_FLOW, UP_TO_FLOW = Decimal(1), Decimal(6)  # L/min
AIR, PER_LITRE = Decimal("0.20"), Decimal("0.04")
LOWER, HIGHER = Decimal("0.03"), Decimal("0.10")
UNIT = Decimal(1)


def estimated_fio2(flow: Decimal | None, device: str | None) -> tuple[Decimal, Decimal] | None:
    """The lowest and highest FiO2 (fractions) that a flow can mean; None through anything but a nasal cannula."""
    if device != "nasal_cannula" or flow is None or not FROM_FLOW <= flow <= UP_TO_FLOW:
        return None
    about = AIR + PER_LITRE * flow
    return about - LOWER, about + HIGHER


def estimated_ratio(gas: Measurement) -> tuple[Decimal, Decimal] | None:
    """The range of P/F (mmHg) of an exact PaO2 whose FiO2 is only estimated; None where nothing is estimated."""
    if gas.code != "pao2" or gas.fio2 is not None or gas.quantity.censored:
        return None
    fio2 = estimated_fio2(gas.flow, gas.device)
    if fio2 is None:
        return None
    lowest, highest = fio2
    ends = (gas.quantity.value / highest, gas.quantity.value / lowest)
    return ends[0].quantize(UNIT, ROUND_HALF_EVEN), ends[1].quantize(UNIT, ROUND_HALF_EVEN)
