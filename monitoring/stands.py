"""Of an alert that stands on an older value: the value that it began with and the newest one, each with its day. Pure.

Between both limits of a condition (specification 13 (92)) neither alone tells why the alert stands.
"""

from __future__ import annotations

from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.vocabulary import short_term

BEGAN = _("it began with %(test)s %(value)s %(unit)s on %(day)s")
NEWEST = _("newest value: %(test)s %(value)s %(unit)s on %(day)s")


def began_with(opener: Measurement) -> Reason:
    """The value that opened the episode."""
    return _told(BEGAN, opener)


def newest_is(newest: Measurement) -> Reason:
    """The newest value, where another one is told before it."""
    return _told(NEWEST, newest)


def _told(message: str, x: Measurement) -> Reason:
    test, unit = short_term("test", x.code), MEASUREMENTS[x.code].symbol
    return reason(message, facts=(x.id,), basis="J", test=test, value=x.quantity, unit=unit, day=x.day)
