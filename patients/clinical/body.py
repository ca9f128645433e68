"""How heavy, how tall and how large a person is on a day. Pure.

A weight and a height count for 90 days (specification 13 (69), (102)) [J]. Body surface by Mosteller: root of cm x kg /
3,600 in m2 [L: N Engl J Med 1987;317:1098].
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from patients.clinical.facts import Measurement

COUNTS_DAYS = 90  # how long a weight or a height counts [J]
MOSTELLER = Decimal(3600)


def weight_on(day: date, measurements: Iterable[Measurement]) -> Decimal | None:
    """The last weight (kg) of the 90 days up to a day; None where there is none, or where it is only a bound."""
    return _last(day, (x for x in measurements if x.code == "weight"))


def height_on(day: date, measurements: Iterable[Measurement]) -> Decimal | None:
    """The last height (cm) of the 90 days up to a day; None where there is none, or where it is only a bound."""
    return _last(day, (x for x in measurements if x.code == "height"))


def _last(day: date, of_one_code: Iterable[Measurement]) -> Decimal | None:
    counting = [x for x in of_one_code if 0 <= (day - x.day).days <= COUNTS_DAYS]
    last = max(counting, key=lambda x: (x.on, x.id), default=None)
    return last.quantity.value if last is not None and not last.quantity.censored else None


def surface(height: Decimal | None, weight: Decimal | None) -> Decimal | None:
    """The body surface (m2) of a height (cm) and a weight (kg); None where one is not known."""
    return (height * weight / MOSTELLER).sqrt() if height and weight else None
