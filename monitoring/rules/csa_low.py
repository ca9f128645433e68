"""CSA_LOW: the newest cyclosporine level is below the band of its route and timing.

Source [S]: Kurasawa and Arai 2014, "Regimens": iv 200-250 ng/mL before the dose, oral trough 150-250 ng/mL, C2 > 1,000
ng/mL; delay in reaching the target lets the disease progress. Low is critical in an A/S course, warning otherwise; C2
of exactly 1,000 is not low: specification 11 (21), (29) [J]. D0: none.
A level without route or timing is called not interpretable, never low.
Trough and C2 of one day are judged apart. Closes when the levels of a newer day are not below their bands, or when CsA
is stopped.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Issue, Remark, Rule, Severity, Situation, issue
from monitoring.levels import band_of, level_reason, levels_by_sample, not_interpretable
from monitoring.readings import preliminary, run_known
from patients.clinical.course import ACUTE
from patients.clinical.facts import Measurement
from patients.clinical.reasons import _
from patients.clinical.truth import Truth

LOW = _("CsA %(value)s ng/mL on %(day)s (%(sample)s) is below %(low)s (band %(low)s-%(high)s)")
POSSIBLE = _("CsA %(value)s ng/mL on %(day)s (%(sample)s) is possibly below %(low)s (band %(low)s-%(high)s)")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest level against its band; a newest level without a band is remarked."""
    remark = not_interpretable(situation)
    if remark:
        yield remark
    for levels in levels_by_sample(situation):
        yield from _judge(situation, levels)


def _judge(situation: Situation, levels: tuple[Measurement, ...]) -> Iterator[Issue]:
    """The newest level of one route and timing."""
    newest = levels[-1]
    answer = low(newest)
    if answer is not Truth.NO:
        severity = Severity.CRITICAL if situation.course.course == ACUTE else Severity.WARNING
        why = (level_reason(LOW if answer is Truth.YES else POSSIBLE, newest), *preliminary(newest))
        known = run_known(levels, lambda x: low(x) is answer)
        yield issue(severity, why, newest, known=known, possible=answer is Truth.UNKNOWN)


def low(level: Measurement) -> Truth:
    """Below its band?"""
    return level.quantity.interval.below(band_of(level).low)


RULE = Rule(
    "CSA_LOW",
    1,
    _("Cyclosporine level below its band"),
    _("Kurasawa and Arai 2014, regimens of CsA (10.2147/ODRR.S50355)"),
    "S",
    detect,
)
