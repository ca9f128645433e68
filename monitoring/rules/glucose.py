"""GLUCOSE: blood glucose is high or low; HbA1c is high or rising.

Source [J], specification 8, 13 (108): >= 200 mg/dL warning, >= 300 critical; < 70 warning, < 54 critical (a taper of
glucocorticoid under insulin; pentamidine, TMP-SMX). One card a day: the gravest value of the newest day is told. HbA1c
>= 6.5 %, or up by 0.5 or more in 3 months: info, an alert of its own. D0: none.
Closes when all values of 48 hours lie within 70 and 180 mg/dL; of HbA1c with a newer value that is neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age, open_run
from monitoring.readings import of_days, preliminary
from monitoring.site_values import DAYS_UNIT, HOURS_UNIT, SiteValue, site_count, site_value
from monitoring.stands import began_with, newest_is
from monitoring.suspects import LOWERS_GLUCOSE, named
from patients.clinical.facts import Measurement
from patients.clinical.quantities import Quantity, minus
from patients.clinical.reasons import Part, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, UNKNOWN, YES, Truth, all_of, any_of

HIGH = site_value("GLUCOSE.high", _("glucose, warning from"), "200", "mg/dL", ("180", "250"))
VERY_HIGH = site_value("GLUCOSE.very_high", _("glucose, critical from"), "300", "mg/dL", ("250", "500"))
LOW = site_value("GLUCOSE.low", _("glucose, warning below"), "70", "mg/dL", ("60", "90"))
VERY_LOW = site_value("GLUCOSE.very_low", _("glucose, critical below"), "54", "mg/dL", ("40", "60"))
CLOSES_UP_TO = site_value("GLUCOSE.closes", _("glucose, over up to, and not low"), "180", "mg/dL", ("120", "180"))
CLOSES_AFTER = site_count("GLUCOSE.closes_after", _("over after, all values within"), 48, HOURS_UNIT, (12, 168))
HBA1C_FROM = site_value("GLUCOSE.hba1c", _("HbA1c, at least"), "6.5", "%", ("6.0", "9.0"))
HBA1C_RISE = site_value("GLUCOSE.hba1c_rise", _("rise of HbA1c, at least"), "0.5", "%", ("0.2", "2.0"))
HBA1C_DAYS = site_count("GLUCOSE.hba1c_days", _("rise of HbA1c within"), 92, DAYS_UNIT, (60, 190))

BELOW, FROM = (
    _("glucose %(value)s mg/dL on %(day)s, below %(limit)s"),
    _("glucose %(value)s mg/dL on %(day)s, %(limit)s or more"),
)
# the gravest first: the limit, what is said, how grave
STEPS: tuple[tuple[SiteValue, str, Severity], ...] = (
    (VERY_LOW, BELOW, Severity.CRITICAL),
    (VERY_HIGH, FROM, Severity.CRITICAL),
    (LOW, BELOW, Severity.WARNING),
    (HIGH, FROM, Severity.WARNING),
)
STANDS = _("glucose %(value)s mg/dL on %(day)s: it closes after %(hours)s hours within %(low)s and %(high)s")
POSSIBLE = _("glucose %(value)s mg/dL on %(day)s: possibly below %(low)s, or %(high)s or more")
TAPER = _("insulin after a taper of glucocorticoid?")
HBA1C = _("HbA1c %(value)s %% on %(day)s, %(limit)s or more")
HBA1C_ROSE = _("HbA1c %(value)s %% on %(day)s, up from %(before)s on %(before_day)s")
HBA1C_POSSIBLE = _("HbA1c %(value)s %% on %(day)s: possibly %(limit)s or more")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue of glucose, one of HbA1c."""
    snapshot = situation.snapshot
    yield from _glucose(snapshot)
    yield from _hba1c(snapshot)


def _glucose(snapshot: Snapshot) -> Iterator[Issue]:
    low, high, closes = LOW.of(snapshot), HIGH.of(snapshot), CLOSES_UP_TO.of(snapshot)
    run = open_run(
        snapshot.series("glucose"),
        lambda x: any_of([x.quantity.at_least(high), x.quantity.below(low)]),
        lambda x: all_of([~x.quantity.above(closes), x.quantity.at_least(low)]),
        lasting=CLOSES_AFTER.hours(snapshot),
    )
    if run is None:
        return
    newest = run.newest
    of_day = [x for x in run.values if x.day == newest.day]
    told, message, severity, limits = _gravest(snapshot, of_day)
    if run.possible:
        message, limits = POSSIBLE, {"low": low, "high": high}
    parts: dict[str, Part] = {"value": told.quantity, "day": told.day, **limits}
    why = [reason(message, facts=(told.id,), basis="J", **parts)]
    opener = run.values[0] if message == STANDS else None
    why += [began_with(opener)] if opener is not None else []
    if told.quantity.below(low) is YES:
        why += [reason(TAPER, basis="J"), *named(snapshot, LOWERS_GLUCOSE, told.day)]
    why += [newest_is(newest)] if told is not newest else []
    why += [*age(snapshot, newest), *preliminary(told)]
    facts = (told, opener) if opener is not None else (told,)
    yield issue(severity, why, *facts, known=run.known, possible=run.possible)


def _gravest(snapshot: Snapshot, of_day: Sequence[Measurement]) -> tuple[Measurement, str, Severity, dict[str, Part]]:
    """Of the values of one day the newest of the gravest step; where none is outside, the newest. With its limits."""
    for value, message, severity in STEPS:
        limit = value.of(snapshot)
        outside = [x for x in of_day if _holds(x.quantity, message, limit) is YES]
        if outside:
            return outside[-1], message, severity, {"limit": limit}
    limits: dict[str, Part] = {"low": LOW.of(snapshot), "high": CLOSES_UP_TO.of(snapshot)}
    return of_day[-1], STANDS, Severity.WARNING, limits | {"hours": int(CLOSES_AFTER.of(snapshot))}


def _holds(value: Quantity, message: str, limit: Decimal) -> Truth:
    return value.below(limit) if message == BELOW else value.at_least(limit)


def _hba1c(snapshot: Snapshot) -> Iterator[Issue]:
    series = snapshot.series("hba1c")
    if not series:
        return
    last, limit = series[-1], HBA1C_FROM.of(snapshot)
    high = last.quantity.at_least(limit)
    lowest = min(
        of_days(series[:-1], last.day, -HBA1C_DAYS.days(snapshot), 0), key=lambda x: x.quantity.value, default=None
    )
    rose = NO if lowest is None else minus(last.quantity, lowest.quantity).at_least(HBA1C_RISE.of(snapshot))
    parts: dict[str, Part] = {"value": last.quantity, "day": last.day}
    notes = (*age(snapshot, last, HBA1C_DAYS), *preliminary(last))
    if high is YES:
        why = reason(HBA1C, facts=(last.id,), basis="J", limit=limit, **parts)
        yield issue(Severity.INFO, (why, *notes), last, subject="hba1c")
    elif rose is YES and lowest is not None:
        parts |= {"before": lowest.quantity, "before_day": lowest.day}
        why = reason(HBA1C_ROSE, facts=(last.id, lowest.id), basis="J", **parts)
        yield issue(Severity.INFO, (why, *notes), last, lowest, subject="hba1c")
    elif high is UNKNOWN:
        why = reason(HBA1C_POSSIBLE, facts=(last.id,), basis="J", limit=limit, **parts)
        yield issue(Severity.INFO, (why, *notes), last, subject="hba1c", possible=True)


RULE = Rule(
    code="GLUCOSE",
    group=Group.ORGANS,
    version=1,
    title=_("Glucose or HbA1c out of bounds"),
    source=_("A judgement of this product"),
    basis="J",
    detect=detect,
    values=(
        *(HIGH, VERY_HIGH, LOW, VERY_LOW, CLOSES_UP_TO, CLOSES_AFTER),
        *(HBA1C_FROM, HBA1C_RISE, HBA1C_DAYS, OLD_AFTER),
    ),
)
