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
from monitoring.episodes import OLD_AFTER, age, open_run
from monitoring.readings import preliminary
from monitoring.site_values import site_count, site_value
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.snapshot import in_order
from patients.clinical.truth import NO, UNKNOWN, YES, Truth, any_of

SYSTOLIC_FROM = site_value("BLOOD_PRESSURE.systolic", _("systolic, warning from"), "140", "mmHg", ("130", "160"))
DIASTOLIC_FROM = site_value("BLOOD_PRESSURE.diastolic", _("diastolic, warning from"), "90", "mmHg", ("80", "100"))
SYSTOLIC_GRAVE = site_value(
    "BLOOD_PRESSURE.systolic_critical", _("systolic, critical from"), "180", "mmHg", ("160", "220")
)
DIASTOLIC_GRAVE = site_value(
    "BLOOD_PRESSURE.diastolic_critical", _("diastolic, critical from"), "110", "mmHg", ("100", "130")
)
CLOSING_READINGS = site_count("BLOOD_PRESSURE.readings", _("readings in a row that close"), 2, "", (2, 5))
HIGH = {"systolic_bp": SYSTOLIC_FROM, "diastolic_bp": DIASTOLIC_FROM}
CRITICAL_FROM = {"systolic_bp": SYSTOLIC_GRAVE, "diastolic_bp": DIASTOLIC_GRAVE}
TWO = 2

BOTH = _("blood pressure %(systolic)s/%(diastolic)s mmHg on %(day)s")
SYSTOLIC = _("systolic blood pressure %(systolic)s mmHg on %(day)s")
DIASTOLIC = _("diastolic blood pressure %(diastolic)s mmHg on %(day)s")
GRAVE = _("%(systolic)s/%(diastolic)s or more: headache, vision, seizure?")
CONFIRMED = _("confirmed by the reading of %(day)s")
STANDS = _("below %(systolic)s/%(diastolic)s now: two such readings in a row close it")
STANDS_FOR = _("below %(systolic)s/%(diastolic)s now: %(n)s such readings in a row close it")

Reading = tuple[Measurement, ...]
Limits = dict[str, Decimal]


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The episode that stands, judged on its newest reading."""
    snapshot = situation.snapshot
    closing, limits = int(CLOSING_READINGS.of(snapshot)), {code: x.of(snapshot) for code, x in HIGH.items()}
    # of each pressure twice as many: the last moments are surely among them
    newest = [x for code in HIGH for x in snapshot.series(code)[-2 * closing :]]
    if not newest or _is_calm(_readings(newest), limits, closing):
        return
    readings = _readings(x for code in HIGH for x in snapshot.series(code))
    first_of = [x[0] for x in readings.values()]
    run = open_run(
        first_of, lambda x: _high(readings[x.on], limits), lambda x: ~_high(readings[x.on], limits), values=closing
    )
    if run is None:
        return
    last = readings[run.newest.on]
    critical = {code: x.of(snapshot) for code, x in CRITICAL_FROM.items()}
    grave = any(x.quantity.at_least(critical[x.code]) is YES for x in last)
    why = [_sentence(last)]
    if grave:
        why.append(reason(GRAVE, facts=(), basis="J", **_both(critical)))
    if not run.possible:
        why += _more([readings[x.on] for x in run.values], limits, closing)
    why += [*age(snapshot, last[0]), *preliminary(*last)]
    severity = Severity.CRITICAL if grave else Severity.WARNING
    yield issue(severity, why, *last, known=run.known, possible=run.possible)


def _is_calm(newest: dict[datetime, Reading], limits: Limits, closing: int) -> bool:
    """Are the last readings below both limits? Then nothing stands, however long the record is."""
    return all(_high(x, limits) is NO for x in list(newest.values())[-closing:])


def _readings(measured: Iterable[Measurement]) -> dict[datetime, Reading]:
    """What was measured at each moment, systolic first; oldest first."""
    found: dict[datetime, Reading] = {}
    for x in sorted(measured, key=in_order):
        found[x.on] = tuple(sorted((*found.get(x.on, ()), x), key=lambda y: y.code, reverse=True))
    return found


def _high(reading: Reading, limits: Limits) -> Truth:
    return any_of([x.quantity.at_least(limits[x.code]) for x in reading])


def _both(limits: Limits) -> dict[str, Decimal]:
    return {"systolic": limits["systolic_bp"], "diastolic": limits["diastolic_bp"]}


def _sentence(reading: Reading) -> Reason:
    told = {x.code: x for x in reading}
    parts: dict[str, Part] = {"day": reading[0].day}
    for code, name in (("systolic_bp", "systolic"), ("diastolic_bp", "diastolic")):
        if code in told:
            parts[name] = told[code].quantity
    message = BOTH if len(told) == len(HIGH) else SYSTOLIC if "systolic_bp" in told else DIASTOLIC
    return reason(message, facts=tuple(x.id for x in reading), basis="J", **parts)


def _more(readings: list[Reading], limits: Limits, closing: int) -> Iterator[Reason]:
    """That a reading of another hour says the same; or that the newest is no more high."""
    last = readings[-1]
    if _high(last, limits) is not YES:
        if _high(last, limits) is not UNKNOWN:
            told = reason(STANDS, facts=(), basis="J", **_both(limits))
            yield told if closing == TWO else reason(STANDS_FOR, facts=(), basis="J", n=closing, **_both(limits))
        return
    hour = last[0].on.replace(minute=0, second=0, microsecond=0)
    for x in reversed(readings[:-1]):
        if _high(x, limits) is YES and x[0].on < hour:
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
    values=(*HIGH.values(), *CRITICAL_FROM.values(), CLOSING_READINGS, OLD_AFTER),
)
