"""The KL-6 ratio as the rule KL6_RATIO judges it: which value, baseline and window, where the limit lies. Pure.

Nothing is decided here: constants, baseline, kits and comparison are those of the rule and of `monitoring.readings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ildcare.zones import Judged
from monitoring.readings import THOUSANDTH, baseline, day_n, kits_differ
from monitoring.rules.kl6_ratio import FIRST_DAY, LAST_DAY, RATIO
from patients.clinical.facts import Measurement
from patients.clinical.quantities import Interval, Quantity, ratio_exceeds
from patients.clinical.regimen import Regimen, StepStart, ended_today
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth


@dataclass(frozen=True, slots=True)
class RatioWindow:
    """The window of the running step: its baseline, the values of days 1-28, the newest that can be compared."""

    start: StepStart
    base: Measurement | None
    values: tuple[Measurement, ...]
    blocked: tuple[Measurement, ...]
    newest: Measurement | None

    @property
    def first(self) -> date:
        """First day of the window."""
        return self.start.day + timedelta(days=FIRST_DAY)

    @property
    def last(self) -> date:
        """Last day of the window."""
        return self.start.day + timedelta(days=LAST_DAY)

    @property
    def limit(self) -> Interval | None:
        """The values at which the limit of the ratio can lie; one value where the baseline is exact."""
        return times(self.base.quantity, RATIO).interval if self.base else None

    def answer(self, value: Measurement) -> Truth | None:
        """Is it more than the ratio above the baseline? None where the rule does not ask: other days, another kit."""
        if self.base is None or value not in self.values or value in self.blocked:
            return None
        return ratio_exceeds(value.quantity, self.base.quantity, RATIO)

    def judged(self, base_label: str, label: str) -> Judged | None:
        """What the chart draws of it."""
        if self.base is None or self.limit is None:
            return None
        return Judged(self.first, self.last, self.base.day, self.base.quantity.interval, self.limit, base_label, label)


def ratio_window(snapshot: Snapshot, regimen: Regimen) -> RatioWindow | None:
    """The window that the rule looks at now; None while no step of the chart is given."""
    series = snapshot.series("kl6")
    replaced = ended_today(regimen, snapshot.today) if series and series[-1].day == snapshot.today else None
    start = replaced or regimen.running
    if start is None:
        return None
    base = baseline(series, start.day)
    values = tuple(x for x in series if FIRST_DAY <= day_n(x, start.day) <= LAST_DAY)
    blocked = tuple(x for x in values if base and kits_differ(base, x))
    comparable = [x for x in values if x not in blocked]
    return RatioWindow(start, base, values, blocked, comparable[-1] if base and comparable else None)


def times(quantity: Quantity, factor: Decimal) -> Quantity:
    """A quantity times a number; "<" and ">" stay."""
    return Quantity(quantity.value * factor, quantity.comparator)


def ratio_interval(value: Quantity, base: Quantity) -> Interval:
    """The ratios that are possible, three decimals for display; None: no bound. The rule compares without division."""
    above, below = value.interval, base.interval
    low = (above.low or Decimal(0)) / below.high if below.high else Decimal(0)
    high = above.high / below.low if above.high is not None and below.low else None
    exact = high is not None and low == high
    return Interval(
        low.quantize(THOUSANDTH),
        high.quantize(THOUSANDTH) if high is not None else None,
        not exact and (above.low_open or below.high_open),
        not exact and (above.high_open or below.low_open),
    )
