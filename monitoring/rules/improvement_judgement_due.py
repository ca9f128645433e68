"""IMPROVEMENT_JUDGEMENT_DUE: the clinician's judgement of improvement is due.

Source: T1 [S]: worse within 2 weeks, not improved within 4 weeks of GC, so asked on days 14 and 28. T2, T3, T4 [J]:
seven days after day 0 or after the last judgement (specification 5, 11 (24), (35)); after an improvement 4 weeks, 3
and 6 months later, then every 6 months (13 (90)). A judgement up to three days before day 14 or 28 answers it (rounds
and weekends) [J]. D0: first dose of the running step. Warning [J].
At once, when a criterion of N1 is newly met after an improvement (12 (42); a fall of PaO2 alone that leaves 80 mmHg on
air as info, 13 (74)), and critical, when one is newly met under 14 days of a high dose of glucocorticoid (13 (67));
and on the day on which oxygen, or more of it, is needed on the step (13 (111)).
The gravest open question gives severity and day; all of them are named, and one that is asked at once asks for a new
acknowledgement where an older one was acknowledged and not answered [J].
Closes when a judgement is recorded, the step has been answered "no" (the chart has moved on), its drugs are stopped, or
the next step starts.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.clock import T1_DAYS, VALUES, Question, questions
from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from patients.clinical.course import known_moment
from patients.clinical.oxygen_need import Rise, rise_reason
from patients.clinical.reasons import _, reason
from patients.clinical.regimen import StepStart
from patients.clinical.response import Reopened, improvement
from patients.clinical.truth import NO

OXYGEN = _("improvement on %(step)s is asked at once: oxygen, or more of it, is needed")
AGAIN = _("improvement on %(step)s is asked again: worse after it was judged improved")
UNDER_GC = _("improvement on %(step)s is asked at once: worse under a high dose of glucocorticoid")
NOT_RECORDED = _("improvement on %(step)s was to be judged on %(day)s, day %(n)s, and is not recorded")
NOT_IN_4_WEEKS = _(
    "4 weeks of %(step)s are over: improvement was to be judged on %(day)s, day %(n)s, and is not recorded"
)


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue while a judgement is due on the running step: of the gravest question, with all that are open."""
    start, snapshot = situation.regimen.running, situation.snapshot
    if start is None or not situation.regimen.standing:
        return
    due = [x for x in questions(snapshot, start) if x.day <= snapshot.today]
    if not due or improvement(snapshot, start).answer is NO:
        return
    asked = sorted((_asked(situation, start, x) for x in due), key=lambda x: -x.severity)
    whole = tuple(each for x in asked for each in x.reasons)
    facts = tuple(dict.fromkeys(each for x in asked for each in x.facts))
    yield asked[0]._replace(reasons=whole, facts=facts, again=frozenset().union(*(x.again for x in asked)))


def _asked(situation: Situation, start: StepStart, question: Question) -> Issue:
    if question.again is not None:
        return _at_once(situation, start, question.again)
    if question.rise is not None:
        return _for_oxygen(start, question.rise)
    due = question.day
    basis, n = "S" if start.step == "T1" else "J", (due - start.day).days
    message = NOT_IN_4_WEEKS if start.step == "T1" and n == T1_DAYS[-1] else NOT_RECORDED
    why = reason(message, basis=basis, step=start.step, day=due, n=n)
    anew = (message,) if message == NOT_IN_4_WEEKS else ()  # though day 14 was not answered either
    return issue(Severity.WARNING, why, on=due, known=situation.start_of_day(due), again=anew)


def _at_once(situation: Situation, start: StepStart, again: Reopened) -> Issue:
    severity = Severity.INFO if again.mild else Severity.WARNING
    if again.under_gc:
        severity = Severity.CRITICAL
    message = UNDER_GC if again.under_gc else AGAIN
    why = (reason(message, basis="J", step=start.step), *(x.reason for x in again.worsening))
    known = max((x.known for x in again.worsening), default=situation.start_of_day(again.day))
    anew = () if severity is Severity.INFO else (message,)
    return issue(severity, why, *(x.fact for x in again.worsening), on=again.day, known=known, again=anew)


def _for_oxygen(start: StepStart, rise: Rise) -> Issue:
    fact = rise.oxygen.fact
    why = (reason(OXYGEN, basis="J", step=start.step), rise_reason(rise))
    return issue(Severity.WARNING, why, fact, known=known_moment(fact), again=(OXYGEN,))


RULE = Rule(
    code="IMPROVEMENT_JUDGEMENT_DUE",
    group=Group.RESPONSE,
    version=4,
    title=_("Judgement of improvement due"),
    source=_(
        "Kurasawa and Arai 2014, Figure 1 (10.2147/ODRR.S50355); the weekly question is a judgement of this product"
    ),
    basis="J",
    detect=detect,
    values=VALUES,
)
