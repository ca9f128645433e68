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
from datetime import datetime, timedelta
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import age
from monitoring.readings import kits_differ, of_days, preliminary
from monitoring.stands import newest_is
from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import ratio_at_least, ratio_exceeds
from patients.clinical.reasons import Part, Reason, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, YES, Truth, any_of

HIGH, RISING_FROM, DOUBLED = Decimal(3000), Decimal(1500), Decimal(2)  # ng/mL, at least; times [J]
DAYS = 7  # of the doubling, and between ferritin and the signs [J]
FELL_TO = Decimal("0.8")  # of the highest, at most [J]
NEEDED = 2  # signs [J]
BELOW = {"haemoglobin": Decimal(9), "platelets": Decimal(100), "neutrophils": Decimal(1000), "fibrinogen": Decimal(150)}
HOT, COOLED_AFTER = Decimal("38.5"), timedelta(hours=72)  # degrees Celsius, at least; without one [J]
AST_LIMIT = Decimal(3) * (MEASUREMENTS["ast"].reference[""].high or Decimal(30))  # U/L, more than [J]
AST_DAYS = 14  # before, in which it rose [J]
NADIR = (7, 14)  # days of IVCY on which neutrophils are low by themselves [J]

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
STANDS = _("it closes when fewer than two signs are left and ferritin fell by 20 %")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """The newest ferritin that opens it, unless it closed since."""
    snapshot = situation.snapshot
    series = snapshot.series("ferritin")
    for n in range(len(series) - 1, -1, -1):
        first = series[n]
        if _is_high(first, series[:n]) is YES and len(_signs(snapshot, first, snapshot.as_of)) >= NEEDED:
            if not _closed(snapshot, series[n:]):
                yield _issue(snapshot, series[n:])
            return


def _is_high(x: Measurement, before: Sequence[Measurement]) -> Truth:
    if x.quantity.at_least(RISING_FROM) is not YES:
        return NO
    near = [y for y in of_days(before, x.day, -DAYS, 0) if not kits_differ(x, y)]
    return any_of([x.quantity.at_least(HIGH), *(ratio_at_least(x.quantity, y.quantity, DOUBLED) for y in near)])


# -- the other signs --------------------------------------------------------------------------------------------------


def _signs(snapshot: Snapshot, ferritin: Measurement, until: datetime, *, now: bool = False) -> list[Measurement]:
    """Of each test the value that is a sign, up to a moment: around the ferritin, or (`now`) the newest of all."""
    found = []
    for code in SIGNS:
        values = snapshot.series(code)
        near = [x for x in (values if now else of_days(values, ferritin.day, -DAYS, DAYS)) if x.on <= until]
        if now:
            near = [x for x in near if near[-1].on - x.on <= COOLED_AFTER]
        last = [x for x in (near if code == "temperature" else near[-1:]) if _is_sign(snapshot, x) is YES]
        found += last[-1:]
    return found


def _is_sign(snapshot: Snapshot, x: Measurement) -> Truth:
    if x.code == "temperature":
        return x.quantity.at_least(HOT)
    if x.code == "ast":
        before = [y for y in of_days(snapshot.series("ast"), x.day, -AST_DAYS, 0) if y.on < x.on]
        rose = any(ratio_exceeds(x.quantity, y.quantity, Decimal(1)) is YES for y in before)
        return x.quantity.above(AST_LIMIT) if rose else NO
    if x.code == "neutrophils" and _at_nadir(snapshot, x):
        return NO
    return x.quantity.below(BELOW[x.code])


def _at_nadir(snapshot: Snapshot, x: Measurement) -> bool:
    doses = [y.day for y in snapshot.treatments if y.drug == "ivcy"]
    return any(NADIR[0] <= (x.day - day).days <= NADIR[1] for day in doses)


# -- since then -------------------------------------------------------------------------------------------------------


def _closed(snapshot: Snapshot, since: Sequence[Measurement]) -> bool:
    """Was there a ferritin since, low enough, with fewer than two signs at that time or now?"""
    highest = since[0]
    for x in since[1:]:
        if x.quantity.value > highest.quantity.value:
            highest = x
        if ratio_exceeds(x.quantity, highest.quantity, FELL_TO) is NO:
            moments = (x.on, snapshot.as_of) if x is since[-1] else (x.on,)
            if any(len(_signs(snapshot, x, y, now=True)) < NEEDED for y in moments):
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
        why += [reason(STANDS, basis="J"), newest_is(last)]
    why += [*age(snapshot, last), *preliminary(first, *signs)]
    known = max(max(x.on, x.known) for x in (first, *sorted(signs, key=lambda x: max(x.on, x.known))[:NEEDED]))
    return issue(Severity.CRITICAL, why, first, *signs, known=known)


RULE = Rule(
    code="HYPERINFLAMMATION",
    group=Group.RESPONSE,
    version=1,
    title=_("Hyperinflammation: HLH or MAS to be thought of"),
    source=_("10.1002/art.42636; limits of the counts: HLH-2004; the combination: a judgement of this product"),
    basis="L",
    detect=detect,
)
