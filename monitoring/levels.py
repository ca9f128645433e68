"""Bands of drug levels by drug, route and timing; without both of these, a level cannot be judged. Pure.

Source [S]: Kurasawa and Arai 2014, "Regimens", cyclosporine: intravenous 200-250 ng/mL just before the dose; oral in
triple therapy trough 150-250 ng/mL; C2 (2 h after an oral dose) above 1,000 ng/mL. Readings [J]: specification 11 (21),
(29): C2 of exactly 1,000 is not low, above 2,000 is high; a trough above 400 is critical. Tacrolimus has no band here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from monitoring.engine import Situation
from patients.clinical.courses import last_day
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Reason, Term, reason
from patients.clinical.truth import Truth


@dataclass(frozen=True, slots=True)
class Band:
    """Limits in ng/mL: below `low` is low, above `high` is high, above `critical` is dangerously high."""

    name: Term
    low: Decimal
    high: Decimal
    critical: Decimal | None

    def is_low(self, level: Measurement) -> Truth:
        """Does the level lie below the band?"""
        return level.quantity.interval.below(self.low)

    def is_high(self, level: Measurement) -> Truth:
        """Does it lie above?"""
        return level.quantity.interval.above(self.high)

    def is_dangerous(self, level: Measurement) -> bool:
        """Is it surely above the critical limit, where there is one?"""
        return self.critical is not None and level.quantity.interval.above(self.critical) is Truth.YES


CSA_IV_PRE_DOSE = Band(Term("intravenous, before the dose"), Decimal(200), Decimal(250), Decimal(400))
CSA_ORAL_TROUGH = Band(Term("oral, trough"), Decimal(150), Decimal(250), Decimal(400))
CSA_ORAL_C2 = Band(Term("oral, C2"), Decimal(1000), Decimal(2000), None)
# drug, route, timing
BANDS: dict[tuple[str, str | None, str | None], Band] = {
    ("csa", "iv", "pre_dose"): CSA_IV_PRE_DOSE,
    ("csa", "iv", "trough"): CSA_IV_PRE_DOSE,
    ("csa", "oral", "pre_dose"): CSA_ORAL_TROUGH,
    ("csa", "oral", "trough"): CSA_ORAL_TROUGH,
    ("csa", "oral", "c2"): CSA_ORAL_C2,
}


def band_of(level: Measurement) -> Band | None:
    """The band of a level; None where its drug has none for this route and timing."""
    return BANDS.get((level.code, level.route, level.timing))


def has_bands(drug: str) -> bool:
    """Are levels of the drug judged at all?"""
    return any(key[0] == drug for key in BANDS)


def levels_by_sample(situation: Situation, drug: str) -> tuple[tuple[tuple[Measurement, ...], Band], ...]:
    """The levels of a drug that have a band, by route and timing, each with its band; of those of the newest day only.

    Each holds the levels up to and including that day, oldest first; none while all recorded courses of the drug are
    over. A trough and a C2 of one morning are two judgements: neither hides the other [J].
    """
    if _stopped(situation, drug):
        return ()
    judged = [(x, band) for x in situation.snapshot.series(drug) if (band := band_of(x)) is not None]
    samples = {(x.route, x.timing): band for x, band in judged if x.day == judged[-1][0].day}
    return tuple(
        (tuple(x for x, _band in judged if (x.route, x.timing) == sample), band) for sample, band in samples.items()
    )


def _stopped(situation: Situation, drug: str) -> bool:
    """The drug was recorded as given, and every course of it ended before today."""
    ends = [last_day(x) for x in situation.snapshot.treatments if x.drug == drug]
    return bool(ends) and all(end is not None and end < situation.snapshot.today for end in ends)


def level_reason(message: str, level: Measurement, band: Band) -> Reason:
    """A sentence with value, day and the band of its route and timing."""
    return reason(
        message,
        facts=(level.id,),
        value=level.quantity,
        day=level.day,
        sample=band.name,
        low=band.low,
        high=band.high,
    )
