"""Numbers of rules that rest on judgement: what they are, and within which bounds a site may set others. Pure.

A number of the paper or of literature is no choice of a site and stands as a constant in its rule. The chosen ones come
with the snapshot (`Settings.rules`), so that the same snapshot always gives the same issues.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from patients.clinical.reasons import _
from patients.clinical.site_numbers import SiteNumber
from patients.clinical.snapshot import Snapshot

DAYS_UNIT, HOURS_UNIT = _("days"), _("hours")
HUNDRED = Decimal(100)
BY_CODE: dict[str, SiteValue] = {}  # every number of a rule, for who needs it and may not import its rule


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteValue:
    """A number of a rule that a site may change.

    code: "RULE.part", for ever the same. name: what it is, a message id; with "at least" or "more than" where that
    matters. unit: as printed or a message id, "" for a plain factor. default: that of the specification. least, most:
    the bounds, both included. whole: no fractions. yes_no: no number but an answer, 1 is yes.
    """

    code: str
    name: str
    default: Decimal
    unit: str
    least: Decimal
    most: Decimal
    whole: bool = False
    yes_no: bool = False

    def of(self, snapshot: Snapshot) -> Decimal:
        """The number at the site of the snapshot."""
        return snapshot.settings.rules.by_code.get(self.code, self.default)

    def days(self, snapshot: Snapshot) -> int:
        """The number, where it counts days."""
        return int(self.of(snapshot))

    def hours(self, snapshot: Snapshot) -> timedelta:
        """The length of time, where the number counts hours."""
        return timedelta(hours=int(self.of(snapshot)))

    def risen(self, snapshot: Snapshot) -> Decimal:
        """What a rise by the number in % makes of one."""
        return (HUNDRED + self.of(snapshot)) / HUNDRED

    def fallen(self, snapshot: Snapshot) -> Decimal:
        """What a fall by the number in % leaves of one."""
        return (HUNDRED - self.of(snapshot)) / HUNDRED

    def fits(self, value: Decimal) -> bool:
        """May a site choose this number?"""
        return self.least <= value <= self.most and not (self.whole and value != value.to_integral_value())


def site_value(code: str, name: str, default: str, unit: str, bounds: tuple[str, str]) -> SiteValue:
    """A number that may have fractions. `bounds`: the least and the most that a site may choose."""
    least, most = map(Decimal, bounds)
    found = SiteValue(code=code, name=name, default=Decimal(default), unit=unit, least=least, most=most)
    BY_CODE[code] = found
    return found


def site_count(code: str, name: str, default: int, unit: str, bounds: tuple[int, int]) -> SiteValue:
    """A whole number: days, hours, readings."""
    least, most = map(Decimal, bounds)
    return SiteValue(code=code, name=name, default=Decimal(default), unit=unit, least=least, most=most, whole=True)


def of_ground(number: SiteNumber, name: str, unit: str, bounds: tuple[str, str], *, whole: bool = False) -> SiteValue:
    """A number that is read below the rules, by its own code and default; `whole`: days, hours, years."""
    least, most = map(Decimal, bounds)
    return SiteValue(
        code=number.code, name=name, default=number.default, unit=unit, least=least, most=most, whole=whole
    )


def source_read(code: str) -> SiteValue:
    """Has the site read a source of later literature that this product knows from another text only? [L2] until then.

    code: that by which `patients.clinical.later_sources` asks for it."""
    return SiteValue(
        code=code,
        name=_("the source was read here, and says so"),
        default=Decimal(0),
        unit="",
        least=Decimal(0),
        most=Decimal(1),
        whole=True,
        yes_no=True,
    )
