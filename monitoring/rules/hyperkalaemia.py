"""HYPERKALAEMIA: potassium is high, or rose fast.

Source [J], specification 8, 13 (106): >= 5.5 mmol/L warning, >= 6.0 critical; risen by >= 1.0 in 72 hours to >= 5.0:
warning. TMP-SMX: above 5.5 in 13 % of 333 patients [L]. A haemolysed sample has no value and is not judged: that is
remarked, and OVERDUE asks for it again. D0: none; background drugs count. Two values of one moment: "do not dose on
either" (13 (83)).
Closes below 5.3.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age, open_run
from monitoring.readings import haemolysed, of_days, preliminary
from monitoring.site_values import HOURS_UNIT, site_count, site_value
from monitoring.stands import began_with
from monitoring.suspects import KEEPS_POTASSIUM, named
from patients.clinical.facts import Measurement
from patients.clinical.quantities import minus
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import YES, Truth, all_of, any_of

FIRES = site_value("HYPERKALAEMIA.warns", _("potassium, warning from"), "5.5", "mmol/L", ("5.3", "6.0"))
CRITICAL_FROM = site_value("HYPERKALAEMIA.critical", _("potassium, critical from"), "6.0", "mmol/L", ("5.5", "7.0"))
CLOSES_BELOW = site_value("HYPERKALAEMIA.closes", _("potassium, over below"), "5.3", "mmol/L", ("4.5", "5.3"))
RISE = site_value("HYPERKALAEMIA.rise", _("rise of potassium, at least"), "1.0", "mmol/L", ("0.5", "2.0"))
RISEN_TO = site_value("HYPERKALAEMIA.risen_to", _("risen to, at least"), "5.0", "mmol/L", ("4.5", "6.0"))
WITHIN = site_count("HYPERKALAEMIA.within", _("rise within"), 72, HOURS_UNIT, (12, 168))

HIGH = _("potassium %(value)s mmol/L on %(day)s, %(limit)s or more")
VERY_HIGH = _("potassium %(value)s mmol/L on %(day)s, %(limit)s or more: ECG now, repeat at once")
ROSE = _("potassium %(value)s mmol/L on %(day)s, up from %(before)s on %(before_day)s within %(hours)s hours")
HAEMOLYSED = _("potassium of %(day)s: the sample was haemolysed, not judged; to be repeated")
STANDS = _("potassium %(value)s mmol/L on %(day)s: it closes below %(limit)s")
POSSIBLE = _("potassium %(value)s mmol/L on %(day)s: possibly %(limit)s or more")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The episode that stands, judged on its newest value."""
    snapshot = situation.snapshot
    sample = haemolysed(snapshot, "potassium")
    if sample is not None:
        yield Remark(reason(HAEMOLYSED, basis="J", day=sample.day))
    series, closes = snapshot.series("potassium"), CLOSES_BELOW.of(snapshot)
    run = open_run(series, lambda x: _high(x, snapshot), lambda x: x.quantity.below(closes))
    if run is None:
        return
    last = run.newest
    grave = last.quantity.at_least(CRITICAL_FROM.of(snapshot)) is YES
    facts = [last] if run.possible or _high(last, snapshot) is YES else [last, run.values[0]]
    why = [_sentence(last, snapshot, possible=run.possible, grave=grave), *map(began_with, facts[1:])]
    why += named(snapshot, KEEPS_POTASSIUM, last.day)
    why += [*age(snapshot, last), *preliminary(last)]
    severity = Severity.CRITICAL if grave else Severity.WARNING
    yield issue(severity, why, *facts, known=run.known, possible=run.possible)


def _high(x: Measurement, snapshot: Snapshot) -> Truth:
    lowest = _lowest(x, snapshot)
    risen_to, rise = RISEN_TO.of(snapshot), RISE.of(snapshot)
    rose = (
        [all_of([x.quantity.at_least(risen_to), minus(x.quantity, lowest.quantity).at_least(rise)])] if lowest else []
    )
    return any_of([x.quantity.at_least(FIRES.of(snapshot)), *rose])


def _lowest(x: Measurement, snapshot: Snapshot) -> Measurement | None:
    """The lowest value of the hours before."""
    within = WITHIN.hours(snapshot)
    before = of_days(snapshot.series("potassium"), x.day, -within.days - 1, 0)
    return min(
        [y for y in before if y.on < x.on and x.on - y.on <= within], key=lambda y: y.quantity.value, default=None
    )


def _sentence(x: Measurement, snapshot: Snapshot, *, possible: bool, grave: bool) -> Reason:
    parts: dict[str, Part] = {"value": x.quantity, "day": x.day}
    facts: tuple[str, ...] = (x.id,)
    lowest, limit = _lowest(x, snapshot), FIRES.of(snapshot)
    if possible:
        message, parts["limit"] = POSSIBLE, limit
    elif x.quantity.at_least(limit) is YES:
        message, parts["limit"] = (VERY_HIGH, CRITICAL_FROM.of(snapshot)) if grave else (HIGH, limit)
    elif lowest is not None and _high(x, snapshot) is YES:
        message, facts = ROSE, (x.id, lowest.id)
        hours = int(WITHIN.of(snapshot))
        parts |= {"before": lowest.quantity, "before_day": lowest.day, "hours": hours}
    else:
        message, parts["limit"] = STANDS, CLOSES_BELOW.of(snapshot)
    return reason(message, facts=facts, basis="J", **parts)


RULE = Rule(
    code="HYPERKALAEMIA",
    group=Group.ORGANS,
    version=2,
    title=_("Potassium high"),
    source=_("A judgement of this product"),
    basis="J",
    detect=detect,
    values=(FIRES, CRITICAL_FROM, CLOSES_BELOW, RISE, RISEN_TO, WITHIN, OLD_AFTER),
)
