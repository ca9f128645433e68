"""GC_RESISTANT: worse within 2 weeks of starting glucocorticoid, or not improved within 4 weeks.

Source [S]: Kurasawa and Arai 2014, notes to Figure 1 and Table 1. Worse on days 15-27 counts too and says that it is
after the two weeks of the paper; T1 only; critical: specification 11 (11), (32), (36) [J].
A condition (13 (77)). D0: first dose of T1. Closes when the next step starts, a later judgement says improved, or a
decision with a reason is recorded; found on the very day on which the next step starts, it stands for that day.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from patients.clinical.facts import Fact, Judgement
from patients.clinical.reasons import _
from patients.clinical.response import gc_resistance, step_judged_for_gc, unchanged_counts_on
from patients.clinical.truth import YES


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue while T1 runs, or on the day on which it was replaced, if its answer is resistance."""
    start = step_judged_for_gc(situation.snapshot)
    judged = gc_resistance(situation.snapshot)
    if start is None or judged.answer is not YES:
        return
    facts = situation.facts_of(judged.reasons)
    if _decided(situation, facts):
        return
    known = max(max(x.on, x.known) for x in facts)
    said = next((x for x in facts if isinstance(x, Judgement) and x.improvement == "unchanged"), None)
    if said is not None:
        known = max(known, situation.start_of_day(unchanged_counts_on(situation.snapshot, start, said)))
    if start != situation.regimen.running and known < situation.start_of_day(situation.snapshot.today):
        return  # found before the day on which the next step started
    yield issue(Severity.CRITICAL, judged.reasons, *facts, known=known)


def _decided(situation: Situation, facts: tuple[Fact, ...]) -> bool:
    """A decision with a reason about a step, not older than what shows the resistance (13 (77))."""
    about = [x for x in situation.snapshot.decisions if x.step and x.reason.strip()]
    return any(all(fact.known <= decision.known for fact in facts) for decision in about)


RULE = Rule(
    code="GC_RESISTANT",
    group=Group.RESPONSE,
    version=2,
    title=_("Resistance to glucocorticoid"),
    source="Kurasawa and Arai 2014, Figure 1 and Table 1 (10.2147/ODRR.S50355)",
    basis="S",
    detect=detect,
    lists_signs=True,
)
