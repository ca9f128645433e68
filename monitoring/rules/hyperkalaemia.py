"""HYPERKALAEMIA: potassium is high, or rose fast.

Source [J], specification 8, 13 (106): >= 5.5 mmol/L warning, >= 6.0 critical; risen by >= 1.0 in 72 hours to >= 5.0:
warning. TMP-SMX: above 5.5 in 13 % of 333 patients [L]. A haemolysed sample has no value and is not judged: the test
stays due. D0: none; background drugs count. Two values of one moment: "do not dose on either" (13 (83)).
Closes below 5.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import age, open_run
from monitoring.readings import of_days, preliminary
from monitoring.stands import began_with
from monitoring.suspects import KEEPS_POTASSIUM, named
from patients.clinical.facts import Measurement
from patients.clinical.quantities import minus
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.truth import YES, Truth, all_of, any_of

FIRES, CRITICAL_FROM, CLOSES_BELOW = Decimal("5.5"), Decimal("6.0"), Decimal("5.3")  # mmol/L [J]
RISE, RISEN_TO, WITHIN = Decimal("1.0"), Decimal("5.0"), timedelta(hours=72)  # mmol/L, both at least [J]

HIGH = _("potassium %(value)s mmol/L on %(day)s, 5.5 or more")
VERY_HIGH = _("potassium %(value)s mmol/L on %(day)s, 6.0 or more: ECG now, repeat at once")
ROSE = _("potassium %(value)s mmol/L on %(day)s, up from %(before)s on %(before_day)s within 72 hours")
STANDS = _("potassium %(value)s mmol/L on %(day)s: it closes below 5.3")
POSSIBLE = _("potassium %(value)s mmol/L on %(day)s: possibly 5.5 or more")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The episode that stands, judged on its newest value."""
    series = situation.snapshot.series("potassium")
    run = open_run(series, lambda x: _high(x, series), lambda x: x.quantity.below(CLOSES_BELOW))
    if run is None:
        return
    last = run.newest
    grave = last.quantity.at_least(CRITICAL_FROM) is YES
    facts = [last] if run.possible or _high(last, series) is YES else [last, run.values[0]]
    why = [_sentence(last, series, possible=run.possible, grave=grave), *map(began_with, facts[1:])]
    why += named(situation.snapshot, KEEPS_POTASSIUM, last.day)
    why += [*age(situation.snapshot, last), *preliminary(last)]
    severity = Severity.CRITICAL if grave else Severity.WARNING
    yield issue(severity, why, *facts, known=run.known, possible=run.possible)


def _high(x: Measurement, series: Sequence[Measurement]) -> Truth:
    lowest = _lowest(x, series)
    rose = [] if lowest is None else [all_of([x.quantity.at_least(RISEN_TO), _risen(x, lowest)])]
    return any_of([x.quantity.at_least(FIRES), *rose])


def _lowest(x: Measurement, series: Sequence[Measurement]) -> Measurement | None:
    """The lowest value of the 72 hours before."""
    before = [y for y in of_days(series, x.day, -4, 0) if y.on < x.on and x.on - y.on <= WITHIN]
    return min(before, key=lambda y: y.quantity.value, default=None)


def _risen(x: Measurement, lowest: Measurement) -> Truth:
    return minus(x.quantity, lowest.quantity).at_least(RISE)


def _sentence(x: Measurement, series: Sequence[Measurement], *, possible: bool, grave: bool) -> Reason:
    parts: dict[str, Part] = {"value": x.quantity, "day": x.day}
    facts: tuple[str, ...] = (x.id,)
    lowest = _lowest(x, series)
    if possible:
        message = POSSIBLE
    elif x.quantity.at_least(FIRES) is YES:
        message = VERY_HIGH if grave else HIGH
    elif lowest is not None and _high(x, series) is YES:
        message, facts = ROSE, (x.id, lowest.id)
        parts |= {"before": lowest.quantity, "before_day": lowest.day}
    else:
        message = STANDS
    return reason(message, facts=facts, basis="J", **parts)


RULE = Rule(
    code="HYPERKALAEMIA",
    group=Group.ORGANS,
    version=1,
    title=_("Potassium high"),
    source=_("A judgement of this product"),
    basis="J",
    detect=detect,
)
