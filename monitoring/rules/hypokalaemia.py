"""HYPOKALAEMIA: potassium is low.

Source [J], specification 13 (106): < 3.0 mmol/L warning, < 2.5 critical; with an azole, a macrolide, hydroxychloroquine
or pentamidine it names the QT interval too. D0: none; background drugs count.
Closes at >= 3.0.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age, open_run
from monitoring.readings import preliminary
from monitoring.site_values import site_value
from monitoring.suspects import LONG_QT, named
from patients.clinical.reasons import Part, _, reason
from patients.clinical.truth import YES

FIRES = site_value("HYPOKALAEMIA.warns", _("potassium, warning below"), "3.0", "mmol/L", ("2.8", "3.5"))
CRITICAL_BELOW = site_value("HYPOKALAEMIA.critical", _("potassium, critical below"), "2.5", "mmol/L", ("2.0", "2.8"))

LOW = _("potassium %(value)s mmol/L on %(day)s, below %(limit)s")
POSSIBLE = _("potassium %(value)s mmol/L on %(day)s: possibly below %(limit)s")
QT = _("with a drug that lengthens QT: ECG, magnesium")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The newest value."""
    snapshot = situation.snapshot
    warns, critical = FIRES.of(snapshot), CRITICAL_BELOW.of(snapshot)
    run = open_run(snapshot.series("potassium"), lambda x: x.quantity.below(warns), lambda x: ~x.quantity.below(warns))
    if run is None:
        return
    last = run.newest
    grave = last.quantity.below(critical) is YES
    message = POSSIBLE if run.possible else LOW
    parts: dict[str, Part] = {"value": last.quantity, "day": last.day, "limit": critical if grave else warns}
    why = [reason(message, facts=(last.id,), basis="J", **parts)]
    drugs = list(named(snapshot, LONG_QT, last.day))
    if drugs:
        why += [reason(QT, basis="J"), *drugs]
    why += [*age(snapshot, last), *preliminary(last)]
    severity = Severity.CRITICAL if grave else Severity.WARNING
    yield issue(severity, why, last, known=run.known, possible=run.possible)


RULE = Rule(
    code="HYPOKALAEMIA",
    group=Group.ORGANS,
    version=1,
    title=_("Potassium low"),
    source=_("A judgement of this product"),
    basis="J",
    detect=detect,
    values=(FIRES, CRITICAL_BELOW, OLD_AFTER),
)
