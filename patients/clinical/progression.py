"""Progressive pulmonary fibrosis: two of three signs within a year. Pure.

Source [L]: Raghu 2022 (10.1164/rccm.202202-0399ST): of worse symptoms, physiology and radiology two within a year.
Specification 13 (110): FVC down by 5 points of % predicted or DLCO by 10, at least, from the highest of the 365 days
before, tests at least 28 days apart; on HRCT new or more reticulation, honeycombing, traction bronchiectasis; more
ground glass alone does not count.

Readings [J]: a report says "increased" and not of what: with a sign of fibrosis that the report before did not have, or
without ground glass, the fibrosis increased; with both it is unknown. What became known together is one event; another
one is told after a year at the earliest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from patients.clinical.course import DYSPNOEA, finding_reason
from patients.clinical.facts import Fact, Hrct, Measurement
from patients.clinical.quantities import minus
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.site_numbers import SiteNumber
from patients.clinical.snapshot import Snapshot, from_day, once
from patients.clinical.truth import NO, UNKNOWN, YES, Truth
from patients.clinical.vocabulary import short_term

WITHIN_DAYS = 365  # [L]
APART_DAYS = SiteNumber("PPF.apart", Decimal(28))  # [J]
FALLS = {"fvc_pp": Decimal(5), "dlco_pp": Decimal(10)}  # points of % predicted, at least [L]
SYMPTOMS = (DYSPNOEA, "cough")
FIBROSIS = ("reticular", "intralobular_reticular", "honeycombing", "traction_bronchiectasis")
SYMPTOM, PHYSIOLOGY, RADIOLOGY = "symptom", "physiology", "radiology"

COUGH = _("cough worse on %(day)s")
FELL = {
    "fvc_pp": _("FVC %(before)s %% predicted on %(day_before)s to %(after)s %% on %(day)s: 5 points down or more"),
    "dlco_pp": _(
        "DLCO %(before)s %% predicted on %(day_before)s to %(after)s %% on %(day)s: 10 points down or more; "
        "whether corrected for haemoglobin is not told"
    ),
}
SCAN = _("HRCT of %(day)s: increased, with %(sign)s")
SCAN_OPEN = _("HRCT of %(day)s: increased, with %(sign)s and ground glass: of which of them is not told")


class Sign(NamedTuple):
    """One of the three signs, met by a fact for sure or perhaps."""

    kind: str
    fact: Fact
    answer: Truth
    reason: Reason
    others: tuple[Fact, ...] = ()

    @property
    def day(self) -> date:
        """The day it is about."""
        return self.fact.day


class Progression(NamedTuple):
    """Two of the three signs within a year; `deciding` is the later one."""

    deciding: Sign
    signs: tuple[Sign, ...]

    @property
    def sure(self) -> bool:
        """Are two signs met for sure?"""
        return len({x.kind for x in self.signs if x.answer is YES}) >= 2


def fibrotic(snapshot: Snapshot) -> bool:
    """Did any report see reticulation or honeycombing?"""
    return any(x.reticular or x.honeycombing for x in snapshot.hrcts)


def progression(snapshot: Snapshot, after: date | None = None) -> Progression | None:
    """The last event of the record whose deciding sign lies after a day; None where there is none."""
    found: Progression | None = None
    signs = signs_of(snapshot)
    for n, sign in enumerate(signs):
        if after is not None and sign.day <= after:
            continue
        since = sign.day - timedelta(days=WITHIN_DAYS)
        together = [x for x in signs[: n + 1] if x.day >= since]
        if len({x.kind for x in together}) > 1:
            another = Progression(sign, tuple(_newest_of_each(together)))
            told = found is not None and found.deciding.day >= since and (found.sure or not another.sure)
            found = found if told else another
    return found


def _newest_of_each(signs: Sequence[Sign]) -> Iterator[Sign]:
    """Of each kind the newest, a sure one before one that may be; the newest of all first."""
    newest = {x.kind: x for x in sorted(signs, key=lambda x: (x.answer is YES, x.fact.on, x.fact.id))}
    yield from sorted(newest.values(), key=lambda x: (x.fact.on, x.fact.id), reverse=True)


@once
def signs_of(snapshot: Snapshot) -> tuple[Sign, ...]:
    """Every fact that meets one of the three signs, or may, oldest first."""
    signs = [*_symptoms(snapshot), *_falls(snapshot), *_scans(snapshot)]
    return tuple(sorted(signs, key=lambda x: (x.fact.on, x.fact.known, x.fact.id)))


def _symptoms(snapshot: Snapshot) -> Iterator[Sign]:
    for code in SYMPTOMS:
        for x in snapshot.findings_of(code):
            if x.change == "worse":
                why = reason(COUGH, facts=(x.id,), day=x.day) if code == "cough" else finding_reason(x)
                yield Sign(SYMPTOM, x, YES, why._replace(basis="L"))


def _falls(snapshot: Snapshot) -> Iterator[Sign]:
    apart = APART_DAYS.days(snapshot)
    for code, points in FALLS.items():
        series = snapshot.series(code)
        for n, later in enumerate(series):
            earlier = from_day(series[:n], later.day - timedelta(days=WITHIN_DAYS))
            sign = _fall(later, [x for x in earlier if (later.day - x.day).days >= apart], points)
            if sign is not None:
                yield sign


def _fall(later: Measurement, earlier: Sequence[Measurement], points: Decimal) -> Sign | None:
    """Of earlier tests of the year the highest that the later one fell from so far, or may have fallen from."""
    answers = [(minus(x.quantity, later.quantity).at_least(points), x) for x in earlier]
    for answer in (YES, UNKNOWN):
        telling = [x for said, x in answers if said is answer]
        if telling:
            highest = max(telling, key=lambda x: (x.quantity.value, x.on))
            values = {"before": highest.quantity, "after": later.quantity}
            days = {"day_before": highest.day, "day": later.day}
            why = reason(FELL[later.code], facts=(highest.id, later.id), basis="L", **values, **days)
            return Sign(PHYSIOLOGY, later, answer, why, (highest,))
    return None


def _scans(snapshot: Snapshot) -> Iterator[Sign]:
    before: Hrct | None = None
    for scan in snapshot.hrcts:
        answer, sign = _more_fibrosis(scan, before)
        if answer is not NO and sign:
            message = SCAN if answer is YES else SCAN_OPEN
            basis = "L" if answer is YES else "J"
            yield Sign(RADIOLOGY, scan, answer, _scan_reason(message, scan, sign, basis))
        before = scan


def _scan_reason(message: str, scan: Hrct, sign: str, basis: str) -> Reason:
    name: Term = short_term("hrct_sign", sign)
    return reason(message, facts=(scan.id,), basis=basis, day=scan.day, sign=name)


def _more_fibrosis(scan: Hrct, before: Hrct | None) -> tuple[Truth, str]:
    """Did the fibrosis increase, and the sign that says so?"""
    there = [x for x in FIBROSIS if getattr(scan, x)]
    if scan.change != "increased" or not there:
        return NO, ""
    new = [x for x in there if before is not None and getattr(before, x) is False]
    if new:
        return YES, new[0]
    return (UNKNOWN if scan.ggo else YES), there[0]
