"""IVCY_CHECK: what speaks against the newest dose of intravenous cyclophosphamide or the next that is planned, or was
not looked at before it.

A judgement of this product [J]: specification 13 (117). Critical: white cells below 3,000, neutrophils below 1,500 in
the newest count of the 14 days up to the dose, finding infection, haematuria of those days unless it was recorded as
gone before the dose. Warning: no blood count on the 3 days before the dose or on its day; haematuria within 14 days
after it. A censored value that leaves it open is possible, info. The count due on days 7 to 14 is asked for by OVERDUE.
A planned dose is looked at from 3 days before it, its missing count from its day, until 3 days after it [J].
D0: the day of the dose.
Closes after 14 days, or with the next dose; the missing count: with a count after the dose; infection: when it is
over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.readings import preliminary
from monitoring.site_values import DAYS_UNIT, site_count, site_value
from patients.clinical.facts import Finding, Measurement
from patients.clinical.reasons import Part, Reason, _, reason
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
OF_A_PLANNED_DOSE = {
    LOW: _("%(test)s %(value)s /µL on %(day)s, below %(limit)s, before IVCY planned for %(dose_day)s"),
    MAY_BE_LOW: _("%(test)s %(value)s /µL on %(day)s, possibly below %(limit)s, before IVCY planned for %(dose_day)s"),
    INFECTION: _("infection recorded on %(day)s, and IVCY planned for %(dose_day)s"),
    HAEMATURIA_BEFORE: _("haematuria recorded on %(day)s, before IVCY planned for %(dose_day)s"),
    NO_COUNT: _("no blood count in the %(n)s days before IVCY planned for %(dose_day)s"),
}
IVCY = "ivcy"

Statement = tuple[Severity, bool, Reason, tuple[Measurement | Finding, ...]]


class _Dose(NamedTuple):
    """A dose that is looked at. `on`: when it was given, None while it is planned; `known`: since when it is known;
    `from_day`: the first day on which the rule looks at it."""

    day: date
    on: datetime | None
    known: datetime
    from_day: date

    def says(self, message: str, *facts: Measurement | Finding, **parts: Part) -> Reason:
        """The sentence about this dose."""
        worded = message if self.on else OF_A_PLANNED_DOSE[message]
        return reason(worded, facts=tuple(x.id for x in facts), basis="J", dose_day=self.day, **parts)


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue about the newest dose and the next one, the gravest reason first."""
    statements = [(dose, x) for dose in _doses(situation) for x in _told(situation, dose)]
    if not statements:
        return
    statements.sort(key=lambda x: (x[1][1], -x[1][0]))
    dose, (severity, possible, _why, facts) = statements[0]
    every = [fact for _dose, x in statements for fact in x[3]]
    measured = [x for x in every if isinstance(x, Measurement)]
    on = dose.day if dose.on or not facts else dose.from_day
    known = max([dose.on or situation.start_of_day(on), dose.known, *(x.known for x in facts)])
    reasons = (*(x[2] for _dose, x in statements), *preliminary(*measured))
    yield issue(severity, reasons, *every, on=on, known=known, possible=possible)


def _doses(situation: Situation) -> Iterator[_Dose]:
    """The newest dose of the last 14 days; the next one that is planned, from 3 days before it to 3 days after it,
    unless it was given: a dose is recorded on one of the 3 days before it, or later."""
    snapshot = situation.snapshot
    doses = [x for x in snapshot.treatments if x.drug == IVCY]
    if doses and snapshot.days_since(doses[-1].day) <= AFTER_DAYS.days(snapshot):
        newest = doses[-1]
        yield _Dose(day=newest.day, on=newest.on, known=newest.first_known, from_day=newest.day)
    around = timedelta(days=COUNT_DAYS.days(snapshot))
    for x in sorted((x for x in situation.planned if x.drug == IVCY), key=lambda x: (x.day, x.since)):
        begin, end = x.day - around, x.day + around
        near = begin <= snapshot.today and snapshot.today <= end  # each asked by itself, so that the clock notes both
        if near and not any(dose.day >= begin for dose in doses):
            yield _Dose(day=x.day, on=None, known=x.since, from_day=begin)
            return


def _told(situation: Situation, dose: _Dose) -> Iterator[Statement]:
    yield from _counts(situation, dose)
    infection = _newest(situation, "infection")
    if infection is not None and infection.present and (dose.on is None or infection.day <= dose.day):
        yield Severity.CRITICAL, False, dose.says(INFECTION, infection, day=infection.day), (infection,)
    yield from _haematuria(situation, dose)


def _haematuria(situation: Situation, dose: _Dose) -> Iterator[Statement]:
    """What the newest of it before the dose says, and each that follows the dose."""
    statements = [x for x in situation.snapshot.findings_of("haematuria") if x.present is not None]
    earliest, latest = BEFORE_DAYS.days(situation.snapshot), AFTER_DAYS.days(situation.snapshot)
    before = [x for x in statements if dose.on is None or x.on <= dose.on]
    for finding in (*before[-1:], *statements[len(before) :]):
        if not finding.present or not -earliest <= (finding.day - dose.day).days <= latest:
            continue
        if dose.on is None or finding.on <= dose.on:
            yield Severity.CRITICAL, False, dose.says(HAEMATURIA_BEFORE, finding, day=finding.day), (finding,)
        else:
            yield Severity.WARNING, False, dose.says(HAEMATURIA_AFTER, finding, day=finding.day, n=latest), (finding,)


def _counts(situation: Situation, dose: _Dose) -> Iterator[Statement]:
    snapshot = situation.snapshot
    first = dose.day - timedelta(days=BEFORE_DAYS.days(snapshot))
    for code, value in LIMITS.items():
        limit = value.of(snapshot)
        before = [x for x in snapshot.series(code) if first <= x.day and (dose.on is None or x.day <= dose.day)]
        answer = before[-1].quantity.interval.below(limit) if before else NO
        if answer is not NO:
            newest = before[-1]
            message = LOW if answer is YES else MAY_BE_LOW
            test = short_term("test", code)
            why = dose.says(message, newest, day=newest.day, test=test, value=newest.quantity, limit=limit)
            yield Severity.CRITICAL, answer is not YES, why, (newest,)
    if dose.on is None and not dose.day <= snapshot.today:
        return  # a count of the morning is early enough
    days = [x.day for code in LIMITS for x in snapshot.series(code)]
    n = COUNT_DAYS.days(snapshot)
    looked_at = any(dose.day - timedelta(days=n) <= day for day in days)
    if not looked_at:
        yield Severity.WARNING, False, dose.says(NO_COUNT, n=n), ()


def _newest(situation: Situation, code: str) -> Finding | None:
    statements = [x for x in situation.snapshot.findings_of(code) if x.present is not None]
    return statements[-1] if statements else None


RULE = Rule(
    code="IVCY_CHECK",
    group=Group.ORGANS,
    version=2,
    title=_("Before and after intravenous cyclophosphamide"),
    source=_("judgement of this product"),
    basis="J",
    detect=detect,
    values=(*LIMITS.values(), COUNT_DAYS, BEFORE_DAYS, AFTER_DAYS),
)
