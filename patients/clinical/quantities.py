"""Measured quantities as the laboratory reports them: exact decimals, possibly censored (`<5`, `>=150`)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from patients.clinical.truth import NO, UNKNOWN, YES, Truth, truth

ZERO = Decimal(0)
COMPARATORS = ("<", ">", "<=", ">=")


class Interval(NamedTuple):
    """All values that a quantity can have; None is "without bound", `*_open` excludes the bound itself."""

    low: Decimal | None
    high: Decimal | None
    low_open: bool = False
    high_open: bool = False

    def above(self, limit: Decimal) -> Truth:
        """Is every value > limit (yes), none (no), or some (unknown)?"""
        if self.low is not None and (self.low > limit or (self.low == limit and self.low_open)):
            return YES
        return NO if self.high is not None and self.high <= limit else UNKNOWN

    def at_least(self, limit: Decimal) -> Truth:
        """Is every value >= limit (yes), none (no), or some (unknown)?"""
        if self.low is not None and self.low >= limit:
            return YES
        no = self.high is not None and (self.high < limit or (self.high == limit and self.high_open))
        return NO if no else UNKNOWN

    def below(self, limit: Decimal) -> Truth:
        """Is every value < limit?"""
        return ~self.at_least(limit)

    def at_most(self, limit: Decimal) -> Truth:
        """Is every value <= limit?"""
        return ~self.above(limit)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in the catalogue's unit. `comparator` is "" (exact), "<", ">", "<=" or ">="."""

    value: Decimal
    comparator: str = ""

    @property
    def interval(self) -> Interval:
        """The values that are possible; measured quantities are never negative."""
        if self.comparator in ("<", "<="):
            return Interval(ZERO, self.value, high_open=self.comparator == "<")
        if self.comparator in (">", ">="):
            return Interval(self.value, None, low_open=self.comparator == ">")
        return Interval(self.value, self.value)

    def above(self, limit: Decimal) -> Truth:
        """Is the value > limit? As of its interval; an exact value needs none, and is asked often."""
        return self.interval.above(limit) if self.comparator else truth(self.value > limit)

    def at_least(self, limit: Decimal) -> Truth:
        """Is the value >= limit?"""
        return self.interval.at_least(limit) if self.comparator else truth(self.value >= limit)

    def below(self, limit: Decimal) -> Truth:
        """Is the value < limit?"""
        return self.interval.below(limit) if self.comparator else truth(self.value < limit)

    @property
    def censored(self) -> bool:
        """True for a value that is only bounded."""
        return bool(self.comparator)

    def __str__(self) -> str:
        return f"{self.comparator}{self.value:,f}"


def minus(a: Quantity, b: Quantity) -> Interval:
    """The interval of a - b."""
    if not a.comparator and not b.comparator:  # asked often, and most are exact
        exact = a.value - b.value
        return Interval(exact, exact)
    x, y = a.interval, b.interval
    low = x.low - y.high if x.low is not None and y.high is not None else None
    high = x.high - y.low if x.high is not None and y.low is not None else None
    return Interval(low, high, x.low_open or y.high_open, x.high_open or y.low_open)


def ratio_exceeds(a: Quantity, b: Quantity, limit: Decimal) -> Truth:
    """Is a / b > limit? Without division, so exact; an interval of zero width gives yes or no."""
    return _scaled_minus(a, b, limit).above(ZERO)


def ratio_at_least(a: Quantity, b: Quantity, limit: Decimal) -> Truth:
    """Is a / b >= limit? Without division, so exact."""
    return _scaled_minus(a, b, limit).at_least(ZERO)


def _scaled_minus(a: Quantity, b: Quantity, factor: Decimal) -> Interval:
    return minus(a, Quantity(b.value * factor, b.comparator))
