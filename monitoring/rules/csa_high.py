"""CSA_HIGH: the newest cyclosporine level is above its band: of the order that ran, else of its route and timing.

Source [S]: Kurasawa and Arai 2014, "Regimens": iv 200-250 ng/mL before the dose, oral trough 150-250 ng/mL. C2 above
2,000 is high; up to 20 % above the band info, then warning; a level before the dose (trough) above 400 is critical:
specification 8, 11 (21), 13 (103) [J]. An intravenous one above 1,000 asks whether it was drawn from the line.
D0: none. The target of the order is used in place of the paper's band, 400 stays; one wholly below it in an A/S course
says so: 12 (52), 13 (86).
Closes when a newer level is not above its band, or when CsA is stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import LEVEL_OLD_AFTER, age
from monitoring.levels import CSA_NUMBERS, Banded, band_at, known_since, level_reason, levels_by_sample, order_notes
from monitoring.readings import preliminary
from monitoring.site_values import site_value
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.snapshot import latest
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


LITTLE = site_value("CSA_HIGH.info", _("above the band, info up to"), "20", "%", ("0", "50"))
LINE_ABOVE = site_value(
    "CSA_HIGH.line", _("drawn from the infusion line? asked above"), "1000", "ng/mL", ("500", "3000")
)
LINE = _("CsA %(value)s ng/mL on %(day)s under an infusion: drawn from the infusion line?")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest level against its band; one that looks as if drawn from the line is asked about."""
    newest, line = latest(situation.snapshot.series(DRUG)), LINE_ABOVE.of(situation.snapshot)
    if newest is not None and from_the_line(newest, line) and band_at(newest, situation.snapshot) is None:
        yield Remark(_line_reason(newest), (newest.id,))
    for series in levels_by_sample(situation, DRUG):
        yield from _judge(situation, series)


def _judge(situation: Situation, series: tuple[Banded, ...]) -> Iterator[Issue]:
    """The newest level of one route and timing."""
    newest = series[-1]
    answer = newest.band.is_high(newest.level)
    if answer is not NO:
        severity = _severity(newest, LITTLE.risen(situation.snapshot))
        messages = (HIGH, ORDER_HIGH) if answer is YES else (POSSIBLE, ORDER_POSSIBLE)
        why = [level_reason(*messages, newest), *order_notes(newest, situation.snapshot), *preliminary(newest.level)]
        if from_the_line(newest.level, LINE_ABOVE.of(situation.snapshot)):
            why.append(_line_reason(newest.level))
        why += age(situation.snapshot, newest.level, LEVEL_OLD_AFTER)
        known = known_since(series, lambda x: x.band.is_high(x.level) is answer)
        yield issue(severity, why, newest.level, known=known, possible=answer is UNKNOWN)


def _severity(judged: Banded, little: Decimal) -> Severity:
    if judged.band.is_dangerous(judged.level):
        return Severity.CRITICAL
    much = judged.level.quantity.interval.above(judged.band.ceiling * little) is YES
    return Severity.WARNING if much else Severity.INFO


def from_the_line(level: Measurement, above: Decimal) -> bool:
    """Is an intravenous level so high that it looks as if it was drawn from the infusion line?"""
    return level.route == "iv" and level.quantity.interval.above(above) is YES


def _line_reason(level: Measurement) -> Reason:
    return reason(LINE, facts=(level.id,), basis="J", value=level.quantity, day=level.day)


RULE = Rule(
    code="CSA_HIGH",
    group=Group.LEVELS,
    version=3,
    title=_("Cyclosporine level above its band"),
    source=_("Kurasawa and Arai 2014, regimens of CsA (10.2147/ODRR.S50355)"),
    basis="S",
    detect=detect,
    titled_by_value=True,
    values=(LITTLE, LINE_ABOVE, LEVEL_OLD_AFTER, *CSA_NUMBERS),
)
