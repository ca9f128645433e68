"""GC_RESISTANT: worse within 2 weeks of starting glucocorticoid, or not improved within 4 weeks.

Source [S]: Kurasawa and Arai 2014, notes to Figure 1 and Table 1. Worse on days 15-27 counts too and says that it is
after the two weeks of the paper; T1 only; critical: specification 11 (11), (32), (36) [J].
D0: first dose of T1. Closes when the next step starts or a later judgement says improved.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from monitoring.engine import Issue, Remark, Rule, Severity, Situation, issue
from patients.clinical.facts import Judgement
from patients.clinical.reasons import _
from patients.clinical.response import NOT_IMPROVED_DAYS, gc_resistance
from patients.clinical.truth import Truth


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue while T1 runs and its answer is resistance."""
    start = situation.regimen.running
    judged = gc_resistance(situation.snapshot, situation.regimen)
    if start is None or judged.answer is not Truth.YES:
        return
    facts = situation.facts_of(judged.reasons)
    known = max(max(x.on, x.known) for x in facts)
    if any(isinstance(x, Judgement) and x.improvement == "unchanged" for x in facts):
        known = max(known, situation.dawn(start.day + timedelta(days=NOT_IMPROVED_DAYS)))
    yield issue(Severity.CRITICAL, judged.reasons, *facts, known=known)


RULE = Rule(
    "GC_RESISTANT",
    1,
    _("Resistance to glucocorticoid"),
    "Kurasawa and Arai 2014, Figure 1 and Table 1 (10.2147/ODRR.S50355)",
    "S",
    detect,
)
