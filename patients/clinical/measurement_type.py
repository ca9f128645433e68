"""What one entry of the catalogue of measurements says. The entries are in `measurements.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that is accepted; canonical value = value x factor / divisor.

    code: as stored and as files write it; ucum: where UCUM writes it otherwise; symbol: where a page writes it
    otherwise; spellings: what else is understood.
    """

    code: str
    factor: Decimal = ONE
    divisor: Decimal = ONE
    spellings: tuple[str, ...] = ()
    ucum: str = ""
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Lowest and highest value, both included, in the catalogue's unit."""

    low: Decimal
    high: Decimal

    def holds(self, value: Decimal) -> bool:
        """Is the value within?"""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Reference:
    """Reference interval, bounds included (the upper not, if `strict_high`); None is "no bound on this side"."""

    low: Decimal | None = None
    high: Decimal | None = None
    strict_high: bool = False

    def position(self, value: Decimal) -> str:
        """low, high or within."""
        if self.low is not None and value < self.low:
            return "low"
        if self.high is not None and (value > self.high or (self.strict_high and value == self.high)):
            return "high"
        return "within"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementType:
    """One measurement: everything that form, flow sheet, chart, import and API need to know of it.

    code: ours; name: English message id; abbreviation: column head; units: accepted ones, the canonical first;
    reference: by sex ("female", "male"), under "" for everybody; kits: reference by assay; loinc, jlac10: "" unknown;
    warn, refuse: entry warns or is refused outside; warn_on_air: on room air; decimals: shown by default;
    needs: fio2, route, timing;
    takes: what may be told besides; asks_thousands: three decimals leave a doubt.
    """

    code: str
    name: str
    abbreviation: str
    units: tuple[Unit, ...]
    refuse: Limits
    panel: str
    warn: Limits | None = None
    warn_by_timing: Mapping[str, Limits] = field(default_factory=dict)
    warn_on_air: Limits | None = None
    reference: Mapping[str, Reference] = field(default_factory=dict)
    kits: Mapping[str, Reference] = field(default_factory=dict)
    loinc: str = ""
    jlac10: str = ""
    decimals: int = 0
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    asks_thousands: bool = False

    @property
    def unit(self) -> str:
        """The canonical unit, in which values are stored."""
        return self.units[0].code

    @property
    def ucum(self) -> str:
        """The canonical unit in UCUM, for exchange."""
        return self.units[0].ucum or self.unit

    @property
    def symbol(self) -> str:
        """The canonical unit as a page writes it."""
        return self.units[0].symbol or self.unit

    def reference_for(self, sex: str, kit: str | None = None) -> Reference | None:
        """The reference interval of a kit, or of a sex, or of everybody; None where the laboratory sets it."""
        return self.kits.get(kit or "") or self.reference.get(sex) or self.reference.get("")
