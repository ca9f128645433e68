"""Creatinine against its reference, by KDIGO. Pure.

Source [L]: KDIGO 2012 (table in 10.1186/s40697-016-0100-2); specification 13 (94). `monitoring.rules.aki`, which rests
on this file, tells the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from monitoring.readings import of_days
from monitoring.site_values import DAYS_UNIT, site_count
from patients.clinical.facts import Measurement
from patients.clinical.reasons import _

REFERENCE_DAYS = 7  # before the value [L]
STAGES = ((3, Decimal("3.0")), (2, Decimal("2.0")), (1, Decimal("1.5")))  # times the reference, at least [L]
PRESUMED = site_count("AKI.presumed", _("a presumed reference: days before the value"), 90, DAYS_UNIT, (30, 365))


def reference_of(day: date, before: Sequence[Measurement], oldest: int) -> Measurement | None:
    """The lowest creatinine of the 7 days before a day, or the presumed reference: the lowest of so many days before
    these. `before`: the values before, oldest first."""
    for first, last in ((-REFERENCE_DAYS, 0), (-oldest, -REFERENCE_DAYS - 1)):
        values = of_days(before, day, first, last)
        if values:
            return min(values, key=lambda x: x.quantity.value)
    return None
