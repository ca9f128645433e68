"""CSA_LOW: the newest cyclosporine level is below its band: of the order that ran, else of its route and timing.

Source [S]: Kurasawa and Arai 2014, "Regimens": iv 200-250 ng/mL before the dose, oral trough 150-250 ng/mL, C2 > 1,000
ng/mL; delay in reaching the target lets the disease progress. Low is critical in an A/S course and while the course is
not known [J], warning otherwise;
until day 3 after the start or a change of dose info, or a warning where the target is late (CSA_TARGET_DELAY). C2 of
exactly 1,000 is not low: specification 11 (21), (29), 13 (103) [J]. A trough is never low where the order's target is
C2 or a C2 of 7 days is in its band (103) [L2]. D0: none. The target of the order is used in place of the paper's band;
one wholly below it in an A/S course says so: 12 (52), 13 (86).
A level without route or timing is called not interpretable, never low.
Trough and C2 of one day are judged apart. Closes when the levels of a newer day are not below their bands, or when CsA
is stopped.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import LEVEL_OLD_AFTER, age
from monitoring.levels import (
    CSA_NUMBERS,
    LATE_AFTER,
    Banded,
    band_at,
    known_since,
    level_reason,
    levels_by_sample,
    low_by_design,
    not_interpretable,
    on_the_way_since,
    order_notes,
)
from monitoring.readings import preliminary
from monitoring.site_values import source_read
from monitoring.targets import LEVEL_BEFORE_START, delay
from patients.clinical.later_sources import TROUGH_BY_DESIGN, later_basis
from patients.clinical.reasons import Part, _, reason
from patients.clinical.snapshot import latest
from patients.clinical.truth import NO, UNKNOWN, YES

DRUG = "csa"
LOW = _("CsA %(value)s ng/mL on %(day)s (%(sample)s) is below %(low)s (band %(low)s-%(high)s)")
POSSIBLE = _("CsA %(value)s ng/mL on %(day)s (%(sample)s) is possibly below %(low)s (band %(low)s-%(high)s)")
ORDER_LOW = _("CsA %(value)s ng/mL on %(day)s (%(route)s, %(timing)s) is below %(floor)s (%(band)s %(low)s-%(high)s)")
ORDER_POSSIBLE = _(
    "CsA %(value)s ng/mL on %(day)s (%(route)s, %(timing)s) is possibly below %(floor)s (%(band)s %(low)s-%(high)s)"
)

BY_DESIGN = _(
    "CsA %(value)s ng/mL on %(day)s (oral, trough), below %(low)s, is not judged as low: the order asks for C2, or a "
    "C2 of these days is in its band"
)
SOURCE_READ = source_read(TROUGH_BY_DESIGN)
EARLY = _("dose of %(day)s: the level may still be on its way to the band")
NOT_KNOWN = _("CsA %(value)s ng/mL on %(day)s is not interpretable: route or time since the dose is not known")
NO_BAND = _("CsA %(value)s ng/mL on %(day)s is not interpretable: there is no band for this route and timing")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest level against its band; a newest level without a band is remarked."""
    newest = latest(situation.snapshot.series(DRUG))
    if newest is not None and band_at(newest, situation.snapshot) is None:
        yield not_interpretable(newest, NOT_KNOWN, NO_BAND)
    for series in levels_by_sample(situation, DRUG):
        yield from _judge(situation, series)


def _by_design(judged: Banded, basis: str) -> Remark:
    """A trough that is not called low, and by whose word."""
    level, band = judged.level, judged.band
    parts: dict[str, Part] = {"value": level.quantity, "day": level.day, "low": band.floor}
    return Remark(reason(BY_DESIGN, facts=(level.id,), basis=basis, **parts), (level.id,))


def _judge(situation: Situation, series: tuple[Banded, ...]) -> Iterator[Issue | Remark]:
    """The newest level of one route and timing."""
    newest, snapshot = series[-1], situation.snapshot
    answer = newest.band.is_low(newest.level)
    if answer is YES and low_by_design(newest, snapshot):
        yield _by_design(newest, later_basis(snapshot, TROUGH_BY_DESIGN))
    if answer is not NO and not low_by_design(newest, snapshot):
        severity = Severity.CRITICAL if situation.may_be_acute else Severity.WARNING
        begun = on_the_way_since(snapshot, DRUG)
        messages = (LOW, ORDER_LOW) if answer is YES else (POSSIBLE, ORDER_POSSIBLE)
        why = [level_reason(*messages, newest), *order_notes(newest, snapshot), *preliminary(newest.level)]
        if begun is not None and snapshot.days_since(begun) <= LATE_AFTER[DRUG].days(snapshot):
            severity = Severity.WARNING if delay(situation, DRUG) else Severity.INFO
            why.append(reason(EARLY, facts=(newest.level.id,), basis="J", day=begun))
        elif answer is YES:
            why += situation.course_open()
        why += age(snapshot, newest.level, LEVEL_OLD_AFTER)
        known = known_since(series, lambda x: x.band.is_low(x.level) is answer)
        yield issue(severity, why, newest.level, known=known, possible=answer is UNKNOWN)


RULE = Rule(
    code="CSA_LOW",
    group=Group.LEVELS,
    version=4,
    title=_("Cyclosporine level below its band"),
    source=_(
        "Kurasawa and Arai 2014, regimens of CsA (10.2147/ODRR.S50355); C2 in place of the trough: Kotani, seen in a "
        "secondary text only"
    ),
    basis="S",
    detect=detect,
    titled_by_value=True,
    values=(LATE_AFTER[DRUG], LEVEL_BEFORE_START, LEVEL_OLD_AFTER, SOURCE_READ, *CSA_NUMBERS),
)
