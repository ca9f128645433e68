"""POOR_RISK_MET: a factor of poor risk (node N2) is met in an acute/subacute course; one alert per factor.

Source [S]: Kurasawa and Arai 2014, Figure 3: ADM; anti-MDA5; ferritin > 1,000 ng/mL; GGO with lower consolidation;
PaO2 < 60 mmHg. A/S only, one per factor, critical; once met not unmet by treatment: specification 11 (8), (19), (36)
[J].
D0: none; values count from 90 days before the course became A/S.
An event (12 (59)). Closes when acknowledged, when the episode is decided to be chronic or the factor's result is
changed; withdrawn with a cancelled result.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from patients.clinical.course import ACUTE
from patients.clinical.facts import Fact
from patients.clinical.judged import Judged
from patients.clinical.mda5 import mda5_of
from patients.clinical.poor_risk import above_ferritin_limit, counting, pao2_says, poor_risk_factors
from patients.clinical.reasons import _, reason
from patients.clinical.truth import YES

MEASURED = {"ferritin": above_ferritin_limit, "pao2": pao2_says}


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue per factor that is met while the course is A/S."""
    course = situation.course
    if course.course != ACUTE or course.known_from is None:
        return
    for code, factor in poor_risk_factors(situation.snapshot).items():
        if factor.answer is YES:
            yield _met(situation, code, factor)


def _met(situation: Situation, code: str, factor: Judged) -> Issue:
    of_factor = situation.facts_of(factor.reasons)
    of_course = situation.facts_of(situation.course.reasons)
    moments = [situation.course.known_from, _known(situation, code, of_factor)]
    why = factor.reasons
    if factor.provisional:
        why = (*why, reason(_("the diagnosis is provisional"), basis="J"))
    known = max(x for x in moments if x is not None)
    return issue(Severity.CRITICAL, why, *of_factor, *of_course, subject=code, known=known)


def _known(situation: Situation, code: str, facts: tuple[Fact, ...]) -> datetime:
    """When the factor became known: with the first fact that met it, not with the newest."""
    if code in MEASURED:
        values = counting(situation.snapshot, situation.course, situation.snapshot.series(code))
        meeting = (x for x in values if MEASURED[code](x) is YES)
        facts = (min(meeting, key=lambda x: max(x.on, x.known)),)
    if code == "mda5":
        facts = (min(mda5_of(situation.snapshot).carrying, key=lambda x: max(x.on, x.known)),)
    return max(max(x.on, x.known) for x in facts)


RULE = Rule(
    code="POOR_RISK_MET",
    group=Group.COURSE,
    version=1,
    title=_("Poor-risk factor in an acute/subacute course"),
    source="Kurasawa and Arai 2014, Figure 3 (10.2147/ODRR.S50355)",
    basis="S",
    detect=detect,
    lists_signs=True,
    titled_by_value=True,
    event=True,
)
