"""CNI_NEURO_TMA: under a calcineurin inhibitor a sign of PRES, or a thrombotic microangiopathy.

Source: specification 13 (116). (a) PRES [L ciclosporin label]: seizure, visual disturbance or confusion that is new, or
new headache with 160 mmHg systolic or 100 diastolic or more within a day of any entry of it under the drug; how severe
it is, nobody records, so that any counts [J].
(b) TMA: platelets down by 30 % or more and below 150 x 10^3/uL, haemoglobin down by 1.5 g/dL or more,
and LDH up by 20 % or creatinine by 25 % or more, within 14 days [J]; survival 19 % in PM/DM [L
10.2169/internalmedicine.0512-17; 10.1111/1346-8138.17004]. Critical; (b) is a warning within 7 days of plasma exchange
and on days 7-14 of IVCY, which explain such counts [J]. D0: none, background too.
An event: a person closes it, by acknowledging it. Closes by itself when an entry says that the sign is absent, and 14
days after the last dose of a calcineurin inhibitor [J].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, Use, issue
from monitoring.microangiopathy import VALUES, Microangiopathy, microangiopathies
from monitoring.site_values import DAYS_UNIT, site_count
from patients.clinical.courses import CALCINEURIN_INHIBITORS, last_day, runs_on
from patients.clinical.facts import Fact, Finding, Measurement, Treatment
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import YES
from patients.clinical.vocabulary import short_term, term

SIGNS = ("seizure", "visual_disturbance", "confusion")
HEADACHE = "headache"
PRESSURES = {"systolic_bp": Decimal(160), "diastolic_bp": Decimal(100)}  # mmHg, at least [L]
PRESSURE_WITHIN = site_count("CNI_NEURO_TMA.pressure", _("pressure and headache, apart at most"), 1, DAYS_UNIT, (0, 7))
AFTER_LAST_DOSE = site_count("CNI_NEURO_TMA.after", _("told after the last dose for"), 14, DAYS_UNIT, (3, 60))
# days that explain the counts
EXCHANGE_DAYS = site_count("CNI_NEURO_TMA.exchange", _("explained: after plasma exchange for"), 7, DAYS_UNIT, (1, 28))
IVCY_FROM = site_count("CNI_NEURO_TMA.ivcy_from", _("explained: after IVCY from day"), 7, DAYS_UNIT, (3, 10))
IVCY_TO = site_count("CNI_NEURO_TMA.ivcy_to", _("explained: after IVCY to day"), 14, DAYS_UNIT, (10, 28))

SIGN = _("%(finding)s on %(day)s under %(drug)s: PRES? Blood pressure, level, magnesium, MRI")
WITH_PRESSURE = _("headache on %(day)s under %(drug)s, %(test)s %(value)s mmHg on %(pressure_day)s: PRES?")
COUNTS = _("platelets %(before)s to %(after)s ×10³/µL from %(day_before)s to %(day)s under %(drug)s: TMA?")
HB = _("haemoglobin %(before)s to %(after)s g/dL from %(day_before)s to %(day)s")
ROSE = _("%(test)s %(before)s to %(after)s %(unit)s from %(day_before)s to %(day)s")
ASK = _("smear, haptoglobin, ADAMTS13; the calcineurin inhibitor is in question")
EXPLAINED = _("plasma exchange of the last %(days)s days, or days %(first)s-%(last)s of IVCY, may explain it")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue for both: what is new of either makes it another event."""
    snapshot = situation.snapshot
    courses = [x for x in snapshot.treatments if x.drug in CALCINEURIN_INHIBITORS]
    if not courses or not _still_told(snapshot, courses):
        return
    why: list[Reason] = []
    facts: list[Fact] = []
    news: list[Fact] = []
    for sign, said, others in _neurological(snapshot, courses):
        why.append(said)
        facts += [sign, *others]
        news.append(sign)
    severity = Severity.CRITICAL
    counts = microangiopathies(snapshot, courses)
    if counts:
        explained = _explained(snapshot, counts[-1])
        severity = Severity.WARNING if explained and not why else severity
        why += _blood(counts[-1], courses)
        why += [_explanation(snapshot)] if explained else []
        facts += counts[-1].facts
        news.append(counts[-1].platelets.later)
    if why:
        yield issue(severity, why, *facts, news=news, on=max(x.day for x in news))


def _still_told(snapshot: Snapshot, courses: Sequence[Treatment]) -> bool:
    ends, days = [last_day(x) for x in courses], AFTER_LAST_DOSE.days(snapshot)
    return any(end is None or snapshot.days_since(end) <= days for end in ends)


def _given_on(courses: Sequence[Treatment], fact: Fact) -> Treatment | None:
    """The calcineurin inhibitor that ran on the day of a fact."""
    return next((x for x in reversed(courses) if runs_on(x, fact.day)), None)


# -- (a) --------------------------------------------------------------------------------------------------------------


def _neurological(
    snapshot: Snapshot, courses: Sequence[Treatment]
) -> Iterator[tuple[Finding, Reason, tuple[Measurement, ...]]]:
    """Signs that began under the drug and were not said to be absent since."""
    for code in (*SIGNS, HEADACHE):
        run = _run(snapshot, code)
        given = _given_on(courses, run[0]) if run else None
        if given is None:
            continue
        if code == HEADACHE:
            yield from _headache(snapshot, courses, run)
            continue
        first, drug = run[0], term("drug", given.drug)
        finding = term("finding", code)
        yield first, reason(SIGN, facts=(first.id,), basis="L", finding=finding, day=first.day, drug=drug), ()


def _headache(
    snapshot: Snapshot, courses: Sequence[Treatment], run: Sequence[Finding]
) -> Iterator[tuple[Finding, Reason, tuple[Measurement, ...]]]:
    """The first entry of the run, under the drug, that a pressure high enough goes with."""
    for x in run:
        given, pressure = _given_on(courses, x), _pressure(snapshot, x)
        if given is None or pressure is None:
            continue
        parts = {"test": short_term("test", pressure.code), "drug": term("drug", given.drug)}
        days = {"day": x.day, "pressure_day": pressure.day}
        ids = (x.id, pressure.id)
        said = reason(WITH_PRESSURE, facts=ids, basis="L", value=pressure.quantity, **parts, **days)
        yield x, said, (pressure,)
        return


def _run(snapshot: Snapshot, code: str) -> list[Finding]:
    """The entries of the run at the end of the record that say that it is there."""
    run: list[Finding] = []
    for x in snapshot.findings_of(code):
        if x.present is not None:
            run = [*run, x] if x.present else []
    return run


def _pressure(snapshot: Snapshot, headache: Finding) -> Measurement | None:
    """The first pressure that is high enough within a day of the headache."""
    days = PRESSURE_WITHIN.days(snapshot)
    for code, limit in PRESSURES.items():
        for x in snapshot.series(code):
            near = abs((x.day - headache.day).days) <= days
            if near and x.quantity.at_least(limit) is YES:
                return x
    return None


# -- (b) --------------------------------------------------------------------------------------------------------------


def _blood(seen: Microangiopathy, courses: Sequence[Treatment]) -> Iterator[Reason]:
    given = _given_on(courses, seen.platelets.later) or courses[-1]
    for message, change in ((COUNTS, seen.platelets), (HB, seen.haemoglobin), *((ROSE, x) for x in seen.rises)):
        parts = {"before": change.earlier.quantity, "after": change.later.quantity}
        days = {"day_before": change.earlier.day, "day": change.later.day}
        names: dict[str, Term | str] = {"drug": term("drug", given.drug)} if message == COUNTS else {}
        if message == ROSE:
            code = change.later.code
            names |= {"test": short_term("test", code), "unit": MEASUREMENTS[code].symbol}
        yield reason(message, facts=(change.earlier.id, change.later.id), basis="J", **parts, **days, **names)
    yield reason(ASK, basis="L")


def _explained(snapshot: Snapshot, seen: Microangiopathy) -> bool:
    """Within 7 days of plasma exchange, or on days 7-14 of a dose of IVCY?"""
    first, last, exchange = IVCY_FROM.days(snapshot), IVCY_TO.days(snapshot), EXCHANGE_DAYS.days(snapshot)
    for x in snapshot.treatments:
        days = (seen.day - x.day).days
        if x.drug == "ivcy" and first <= days <= last:
            return True
        ended = x.stop + timedelta(days=exchange) if x.stop is not None else None
        if x.drug == "plasma_exchange" and days >= 0 and (ended is None or seen.day <= ended):
            return True
    return False


def _explanation(snapshot: Snapshot) -> Reason:
    days = {"first": IVCY_FROM.days(snapshot), "last": IVCY_TO.days(snapshot), "days": EXCHANGE_DAYS.days(snapshot)}
    return reason(EXPLAINED, facts=(), basis="J", **days)


RULE = Rule(
    code="CNI_NEURO_TMA",
    group=Group.ORGANS,
    version=2,
    title=_("PRES or thrombotic microangiopathy under a calcineurin inhibitor"),
    source=_("label of ciclosporin; 10.2169/internalmedicine.0512-17; 10.1111/1346-8138.17004"),
    basis="L",
    detect=detect,
    event=True,
    uses=(Use.HEALTH_STATUS,),
    values=(PRESSURE_WITHIN, AFTER_LAST_DOSE, *VALUES, EXCHANGE_DAYS, IVCY_FROM, IVCY_TO),
)
