"""AS_ENTRY: the course became acute/subacute (node N1), by a criterion or by the onset alone.

Source [S]: Kurasawa and Arai 2014, Figure 3, entry: any of symptomatic exacerbation, increase on HRCT, fall of VC or
PaO2 within 3 months. Severity critical, onset alone alerts too: specification 11 (19), (36) [J].
Day of the value: the day the course became A/S. D0: none.
An event (12 (59)). Closes when acknowledged, or when a clinician decides that the course is chronic; withdrawn when the
course rested on a cancelled result.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from patients.clinical.course import ACUTE
from patients.clinical.reasons import _


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue while the course is A/S."""
    course = situation.course
    if course.course == ACUTE:
        facts = situation.facts_of(course.reasons)
        yield issue(Severity.CRITICAL, course.reasons, *facts, on=course.since, known=course.known_from)


RULE = Rule(
    code="AS_ENTRY",
    group=Group.COURSE,
    version=1,
    title=_("Acute/subacute course"),
    source="Kurasawa and Arai 2014, Figure 3 (10.2147/ODRR.S50355)",
    basis="S",
    detect=detect,
    lists_signs=True,
    event=True,
)
