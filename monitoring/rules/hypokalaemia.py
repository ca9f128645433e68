"""HYPOKALAEMIA: potassium is low.

Source [J], specification 13 (106): < 3.0 mmol/L warning, < 2.5 critical; with an azole, a macrolide, hydroxychloroquine
or pentamidine it names the QT interval too. D0: none; background drugs count.
Closes at >= 3.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import age, open_run
from monitoring.readings import preliminary
from monitoring.suspects import LONG_QT, named
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Part, _, reason
from patients.clinical.truth import YES, Truth

FIRES, CRITICAL_BELOW = Decimal("3.0"), Decimal("2.5")  # mmol/L, less than [J]

LOW = _("potassium %(value)s mmol/L on %(day)s, below 3.0")
VERY_LOW = _("potassium %(value)s mmol/L on %(day)s, below 2.5")
POSSIBLE = _("potassium %(value)s mmol/L on %(day)s: possibly below 3.0")
QT = _("with a drug that lengthens QT: ECG, magnesium")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The newest value."""
    snapshot = situation.snapshot
    run = open_run(snapshot.series("potassium"), _low, lambda x: ~_low(x))
    if run is None:
        return
    last = run.newest
    grave = last.quantity.below(CRITICAL_BELOW) is YES
    message = POSSIBLE if run.possible else VERY_LOW if grave else LOW
    parts: dict[str, Part] = {"value": last.quantity, "day": last.day}
    why = [reason(message, facts=(last.id,), basis="J", **parts)]
    drugs = list(named(snapshot, LONG_QT, last.day))
    if drugs:
        why += [reason(QT, basis="J"), *drugs]
    why += [*age(snapshot, last), *preliminary(last)]
    severity = Severity.CRITICAL if grave else Severity.WARNING
    yield issue(severity, why, last, known=run.known, possible=run.possible)


def _low(x: Measurement) -> Truth:
    return x.quantity.below(FIRES)


RULE = Rule(
    code="HYPOKALAEMIA",
    group=Group.ORGANS,
    version=1,
    title=_("Potassium low"),
    source=_("A judgement of this product"),
    basis="J",
    detect=detect,
)
