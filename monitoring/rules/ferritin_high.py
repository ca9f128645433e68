"""FERRITIN_HIGH: the newest ferritin is above 1,000 ng/mL; again (critical) from 1,500 ng/mL.

Source [S]: Kurasawa and Arai 2014, Figure 3 (> 1,000 ng/mL) and the survival split at 1,500 ng/mL of Gono 2010 that it
quotes. Warning above 1,000, critical from 1,500: specification 11 (19) [J]. D0: none, in any course.
Closes when a newer sample is not above 1,000 ng/mL.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age
from monitoring.limits import FERRITIN_CRITICAL_FROM, beyond
from monitoring.readings import preliminary, run_known
from patients.clinical.poor_risk import FERRITIN_LIMIT
from patients.clinical.reasons import _, reason
from patients.clinical.truth import NO, UNKNOWN, YES

LIMIT = FERRITIN_LIMIT  # 1,000 ng/mL, more than [S]
CRITICAL_FROM = FERRITIN_CRITICAL_FROM  # 1,500 ng/mL, at least [S]

MESSAGES = {
    Severity.INFO: _("ferritin %(value)s ng/mL on %(day)s: possibly > 1,000"),
    Severity.WARNING: _("ferritin %(value)s ng/mL on %(day)s > 1,000"),
    Severity.CRITICAL: _("ferritin %(value)s ng/mL on %(day)s, 1,500 or more"),
}


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """An issue when the newest value is above the limit; "possible" when it is censored and may be."""
    series = situation.snapshot.series("ferritin")
    if not series:
        return
    newest = series[-1]
    above = beyond(newest)
    if above is NO:
        return
    grave = newest.quantity.interval.at_least(CRITICAL_FROM) is YES
    severity = Severity.CRITICAL if grave else Severity.WARNING
    severity = severity if above is YES else Severity.INFO
    why = reason(MESSAGES[severity], facts=(newest.id,), value=newest.quantity, day=newest.day)
    known = run_known(series, lambda x: beyond(x) is above)
    notes = (*age(situation.snapshot, newest), *preliminary(newest))
    yield issue(severity, (why, *notes), newest, known=known, possible=above is UNKNOWN)


RULE = Rule(
    code="FERRITIN_HIGH",
    group=Group.COURSE,
    version=2,
    title=_("Ferritin above 1,000 ng/mL"),
    source=_("Kurasawa and Arai 2014, Figure 3; Gono 2010 as quoted there (10.2147/ODRR.S50355)"),
    basis="S",
    detect=detect,
    titled_by_value=True,
    values=(OLD_AFTER,),
)
