"""HYPERINFLAMMATION: ferritin is very high and two more signs of HLH or MAS are there.

Source [L]: 10.1002/art.42636; limits of the counts: HLH-2004; specification 13 (114). Ferritin >= 3,000 ng/mL, or >=
1,500 and doubled in 7 days, and two of: haemoglobin < 9 g/dL, platelets < 100 x10^3/µL, neutrophils < 1,000/µL (not
on days 7 to 14 of IVCY), temperature >= 38.5 °C, AST > 3 x upper limit and risen, fibrinogen < 150 mg/dL. The newest
value of each in the 7 days before or after the ferritin counts, of the temperature any [J]. Critical. D0: none, in any
course.
Closes when fewer than two of them are left and ferritin fell by 20 % or more from its highest of the episode.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age
from monitoring.readings import kits_differ, of_days, preliminary
from monitoring.site_values import DAYS_UNIT, HOURS_UNIT, site_count, site_value
from monitoring.stands import newest_is
from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import ratio_at_least, ratio_exceeds
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, YES, Truth, any_of

HIGH = site_value("HYPERINFLAMMATION.high", _("ferritin, at least"), "3000", "ng/mL", ("2000", "10000"))
RISING_FROM = site_value("HYPERINFLAMMATION.rising", _("or rising, at least"), "1500", "ng/mL", ("500", "2000"))
DOUBLED = site_value("HYPERINFLAMMATION.times", _("rising to so many times"), "2", "", ("1.5", "5"))
DAYS = site_count("HYPERINFLAMMATION.days", _("rise within, and signs before or after"), 7, DAYS_UNIT, (3, 14))
FELL_BY = site_value("HYPERINFLAMMATION.fell", _("over after a fall of ferritin by at least"), "20", "%", ("10", "70"))
NEEDED = site_count("HYPERINFLAMMATION.signs", _("signs beside ferritin, at least"), 2, "", (1, 4))
TWO = 2
BELOW = {"haemoglobin": Decimal(9), "platelets": Decimal(100), "neutrophils": Decimal(1000), "fibrinogen": Decimal(150)}
HOT = site_value("HYPERINFLAMMATION.hot", _("temperature, at least"), "38.5", "°C", ("38.0", "39.5"))
COOLED_AFTER = site_count("HYPERINFLAMMATION.cooled", _("a sign is over after"), 72, HOURS_UNIT, (24, 168))
AST_ULN = MEASUREMENTS["ast"].reference[""].high or Decimal(30)
AST_TIMES = site_value("HYPERINFLAMMATION.ast", _("AST, more than times the upper limit"), "3", "", ("2", "10"))
AST_DAYS = site_count("HYPERINFLAMMATION.ast_days", _("AST risen within"), 14, DAYS_UNIT, (3, 28))
# days of IVCY on which neutrophils are low by themselves
NADIR_FROM = site_count(
    "HYPERINFLAMMATION.nadir_from", _("neutrophils do not count after IVCY from day"), 7, DAYS_UNIT, (3, 10)
)
NADIR_TO = site_count(
    "HYPERINFLAMMATION.nadir_to", _("neutrophils do not count after IVCY to day"), 14, DAYS_UNIT, (10, 28)
)

FERRITIN = _(
    "ferritin %(value)s ng/mL on %(day)s with %(count)s more signs: HLH or MAS? look for its trigger (infection)"
)
SIGNS = {
    "haemoglobin": _("haemoglobin %(value)s g/dL on %(day)s"),
    "platelets": _("platelets %(value)s ×10³/µL on %(day)s"),
    "neutrophils": _("neutrophils %(value)s/µL on %(day)s"),
    "fibrinogen": _("fibrinogen %(value)s mg/dL on %(day)s"),
    "temperature": _("temperature %(value)s °C on %(day)s"),
    "ast": _("AST %(value)s U/L on %(day)s, risen"),
}
STANDS = _("it closes when fewer than two signs are left and ferritin fell by %(percent)s %%")
STANDS_FOR = _("it closes when fewer signs than %(n)s are left and ferritin fell by %(percent)s %%")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The newest ferritin that opens it, unless it closed since."""
    snapshot = situation.snapshot
    series, needed = snapshot.series("ferritin"), int(NEEDED.of(snapshot))
    for n in range(len(series) - 1, -1, -1):
        first = series[n]
        if _is_high(snapshot, first, series[:n]) is YES and len(_signs(snapshot, first, snapshot.as_of)) >= needed:
            if not _closed(snapshot, series[n:]):
                yield _issue(snapshot, series[n:])
            return


def _is_high(snapshot: Snapshot, x: Measurement, before: Sequence[Measurement]) -> Truth:
    if x.quantity.at_least(RISING_FROM.of(snapshot)) is not YES:
        return NO
    near = [y for y in of_days(before, x.day, -DAYS.days(snapshot), 0) if not kits_differ(x, y)]
    high, times = HIGH.of(snapshot), DOUBLED.of(snapshot)
    return any_of([x.quantity.at_least(high), *(ratio_at_least(x.quantity, y.quantity, times) for y in near)])


# -- the other signs --------------------------------------------------------------------------------------------------


def _signs(snapshot: Snapshot, ferritin: Measurement, until: datetime, *, now: bool = False) -> list[Measurement]:
    """Of each test the value that is a sign, up to a moment: around the ferritin, or (`now`) the newest of all."""
    found = []
    days, cooled = DAYS.days(snapshot), COOLED_AFTER.hours(snapshot)
    for code in SIGNS:
        values = snapshot.series(code)
        near = [x for x in (values if now else of_days(values, ferritin.day, -days, days)) if x.on <= until]
        if now:
            near = [x for x in near if near[-1].on - x.on <= cooled]
        last = [x for x in (near if code == "temperature" else near[-1:]) if _is_sign(snapshot, x) is YES]
        found += last[-1:]
    return found


def _is_sign(snapshot: Snapshot, x: Measurement) -> Truth:
    if x.code == "temperature":
        return x.quantity.at_least(HOT.of(snapshot))
    if x.code == "ast":
        before = [y for y in of_days(snapshot.series("ast"), x.day, -AST_DAYS.days(snapshot), 0) if y.on < x.on]
        rose = any(ratio_exceeds(x.quantity, y.quantity, Decimal(1)) is YES for y in before)
        return x.quantity.above(AST_TIMES.of(snapshot) * AST_ULN) if rose else NO
    if x.code == "neutrophils" and _at_nadir(snapshot, x):
        return NO
    return x.quantity.below(BELOW[x.code])


def _at_nadir(snapshot: Snapshot, x: Measurement) -> bool:
    doses = [y.day for y in snapshot.treatments if y.drug == "ivcy"]
    first, last = NADIR_FROM.days(snapshot), NADIR_TO.days(snapshot)
    return any(first <= (x.day - day).days <= last for day in doses)


# -- since then -------------------------------------------------------------------------------------------------------


def _closed(snapshot: Snapshot, since: Sequence[Measurement]) -> bool:
    """Was there a ferritin since, low enough, with fewer than two signs at that time or now?"""
    highest, left, needed = since[0], FELL_BY.fallen(snapshot), int(NEEDED.of(snapshot))
    for x in since[1:]:
        if x.quantity.value > highest.quantity.value:
            highest = x
        if ratio_exceeds(x.quantity, highest.quantity, left) is NO:
            moments = (x.on, snapshot.as_of) if x is since[-1] else (x.on,)
            if any(len(_signs(snapshot, x, y, now=True)) < needed for y in moments):
                return True
    return False


def _issue(snapshot: Snapshot, since: Sequence[Measurement]) -> Issue:
    first, last = since[0], since[-1]
    signs = _signs(snapshot, first, snapshot.as_of)
    parts: dict[str, Part] = {"value": first.quantity, "day": first.day, "count": len(signs)}
    why: list[Reason] = [reason(FERRITIN, facts=(first.id,), basis="L", **parts)]
    for x in signs:
        told: dict[str, Part] = {"value": x.quantity, "day": x.day}
        why.append(reason(SIGNS[x.code], facts=(x.id,), basis="L", **told))
    if last is not first:
        why += [_stands(snapshot), newest_is(last)]
    why += [*age(snapshot, last), *preliminary(first, *signs)]
    earliest = sorted(signs, key=lambda x: max(x.on, x.known))[: int(NEEDED.of(snapshot))]
    known = max(max(x.on, x.known) for x in (first, *earliest))
    return issue(Severity.CRITICAL, why, first, *signs, known=known)


def _stands(snapshot: Snapshot) -> Reason:
    """When it closes."""
    n, percent = int(NEEDED.of(snapshot)), FELL_BY.of(snapshot)
    if n == TWO:
        return reason(STANDS, basis="J", percent=percent)
    return reason(STANDS_FOR, basis="J", n=n, percent=percent)


RULE = Rule(
    code="HYPERINFLAMMATION",
    group=Group.RESPONSE,
    version=1,
    title=_("Hyperinflammation: HLH or MAS to be thought of"),
    source=_("10.1002/art.42636; limits of the counts: HLH-2004; the combination: a judgement of this product"),
    basis="L",
    detect=detect,
    values=(
        *(HIGH, RISING_FROM, DOUBLED, DAYS, NEEDED, FELL_BY, HOT, COOLED_AFTER),
        *(AST_TIMES, AST_DAYS, NADIR_FROM, NADIR_TO, OLD_AFTER),
    ),
)
