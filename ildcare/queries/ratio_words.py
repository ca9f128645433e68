"""The KL-6 ratio in words beside its chart: the rule's own sentences, the interval of the ratio, the window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from ildcare.kl6 import RatioWindow, ratio_interval, times
from monitoring.engine import Issue, Situation
from monitoring.readings import day_n
from monitoring.rules.kl6_ratio import LAST_DAY, RATIO, detect
from patients.clinical.facts import Measurement
from patients.clinical.quantities import Interval
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth
from patients.wording import number_text, render, render_all, short_day


def ratio_words(snapshot: Snapshot, window: RatioWindow) -> Iterator[str]:
    """What the rule says of the newest value, and on what it says it."""
    yield _ratio(window, snapshot.today)
    for said in detect(Situation(snapshot)):
        yield render_all(said.reasons) if isinstance(said, Issue) else render(said.reason)
    yield _window(window, snapshot.today)


def _ratio(window: RatioWindow, today: date) -> str:
    """ "Ratio 2.066 of ... : above 1.70", or why there is none."""
    if window.base is None:
        return _("No ratio: no KL-6 in the 14 days up to day 0 of %(step)s.") % {"step": window.start.step}
    if window.newest is None:
        return _("No ratio yet: no KL-6 that can be compared in days 1 to 28 of %(step)s.") % {
            "step": window.start.step
        }
    return _("KL-6 ratio %(ratio)s (%(value)s on %(day)s, day %(n)s, to %(base)s on %(base_day)s): %(verdict)s") % {
        "ratio": interval_text(ratio_interval(window.newest.quantity, window.base.quantity)),
        "value": number_text(window.newest.quantity),
        "day": short_day(window.newest.day, today),
        "n": day_n(window.newest, window.start.day),
        "base": number_text(window.base.quantity),
        "base_day": short_day(window.base.day, today),
        "verdict": verdict(window, window.newest),
    }


def verdict(window: RatioWindow, value: Measurement) -> str:
    """Above, not above, possibly above the ratio of the rule."""
    words = {
        Truth.YES: _("above %(limit)s"),
        Truth.NO: _("not above %(limit)s"),
        Truth.UNKNOWN: _("possibly above %(limit)s: it holds only for part of the values that are possible"),
    }
    answer = window.answer(value)
    return _("not compared") if answer is None else words[answer] % {"limit": number_text(RATIO)}


def interval_text(values: Interval) -> str:
    """ "2.066", "more than 3.100", "less than 1.200", "0.500 to 1.200", or that nothing is known."""
    if values.low is not None and values.low == values.high:
        return number_text(values.low)
    low = number_text(values.low) if values.low else ""
    high = number_text(values.high) if values.high is not None else ""
    if low and high:
        return _("%(low)s to %(high)s") % {"low": low, "high": high}
    if low:
        return (_("more than %(low)s") if values.low_open else _("%(low)s or more")) % {"low": low}
    if high:
        return (_("less than %(high)s") if values.high_open else _("%(high)s or less")) % {"high": high}
    return _("not known")


def limit_text(window: RatioWindow) -> str:
    """The limit as the chart labels it: "1,054"; "<340" where only its bound is known."""
    if window.base is None:
        return ""
    limit = times(window.base.quantity, RATIO)
    return f"{limit.comparator}{number_text(limit.value.quantize(Decimal(1)))}"


def window_key(window: RatioWindow) -> str:
    """What the window, the baseline and the limit in the chart mean."""
    if window.base is None:
        return ""
    parts = {"base": number_text(window.base.quantity), "limit": limit_text(window), "ratio": number_text(RATIO)}
    if window.base.quantity.censored:
        text = _("blue: window of the ratio; ring: baseline %(base)s; hatched: possible limits, %(limit)s (×%(ratio)s)")
        return text % parts
    text = _("blue: window of the ratio; ring: baseline %(base)s; dashed: limit of the ratio, %(limit)s (×%(ratio)s)")
    return text % parts


def _window(window: RatioWindow, today: date) -> str:
    days = {
        "step": window.start.step,
        "first": short_day(window.first, today),
        "last": short_day(window.last, today),
        "length": LAST_DAY,
    }
    if today > window.last:
        return _("Window of %(step)s closed: days 1 to %(length)s, %(first)s to %(last)s.") % days
    return _("Window of %(step)s: days 1 to %(length)s, %(first)s to %(last)s.") % days
