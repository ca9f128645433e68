"""CSA_HIGH: the newest cyclosporine level is above its band: of the order that ran, else of its route and timing.

Source [S]: Kurasawa and Arai 2014, "Regimens": iv 200-250 ng/mL before the dose, oral trough 150-250 ng/mL. C2 above
2,000 is high, a level before the dose (trough) above 400 is critical: specification 8, 11 (21) [J]. D0: none.
The target of the order is used in place of the paper's band, 400 stays; one wholly below it in an A/S course says so:
12 (52), 13 (86).
Closes when a newer level is not above its band, or when CsA is stopped.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.levels import Banded, known_since, level_reason, levels_by_sample, order_notes
from monitoring.readings import preliminary
from patients.clinical.reasons import _
from patients.clinical.truth import NO, UNKNOWN, YES

DRUG = "csa"
HIGH = _("CsA %(value)s ng/mL on %(day)s (%(sample)s) is above %(high)s (band %(low)s-%(high)s)")
POSSIBLE = _("CsA %(value)s ng/mL on %(day)s (%(sample)s) is possibly above %(high)s (band %(low)s-%(high)s)")
ORDER_HIGH = _(
    "CsA %(value)s ng/mL on %(day)s (%(route)s, %(timing)s) is above %(ceiling)s (%(band)s %(low)s-%(high)s)"
)
ORDER_POSSIBLE = _(
    "CsA %(value)s ng/mL on %(day)s (%(route)s, %(timing)s) is possibly above %(ceiling)s (%(band)s %(low)s-%(high)s)"
)


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest level against its band."""
    for series in levels_by_sample(situation, DRUG):
        yield from _judge(situation, series)


def _judge(situation: Situation, series: tuple[Banded, ...]) -> Iterator[Issue]:
    """The newest level of one route and timing."""
    newest = series[-1]
    answer = newest.band.is_high(newest.level)
    if answer is not NO:
        severity = Severity.CRITICAL if newest.band.is_dangerous(newest.level) else Severity.WARNING
        messages = (HIGH, ORDER_HIGH) if answer is YES else (POSSIBLE, ORDER_POSSIBLE)
        why = (level_reason(*messages, newest), *order_notes(newest, situation.snapshot), *preliminary(newest.level))
        known = known_since(series, lambda x: x.band.is_high(x.level) is answer)
        yield issue(severity, why, newest.level, known=known, possible=answer is UNKNOWN)


RULE = Rule(
    code="CSA_HIGH",
    group=Group.LEVELS,
    version=2,
    title=_("Cyclosporine level above its band"),
    source=_("Kurasawa and Arai 2014, regimens of CsA (10.2147/ODRR.S50355)"),
    basis="S",
    detect=detect,
    titled_by_value=True,
)
