"""MDA5_WATCH: anti-MDA5 is positive in a chronic course, or in one that is not known.

Source [S]: Kurasawa and Arai 2014: some anti-MDA5-positive patients have chronic disease; no T3 follows from it, but
the course can turn: specification 2, 11 (25). Info, an event: told once for a chronic course, 12 (59) [J]. D0: none.
A course that is not known may be acute: told as possible [J].
Closes when it is acknowledged, when the course becomes acute/subacute, or when the antibody is no longer taken as
positive.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from patients.clinical.course import ACUTE
from patients.clinical.mda5 import mda5_of
from patients.clinical.reasons import _, reason
from patients.clinical.truth import YES

SAYS = _("anti-MDA5 positive on %(day)s, in a chronic course: it can turn acute; watch dyspnoea, SpO2, ferritin, HRCT")
OPEN = _("anti-MDA5 positive on %(day)s, the course not known: it may be acute; look at dyspnoea, PaO2, VC, HRCT")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue while the course is not acute and the antibody stands; it names the day of the newest positive."""
    if situation.course.course == ACUTE:
        return
    told = mda5_of(situation.snapshot)
    if told.answer is not YES or told.positive_from is None:
        return
    moments = [x for x in (told.positive_from, situation.course.known_from) if x is not None]
    facts = told.positives or told.carrying
    ids, day, undecided = tuple(x.id for x in facts), max(x.day for x in facts), situation.course.course is None
    why = reason(OPEN, facts=ids, basis="J", day=day) if undecided else reason(SAYS, facts=ids, day=day)
    yield issue(Severity.INFO, why, *facts, known=max(moments), possible=undecided, news=facts)


RULE = Rule(
    code="MDA5_WATCH",
    group=Group.RESPONSE,
    version=2,
    title=_("Anti-MDA5 in a chronic course"),
    source="Kurasawa and Arai 2014 (10.2147/ODRR.S50355)",
    basis="S",
    detect=detect,
    event=True,
)
