"""CYTOPENIA: white cells, neutrophils, platelets or haemoglobin are low, or fell fast.

Source [J], specification 8, 13 (101): WBC < 3,000/µL warning, < 2,000 critical; neutrophils < 1,500 warning, < 1,000
critical, < 500 critical again; platelets < 100 x10^3/µL, or down by 50 % or more in 7 days, warning, < 50 critical;
haemoglobin < 8 g/dL, or down by 2 or more in 7 days, warning, < 7 critical. Under glucocorticoid of 20 mg/day or more a
WBC within reference does not exclude marrow toxicity: neutrophils down by 50 % or more in the 14 days after
cyclophosphamide (of oral one: after its last day) and < 3,000: info, told beside what else is. What fell is held
against the value that it fell from. D0: none; background drugs count. Closes at the limit that it opens at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import COUNT_OLD_AFTER_DAYS, age, frozen_run
from monitoring.readings import of_days, preliminary, run_known
from monitoring.suspects import MARROW, named
from patients.clinical.courses import CYCLOPHOSPHAMIDE
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.glucocorticoid import dose_on
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import minus, ratio_exceeds
from patients.clinical.reasons import Part, Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, UNKNOWN, YES, Truth

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
LIMITS = {  # less than, the gravest first [J]
    "neutrophils": ((Decimal(500), CRITICAL), (Decimal(1000), CRITICAL), (Decimal(1500), WARNING)),  # /uL
    "wbc": ((Decimal(2000), CRITICAL), (Decimal(3000), WARNING)),  # /uL
    "platelets": ((Decimal(50), CRITICAL), (Decimal(100), WARNING)),  # 10^3/uL
    "haemoglobin": ((Decimal(7), CRITICAL), (Decimal(8), WARNING)),  # g/dL
}
NAMES = {
    "neutrophils": Term("neutrophils"),
    "wbc": Term("white blood cells"),
    "platelets": Term("platelets"),
    "haemoglobin": Term("haemoglobin"),
}
SEVERE = Decimal(500)  # /uL: critical again [J]
FALL_DAYS = 7
HALF = Decimal("0.5")  # at most, of the highest of the days before [J]
HB_FALL = Decimal(2)  # g/dL, at least [J]
CY_DAYS, HIDDEN_BELOW, GC_FROM = 14, Decimal(3000), Decimal(20)  # days; /uL, less than; mg of prednisolone a day [J]

LOW = _("%(test)s %(value)s %(unit)s on %(day)s, below %(limit)s")
POSSIBLE = _("%(test)s %(value)s %(unit)s on %(day)s: possibly below %(limit)s")
AGAIN = _("neutrophils below 500/µL: fever is an emergency")
FELL = _("%(test)s %(value)s %(unit)s on %(day)s, down from %(before)s on %(before_day)s")
HIDDEN = _(
    "neutrophils %(value)s/µL on %(day)s, half or less of %(before)s on %(before_day)s after cyclophosphamide: "
    "glucocorticoid hides marrow toxicity"
)
TOGETHER = _("platelets and haemoglobin together: thrombotic microangiopathy? smear, LDH, haptoglobin")


class Low(NamedTuple):
    """What one count says."""

    severity: Severity
    why: Reason
    facts: tuple[Measurement, ...]
    known: datetime
    possible: bool = False


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue for the blood, the gravest count first."""
    snapshot = situation.snapshot
    found = [x for code in LIMITS if (series := snapshot.series(code)) for x in _of(code, series)]
    sure = sorted((x for x in found if not x.possible), key=lambda x: -x.severity)
    hidden = _hidden(snapshot)
    told = [*sure, *([hidden] if hidden is not None else [])] or found[:1]
    if not told:
        return
    why = [x.why for x in told]
    newest = [x.facts[0] for x in told]
    if any(x.code == "neutrophils" and x.quantity.below(SEVERE) is YES for x in newest):
        why.append(reason(AGAIN, basis="J"))
    if {"platelets", "haemoglobin"} <= {x.code for x in newest} and sure:
        why.append(reason(TOGETHER, basis="L"))
    last = max(newest, key=lambda x: x.on)
    why += [*named(snapshot, MARROW, last.day), *age(snapshot, last, COUNT_OLD_AFTER_DAYS)]
    why += preliminary(*dict.fromkeys(newest))
    facts = [y for x in told for y in x.facts]
    known = min(x.known for x in told)
    yield issue(told[0].severity, why, *facts, known=known, possible=told[0].possible, again=(AGAIN,))


def _of(code: str, series: Sequence[Measurement]) -> Iterator[Low]:
    """The newest count below a limit; else a fall that stands; else what may be below."""
    last = series[-1]
    for limit, severity in LIMITS[code]:
        if last.quantity.below(limit) is YES:
            since = run_known(series, lambda x: x.quantity.below(LIMITS[code][-1][0]) is YES)
            yield Low(severity, _sentence(last, LOW, limit), (last,), since)
            return
    fall = _fall(code, series)
    if fall is not None:
        yield fall
        return
    limit = LIMITS[code][-1][0]
    if last.quantity.below(limit) is UNKNOWN:
        yield Low(INFO, _sentence(last, POSSIBLE, limit), (last,), max(last.on, last.known), possible=True)


def _sentence(x: Measurement, message: str, limit: Decimal) -> Reason:
    parts: dict[str, Part] = {"value": x.quantity, "day": x.day, "limit": limit}
    return reason(message, facts=(x.id,), basis="J", test=NAMES[x.code], unit=MEASUREMENTS[x.code].symbol, **parts)


def _fall(code: str, series: Sequence[Measurement]) -> Low | None:
    """Platelets halved, or haemoglobin down by 2, in 7 days; against the value that it fell from."""
    if code not in ("platelets", "haemoglobin") or len(series) < 2 or _is_steady(code, series):
        return None
    found = frozen_run(series, _highest, lambda x, before: ~_fell(x, before))
    if found is None:
        return None
    run, before = found
    last = run.newest
    parts: dict[str, Part] = {"value": last.quantity, "day": last.day}
    parts |= {"before": before.quantity, "before_day": before.day}
    unit = MEASUREMENTS[code].symbol
    why = reason(FELL, facts=(last.id, before.id), basis="J", test=NAMES[code], unit=unit, **parts)
    return Low(WARNING, why, (last, before), run.known)


def _is_steady(code: str, series: Sequence[Measurement]) -> bool:
    """Could no value have fallen so far from any other? Exact numbers, seen at once."""
    values = [x.quantity.value for x in series]
    if any(x.quantity.comparator for x in series):
        return False
    least, most = min(values), max(values)
    return most - least < HB_FALL if code == "haemoglobin" else least > HALF * most


def _highest(x: Measurement, before: Sequence[Measurement]) -> Measurement | None:
    """The highest of the 7 days before, if it fell so far from it."""
    highest = max(of_days(before, x.day, -FALL_DAYS, 0), key=lambda y: y.quantity.value, default=None)
    return highest if highest is not None and _fell(x, highest) is YES else None


def _fell(x: Measurement, before: Measurement) -> Truth:
    if x.code == "haemoglobin":
        return minus(before.quantity, x.quantity).at_least(HB_FALL)
    return ~ratio_exceeds(x.quantity, before.quantity, HALF)


def _hidden(snapshot: Snapshot) -> Low | None:
    """Neutrophils that fell by half after cyclophosphamide while glucocorticoid holds them up."""
    series = snapshot.series("neutrophils")
    if len(series) < 2 or series[-1].quantity.below(HIDDEN_BELOW) is not YES:
        return None
    last = series[-1]
    given = [x for x in snapshot.treatments if x.drug in CYCLOPHOSPHAMIDE and _lately(x, last.day)]
    dose = dose_on(snapshot, last.day) if given else None
    before = max(of_days(series[:-1], last.day, -CY_DAYS, 0), key=lambda x: x.quantity.value, default=None)
    if dose is None or dose < GC_FROM or before is None:
        return None
    if ratio_exceeds(last.quantity, before.quantity, HALF) is not NO:
        return None
    parts: dict[str, Part] = {"value": last.quantity, "day": last.day}
    parts |= {"before": before.quantity, "before_day": before.day}
    why = reason(HIDDEN, facts=(last.id, before.id), basis="J", **parts)
    return Low(INFO, why, (last, before), max(last.on, last.known))


def _lately(cyclophosphamide: Treatment, day: date) -> bool:
    """Was a day of the course one of the 14 days up to a day? Oral cyclophosphamide without a last day runs on."""
    x = cyclophosphamide
    end = x.stop or (day if x.drug == "cy_oral" else x.day)
    return x.day <= day and (day - end).days <= CY_DAYS


RULE = Rule(
    code="CYTOPENIA",
    group=Group.ORGANS,
    version=1,
    title=_("Blood count low or falling"),
    source=_("A judgement of this product"),
    basis="J",
    detect=detect,
)
