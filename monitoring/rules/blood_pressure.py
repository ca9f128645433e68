"""BLOOD_PRESSURE: blood pressure is high.

Source [J], specification 8, 13 (107): >= 140 systolic or >= 90 diastolic mmHg warning, one alert however often it is
measured; two such readings of different hours are marked confirmed; >= 180 or >= 110 critical. What was measured at one
moment is one reading; where only one of the two pressures is told it stands for the reading. D0: none.
Closes after two readings below 140 and 90 in a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import age, open_run
from monitoring.readings import preliminary
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.snapshot import in_order
from patients.clinical.truth import NO, UNKNOWN, YES, Truth, any_of

HIGH = {"systolic_bp": Decimal(140), "diastolic_bp": Decimal(90)}  # mmHg, at least [J]
CRITICAL_FROM = {"systolic_bp": Decimal(180), "diastolic_bp": Decimal(110)}  # mmHg, at least [J]
CLOSING_READINGS = 2  # [J]
LOOKED_AT = 4  # of each pressure: the last two moments are surely among them

BOTH = _("blood pressure %(systolic)s/%(diastolic)s mmHg on %(day)s")
SYSTOLIC = _("systolic blood pressure %(systolic)s mmHg on %(day)s")
DIASTOLIC = _("diastolic blood pressure %(diastolic)s mmHg on %(day)s")
GRAVE = _("180/110 or more: headache, vision, seizure?")
CONFIRMED = _("confirmed by the reading of %(day)s")
STANDS = _("below 140/90 now: two such readings in a row close it")

Reading = tuple[Measurement, ...]


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The episode that stands, judged on its newest reading."""
    snapshot = situation.snapshot
    newest = [x for code in HIGH for x in snapshot.series(code)[-LOOKED_AT:]]
    if not newest or _is_calm(_readings(newest)):
        return
    readings = _readings(x for code in HIGH for x in snapshot.series(code))
    first_of = [x[0] for x in readings.values()]
    run = open_run(first_of, lambda x: _high(readings[x.on]), lambda x: ~_high(readings[x.on]), values=CLOSING_READINGS)
    if run is None:
        return
    last = readings[run.newest.on]
    grave = any(x.quantity.at_least(CRITICAL_FROM[x.code]) is YES for x in last)
    why = [_sentence(last)]
    if grave:
        why.append(reason(GRAVE, basis="J"))
    if not run.possible:
        why += _more([readings[x.on] for x in run.values])
    why += [*age(snapshot, last[0]), *preliminary(*last)]
    severity = Severity.CRITICAL if grave else Severity.WARNING
    yield issue(severity, why, *last, known=run.known, possible=run.possible)


def _is_calm(newest: dict[datetime, Reading]) -> bool:
    """Are the last readings below both limits? Then nothing stands, however long the record is."""
    return all(_high(x) is NO for x in list(newest.values())[-CLOSING_READINGS:])


def _readings(measured: Iterable[Measurement]) -> dict[datetime, Reading]:
    """What was measured at each moment, systolic first; oldest first."""
    found: dict[datetime, Reading] = {}
    for x in sorted(measured, key=in_order):
        found[x.on] = tuple(sorted((*found.get(x.on, ()), x), key=lambda y: y.code, reverse=True))
    return found


def _high(reading: Reading) -> Truth:
    return any_of([x.quantity.at_least(HIGH[x.code]) for x in reading])


def _sentence(reading: Reading) -> Reason:
    told = {x.code: x for x in reading}
    parts: dict[str, Part] = {"day": reading[0].day}
    for code, name in (("systolic_bp", "systolic"), ("diastolic_bp", "diastolic")):
        if code in told:
            parts[name] = told[code].quantity
    message = BOTH if len(told) == len(HIGH) else SYSTOLIC if "systolic_bp" in told else DIASTOLIC
    return reason(message, facts=tuple(x.id for x in reading), basis="J", **parts)


def _more(readings: list[Reading]) -> Iterator[Reason]:
    """That a reading of another hour says the same; or that the newest is no more high."""
    last = readings[-1]
    if _high(last) is not YES:
        if _high(last) is not UNKNOWN:
            yield reason(STANDS, basis="J")
        return
    hour = last[0].on.replace(minute=0, second=0, microsecond=0)
    for x in reversed(readings[:-1]):
        if _high(x) is YES and x[0].on < hour:
            yield reason(CONFIRMED, facts=(x[0].id,), basis="J", day=x[0].day)
            return


RULE = Rule(
    code="BLOOD_PRESSURE",
    group=Group.ORGANS,
    version=1,
    title=_("Blood pressure high"),
    source=_("A judgement of this product"),
    basis="J",
    detect=detect,
)
