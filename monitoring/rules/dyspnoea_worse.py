"""DYSPNOEA_WORSE: the newest entry on dyspnoea on exertion that says anything of its course says worse.

Source [S]: Kurasawa and Arai 2014, Figure 3, entry (symptomatic exacerbation) and the definition of GC resistance. D0:
none. "Present" without a stated change leaves the entry before standing [J].
An event: each newer entry that says so is told again (12 (59)).
Closes when acknowledged, or when a newer entry says unchanged, improved or absent.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.readings import run_known
from patients.clinical.course import DYSPNOEA
from patients.clinical.reasons import _, reason

WORSE = _("dyspnoea on exertion worse on %(day)s")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest entry that states a change or absence."""
    findings = situation.snapshot.findings_of(DYSPNOEA)
    stated = [x for x in findings if x.change is not None or x.present is False]
    if stated and stated[-1].change == "worse":
        newest = stated[-1]
        why = reason(WORSE, facts=(newest.id,), day=newest.day)
        known = run_known(stated, lambda x: x.change == "worse")
        yield issue(Severity.WARNING, why, newest, known=known, news=(newest,))


RULE = Rule(
    code="DYSPNOEA_WORSE",
    group=Group.RESPIRATION,
    version=1,
    title=_("Dyspnoea on exertion worse"),
    source="Kurasawa and Arai 2014, Figure 3 (10.2147/ODRR.S50355)",
    basis="S",
    detect=detect,
    event=True,
)
