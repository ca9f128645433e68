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
from monitoring.episodes import COUNT_OLD_AFTER, age, frozen_run
from monitoring.readings import of_days, preliminary, run_known
from monitoring.site_values import DAYS_UNIT, site_count, site_value
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
UL, THOUSANDS = "/µL", "×10³/µL"
# less than [J]
SEVERE = site_value("CYTOPENIA.severe", _("neutrophils, critical again below"), "500", UL, ("200", "750"))
ANC_GRAVE = site_value("CYTOPENIA.anc_critical", _("neutrophils, critical below"), "1000", UL, ("750", "1250"))
ANC_WARNS = site_value("CYTOPENIA.anc_warns", _("neutrophils, warning below"), "1500", UL, ("1250", "2000"))
WBC_GRAVE = site_value("CYTOPENIA.wbc_critical", _("white cells, critical below"), "2000", UL, ("1000", "2500"))
WBC_WARNS = site_value("CYTOPENIA.wbc_warns", _("white cells, warning below"), "3000", UL, ("2500", "4000"))
PLT_GRAVE = site_value("CYTOPENIA.plt_critical", _("platelets, critical below"), "50", THOUSANDS, ("20", "75"))
PLT_WARNS = site_value("CYTOPENIA.plt_warns", _("platelets, warning below"), "100", THOUSANDS, ("75", "150"))
HB_GRAVE = site_value("CYTOPENIA.hb_critical", _("haemoglobin, critical below"), "7", "g/dL", ("5", "7.5"))
HB_WARNS = site_value("CYTOPENIA.hb_warns", _("haemoglobin, warning below"), "8", "g/dL", ("7.5", "10"))
LIMITS = {  # the gravest first
    "neutrophils": ((SEVERE, CRITICAL), (ANC_GRAVE, CRITICAL), (ANC_WARNS, WARNING)),
    "wbc": ((WBC_GRAVE, CRITICAL), (WBC_WARNS, WARNING)),
    "platelets": ((PLT_GRAVE, CRITICAL), (PLT_WARNS, WARNING)),
    "haemoglobin": ((HB_GRAVE, CRITICAL), (HB_WARNS, WARNING)),
}
NAMES = {
    "neutrophils": Term("neutrophils"),
    "wbc": Term("white blood cells"),
    "platelets": Term("platelets"),
    "haemoglobin": Term("haemoglobin"),
}
FALL_DAYS = site_count("CYTOPENIA.fall_days", _("a fall within"), 7, DAYS_UNIT, (2, 28))
PLT_FALL = site_value("CYTOPENIA.plt_fall", _("fall of platelets, at least"), "50", "%", ("20", "80"))
HB_FALL = site_value("CYTOPENIA.hb_fall", _("fall of haemoglobin, at least"), "2", "g/dL", ("1", "4"))
ANC_FALL = site_value("CYTOPENIA.anc_fall", _("fall of neutrophils that tells, at least"), "50", "%", ("20", "80"))
CY_DAYS = site_count("CYTOPENIA.cy_days", _("after cyclophosphamide, within"), 14, DAYS_UNIT, (7, 28))
HIDDEN_BELOW = site_value(
    "CYTOPENIA.hidden", _("hidden by glucocorticoid: neutrophils below"), "3000", UL, ("2000", "5000")
)
GC_FROM = site_value("CYTOPENIA.gc", _("glucocorticoid that hides, at least"), "20", "mg/day", ("5", "40"))
HALF = Decimal(50)  # %

LOW = _("%(test)s %(value)s %(unit)s on %(day)s, below %(limit)s")
POSSIBLE = _("%(test)s %(value)s %(unit)s on %(day)s: possibly below %(limit)s")
AGAIN = _("neutrophils below %(limit)s/µL: fever is an emergency")
FELL = _("%(test)s %(value)s %(unit)s on %(day)s, down from %(before)s on %(before_day)s")
HIDDEN = _(
    "neutrophils %(value)s/µL on %(day)s, half or less of %(before)s on %(before_day)s after cyclophosphamide: "
    "glucocorticoid hides marrow toxicity"
)
HIDDEN_BY = _(
    "neutrophils %(value)s/µL on %(day)s, down by %(percent)s %% or more from %(before)s on %(before_day)s after "
    "cyclophosphamide: glucocorticoid hides marrow toxicity"
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
    found = [x for code in LIMITS if (series := snapshot.series(code)) for x in _of(snapshot, code, series)]
    sure = sorted((x for x in found if not x.possible), key=lambda x: -x.severity)
    hidden = _hidden(snapshot)
    told = [*sure, *([hidden] if hidden is not None else [])] or found[:1]
    if not told:
        return
    why = [x.why for x in told]
    newest = [x.facts[0] for x in told]
    severe = SEVERE.of(snapshot)
    if any(x.code == "neutrophils" and x.quantity.below(severe) is YES for x in newest):
        why.append(reason(AGAIN, basis="J", limit=severe))
    if {"platelets", "haemoglobin"} <= {x.code for x in newest} and sure:
        why.append(reason(TOGETHER, basis="L"))
    last = max(newest, key=lambda x: x.on)
    why += [*named(snapshot, MARROW, last.day), *age(snapshot, last, COUNT_OLD_AFTER)]
    why += preliminary(*dict.fromkeys(newest))
    facts = [y for x in told for y in x.facts]
    known = min(x.known for x in told)
    yield issue(told[0].severity, why, *facts, known=known, possible=told[0].possible, again=(AGAIN,))


def _of(snapshot: Snapshot, code: str, series: Sequence[Measurement]) -> Iterator[Low]:
    """The newest count below a limit; else a fall that stands; else what may be below."""
    last = series[-1]
    mildest = LIMITS[code][-1][0].of(snapshot)
    for value, severity in LIMITS[code] if last.quantity.below(mildest) is YES else ():
        limit = value.of(snapshot)
        if last.quantity.below(limit) is YES:
            since = run_known(series, lambda x: x.quantity.below(mildest) is YES)
            yield Low(severity, _sentence(last, LOW, limit), (last,), since)
            return
    fall = _fall(snapshot, code, series)
    if fall is not None:
        yield fall
        return
    if last.quantity.below(mildest) is UNKNOWN:
        yield Low(INFO, _sentence(last, POSSIBLE, mildest), (last,), max(last.on, last.known), possible=True)


def _sentence(x: Measurement, message: str, limit: Decimal) -> Reason:
    parts: dict[str, Part] = {"value": x.quantity, "day": x.day, "limit": limit}
    return reason(message, facts=(x.id,), basis="J", test=NAMES[x.code], unit=MEASUREMENTS[x.code].symbol, **parts)


def _fall(snapshot: Snapshot, code: str, series: Sequence[Measurement]) -> Low | None:
    """Platelets halved, or haemoglobin down by 2, in 7 days; against the value that it fell from."""
    if code not in ("platelets", "haemoglobin") or len(series) < 2:
        return None
    by = HB_FALL.of(snapshot) if code == "haemoglobin" else PLT_FALL.fallen(snapshot)
    if _is_steady(code, series, by):
        return None
    days = FALL_DAYS.days(snapshot)
    found = frozen_run(series, lambda x, before: _highest(x, before, days, by), lambda x, before: ~_fell(x, before, by))
    if found is None:
        return None
    run, before = found
    last = run.newest
    parts: dict[str, Part] = {"value": last.quantity, "day": last.day}
    parts |= {"before": before.quantity, "before_day": before.day}
    unit = MEASUREMENTS[code].symbol
    why = reason(FELL, facts=(last.id, before.id), basis="J", test=NAMES[code], unit=unit, **parts)
    return Low(WARNING, why, (last, before), run.known)


def _is_steady(code: str, series: Sequence[Measurement], by: Decimal) -> bool:
    """Could no value have fallen so far from any other? Exact numbers, seen at once."""
    values = [x.quantity.value for x in series]
    if any(x.quantity.comparator for x in series):
        return False
    least, most = min(values), max(values)
    return most - least < by if code == "haemoglobin" else least > by * most


def _highest(x: Measurement, before: Sequence[Measurement], days: int, by: Decimal) -> Measurement | None:
    """The highest of the 7 days before, if it fell so far from it."""
    highest = max(of_days(before, x.day, -days, 0), key=lambda y: y.quantity.value, default=None)
    return highest if highest is not None and _fell(x, highest, by) is YES else None


def _fell(x: Measurement, before: Measurement, by: Decimal) -> Truth:
    """`by`: g/dL of haemoglobin; of platelets the share that is left."""
    if x.code == "haemoglobin":
        return minus(before.quantity, x.quantity).at_least(by)
    return ~ratio_exceeds(x.quantity, before.quantity, by)


def _hidden(snapshot: Snapshot) -> Low | None:
    """Neutrophils that fell by half after cyclophosphamide while glucocorticoid holds them up."""
    series = snapshot.series("neutrophils")
    if len(series) < 2 or series[-1].quantity.below(HIDDEN_BELOW.of(snapshot)) is not YES:
        return None
    last, days = series[-1], CY_DAYS.days(snapshot)
    given = [x for x in snapshot.treatments if x.drug in CYCLOPHOSPHAMIDE and _lately(x, last.day, days)]
    dose = dose_on(snapshot, last.day) if given else None
    before = max(of_days(series[:-1], last.day, -days, 0), key=lambda x: x.quantity.value, default=None)
    if dose is None or dose < GC_FROM.of(snapshot) or before is None:
        return None
    if ratio_exceeds(last.quantity, before.quantity, ANC_FALL.fallen(snapshot)) is not NO:
        return None
    parts: dict[str, Part] = {"value": last.quantity, "day": last.day}
    parts |= {"before": before.quantity, "before_day": before.day}
    message, percent = HIDDEN, ANC_FALL.of(snapshot)
    if percent != HALF:
        message, parts["percent"] = HIDDEN_BY, percent
    why = reason(message, facts=(last.id, before.id), basis="J", **parts)
    return Low(INFO, why, (last, before), max(last.on, last.known))


def _lately(cyclophosphamide: Treatment, day: date, days: int) -> bool:
    """Was a day of the course one of the 14 days up to a day? Oral cyclophosphamide without a last day runs on."""
    x = cyclophosphamide
    end = x.stop or (day if x.drug == "cy_oral" else x.day)
    return x.day <= day and (day - end).days <= days


RULE = Rule(
    code="CYTOPENIA",
    group=Group.ORGANS,
    version=1,
    title=_("Blood count low or falling"),
    source=_("A judgement of this product"),
    basis="J",
    detect=detect,
    values=(
        *(x for limits in LIMITS.values() for x, _severity in limits),
        *(FALL_DAYS, PLT_FALL, HB_FALL, HIDDEN_BELOW, ANC_FALL, CY_DAYS, GC_FROM, COUNT_OLD_AFTER),
    ),
)
