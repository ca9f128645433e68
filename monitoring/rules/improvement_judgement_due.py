"""IMPROVEMENT_JUDGEMENT_DUE: the clinician's judgement of improvement is due.

Source: T1 [S]: worse within 2 weeks, not improved within 4 weeks of GC, so asked on days 14 and 28. T2, T3, T4 [J]:
seven days after day 0 or after the last judgement (specification 5, 11 (24), (35)). A judgement up to three days
before day 14 or 28 answers it (rounds and weekends) [J]. D0: first dose of the running step. Warning [J].
Closes when a judgement is recorded, the step has been answered "no" (the chart has moved on), its drugs are stopped, or
the next step starts.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.clock import next_due
from monitoring.engine import Issue, Remark, Rule, Severity, Situation, issue
from patients.clinical.reasons import _, reason
from patients.clinical.response import improvement
from patients.clinical.truth import Truth


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue while a judgement is due on the running step."""
    start = situation.regimen.running
    if start is None or not situation.regimen.standing:
        return
    due = next_due(situation.snapshot.judgements, start)
    if due is None or due > situation.snapshot.today:
        return
    if improvement(situation.snapshot, start).answer is Truth.NO:
        return
    message = _("improvement on %(step)s was to be judged on %(day)s, day %(n)s, and is not recorded")
    why = reason(message, basis="S" if start.step == "T1" else "J", step=start.step, day=due, n=(due - start.day).days)
    yield issue(Severity.WARNING, why, on=due, known=situation.dawn(due))


RULE = Rule(
    "IMPROVEMENT_JUDGEMENT_DUE",
    1,
    _("Judgement of improvement due"),
    _("Kurasawa and Arai 2014, Figure 1 (10.2147/ODRR.S50355); the weekly question is a judgement of this product"),
    "J",
    detect,
)
