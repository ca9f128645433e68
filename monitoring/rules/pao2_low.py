"""PAO2_LOW: the newest PaO2 on room air is below 60 mmHg (8.00 kPa).

Source [S]: Kurasawa and Arai 2014, Figure 3 (PaO2 < 60 mmHg). Room air only, critical: specification 2, 11 (36) [J].
A value on oxygen neither opens nor closes it: PaO2 on air is never derived. D0: none, in any course.
Closes when a newer PaO2 on room air is 60 mmHg or more.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from monitoring.engine import Issue, Remark, Rule, Severity, Situation, issue
from monitoring.readings import preliminary, run_known
from patients.clinical.reasons import _, reason
from patients.clinical.truth import Truth

LIMIT = Decimal(60)  # mmHg on room air, less than [S]

LOW = _("PaO2 %(value)s mmHg on room air on %(day)s < 60")
POSSIBLE = _("PaO2 %(value)s mmHg on room air on %(day)s: possibly < 60")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest value on room air."""
    on_air = [x for x in situation.snapshot.series("pao2") if x.on_air]
    if not on_air:
        return
    newest = on_air[-1]
    below = newest.quantity.interval.below(LIMIT)
    if below is Truth.NO:
        return
    message = LOW if below is Truth.YES else POSSIBLE
    why = reason(message, facts=(newest.id,), value=newest.quantity, day=newest.day)
    known = run_known(on_air, lambda x: x.quantity.interval.below(LIMIT) is below)
    yield issue(Severity.CRITICAL, (why, *preliminary(newest)), newest, known=known, possible=below is Truth.UNKNOWN)


RULE = Rule(
    "PAO2_LOW",
    1,
    _("PaO2 below 60 mmHg on room air"),
    "Kurasawa and Arai 2014, Figure 3 (10.2147/ODRR.S50355)",
    "S",
    detect,
)
