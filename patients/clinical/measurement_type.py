"""What one entry of the catalogue of measurements says. The entries are in `measurements.py`."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

ZERO, ONE = Decimal(0), Decimal(1)


def alike(kit: str, other: str) -> bool:
    """The same kit, written in another width or case, or with other blanks."""
    return _plain(kit) == _plain(other)


def _plain(kit: str) -> str:
    return "".join(unicodedata.normalize("NFKC", kit).casefold().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit that is accepted; canonical value = value x factor / divisor + offset.

    code: as stored and as files write it; ucum: where UCUM writes it otherwise; symbol: where a page writes it
    otherwise; spellings: what else is understood.
    """

    code: str
    factor: Decimal = ONE
    divisor: Decimal = ONE
    spellings: tuple[str, ...] = ()
    ucum: str = ""
    symbol: str = ""
    offset: Decimal = ZERO


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


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementType:
    """One measurement: everything that form, flow sheet, chart, import and API need to know of it.

    code: ours; name: English message id; abbreviation: column head; units: accepted ones, the canonical first;
    reference: by sex ("female", "male"), under "" for everybody; kits: reference by assay; loinc, jlac10: "" unknown;
    warn, refuse: entry warns or is refused outside; warn_on_air: on room air; decimals: shown by default;
    needs: fio2, route, timing;
    takes: what may be told besides; asks_thousands: three decimals leave a doubt; level: the level of the drug that has
    the same code; positive_from: of a test that is positive or negative, the value from which it is positive, so that
    "positive" is this value or more and "negative" less; named: stands for every test outside the catalogue, each with
    its own name and unit.
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
    level: bool = False
    positive_from: Decimal | None = None
    named: bool = False

    @property
    def short(self) -> str:
        """The column head."""
        return self.abbreviation

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

    def judges(self, kit: str | None) -> bool:
        """Is there anything to judge a value of this kit by? Not for a named kit without limits in the catalogue."""
        return not (kit and self.kits) or self.reference_for("", kit) is not None

    def reference_for(self, sex: str, kit: str | None = None) -> Reference | None:
        """The reference interval of a kit, or of a sex, or of everybody; None where the laboratory sets it.

        A test whose interval is that of its kit has none for a kit that the catalogue does not know (12 (43)).
        """
        if kit and self.kits:
            return self.kits.get(kit) or next((x for name, x in self.kits.items() if alike(name, kit)), None)
        return self.reference.get(sex) or self.reference.get("")
