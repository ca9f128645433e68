"""The band of a drug level: of the order that ran, else of the paper. Without route or timing none is judged. Pure.

Source [S]: Kurasawa and Arai 2014, "Regimens", cyclosporine: intravenous 200-250 ng/mL just before the dose; oral in
triple therapy trough 150-250 ng/mL; C2 (2 h after an oral dose) above 1,000 ng/mL. Readings [J]: specification 11 (21),
(29), 13 (103): C2 of exactly 1,000 is not low, above 2,000 is high; a trough above 400 is critical; a level during the
infusion is not judged. Tacrolimus [L]: trough 5-10 ng/mL, not above 20 (Japanese label for PM/DM-ILD, DSU 323;
10.1093/rheumatology/kez394): 13 (104). The target of an order is used in place of these bands: 12 (52), 13 (86).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise, takewhile

from monitoring.engine import Remark, Situation
from monitoring.site_values import DAYS_UNIT, site_count, site_value
from patients.clinical.course import CHRONIC, course_of
from patients.clinical.courses import last_day
from patients.clinical.drug_levels import Run, lacking, runs_of
from patients.clinical.facts import Measurement, Treatment
from patients.clinical.reasons import Part, Reason, Term, _, reason
from patients.clinical.snapshot import RuleChoices, Snapshot, once
from patients.clinical.truth import NO, YES, Truth
from patients.clinical.vocabulary import term

OF_THE_ORDER = Term(_("band of the order"))
BELOW_PAPER = _(
    "target of the order %(low)s-%(high)s: below the band of the paper (%(paper_low)s-%(paper_high)s, %(sample)s)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Limits in ng/mL: below `low` is low, above `high` is high, above `critical` is dangerously high.

    order: the order whose target it is; None where it is of the product. source: whose it is then, as in Reason.
    """

    name: Term
    low: Decimal
    high: Decimal
    critical: Decimal | None
    order: Treatment | None = None
    source: str = "S"

    @property
    def basis(self) -> str:
        """Whose band it is, as in Reason: S the paper, L later literature, O the order."""
        return self.source if self.order is None else "O"

    @property
    def ceiling(self) -> Decimal:
        """Above this a level is high: what is dangerous is high whatever was ordered [J]."""
        return self.high if self.critical is None else min(self.high, self.critical)

    @property
    def floor(self) -> Decimal:
        """Below this a level is low; never one that is high."""
        return min(self.low, self.ceiling)

    def is_low(self, level: Measurement) -> Truth:
        """Does the level lie below the band?"""
        return level.quantity.interval.below(self.floor)

    def is_high(self, level: Measurement) -> Truth:
        """Does it lie above?"""
        return level.quantity.interval.above(self.ceiling)

    def is_dangerous(self, level: Measurement) -> bool:
        """Is it surely above the critical limit, where there is one?"""
        return self.critical is not None and level.quantity.interval.above(self.critical) is YES


# judgements of this product [J], which a site may change
CSA_CRITICAL = site_value("CSA_HIGH.critical", _("trough, critical above"), "400", "ng/mL", ("300", "600"))
CSA_C2_HIGH = site_value("CSA_HIGH.c2", _("C2, high above"), "2000", "ng/mL", ("1500", "3000"))
CSA_NUMBERS = (CSA_CRITICAL, CSA_C2_HIGH)  # of every rule that asks whether a level lies in its band
# the paper's bands [S], and these two
CSA_IV_PRE_DOSE = Band(
    name=Term("intravenous, before the dose"), low=Decimal(200), high=Decimal(250), critical=CSA_CRITICAL.default
)
CSA_ORAL_TROUGH = Band(name=Term("oral, trough"), low=Decimal(150), high=Decimal(250), critical=CSA_CRITICAL.default)
CSA_ORAL_C2 = Band(name=Term("oral, C2"), low=Decimal(1000), high=CSA_C2_HIGH.default, critical=None)
TAC_TROUGH = Band(name=Term("oral, trough"), low=Decimal(5), high=Decimal(10), critical=Decimal(20), source="L")
NOT_JUDGED = "during_infusion"  # the timing of a level that no band fits, an order's neither
# of the start: up to then a level is on its way to the band [J]
LATE_AFTER = {
    "csa": site_count("CSA_TARGET_DELAY.late", _("cyclosporine in its band by the end of day"), 3, DAYS_UNIT, (2, 7)),
    "tac": site_count("TAC_TARGET_DELAY.late", _("tacrolimus in its band by the end of day"), 5, DAYS_UNIT, (3, 10)),
}
C2_DAYS = 7  # of a C2 in its band before a trough, its day included: once daily before a meal troughs are low by design
# drug, route, timing
BANDS: dict[tuple[str, str | None, str | None], Band] = {
    ("csa", "iv", "pre_dose"): CSA_IV_PRE_DOSE,
    ("csa", "iv", "trough"): CSA_IV_PRE_DOSE,
    ("csa", "oral", "pre_dose"): CSA_ORAL_TROUGH,
    ("csa", "oral", "trough"): CSA_ORAL_TROUGH,
    ("csa", "oral", "c2"): CSA_ORAL_C2,
    ("tac", "oral", "pre_dose"): TAC_TROUGH,
    ("tac", "oral", "trough"): TAC_TROUGH,
}


@lru_cache(maxsize=64)
def _of_site(band: Band, choices: RuleChoices) -> Band:
    """A band of the product with the numbers that a site has chosen."""
    critical, c2 = (choices.by_code.get(x.code, x.default) for x in CSA_NUMBERS)
    if band in (CSA_IV_PRE_DOSE, CSA_ORAL_TROUGH):
        return replace(band, critical=critical)
    return replace(band, high=c2) if band == CSA_ORAL_C2 else band


def band_at(level: Measurement, snapshot: Snapshot) -> Band | None:
    """As `band_of`, of a snapshot."""
    return band_of(level, snapshot.treatments, snapshot.settings.rules)


def band_of(level: Measurement, treatments: Sequence[Treatment], choices: RuleChoices) -> Band | None:
    """The band of a level: the target of the order that ran when the sample was taken, else the paper's; with the
    numbers that the site has chosen.

    None where the level lacks its route or timing, or where there is no band for them.
    """
    if lacking(level.route, level.timing) or level.timing == NOT_JUDGED:
        return None
    found = BANDS.get((level.code, level.route, level.timing))
    paper = _of_site(found, choices) if found else None
    order = _order_of(level, treatments)
    if order is None or order.target_low is None or order.target_high is None:
        return paper
    return Band(
        name=OF_THE_ORDER,
        low=order.target_low,
        high=order.target_high,
        critical=paper.critical if paper else None,
        order=order,
    )


def has_bands(drug: str, treatments: Sequence[Treatment] = ()) -> bool:
    """Are levels of the drug judged at all: by the paper, or by the target of one of these orders?"""
    return any(key[0] == drug for key in BANDS) or any(x.drug == drug and _has_target(x) for x in treatments)


def source_of(drug: str) -> str:
    """Whose the bands of a drug are, without an order; "" where it has none."""
    return next((band.source for key, band in BANDS.items() if key[0] == drug), "")


# -- the order that ran -----------------------------------------------------------------------------------------------


def _order_of(level: Measurement, treatments: Sequence[Treatment]) -> Treatment | None:
    """The order with a target for this drug, route and timing that ran at the sample; of several the last begun."""
    of_drug = [x for x in treatments if x.drug == level.code]
    meant = [x for x in of_drug if _has_target(x) and _fits(x, level) and _ran(x, level, of_drug)]
    return max(meant, key=lambda x: (x.on, x.id), default=None)


def _has_target(order: Treatment) -> bool:
    return order.target_low is not None and order.target_high is not None and order.target_timing is not None


def _fits(order: Treatment, level: Measurement) -> bool:
    """Routes do not contradict, and the timing is the order's."""
    return order.route in (None, level.route) and _moment(order.target_timing) == _moment(level.timing)


def _moment(timing: str | None) -> str | None:
    """Before the dose is the trough: one timing of two names."""
    return "trough" if timing == "pre_dose" else timing


def _ran(order: Treatment, level: Measurement, of_drug: Sequence[Treatment]) -> bool:
    """Did it run when the sample was taken? The record keeps the last day: what another dose of the next day replaces
    ran until that dose, so that the trough before it is still its own."""
    if order.on > level.on:
        return False
    if order.stop is None or level.day <= order.stop:
        return True
    return level.day == order.stop + timedelta(days=1) and any(x.day == level.day and x.on > level.on for x in of_drug)


def below_paper(order: Treatment, snapshot: Snapshot, route: str | None = None) -> Reason | None:
    """That the target of an order lies wholly below the paper's band (13 (86)); None where not, or in a chronic course.

    route: of the level, where the order does not say its own; without either, it lies below the bands of all routes.
    """
    if order.target_low is None or order.target_high is None or course_of(snapshot).course == CHRONIC:
        return None
    route, timing = order.route or route, order.target_timing
    papers = [x for (drug, by, at), x in BANDS.items() if (drug, at) == (order.drug, timing) and route in (None, by)]
    if not papers or any(order.target_high >= x.low for x in papers):
        return None
    paper = min(papers, key=lambda x: x.low)
    ends = {"low": order.target_low, "high": order.target_high, "paper_low": paper.low, "paper_high": paper.high}
    return reason(BELOW_PAPER, facts=(order.id,), basis="J", sample=paper.name, **ends)


# -- the levels that a rule judges ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Banded:
    """A level with the band that holds for it."""

    level: Measurement
    band: Band

    @property
    def known(self) -> datetime:
        """From when it could be judged so: its result was known, and the order was."""
        order = self.band.order
        moments = [self.level.on, self.level.known, *([order.first_known] if order else [])]
        return max(moments)


def levels_by_sample(situation: Situation, drug: str) -> tuple[tuple[Banded, ...], ...]:
    """The levels of a drug that have a band, by route and timing, each with its own; of those of the newest day only.

    Each holds the levels up to and including that day, oldest first; none while all recorded courses of the drug are
    over. A trough and a C2 of one morning are two judgements: neither hides the other [J].
    """
    return _levels_by_sample(situation.snapshot, drug)


@once
def _levels_by_sample(snapshot: Snapshot, drug: str) -> tuple[tuple[Banded, ...], ...]:
    if _stopped(snapshot, drug):
        return ()
    judged = [Banded(x, band) for x in snapshot.series(drug) if (band := band_at(x, snapshot)) is not None]
    samples = dict.fromkeys((x.level.route, x.level.timing) for x in judged if x.level.day == judged[-1].level.day)
    return tuple(tuple(x for x in judged if (x.level.route, x.level.timing) == sample) for sample in samples)


def known_since(series: Sequence[Banded], holds: Callable[[Banded], bool]) -> datetime:
    """When the unbroken run of levels at the end of the series, all of which hold, became known."""
    return list(takewhile(holds, reversed(series)))[-1].known


def _stopped(snapshot: Snapshot, drug: str) -> bool:
    """The drug was recorded as given, and every course of it ended before today."""
    ends = [last_day(x) for x in snapshot.treatments if x.drug == drug]
    return bool(ends) and all(end is not None and end < snapshot.today for end in ends)


def not_interpretable(level: Measurement, not_known: str, no_band: str) -> Remark:
    """A level without a band: said in one of two sentences of its drug, and never called low or high."""
    message = not_known if level.route is None or level.timing is None else no_band
    return Remark(reason(message, facts=(level.id,), basis="J", value=level.quantity, day=level.day), (level.id,))


def level_reason(of_paper: str, of_order: str, judged: Banded) -> Reason:
    """A sentence with value, day and band; the one for the band of the order says route, timing and limits apart."""
    level, band = judged.level, judged.band
    told: dict[str, Part] = {"value": level.quantity, "day": level.day, "low": band.low, "high": band.high}
    if band.order is None:
        return Reason(of_paper, _parts(told | {"sample": band.name}), (level.id,))
    told |= {"route": term("route", level.route or ""), "timing": term("timing", level.timing or "")}
    told |= {"band": band.name, "floor": band.floor, "ceiling": band.ceiling}
    return Reason(of_order, _parts(told), (level.id,), band.basis)


def _parts(told: dict[str, Part]) -> tuple[tuple[str, Part], ...]:
    return tuple(sorted(told.items()))


def order_notes(judged: Banded, snapshot: Snapshot) -> tuple[Reason, ...]:
    """What is to be said of the order whose target judges a level.

    It rests on the level alone: a stop is a newer version of the order, and no news of its alert.
    """
    order = judged.band.order
    note = below_paper(order, snapshot, judged.level.route) if order else None
    return (note._replace(facts=(judged.level.id,)),) if note else ()


def judged_from(situation: Situation, drug: str, day: date) -> tuple[Banded, ...]:
    """The levels of the newest day that have a band, if that is this day or a later one: one of each sample."""
    newest = tuple(series[-1] for series in levels_by_sample(situation, drug))
    return newest if newest and newest[0].level.day >= day else ()


def within_band(judged: Sequence[Banded], snapshot: Snapshot) -> bool:
    """Do all of these levels surely lie in their bands? Not where there are none.

    A trough that is low by design is neither low nor in its band: it says nothing beside a C2, and nothing alone.
    """
    telling = [x for x in judged if x.band.is_low(x.level) is NO or not low_by_design(x, snapshot)]
    return bool(telling) and all(in_band(x.level, x.band) for x in telling)


def once_in_band(snapshot: Snapshot, drug: str, day: date) -> bool:
    """Did the levels of any one day, from this day on, surely lie in their bands, whatever followed?"""
    judged = [Banded(x, band) for x in snapshot.series(drug) if (band := band_at(x, snapshot)) is not None]
    days = dict.fromkeys(x.level.day for x in judged if x.level.day >= day)
    return any(within_band([x for x in judged if x.level.day == each], snapshot) for each in days)


def in_band(level: Measurement, band: Band) -> bool:
    """Does a level surely lie in its band?"""
    return band.is_low(level) is NO and band.is_high(level) is NO


# -- low by design, and on the way ------------------------------------------------------------------------------------


def low_by_design(judged: Banded, snapshot: Snapshot) -> bool:
    """As `trough_by_design`, of a snapshot."""
    levels = snapshot.series(judged.level.code)
    return trough_by_design(judged.level, snapshot.treatments, levels, snapshot.settings.rules)


def trough_by_design(
    level: Measurement, treatments: Sequence[Treatment], levels: Sequence[Measurement], choices: RuleChoices
) -> bool:
    """Is an oral trough of cyclosporine no sign of too little: the order's target is C2, or the last C2 of the 7 days
    up to its day in its band?

    Once daily before a meal gives low troughs; C2 and not C0 tracked the effect [L2: Kotani]: 13 (103). `levels`: those
    of the drug, oldest first.
    """
    if level.code != "csa" or level.route != "oral" or _moment(level.timing) != "trough":
        return False
    orders = [x for x in treatments if x.drug == level.code]
    meant = [x for x in orders if _has_target(x) and x.route in (None, level.route) and _ran(x, level, orders)]
    order = max(meant, key=lambda x: (x.on, x.id), default=None)
    if order is not None and order.target_timing == "c2":
        return True
    near = [x for x in levels if x.timing == "c2" and 0 <= (level.day - x.day).days <= C2_DAYS]
    band = band_of(near[-1], treatments, choices) if near else None
    return band is not None and in_band(near[-1], band)


def on_the_way_since(snapshot: Snapshot, drug: str, *, of_run: bool = False) -> date | None:
    """The day of the start or last change of a drug that runs (`of_run`: of its start or change of route)."""
    runs = list(runs_of(drug, snapshot.treatments))
    if not runs:
        return None
    return runs[-1].start if of_run else _last_change(runs[-1])


def _last_change(run: Run) -> date:
    """The last day whose orders differ in dose, unit or route from those of the order day before: to renew an order is
    no change. Orders of one day belong together."""
    begun: dict[date, set[tuple[object, ...]]] = {}
    for x in run.courses:
        begun.setdefault(x.day, set()).add((x.dose, x.unit, x.route))
    changes = [day for (_day, before), (day, after) in pairwise(begun.items()) if after != before]
    return changes[-1] if changes else run.start
