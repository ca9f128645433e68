"""The KL-6 ratio beside its chart as the rule KL6_RATIO judges it: value, baseline and window, where the limit lies.

Nothing is decided here: constants, baseline, kits and comparison are those of the rule and of `monitoring.readings`,
and the sentences are the rule's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from ildcare.drawing.ratio_window import Window
from monitoring.engine import Issue, Situation
from monitoring.readings import THOUSANDTH, baseline, day_n, kits_differ
from monitoring.rules.kl6_ratio import FIRST_DAY, LAST_DAY, RATIO, detect
from patients.clinical.doubtful import with_newest
from patients.clinical.facts import Measurement
from patients.clinical.quantities import Interval, Quantity, ratio_exceeds
from patients.clinical.regimen import StepStart, ended_today, regimen_of
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth
from patients.wording import number_text, render, render_all, short_day


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

    def drawn(self) -> Window | None:
        """What the chart draws of it; None without a baseline."""
        if self.base is None or self.limit is None:
            return None
        return Window(
            first=self.first,
            last=self.last,
            base_day=self.base.day,
            base=self.base.quantity.interval,
            limit=self.limit,
            base_label=number_text(self.base.quantity),
            label=limit_text(self),
        )


def ratio_window(snapshot: Snapshot) -> RatioWindow | None:
    """The window that the rule looks at now; None while no step of the chart is given."""
    snapshot = with_newest(snapshot)  # as the rule reads it: an older doubtful value is no baseline
    series, regimen = snapshot.series("kl6"), regimen_of(snapshot)
    replaced = ended_today(regimen, snapshot.today) if series and series[-1].day == snapshot.today else None
    start = replaced or regimen.running
    if start is None:
        return None
    base = baseline(snapshot, series, start.day)
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


# -- in words ---------------------------------------------------------------------------------------------------------


def ratio_words(snapshot: Snapshot, window: RatioWindow) -> Iterator[str]:
    """What the rule says of the newest value, and on what it says it."""
    yield _ratio(window, snapshot.today)
    for x in detect(Situation(with_newest(snapshot))):
        yield render_all(x.reasons) if isinstance(x, Issue) else render(x.reason)
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
    return number_text(Quantity(limit.value.quantize(Decimal(1)), limit.comparator))


def window_legend(window: RatioWindow) -> str:
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
