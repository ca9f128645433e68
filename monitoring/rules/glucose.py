"""GLUCOSE: blood glucose is high or low; HbA1c is high or rising.

Source [J], specification 8, 13 (108): >= 200 mg/dL warning, >= 300 critical; < 70 warning, < 54 critical (a taper of
glucocorticoid under insulin; pentamidine, TMP-SMX). One card a day: the gravest value of the newest day is told. HbA1c
>= 6.5 %, or up by 0.5 or more in 3 months: info, an alert of its own. D0: none.
Closes when all values of 48 hours lie within 70 and 180 mg/dL; of HbA1c with a newer value that is neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import age, open_run
from monitoring.readings import of_days, preliminary
from monitoring.stands import began_with, newest_is
from monitoring.suspects import LOWERS_GLUCOSE, named
from patients.clinical.facts import Measurement
from patients.clinical.quantities import minus
from patients.clinical.reasons import Part, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, UNKNOWN, YES, Truth, all_of, any_of

HIGH, VERY_HIGH = Decimal(200), Decimal(300)  # mg/dL, at least [J]
LOW, VERY_LOW = Decimal(70), Decimal(54)  # mg/dL, less than [J]
CLOSES_UP_TO, CLOSES_AFTER = Decimal(180), timedelta(hours=48)  # mg/dL, and not low [J]
HBA1C_FROM, HBA1C_RISE, HBA1C_DAYS = Decimal("6.5"), Decimal("0.5"), 92  # %, at least; 3 months [J]

Step = tuple[Callable[[Measurement], Truth], str, Severity]
# the gravest first: whether it holds, what is said, how grave
STEPS: tuple[Step, ...] = (
    (
        lambda x: x.quantity.below(VERY_LOW),
        _("glucose %(value)s mg/dL on %(day)s, below 54"),
        Severity.CRITICAL,
    ),
    (lambda x: x.quantity.at_least(VERY_HIGH), _("glucose %(value)s mg/dL on %(day)s, 300 or more"), Severity.CRITICAL),
    (lambda x: x.quantity.below(LOW), _("glucose %(value)s mg/dL on %(day)s, below 70"), Severity.WARNING),
    (lambda x: x.quantity.at_least(HIGH), _("glucose %(value)s mg/dL on %(day)s, 200 or more"), Severity.WARNING),
)
STANDS = _("glucose %(value)s mg/dL on %(day)s: it closes after 48 hours within 70 and 180")
POSSIBLE = _("glucose %(value)s mg/dL on %(day)s: possibly below 70, or 200 or more")
TAPER = _("insulin after a taper of glucocorticoid?")
HBA1C = _("HbA1c %(value)s %% on %(day)s, 6.5 or more")
HBA1C_ROSE = _("HbA1c %(value)s %% on %(day)s, up from %(before)s on %(before_day)s")
HBA1C_POSSIBLE = _("HbA1c %(value)s %% on %(day)s: possibly 6.5 or more")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue of glucose, one of HbA1c."""
    snapshot = situation.snapshot
    yield from _glucose(snapshot)
    yield from _hba1c(snapshot)


def _glucose(snapshot: Snapshot) -> Iterator[Issue]:
    run = open_run(snapshot.series("glucose"), _outside, _calm, lasting=CLOSES_AFTER)
    if run is None:
        return
    newest = run.newest
    of_day = [x for x in run.values if x.day == newest.day]
    told, message, severity = _gravest(of_day)
    if run.possible:
        message = POSSIBLE
    parts: dict[str, Part] = {"value": told.quantity, "day": told.day}
    why = [reason(message, facts=(told.id,), basis="J", **parts)]
    opener = run.values[0] if message == STANDS else None
    why += [began_with(opener)] if opener is not None else []
    if told.quantity.below(LOW) is YES:
        why += [reason(TAPER, basis="J"), *named(snapshot, LOWERS_GLUCOSE, told.day)]
    why += [newest_is(newest)] if told is not newest else []
    why += [*age(snapshot, newest), *preliminary(told)]
    facts = (told, opener) if opener is not None else (told,)
    yield issue(severity, why, *facts, known=run.known, possible=run.possible)


def _outside(x: Measurement) -> Truth:
    return any_of([x.quantity.at_least(HIGH), x.quantity.below(LOW)])


def _calm(x: Measurement) -> Truth:
    return all_of([~x.quantity.above(CLOSES_UP_TO), x.quantity.at_least(LOW)])


def _gravest(of_day: Sequence[Measurement]) -> tuple[Measurement, str, Severity]:
    """Of the values of one day the newest of the gravest step; where none is outside, the newest."""
    for holds, message, severity in STEPS:
        outside = [x for x in of_day if holds(x) is YES]
        if outside:
            return outside[-1], message, severity
    return of_day[-1], STANDS, Severity.WARNING


def _hba1c(snapshot: Snapshot) -> Iterator[Issue]:
    series = snapshot.series("hba1c")
    if not series:
        return
    last = series[-1]
    high = last.quantity.at_least(HBA1C_FROM)
    lowest = min(of_days(series[:-1], last.day, -HBA1C_DAYS, 0), key=lambda x: x.quantity.value, default=None)
    rose = NO if lowest is None else minus(last.quantity, lowest.quantity).at_least(HBA1C_RISE)
    parts: dict[str, Part] = {"value": last.quantity, "day": last.day}
    notes = (*age(snapshot, last, HBA1C_DAYS), *preliminary(last))
    if high is YES:
        why = reason(HBA1C, facts=(last.id,), basis="J", **parts)
        yield issue(Severity.INFO, (why, *notes), last, subject="hba1c")
    elif rose is YES and lowest is not None:
        parts |= {"before": lowest.quantity, "before_day": lowest.day}
        why = reason(HBA1C_ROSE, facts=(last.id, lowest.id), basis="J", **parts)
        yield issue(Severity.INFO, (why, *notes), last, lowest, subject="hba1c")
    elif high is UNKNOWN:
        why = reason(HBA1C_POSSIBLE, facts=(last.id,), basis="J", **parts)
        yield issue(Severity.INFO, (why, *notes), last, subject="hba1c", possible=True)


RULE = Rule(
    code="GLUCOSE",
    group=Group.ORGANS,
    version=1,
    title=_("Glucose or HbA1c out of bounds"),
    source=_("A judgement of this product"),
    basis="J",
    detect=detect,
)
