"""Bands of cyclosporine levels by route and timing; without both, a level cannot be judged. Pure.

Source [S]: Kurasawa and Arai 2014, "Regimens": intravenous 200-250 ng/mL just before the dose; oral in triple therapy
trough 150-250 ng/mL; C2 (2 h after an oral dose) above 1,000 ng/mL. Readings [J]: specification 11 (21), (29): C2 of
exactly 1,000 is not low, above 2,000 is high; a trough above 400 is critical.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from monitoring.engine import Remark, Situation
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.regimen import last_day


@dataclass(frozen=True, slots=True)
class Band:
    """Limits in ng/mL: below `low` is low, above `high` is high, above `critical` is dangerously high."""

    name: Term
    low: Decimal
    high: Decimal
    critical: Decimal | None


IV_PRE_DOSE = Band(Term("intravenous, before the dose"), Decimal(200), Decimal(250), Decimal(400))
ORAL_TROUGH = Band(Term("oral, trough"), Decimal(150), Decimal(250), Decimal(400))
ORAL_C2 = Band(Term("oral, C2"), Decimal(1000), Decimal(2000), None)
BANDS: dict[tuple[str | None, str | None], Band] = {
    ("iv", "pre_dose"): IV_PRE_DOSE,
    ("iv", "trough"): IV_PRE_DOSE,
    ("oral", "pre_dose"): ORAL_TROUGH,
    ("oral", "trough"): ORAL_TROUGH,
    ("oral", "c2"): ORAL_C2,
}


def judgeable_levels(situation: Situation) -> tuple[Measurement, ...]:
    """CsA levels that have a band, oldest first; none while all recorded courses of CsA are over."""
    if _stopped(situation):
        return ()
    return tuple(x for x in situation.snapshot.series("csa") if (x.route, x.timing) in BANDS)


def levels_by_sample(situation: Situation) -> tuple[tuple[Measurement, ...], ...]:
    """The judgeable levels up to and including the newest day with one, by route and timing; only those of that day.

    A trough and a C2 of one morning are two judgements: neither hides the other [J].
    """
    levels = judgeable_levels(situation)
    if not levels:
        return ()
    samples = dict.fromkeys((x.route, x.timing) for x in levels if x.day == levels[-1].day)
    return tuple(tuple(x for x in levels if (x.route, x.timing) == sample) for sample in samples)


def _stopped(situation: Situation) -> bool:
    """CsA was recorded as given, and every course of it ended before today."""
    ends = [last_day(x) for x in situation.snapshot.treatments if x.drug == "csa"]
    return bool(ends) and all(end is not None and end < situation.snapshot.today for end in ends)


def band_of(level: Measurement) -> Band:
    """The band of a level that has one."""
    return BANDS[(level.route, level.timing)]


def level_reason(message: str, level: Measurement) -> Reason:
    """A sentence with value, day and the band of its route and timing."""
    band = band_of(level)
    return reason(
        message,
        facts=(level.id,),
        value=level.quantity,
        day=level.day,
        sample=band.name,
        low=band.low,
        high=band.high,
    )


def not_interpretable(situation: Situation) -> Remark | None:
    """The newest level without a band: said, and never called low or high."""
    series = situation.snapshot.series("csa")
    if not series or (series[-1].route, series[-1].timing) in BANDS:
        return None
    level = series[-1]
    message = _("CsA %(value)s ng/mL on %(day)s is not interpretable: route or time since the dose is not known")
    if level.route is not None and level.timing is not None:
        message = _("CsA %(value)s ng/mL on %(day)s is not interpretable: there is no band for this route and timing")
    return Remark(reason(message, facts=(level.id,), basis="J", value=level.quantity, day=level.day), (level.id,))
