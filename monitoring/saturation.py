"""Readings of oxygen saturation at rest, one after the other: what they say, and what of it stands. Pure.

Source and numbers: specification 13 (109); `monitoring.rules.spo2_low`, which rests on this file, tells them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from monitoring.engine import Severity
from monitoring.site_values import DAYS_UNIT, HOURS_UNIT, site_count, site_value
from patients.clinical.facts import Measurement
from patients.clinical.oxygen_compared import SAME, oxygen_against
from patients.clinical.oxygen_need import OxygenRecord, oxygen_record_of
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.snapshot import Snapshot, once
from patients.clinical.truth import YES

MARK = Decimal(95)  # %, below, on air [L]
WARNING_AT = Decimal(93)  # %, at most, on air, twice [L]
# critical never above what closes on oxygen, which closes never below what warns on air
CRITICAL_AT = site_value("SPO2_LOW.critical", _("critical: at most on air, below on oxygen"), "90", "%", ("80", "90"))
CLOSES_ABOVE = site_value("SPO2_LOW.closes", _("over above, on air"), "94", "%", ("93", "97"))
CLOSES_ABOVE_ON_OXYGEN = site_value("SPO2_LOW.closes_on_oxygen", _("over above, on oxygen"), "92", "%", ("90", "97"))
APART = site_count("SPO2_LOW.apart", _("two readings, apart at least"), 5, "min", (1, 60))
WITHIN = site_count("SPO2_LOW.within", _("two low readings within"), 24, HOURS_UNIT, (2, 72))
FALL_POINTS = site_value("SPO2_LOW.fall", _("below the median by at least"), "3", "%", ("2", "8"))
MEDIAN_OF = site_count("SPO2_LOW.median_of", _("days of which the median is taken"), 7, DAYS_UNIT, (2, 28))
MEDIAN_LEAST = site_count("SPO2_LOW.median_least", _("readings that make a median, at least"), 3, "", (2, 20))
SUPPORT_HOLDS = site_count("SPO2_LOW.support_holds", _("a record of oxygen holds for"), 7, DAYS_UNIT, (1, 28))
VALUES = (
    *(CRITICAL_AT, CLOSES_ABOVE, CLOSES_ABOVE_ON_OXYGEN, APART, WITHIN),
    *(FALL_POINTS, MEDIAN_OF, MEDIAN_LEAST, SUPPORT_HOLDS),
)

AIR, OXYGEN, UNTOLD = "air", "oxygen", ""
CRITICAL_SAYS = {
    AIR: _("SpO2 %(value)s %% on air on %(day)s, %(limit)s or less"),
    OXYGEN: _("SpO2 %(value)s %% on oxygen on %(day)s, below %(limit)s"),
    UNTOLD: _("SpO2 %(value)s %% on %(day)s, %(limit)s or less; whether on air or on oxygen is not told"),
}
TWICE = _("SpO2 %(before)s %% and %(value)s %% on air up to %(day)s, 93 or less twice: blood gas")
TWICE_UNTOLD = _(
    "SpO2 %(before)s %% and %(value)s %% up to %(day)s, 93 or less twice, and whether on air is not told: blood gas"
)
FELL = _(
    "SpO2 %(before)s %% and %(value)s %% up to %(day)s: "
    "%(points)s points or more below the median of the %(days)s days before on the same support"
)
FELL_UNTOLD = _(
    "SpO2 %(before)s %% and %(value)s %% up to %(day)s: "
    "%(points)s points or more below the median of the %(days)s days before; the oxygen is not told"
)
BELOW_MARK_UNTOLD = _(
    "SpO2 %(value)s %% on %(day)s, below 95, and whether on air is not told: on air a mark of poor prognosis at entry"
)
BELOW_MARK = _("SpO2 %(value)s %% on air on %(day)s, below 95: a mark of poor prognosis at entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers of the site, read once."""

    critical: Decimal
    closes: Decimal
    closes_on_oxygen: Decimal
    apart: timedelta
    within: timedelta
    fall: Decimal
    median_of: timedelta
    median_least: int
    support_holds: timedelta


@once
def numbers_of(snapshot: Snapshot) -> Numbers:
    """Those by which the readings of a snapshot are judged."""
    return Numbers(
        critical=CRITICAL_AT.of(snapshot),
        closes=CLOSES_ABOVE.of(snapshot),
        closes_on_oxygen=CLOSES_ABOVE_ON_OXYGEN.of(snapshot),
        apart=timedelta(minutes=int(APART.of(snapshot))),
        within=WITHIN.hours(snapshot),
        fall=FALL_POINTS.of(snapshot),
        median_of=timedelta(days=MEDIAN_OF.days(snapshot)),
        median_least=int(MEDIAN_LEAST.of(snapshot)),
        support_holds=timedelta(days=SUPPORT_HOLDS.days(snapshot)),
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """A reading with the oxygen on which it was taken, and the numbers by which it is judged."""

    value: Measurement
    oxygen: OxygenRecord | None
    numbers: Numbers

    @property
    def on(self) -> str:
        """On air, on oxygen, or not told."""
        return UNTOLD if self.oxygen is None else AIR if self.oxygen.is_air else OXYGEN

    @property
    def calm(self) -> bool:
        """Above what closes the alert, unless it fell below the median."""
        limit = self.numbers.closes_on_oxygen if self.on == OXYGEN else self.numbers.closes
        return self.value.quantity.above(limit) is YES

    @property
    def critical(self) -> bool:
        """Low by itself; where the oxygen is not told, as on air [J]."""
        if self.on == OXYGEN:
            return self.value.quantity.below(self.numbers.critical) is YES
        return self.value.quantity.interval.at_most(self.numbers.critical) is YES

    @property
    def marked(self) -> bool:
        """Below 95 % on air, or perhaps on air."""
        return self.on != OXYGEN and self.value.quantity.below(MARK) is YES

    @property
    def low(self) -> bool:
        """Low on air, if a second reading says so too; oxygen could only have raised what is not told [J]."""
        return self.on != OXYGEN and self.value.quantity.interval.at_most(WARNING_AT) is YES


@dataclass(frozen=True, slots=True)
class Statement:
    """What a reading says, with the one before that says it too."""

    severity: Severity
    seen: Seen
    why: Reason
    other: Seen | None = None


# -- which readings ---------------------------------------------------------------------------------------------------


def oxygen_with(x: Measurement, records: Sequence[OxygenRecord], holds: timedelta) -> OxygenRecord | None:
    """The oxygen told with a reading, or else by the last record that still holds, of support or with a value."""
    if x.fio2 is not None or x.flow is not None or x.device:
        return oxygen_record_of(x)
    n = bisect_right(records, x.on, key=lambda y: y.fact.on)
    return records[n - 1] if n and x.on - records[n - 1].fact.on <= holds else None


def seen_with(x: Measurement, records: Sequence[OxygenRecord], numbers: Numbers) -> Seen:
    """A reading as it is judged."""
    return Seen(x, oxygen_with(x, records, numbers.support_holds), numbers)


def after_last_calm(series: Sequence[Measurement], records: Sequence[OxygenRecord], numbers: Numbers) -> int:
    """Where nothing before can still stand: after the last two readings in a row that surely close."""
    calm: Measurement | None = None
    for n in range(len(series) - 1, -1, -1):
        x = series[n]
        if not seen_with(x, records, numbers).calm or _may_have_fallen(n, series, numbers):
            calm = None
        elif calm is not None and calm.on - x.on >= numbers.apart:
            return series.index(calm) + 1
        else:
            calm = calm or x
    return 0


def _may_have_fallen(n: int, series: Sequence[Measurement], numbers: Numbers) -> bool:
    """Is any reading of the days before so much higher that the median might be?"""
    x = series[n]
    for y in reversed(series[:n]):
        if x.on - y.on > numbers.median_of:
            return False
        if y.quantity.value - x.quantity.value >= numbers.fall:
            return True
    return False


# -- what they say ----------------------------------------------------------------------------------------------------


def standing(
    series: Sequence[Measurement], records: Sequence[OxygenRecord], numbers: Numbers
) -> tuple[list[Statement], int]:
    """What stands after the readings: what said the severity that holds, oldest first; and where what is not closed
    begins. Two readings in a row, apart enough, close: above the limit, and not fallen below the median."""
    statements: list[Statement] = []
    lows: list[Seen] = []
    fallen: list[Seen] = []
    calm: Seen | None = None
    begin = first = after_last_calm(series, records, numbers)
    for n in range(first, len(series)):
        seen = seen_with(series[n], records, numbers)
        fell = _below_median(seen, series[:n], fallen, records)
        said = _says(seen, lows, fallen if fell else [])
        lows += [seen] if seen.low else []
        fallen += [seen] if fell else []
        if fell or not seen.calm:
            calm = None
        elif calm is not None and seen.value.on - calm.value.on >= numbers.apart:
            statements, lows, begin = [], [], n + 1
            continue
        else:
            calm = calm or seen
        if said is None or (statements and said.severity is Severity.INFO < statements[-1].severity):
            continue
        if statements and statements[-1].severity is not said.severity:
            statements = []
        statements.append(said)
    return statements, begin


def _says(seen: Seen, lows: Sequence[Seen], fallen: Sequence[Seen]) -> Statement | None:
    """What a reading says, with earlier ones that were low, or as far below the median as it is."""
    value, day = seen.value.quantity, seen.value.day
    if seen.critical:
        limit = seen.numbers.critical
        why = reason(CRITICAL_SAYS[seen.on], facts=(seen.value.id,), basis="J", value=value, day=day, limit=limit)
        return Statement(Severity.CRITICAL, seen, why)
    found = _twice(seen, lows if seen.low else []) or _fell(seen, fallen)
    if found is not None:
        return found
    if seen.marked:
        message, basis = (BELOW_MARK, "L") if seen.on == AIR else (BELOW_MARK_UNTOLD, "J")
        why = reason(message, facts=(seen.value.id,), basis=basis, value=value, day=day)
        return Statement(Severity.INFO, seen, why)
    return None


def _twice(seen: Seen, lows: Sequence[Seen]) -> Statement | None:
    """93 or less, for the second time."""
    other = _second(seen, lows)
    if other is None:
        return None
    message, basis = (TWICE, "L") if (seen.on, other.on) == (AIR, AIR) else (TWICE_UNTOLD, "J")
    parts: dict[str, Part] = {"before": other.value.quantity, "value": seen.value.quantity, "day": seen.value.day}
    why = reason(message, facts=(other.value.id, seen.value.id), basis=basis, **parts)
    return Statement(Severity.WARNING, seen, why, other)


def _fell(seen: Seen, fallen: Sequence[Seen]) -> Statement | None:
    """Below the median, for the second time on the same support; info where that is not told: it may be less oxygen."""
    other = _second(seen, [x for x in fallen if _same(seen.oxygen, x.oxygen)])
    if other is None:
        return None
    parts: dict[str, Part] = {"points": seen.numbers.fall, "days": seen.numbers.median_of.days}
    parts |= {"before": other.value.quantity, "value": seen.value.quantity, "day": seen.value.day}
    message = FELL_UNTOLD if seen.oxygen is None else FELL
    why = reason(message, facts=(other.value.id, seen.value.id), basis="J", **parts)
    return Statement(Severity.INFO if seen.oxygen is None else Severity.WARNING, seen, why, other)


def _same(a: OxygenRecord | None, b: OxygenRecord | None) -> bool:
    """The same support; one that is not told is compared with others that are not."""
    return a is b if a is None or b is None else oxygen_against(a, b) == SAME


def _second(seen: Seen, earlier: Sequence[Seen]) -> Seen | None:
    """The last of earlier readings that is 5 minutes to 24 hours older."""
    apart, within = seen.numbers.apart, seen.numbers.within
    return next((x for x in reversed(earlier) if apart <= seen.value.on - x.value.on <= within), None)


def _below_median(
    seen: Seen, earlier: Sequence[Measurement], fallen: Sequence[Seen], records: Sequence[OxygenRecord]
) -> bool:
    """Does a reading lie 3 points below the median of the 7 days before, of those on the same support that did not?"""
    if seen.value.quantity.censored:
        return False
    low = {x.value.id for x in fallen}
    numbers, before = seen.numbers, list[Decimal]()
    for x in reversed(earlier):
        if seen.value.on - x.on > numbers.median_of:
            break
        counts = x.on < seen.value.on and x.id not in low and not x.quantity.censored
        if counts and _same(seen.oxygen, oxygen_with(x, records, numbers.support_holds)):
            before.append(x.quantity.value)
    return len(before) >= numbers.median_least and _median(before) - seen.value.quantity.value >= numbers.fall


def _median(values: Sequence[Decimal]) -> Decimal:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
