"""CSA_HIGH: the newest cyclosporine level is above the band of its route and timing.

Source [S]: Kurasawa and Arai 2014, "Regimens": iv 200-250 ng/mL before the dose, oral trough 150-250 ng/mL. C2 above
2,000 is high, a level before the dose (trough) above 400 is critical: specification 8, 11 (21) [J]. D0: none.
Closes when a newer level is not above its band, or when CsA is stopped.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.levels import Band, level_reason, levels_by_sample
from monitoring.readings import preliminary, run_known
from patients.clinical.facts import Measurement
from patients.clinical.reasons import _
from patients.clinical.truth import Truth

DRUG = "csa"
HIGH = _("CsA %(value)s ng/mL on %(day)s (%(sample)s) is above %(high)s (band %(low)s-%(high)s)")
POSSIBLE = _("CsA %(value)s ng/mL on %(day)s (%(sample)s) is possibly above %(high)s (band %(low)s-%(high)s)")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest level against its band."""
    for levels, band in levels_by_sample(situation, DRUG):
        yield from _judge(levels, band)


def _judge(levels: tuple[Measurement, ...], band: Band) -> Iterator[Issue]:
    """The newest level of one route and timing."""
    newest = levels[-1]
    answer = band.is_high(newest)
    if answer is not Truth.NO:
        severity = Severity.CRITICAL if band.is_dangerous(newest) else Severity.WARNING
        why = (level_reason(HIGH if answer is Truth.YES else POSSIBLE, newest, band), *preliminary(newest))
        known = run_known(levels, lambda x: band.is_high(x) is answer)
        yield issue(severity, why, newest, known=known, possible=answer is Truth.UNKNOWN)


RULE = Rule(
    code="CSA_HIGH",
    group=Group.LEVELS,
    version=1,
    title=_("Cyclosporine level above its band"),
    source=_("Kurasawa and Arai 2014, regimens of CsA (10.2147/ODRR.S50355)"),
    basis="S",
    detect=detect,
)
