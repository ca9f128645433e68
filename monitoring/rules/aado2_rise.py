"""AADO2_RISE: the alveolar-arterial difference of oxygen rose by 10 mmHg from the lowest of 14 days at the same FiO2.

Source [J]: specification 7 (A-aDO2 = FiO2 x (760 - 47) - PaCO2 / 0.8 - PaO2), 11 (25) (10 mmHg or more), (38) (lowest
value of the 14 days before, the same FiO2), 13 (65) (measured FiO2 only: room air, or a FiO2 told; none that a flow
lets estimate). PaO2 and PaCO2 are of one sample. D0: none, in any course. Warning.
Judged on the newest sample that has another of its FiO2 in the 14 days before. Closes when that is no such rise, and
with a later sample of the same FiO2 that does not lie 10 mmHg above the lowest that was named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OXYGEN_OLD_AFTER, age
from monitoring.readings import preliminary
from monitoring.site_values import DAYS_UNIT, site_count, site_value
from patients.clinical.alveolar import Difference, differences
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.truth import NO, UNKNOWN, YES

RISE = site_value("AADO2_RISE.rise", _("rise of the difference, at least"), "10", "mmHg", ("5", "40"))
DAYS = site_count("AADO2_RISE.days", _("days of which the lowest difference counts"), 14, DAYS_UNIT, (3, 90))

ROSE = _(
    "A-aDO2 %(before)s mmHg on %(day_before)s to %(after)s mmHg on %(day)s at FiO2 %(fio2)s: up by %(limit)s or more; "
    "PaO2 %(pao2)s, PaCO2 %(paco2)s mmHg"
)
BEYOND = _("A-aDO2 from %(day_before)s to %(day)s at FiO2 %(fio2)s: up by %(limit)s mmHg or more")
MAY_HAVE = _("A-aDO2 from %(day_before)s to %(day)s at FiO2 %(fio2)s: possibly up by %(limit)s mmHg or more")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The newest sample against those of the days before; the lowest of those from which it surely rose is named."""
    snapshot = situation.snapshot
    series, limit, days = differences(snapshot), RISE.of(snapshot), DAYS.days(snapshot)
    for later in reversed(series):
        earlier = [x for x in _before(series, later, days) if x.fio2 == later.fio2]
        if not earlier:
            continue
        answers = [(later.minus(x).at_least(limit), x) for x in earlier]
        for answer in (YES, UNKNOWN):
            telling = [x for said, x in answers if said is answer]
            if telling:
                lowest = min(telling, key=lambda x: x.value)
                if _over(series, later, lowest, limit):
                    return
                why = (_reason(later, lowest, limit, exact=answer is YES), *preliminary(*later.facts, *lowest.facts))
                why += tuple(age(snapshot, later.pao2, OXYGEN_OLD_AFTER))
                facts = (*later.facts, *lowest.facts)
                yield issue(Severity.WARNING, why, *facts, possible=answer is UNKNOWN)
                return
        return


def _before(series: Sequence[Difference], later: Difference, days: int) -> list[Difference]:
    """Of the samples before one, those of so many days."""
    earliest = later.day - timedelta(days=days)
    return [x for x in series if earliest <= x.day and x.on < later.on]


def _over(series: Sequence[Difference], told: Difference, lowest: Difference, limit: Decimal) -> bool:
    """Does a sample after the one that is told, of its FiO2, lie less than the limit above the lowest?"""
    after = [x for x in series if x.on > told.on and x.fio2 == told.fio2]
    return any(x.minus(lowest).at_least(limit) is NO for x in after)


def _reason(later: Difference, lowest: Difference, limit: Decimal, *, exact: bool) -> Reason:
    facts = tuple(x.id for x in (*lowest.facts, *later.facts))
    parts: dict[str, Part] = {"day_before": lowest.day, "day": later.day, "limit": limit}
    if not exact or later.censored or lowest.censored:
        return reason(MAY_HAVE if not exact else BEYOND, facts=facts, basis="J", **parts, fio2=later.fio2)
    gas = {"pao2": later.pao2.quantity, "paco2": later.paco2.quantity}
    return reason(ROSE, facts=facts, basis="J", **parts, **gas, fio2=later.fio2, before=lowest.value, after=later.value)


RULE = Rule(
    code="AADO2_RISE",
    group=Group.RESPIRATION,
    version=1,
    title=_("Alveolar-arterial oxygen difference rising"),
    source=_("judgement of this product"),
    basis="J",
    detect=detect,
    values=(RISE, DAYS, OXYGEN_OLD_AFTER),
)
