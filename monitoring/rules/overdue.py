"""OVERDUE: a test that the course and its treatment ask for was not done in time; one alert per test.

All intervals and graces are judgements of this product [J] (specification 8 "Overdue", 11 (38); the table with its
numbers and sources is monitoring/intervals.py). D0: first dose of the running step, else the day A/S became known.
Closes when the test is done, or when its plan ends: another step, another course, the drug stopped.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.interactions import VALUES as OF_INTERACTIONS
from monitoring.intervals import VALUES, DueTest, due_tests
from patients.clinical.reasons import Part, Reason, _, reason

NEVER = _("%(test)s was due on %(due)s (%(how)s); there is none yet")
NEVER_IN = _("%(test)s was due on %(due)s (every %(n)s days); there is none yet")
SINCE_IN = _("%(test)s was due on %(due)s (every %(n)s days); the last is of %(last)s")
SINCE = _("%(test)s was due on %(due)s (%(how)s); the last is of %(last)s")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue per overdue test, named by its measurement code."""
    for test in due_tests(situation):
        if situation.snapshot.today >= test.overdue_from:
            facts = (test.last,) if test.last else ()
            known = situation.start_of_day(test.overdue_from)
            yield issue(Severity.WARNING, _reason(test), *facts, subject=test.code, on=test.due, known=known)


def _reason(test: DueTest) -> Reason:
    parts: dict[str, Part] = {"test": test.name, "due": test.due}
    parts |= {"how": test.how} if test.every is None else {"n": test.every}
    if test.last is None:
        return reason(NEVER if test.every is None else NEVER_IN, facts=(), basis="J", **parts)
    parts["last"] = test.last.day
    return reason(SINCE if test.every is None else SINCE_IN, facts=(test.last.id,), basis="J", **parts)


RULE = Rule(
    code="OVERDUE",
    group=Group.OVERDUE,
    version=2,
    title=_("Test overdue"),
    source=_("A judgement of this product; lung function in chronic disease: ACR/CHEST 2023 (10.1002/art.42860)"),
    basis="J",
    detect=detect,
    counts_any_value=True,
    values=(*VALUES, *OF_INTERACTIONS),  # which ask for levels
)
