"""IVCY_CHECK: what speaks against the newest dose of intravenous cyclophosphamide, or was not looked at before it.

A judgement of this product [J]: specification 13 (117). Critical: white cells below 3,000, neutrophils below 1,500 in
the newest count of the 14 days up to the dose, finding infection, haematuria of those days unless it was recorded as
gone before the dose. Warning: no blood count on the 3 days before the dose or on its day; haematuria within 14 days
after it. A censored value that leaves it open is possible, info. The count due on days 7 to 14 is asked for by OVERDUE.
D0: the day of the dose.
Closes after 14 days, or with the next dose; the missing count: with a count after the dose; infection: when it is
over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.readings import preliminary
from monitoring.site_values import DAYS_UNIT, site_count, site_value
from patients.clinical.facts import Finding, Measurement, Treatment
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.truth import NO, YES
from patients.clinical.vocabulary import short_term

LIMITS = {
    "wbc": site_value("IVCY_CHECK.wbc", _("white cells before the dose, below"), "3000", "/µL", ("2000", "4000")),
    "neutrophils": site_value(
        "IVCY_CHECK.neutrophils", _("neutrophils before the dose, below"), "1500", "/µL", ("1000", "2500")
    ),
}
COUNT_DAYS = site_count("IVCY_CHECK.count_days", _("a count before the dose within"), 3, DAYS_UNIT, (1, 7))
BEFORE_DAYS = site_count("IVCY_CHECK.before", _("looked at before the dose"), 14, DAYS_UNIT, (7, 28))
AFTER_DAYS = site_count("IVCY_CHECK.after", _("looked at after the dose"), 14, DAYS_UNIT, (7, 28))

LOW = _("%(test)s %(value)s /µL on %(day)s, below %(limit)s, before IVCY of %(dose_day)s")
MAY_BE_LOW = _("%(test)s %(value)s /µL on %(day)s, possibly below %(limit)s, before IVCY of %(dose_day)s")
INFECTION = _("infection recorded on %(day)s, and IVCY on %(dose_day)s")
HAEMATURIA_BEFORE = _("haematuria recorded on %(day)s, before IVCY of %(dose_day)s")
HAEMATURIA_AFTER = _("haematuria on %(day)s, within %(n)s days after IVCY of %(dose_day)s")
NO_COUNT = _("no blood count in the %(n)s days before IVCY of %(dose_day)s")

Told = tuple[Severity, bool, Reason, tuple[Measurement | Finding, ...]]


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue about the newest dose, the gravest reason first."""
    doses = [x for x in situation.snapshot.treatments if x.drug == "ivcy"]
    if not doses or situation.snapshot.days_since(doses[-1].day) > AFTER_DAYS.days(situation.snapshot):
        return
    told = sorted(_told(situation, doses[-1]), key=lambda x: (x[1], -x[0]))
    if not told:
        return
    severity, possible = told[0][0], told[0][1]
    facts = [fact for x in told for fact in x[3]]
    measured = [x for x in facts if isinstance(x, Measurement)]
    known = max([doses[-1].on, doses[-1].first_known, *(x.known for x in told[0][3])])
    reasons = (*(x[2] for x in told), *preliminary(*measured))
    yield issue(severity, reasons, *facts, on=doses[-1].day, known=known, possible=possible)


def _told(situation: Situation, dose: Treatment) -> Iterator[Told]:
    yield from _counts(situation, dose)
    infection = _newest(situation, "infection")
    if infection is not None and infection.present and infection.day <= dose.day:
        yield Severity.CRITICAL, False, _finding(INFECTION, infection, dose), (infection,)
    yield from _haematuria(situation, dose)


def _haematuria(situation: Situation, dose: Treatment) -> Iterator[Told]:
    """What the newest of it before the dose says, and each that follows the dose."""
    told = [x for x in situation.snapshot.findings_of("haematuria") if x.present is not None]
    earliest, latest = BEFORE_DAYS.days(situation.snapshot), AFTER_DAYS.days(situation.snapshot)
    before = [x for x in told if x.on <= dose.on]
    for finding in (*before[-1:], *(x for x in told if x.on > dose.on)):
        if not finding.present or not -earliest <= (finding.day - dose.day).days <= latest:
            continue
        if finding.on <= dose.on:
            yield Severity.CRITICAL, False, _finding(HAEMATURIA_BEFORE, finding, dose), (finding,)
        else:
            days = {"day": finding.day, "dose_day": dose.day}
            why = reason(HAEMATURIA_AFTER, facts=(finding.id,), basis="J", n=latest, **days)
            yield Severity.WARNING, False, why, (finding,)


def _counts(situation: Situation, dose: Treatment) -> Iterator[Told]:
    snapshot = situation.snapshot
    first = dose.day - timedelta(days=BEFORE_DAYS.days(snapshot))
    for code, value in LIMITS.items():
        limit = value.of(snapshot)
        before = [x for x in snapshot.series(code) if first <= x.day <= dose.day]
        answer = before[-1].quantity.interval.below(limit) if before else NO
        if answer is not NO:
            newest = before[-1]
            parts = {"day": newest.day, "dose_day": dose.day}
            message = LOW if answer is YES else MAY_BE_LOW
            test = short_term("test", code)
            why = reason(message, facts=(newest.id,), basis="J", test=test, value=newest.quantity, limit=limit, **parts)
            yield Severity.CRITICAL, answer is not YES, why, (newest,)
    days = [x.day for code in LIMITS for x in snapshot.series(code)]
    n = COUNT_DAYS.days(snapshot)
    looked_at = any(dose.day - timedelta(days=n) <= day for day in days)
    if not looked_at:
        yield Severity.WARNING, False, reason(NO_COUNT, basis="J", n=n, dose_day=dose.day), ()


def _newest(situation: Situation, code: str) -> Finding | None:
    told = [x for x in situation.snapshot.findings_of(code) if x.present is not None]
    return told[-1] if told else None


def _finding(message: str, finding: Finding, dose: Treatment) -> Reason:
    return reason(message, facts=(finding.id,), basis="J", day=finding.day, dose_day=dose.day)


RULE = Rule(
    code="IVCY_CHECK",
    group=Group.ORGANS,
    version=1,
    title=_("Before and after intravenous cyclophosphamide"),
    source=_("judgement of this product"),
    basis="J",
    detect=detect,
    values=(*LIMITS.values(), COUNT_DAYS, BEFORE_DAYS, AFTER_DAYS),
)
