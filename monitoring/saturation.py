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
from patients.clinical.facts import Measurement
from patients.clinical.oxygen_given import SAME, oxygen_against
from patients.clinical.oxygen_need import Given, given_of
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.truth import YES

MARK = Decimal(95)  # %, below, on air [L]
WARNING_AT = Decimal(93)  # %, at most, on air, twice [L]
CRITICAL_AT = Decimal(90)  # %, at most on air, below on oxygen [J]
CLOSES_ABOVE = Decimal(94)  # % on air [J]
CLOSES_ABOVE_ON_OXYGEN = Decimal(92)  # % [J]
APART, WITHIN = timedelta(minutes=5), timedelta(hours=24)  # two readings [J]
FALL_POINTS = Decimal(3)  # below the median, at least [J]
MEDIAN_OF, MEDIAN_LEAST = timedelta(days=7), 3  # readings [J]
SUPPORT_HOLDS = timedelta(
    days=7
)  # a reading that says nothing of oxygen is read with the last record of oxygen of so long before

AIR, OXYGEN, UNTOLD = "air", "oxygen", ""
CRITICAL_SAYS = {
    AIR: _("SpO2 %(value)s %% on air on %(day)s, 90 or less"),
    OXYGEN: _("SpO2 %(value)s %% on oxygen on %(day)s, below 90"),
    UNTOLD: _("SpO2 %(value)s %% on %(day)s, below 90 on whatever it was taken"),
}
TWICE = _("SpO2 %(before)s %% and %(value)s %% on air up to %(day)s, 93 or less twice: blood gas")
FELL = _(
    "SpO2 %(before)s %% and %(value)s %% up to %(day)s: "
    "%(points)s points or more below the median of the 7 days before on the same support"
)
BELOW_MARK = _("SpO2 %(value)s %% on air on %(day)s, below 95: a mark of poor prognosis at entry")


@dataclass(frozen=True, slots=True)
class Seen:
    """A reading with the oxygen on which it was taken."""

    value: Measurement
    given: Given | None

    @property
    def on(self) -> str:
        """On air, on oxygen, or not told."""
        return UNTOLD if self.given is None else AIR if self.given.is_air else OXYGEN

    @property
    def calm(self) -> bool:
        """Above what closes the alert."""
        limit = CLOSES_ABOVE_ON_OXYGEN if self.on == OXYGEN else CLOSES_ABOVE
        return self.value.quantity.above(limit) is YES

    @property
    def critical(self) -> bool:
        """Low by itself."""
        if self.on == AIR:
            return self.value.quantity.interval.at_most(CRITICAL_AT) is YES
        return self.value.quantity.below(CRITICAL_AT) is YES

    @property
    def marked(self) -> bool:
        """Below 95 % on air."""
        return self.on == AIR and self.value.quantity.below(MARK) is YES

    @property
    def low(self) -> bool:
        """Low on air, if a second reading says so too."""
        return self.on == AIR and self.value.quantity.interval.at_most(WARNING_AT) is YES


@dataclass(frozen=True, slots=True)
class Told:
    """What a reading says, with the one before that says it too."""

    severity: Severity
    seen: Seen
    why: Reason
    other: Seen | None = None


# -- which readings ---------------------------------------------------------------------------------------------------


def given_with(x: Measurement, records: Sequence[Given]) -> Given | None:
    """The oxygen told with a reading, or else what the last record before it tells, of support or with a value."""
    if x.fio2 is not None or x.flow is not None or x.device:
        return given_of(x)
    n = bisect_right(records, x.on, key=lambda y: y.fact.on)
    return records[n - 1] if n and x.on - records[n - 1].fact.on <= SUPPORT_HOLDS else None


def after_last_calm(series: Sequence[Measurement], records: Sequence[Given]) -> int:
    """Where what is not closed begins: after the last two readings in a row that close."""
    calm: Measurement | None = None
    for n in range(len(series) - 1, -1, -1):
        x = series[n]
        if not Seen(x, given_with(x, records)).calm:
            calm = None
        elif calm is not None and calm.on - x.on >= APART:
            return series.index(calm) + 1
        else:
            calm = calm or x
    return 0


# -- what they say ----------------------------------------------------------------------------------------------------


def standing_after(series: Sequence[Measurement], begin: int, records: Sequence[Given]) -> list[Told]:
    """What stands after the readings from `begin` on: what said the severity that holds, oldest first."""
    told: list[Told] = []
    lows: list[Seen] = []
    fallen: list[Seen] = []
    for n in range(begin, len(series)):
        seen = Seen(series[n], given_with(series[n], records))
        fell = _below_median(seen, series[:n], fallen, records)
        said = _says(seen, lows, fallen if fell else [])
        lows += [seen] if seen.low else []
        fallen += [seen] if fell else []
        if said is None or (told and said.severity is Severity.INFO < told[-1].severity):
            continue
        if told and told[-1].severity is not said.severity:
            told = []
        told.append(said)
    return told


def _says(seen: Seen, lows: Sequence[Seen], fallen: Sequence[Seen]) -> Told | None:
    """What a reading says, with earlier ones that were low, or as far below the median as it is."""
    value, day = seen.value.quantity, seen.value.day
    if seen.critical:
        why = reason(CRITICAL_SAYS[seen.on], facts=(seen.value.id,), basis="J", value=value, day=day)
        return Told(Severity.CRITICAL, seen, why)
    for low, message, basis in ((lows if seen.low else [], TWICE, "L"), (fallen, FELL, "J")):
        other = _second(seen, low)
        if other is not None:
            parts: dict[str, Part] = {"points": FALL_POINTS} if message == FELL else {}
            parts |= {"before": other.value.quantity, "value": value, "day": day}
            why = reason(message, facts=(other.value.id, seen.value.id), basis=basis, **parts)
            return Told(Severity.WARNING, seen, why, other)
    if seen.marked:
        why = reason(BELOW_MARK, facts=(seen.value.id,), basis="L", value=value, day=day)
        return Told(Severity.INFO, seen, why)
    return None


def _second(seen: Seen, earlier: Sequence[Seen]) -> Seen | None:
    """The last of earlier readings that is 5 minutes to 24 hours older."""
    return next((x for x in reversed(earlier) if APART <= seen.value.on - x.value.on <= WITHIN), None)


def _below_median(seen: Seen, earlier: Sequence[Measurement], fallen: Sequence[Seen], records: Sequence[Given]) -> bool:
    """Does a reading lie 3 points below the median of the 7 days before, of those on the same support that did not?"""
    if seen.calm or seen.given is None or seen.value.quantity.censored:
        return False
    low = {x.value.id for x in fallen}
    before: list[Decimal] = []
    for x in reversed(earlier):
        if seen.value.on - x.on > MEDIAN_OF:
            break
        given = given_with(x, records) if x.on < seen.value.on and x.id not in low else None
        if given is not None and oxygen_against(seen.given, given) == SAME and not x.quantity.censored:
            before.append(x.quantity.value)
    return len(before) >= MEDIAN_LEAST and _median(before) - seen.value.quantity.value >= FALL_POINTS


def _median(values: Sequence[Decimal]) -> Decimal:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
