"""SENT_VALUE_WAITS: a value that a machine sent would change what is done, and waits for a person to say what it lacks.

The limits are those of the rules that would judge the value if it were on the record: ferritin above 1,000 ng/mL, or
1,500 ng/mL and more (FERRITIN_HIGH), PaO2 below 60 mmHg (PAO2_LOW), anti-MDA5 positive or weakly so (POOR_RISK_MET)
[S]; SpO2, creatinine, aminotransferases and bilirubin, potassium, glucose, blood counts, beta-D-glucan, CMV and levels
of CsA and tacrolimus at the limits of their rules (`monitoring.waiting_limits`); that it is told before it is on the
record is a judgement of this product [J]. A value of the paper's tests without a clear unit counts where it is beyond
the limit in a unit that it may be in, one of the others where it is in every one. One that is older than the newest
value of its test on the record is not told: what it says was overtaken; nor is one whose danger that value tells. D0:
none, in any course.
Closes when the result is taken or refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.limits import FERRITIN_CRITICAL_FROM
from monitoring.waiting_limits import gravity
from patients.clinical.awaiting import Awaiting
from patients.clinical.poor_risk import FERRITIN_LIMIT, PAO2_LIMIT
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO
from patients.clinical.vocabulary import term

MDA5 = "anti_mda5"
ANSWERS = {"positive": Severity.CRITICAL, "weak_positive": Severity.WARNING}
WAITS = _("%(test)s %(value)s, sampled %(day)s, was sent and is not on the record: it waits since %(since)s")
WAITS_UNDATED = _("%(test)s %(value)s was sent without a time and is not on the record: it waits since %(since)s")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """An issue for each test, about the gravest value that waits."""
    for waiting in situation.awaiting:
        severity = _severity(waiting, situation.snapshot)
        if severity is None or _overtaken(waiting, situation.snapshot) or _told(waiting, severity, situation.snapshot):
            continue
        on = situation.day_of(waiting.on or waiting.since)
        yield issue(severity, _why(waiting, on), subject=waiting.code, on=on, known=waiting.since)


def _why(waiting: Awaiting, day: date) -> Reason:
    test = term("antibody" if waiting.code == MDA5 else "test", waiting.code)
    if waiting.on is None:
        return reason(WAITS_UNDATED, basis="J", test=test, value=waiting.text, since=waiting.since)
    return reason(WAITS, basis="J", test=test, value=waiting.text, day=day, since=waiting.since)


def _told(waiting: Awaiting, severity: Severity, snapshot: Snapshot) -> bool:
    """Does the newest value on the record tell the same danger, or a graver one?"""
    if waiting.code == MDA5:
        results = [x.result for x in snapshot.antibodies if x.code == MDA5]
        return bool(results) and ANSWERS.get(results[-1], Severity.INFO) >= severity
    newest = snapshot.series(waiting.code)[-1:]
    known = [x.quantity for x in newest if not x.quantity.censored]
    told = (Awaiting(code=waiting.code, text="", since=waiting.since, amounts=(x,)) for x in known)
    said = [_severity(x, snapshot) for x in told]
    return any(x is not None and x >= severity for x in said)


def _severity(waiting: Awaiting, snapshot: Snapshot) -> Severity | None:
    if waiting.code == "ferritin":
        if any(x.at_least(FERRITIN_CRITICAL_FROM) is not NO for x in waiting.amounts):
            return Severity.CRITICAL
        return Severity.WARNING if any(x.above(FERRITIN_LIMIT) is not NO for x in waiting.amounts) else None
    if waiting.code == "pao2":
        return Severity.CRITICAL if any(x.below(PAO2_LIMIT) is not NO for x in waiting.amounts) else None
    if waiting.code == MDA5:
        return ANSWERS.get(waiting.answer)
    return gravity(waiting, snapshot)


def _overtaken(waiting: Awaiting, snapshot: Snapshot) -> bool:
    """Is there a newer value on the record?"""
    on = waiting.on
    if on is None:
        return False
    known = (*snapshot.series(waiting.code), *(x for x in snapshot.antibodies if x.code == waiting.code))
    return any(x.on > on for x in known)


RULE = Rule(
    code="SENT_VALUE_WAITS",
    group=Group.COURSE,
    version=3,
    title=_("A grave value was sent and is not on the record"),
    source=_("Limits of the rules that would judge it; telling it while it waits is a judgement of this product"),
    basis="J",
    detect=detect,
)
