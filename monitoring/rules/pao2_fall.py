"""PAO2_FALL: PaO2 fell by more than 10 mmHg from a value of the 90 days before at the same or less oxygen.

Source [S]: Kurasawa and Arai 2014, Figure 3, entry (PaO2 fall > 10 mmHg within 3 months). From the highest value of 90
days: specification 2, 11 (4), (37), 13 (64) [J]. D0: none, in any course.
Judged on every value that no newer one supersedes: one on the same oxygen, or one on less that is not lower. Closes
when what superseded it is no such fall; after a day it says how old the last value is (13 (92)). What more oxygen may
hide raises nothing here: it leaves N1 open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OXYGEN_OLD_AFTER, age
from monitoring.readings import preliminary
from patients.clinical.facts import Measurement
from patients.clinical.oxygen_compared import LESS, SAME, oxygen_against
from patients.clinical.physiology import Fall, fall_of, fall_reason, pao2_fall
from patients.clinical.quantities import minus
from patients.clinical.reasons import Reason, _
from patients.clinical.truth import NO, UNKNOWN, YES


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue: the newest value that is a fall, a sure one before a possible one."""
    series = situation.snapshot.series("pao2")
    falls = [fall for x in _standing(series) if (fall := fall_of(x, series, pao2_fall))]
    for answer in (YES, UNKNOWN):
        telling = [x for x in falls if x.answer is answer]
        if telling:
            old = age(situation.snapshot, series[-1], OXYGEN_OLD_AFTER)
            yield _issue(max(telling, key=lambda x: x.later.on), *old)
            return


def _standing(series: Sequence[Measurement]) -> list[Measurement]:
    """Of each way to give oxygen the newest value, but for those that one on less oxygen supersedes."""
    newest = list({(x.fio2, x.flow, x.device): x for x in series}.values())
    return [x for x in newest if not any(_supersedes(later, x) for later in newest if later.on > x.on)]


def _supersedes(later: Measurement, earlier: Measurement) -> bool:
    oxygen = oxygen_against(later, earlier)
    lower = minus(earlier.quantity, later.quantity).above(Decimal(0))
    return oxygen == SAME or (oxygen == LESS and lower is NO)


def _issue(fall: Fall, *notes: Reason) -> Issue:
    why = (fall_reason(fall), *preliminary(fall.reference, fall.later), *notes)
    return issue(Severity.WARNING, why, fall.later, fall.reference, possible=fall.answer is UNKNOWN)


RULE = Rule(
    code="PAO2_FALL",
    group=Group.RESPIRATION,
    version=3,
    title=_("PaO2 fall of more than 10 mmHg"),
    source="Kurasawa and Arai 2014, Figure 3 (10.2147/ODRR.S50355)",
    basis="S",
    detect=detect,
    titled_by_value=True,
    values=(OXYGEN_OLD_AFTER,),
)
