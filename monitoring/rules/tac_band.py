"""TAC_BAND: the newest tacrolimus level lies outside its band: trough 5-10 ng/mL, or the target of the order.

Source [L]: Japanese label for PM/DM-ILD (trough 5-10, not above 20; DSU 323), 10.1093/rheumatology/kez394:
specification 13 (104); severities [J]. Below: critical in an A/S course and while the
course is not known [J], warning in a chronic one; until day 4 after the start info, the level is on its way. Above 10
warning, above 15 again, above 20 critical. D0: the start of tacrolimus.
A level without timing is not judged, and said so. The target of the order comes first: 12 (52).
Closes when the levels of a newer day lie in their band, or when tacrolimus is stopped.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import LEVEL_OLD_AFTER, age
from monitoring.levels import (
    LATE_AFTER,
    Banded,
    band_at,
    known_since,
    level_reason,
    levels_by_sample,
    not_interpretable,
    on_the_way_since,
    order_notes,
)
from monitoring.readings import preliminary
from monitoring.site_values import site_value
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import latest
from patients.clinical.truth import NO, UNKNOWN, YES

DRUG = "tac"
AGAIN_ABOVE = site_value("TAC_BAND.again", _("tacrolimus, warning again above"), "15", "ng/mL", ("10", "20"))

LOW = _("TAC %(value)s ng/mL on %(day)s (%(sample)s) is below %(low)s (band %(low)s-%(high)s)")
MAY_BE_LOW = _("TAC %(value)s ng/mL on %(day)s (%(sample)s) is possibly below %(low)s (band %(low)s-%(high)s)")
HIGH = _("TAC %(value)s ng/mL on %(day)s (%(sample)s) is above %(high)s (band %(low)s-%(high)s)")
MAY_BE_HIGH = _("TAC %(value)s ng/mL on %(day)s (%(sample)s) is possibly above %(high)s (band %(low)s-%(high)s)")
ORDER_LOW = _("TAC %(value)s ng/mL on %(day)s (%(route)s, %(timing)s) is below %(floor)s (%(band)s %(low)s-%(high)s)")
ORDER_MAY_BE_LOW = _(
    "TAC %(value)s ng/mL on %(day)s (%(route)s, %(timing)s) is possibly below %(floor)s (%(band)s %(low)s-%(high)s)"
)
ORDER_HIGH = _(
    "TAC %(value)s ng/mL on %(day)s (%(route)s, %(timing)s) is above %(ceiling)s (%(band)s %(low)s-%(high)s)"
)
ORDER_MAY_BE_HIGH = _(
    "TAC %(value)s ng/mL on %(day)s (%(route)s, %(timing)s) is possibly above %(ceiling)s (%(band)s %(low)s-%(high)s)"
)
FAR_ABOVE = _("above %(limit)s ng/mL: kidney, potassium and tremor to be looked at, and what raises it")
EARLY = _("tacrolimus since %(day)s: the level may still be on its way to the band")
NOT_KNOWN = _("TAC %(value)s ng/mL on %(day)s is not interpretable: route or time since the dose is not known")
NO_BAND = _("TAC %(value)s ng/mL on %(day)s is not interpretable: there is no band for this route and timing")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest level against its band; a newest level without a band is remarked."""
    newest = latest(situation.snapshot.series(DRUG))
    if newest is not None and band_at(newest, situation.snapshot) is None:
        yield not_interpretable(newest, NOT_KNOWN, NO_BAND)
    for series in levels_by_sample(situation, DRUG):
        yield from _low(situation, series)
        yield from _high(situation, series)


def _low(situation: Situation, series: tuple[Banded, ...]) -> Iterator[Issue]:
    newest = series[-1]
    answer = newest.band.is_low(newest.level)
    if answer is NO:
        return
    messages = (LOW, ORDER_LOW) if answer is YES else (MAY_BE_LOW, ORDER_MAY_BE_LOW)
    severity = Severity.CRITICAL if situation.may_be_acute else Severity.WARNING
    why = [level_reason(*messages, newest), *_notes(situation, newest)]
    begun = on_the_way_since(situation.snapshot, DRUG, of_run=True)
    if begun is not None and situation.snapshot.days_since(begun) < LATE_AFTER[DRUG].days(situation.snapshot):
        severity = Severity.INFO
        why.append(reason(EARLY, facts=(newest.level.id,), basis="J", day=begun))
    elif answer is YES:
        why += situation.course_open()
    known = known_since(series, lambda x: x.band.is_low(x.level) is answer)
    yield issue(severity, why, newest.level, subject="low", known=known, possible=answer is UNKNOWN)


def _high(situation: Situation, series: tuple[Banded, ...]) -> Iterator[Issue]:
    newest = series[-1]
    answer = newest.band.is_high(newest.level)
    if answer is NO:
        return
    messages = (HIGH, ORDER_HIGH) if answer is YES else (MAY_BE_HIGH, ORDER_MAY_BE_HIGH)
    severity = Severity.CRITICAL if newest.band.is_dangerous(newest.level) else Severity.WARNING
    why = [level_reason(*messages, newest), *_notes(situation, newest)]
    again = AGAIN_ABOVE.of(situation.snapshot)
    if answer is YES and newest.level.quantity.interval.above(again) is YES:
        why.append(reason(FAR_ABOVE, facts=(newest.level.id,), basis="J", limit=again))
    known = known_since(series, lambda x: x.band.is_high(x.level) is answer)
    yield issue(
        severity, why, newest.level, subject="high", known=known, possible=answer is UNKNOWN, again=(FAR_ABOVE,)
    )


def _notes(situation: Situation, newest: Banded) -> list[Reason]:
    snapshot = situation.snapshot
    notes = [*order_notes(newest, snapshot), *preliminary(newest.level)]
    return [*notes, *age(snapshot, newest.level, LEVEL_OLD_AFTER)]


RULE = Rule(
    code="TAC_BAND",
    group=Group.LEVELS,
    version=2,
    title=_("Tacrolimus level outside its band"),
    source=_("Japanese label of tacrolimus for PM/DM-ILD; 10.1093/rheumatology/kez394"),
    basis="L",
    detect=detect,
    titled_by_value=True,
    values=(AGAIN_ABOVE, LATE_AFTER[DRUG], LEVEL_OLD_AFTER),
)
