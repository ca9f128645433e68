"""PAO2_LOW: the newest PaO2 that says so is below 60 mmHg (8.00 kPa), on room air or, all the more, on oxygen.

Source [S]: Kurasawa and Arai 2014, Figure 3 (PaO2 < 60 mmHg). Critical: specification 2, 11 (36), 13 (63) [J].
A value of 60 or more on oxygen neither opens nor closes it: PaO2 on air is never derived. D0: none, in any course.
Closes when a newer PaO2 on room air is 60 mmHg or more; after a day it says how old the last value is (13 (92)).
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OXYGEN_OLD_AFTER, age
from monitoring.limits import beyond
from monitoring.readings import preliminary, run_known
from patients.clinical.poor_risk import PAO2_LIMIT, low_pao2_reason, pao2_speaks
from patients.clinical.reasons import _, reason
from patients.clinical.truth import NO, UNKNOWN, YES

LIMIT = PAO2_LIMIT  # 60 mmHg, less than [S]

POSSIBLE = _("PaO2 %(value)s mmHg on %(day)s: possibly < 60")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest value on room air, or on oxygen where it is, or may be, below the limit."""
    speaking = [x for x in situation.snapshot.series("pao2") if pao2_speaks(x)]
    if not speaking:
        return
    newest = speaking[-1]
    below = beyond(newest)
    if below is NO:
        return
    why = reason(POSSIBLE, facts=(newest.id,), value=newest.quantity, day=newest.day)
    if below is YES:
        why = low_pao2_reason(newest)
    known = run_known(speaking, lambda x: beyond(x) is below)
    old = age(situation.snapshot, situation.snapshot.series("pao2")[-1], OXYGEN_OLD_AFTER)
    yield issue(Severity.CRITICAL, (why, *preliminary(newest), *old), newest, known=known, possible=below is UNKNOWN)


RULE = Rule(
    code="PAO2_LOW",
    group=Group.RESPIRATION,
    version=3,
    title=_("PaO2 below 60 mmHg"),
    source="Kurasawa and Arai 2014, Figure 3 (10.2147/ODRR.S50355)",
    basis="S",
    detect=detect,
    titled_by_value=True,
    values=(OXYGEN_OLD_AFTER,),
)
