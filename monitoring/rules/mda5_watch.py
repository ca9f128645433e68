"""MDA5_WATCH: anti-MDA5 is positive in a chronic course.

Source [S]: Kurasawa and Arai 2014: some anti-MDA5-positive patients have chronic disease; no T3 follows from it, but
the course can turn: specification 2, 11 (25). Info, an event: told once for a chronic course, 12 (59) [J]. D0: none.
Closes when it is acknowledged, when the course is no longer chronic, or when the antibody is no longer taken as
positive.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from patients.clinical.course import CHRONIC
from patients.clinical.mda5 import mda5_of
from patients.clinical.reasons import _, reason
from patients.clinical.truth import YES

SAYS = _("anti-MDA5 positive on %(day)s, in a chronic course: it can turn acute; watch dyspnoea, SpO2, ferritin, HRCT")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue while the course is chronic and the antibody stands; it names the day of the newest positive."""
    if situation.course.course != CHRONIC:
        return
    told = mda5_of(situation.snapshot)
    if told.answer is not YES or told.positive_from is None:
        return
    moments = [x for x in (told.positive_from, situation.course.known_from) if x is not None]
    facts = told.positives or told.carrying
    why = reason(SAYS, facts=tuple(x.id for x in facts), day=max(x.day for x in facts))
    yield issue(Severity.INFO, why, *facts, known=max(moments), news=facts)


RULE = Rule(
    code="MDA5_WATCH",
    group=Group.RESPONSE,
    version=1,
    title=_("Anti-MDA5 in a chronic course"),
    source="Kurasawa and Arai 2014 (10.2147/ODRR.S50355)",
    basis="S",
    detect=detect,
    event=True,
)
