"""PAO2_FALL: PaO2 fell by more than 10 mmHg from the highest value of the 90 days before, at the same FiO2.

Source [S]: Kurasawa and Arai 2014, Figure 3, entry (PaO2 fall > 10 mmHg within 3 months). Same FiO2, highest comparable
value of 90 days: specification 2, 11 (4), (30), (37) [J]. D0: none, in any course.
Judged on the newest value at each FiO2; closes when a newer value at that FiO2 is no such fall.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Issue, Remark, Rule, Severity, Situation, issue
from monitoring.readings import preliminary
from patients.clinical.physiology import Fall, fall_of, fall_reason, pao2_fall
from patients.clinical.reasons import _
from patients.clinical.truth import Truth


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue: the newest value (of any FiO2) that is a fall, a sure one before a possible one."""
    series = situation.snapshot.series("pao2")
    newest_at = {x.fio2: x for x in series if x.fio2 is not None}
    found = [fall for x in newest_at.values() if (fall := fall_of(x, series, pao2_fall))]
    for answer in (Truth.YES, Truth.UNKNOWN):
        telling = [x for x in found if x.answer is answer]
        if telling:
            yield _issue(max(telling, key=lambda x: x.later.on))
            return


def _issue(fall: Fall) -> Issue:
    why = (fall_reason(fall), *preliminary(fall.reference, fall.later))
    return issue(Severity.WARNING, why, fall.later, fall.reference, possible=fall.answer is Truth.UNKNOWN)


RULE = Rule(
    "PAO2_FALL",
    1,
    _("PaO2 fall of more than 10 mmHg"),
    "Kurasawa and Arai 2014, Figure 3 (10.2147/ODRR.S50355)",
    "S",
    detect,
)
