"""The alveolar-arterial difference of oxygen, out of a blood gas whose FiO2 was measured. Pure; never stored.

Source: specification 7: FiO2 x (Patm - 47) - PaCO2 / 0.8 - PaO2, at 760 mmHg; 13 (65): never from an estimated FiO2.
On air, with PaO2 60 and PaCO2 40 mmHg, it is 39.73 mmHg.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from patients.clinical.facts import Measurement
from patients.clinical.oxygen_compared import ROOM_AIR
from patients.clinical.quantities import Interval
from patients.clinical.snapshot import Snapshot, once

DRY_MMHG = Decimal(760 - 47)  # barometric pressure without water vapour
QUOTIENT = Decimal("0.8")  # respiratory
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Difference:
    """A-aDO2 of one sample; `exact` in mmHg as if both gases were exact, `within` what it can be."""

    pao2: Measurement
    paco2: Measurement
    fio2: Decimal
    exact: Decimal
    within: Interval

    @property
    def value(self) -> Decimal:
        """For display, one decimal."""
        return self.exact.quantize(TENTH, ROUND_HALF_EVEN)

    @property
    def on(self) -> datetime:
        """When the sample was taken."""
        return self.pao2.on

    @property
    def day(self) -> date:
        """The day of it at the site."""
        return self.pao2.day

    @property
    def censored(self) -> bool:
        """Is one of the gases only bounded?"""
        return self.pao2.quantity.censored or self.paco2.quantity.censored

    @property
    def facts(self) -> tuple[Measurement, Measurement]:
        """The two gases."""
        return self.pao2, self.paco2

    def minus(self, other: Difference) -> Interval:
        """What the difference to another sample can be, in mmHg."""
        return _less(self.within, other.within)


@once
def differences(snapshot: Snapshot) -> tuple[Difference, ...]:
    """A-aDO2 of every sample with PaO2 and PaCO2 on a measured FiO2, oldest first."""
    gases = snapshot.series("pao2")
    carbon = {x.on: x for x in snapshot.series("paco2")} if gases else {}
    return tuple([_of(x, carbon[x.on], fio2) for x in gases if x.on in carbon and (fio2 := _fio2(x)) is not None])


def _fio2(gas: Measurement) -> Decimal | None:
    return ROOM_AIR if gas.on_air else gas.fio2


def _of(pao2: Measurement, paco2: Measurement, fio2: Decimal) -> Difference:
    inspired = fio2 * DRY_MMHG
    exact = inspired - paco2.quantity.value / QUOTIENT - pao2.quantity.value
    carbon, oxygen = paco2.quantity.interval, pao2.quantity.interval
    alveolar = _less(Interval(inspired, inspired), _over(carbon))
    return Difference(pao2, paco2, fio2, exact, _less(alveolar, oxygen))


def _over(carbon: Interval) -> Interval:
    """PaCO2 / 0.8."""
    low = None if carbon.low is None else carbon.low / QUOTIENT
    high = None if carbon.high is None else carbon.high / QUOTIENT
    return carbon._replace(low=low, high=high)


def _less(a: Interval, b: Interval) -> Interval:
    low = a.low - b.high if a.low is not None and b.high is not None else None
    high = a.high - b.low if a.high is not None and b.low is not None else None
    return Interval(low, high, a.low_open or b.high_open, a.high_open or b.low_open)
