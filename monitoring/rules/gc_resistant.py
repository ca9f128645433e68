"""GC_RESISTANT: worse within 2 weeks of starting glucocorticoid, or not improved within 4 weeks.

Source [S]: Kurasawa and Arai 2014, notes to Figure 1 and Table 1. Worse on days 15-27 counts too and says that it is
after the two weeks of the paper; T1 only; critical: specification 11 (11), (32), (36) [J].
D0: first dose of T1. Closes when the next step starts or a later judgement says improved; found on the very day on
which the next step starts, it stands for that day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from monitoring.engine import Issue, Remark, Rule, Severity, Situation, issue
from patients.clinical.facts import Judgement
from patients.clinical.reasons import _
from patients.clinical.response import NOT_IMPROVED_DAYS, gc_resistance, step_judged_for_gc
from patients.clinical.truth import Truth


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue while T1 runs, or on the day on which it was replaced, if its answer is resistance."""
    start = step_judged_for_gc(situation.snapshot, situation.regimen)
    judged = gc_resistance(situation.snapshot, situation.regimen)
    if start is None or judged.answer is not Truth.YES:
        return
    facts = situation.facts_of(judged.reasons)
    known = max(max(x.on, x.known) for x in facts)
    if any(isinstance(x, Judgement) and x.improvement == "unchanged" for x in facts):
        known = max(known, situation.dawn(start.day + timedelta(days=NOT_IMPROVED_DAYS)))
    if start != situation.regimen.running and known < situation.dawn(situation.snapshot.today):
        return  # found before the day on which the next step started
    yield issue(Severity.CRITICAL, judged.reasons, *facts, known=known)


RULE = Rule(
    "GC_RESISTANT",
    1,
    _("Resistance to glucocorticoid"),
    "Kurasawa and Arai 2014, Figure 1 and Table 1 (10.2147/ODRR.S50355)",
    "S",
    detect,
)
