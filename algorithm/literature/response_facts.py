"""What the facts say since day 0 of a step: beside the clinician's judgement of improvement, never in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from patients.clinical.course import DYSPNOEA
from patients.clinical.facts import Measurement
from patients.clinical.physiology import pao2_difference, pao2_fall, taken_alike, vc_fall
from patients.clinical.quantities import minus, ratio_at_least
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.regimen import StepStart
from patients.clinical.snapshot import Snapshot, latest
from patients.clinical.truth import UNKNOWN, YES, Truth, all_of

WORSE, BETTER, SAME, OPEN = "worse", "better", "same", "open"
REFERENCE_DAYS = 14  # [J] how old a value may be that stands for day 0
FERRITIN_RATIO, FERRITIN_RISE = Decimal("1.20"), Decimal(100)  # [J] as in the rule FERRITIN_RISE
NAMES = {
    "ferritin": Term(_("ferritin")),
    "kl6": Term("KL-6"),
    "pao2": Term("PaO2"),
    "vc": Term("VC"),
    "fvc": Term("FVC"),
}


@dataclass(frozen=True, slots=True)
class Trend:
    """One test since day 0: worse, better, same, or open where there is nothing that could be compared."""

    code: str
    direction: str
    reason: Reason
    last: Measurement


def trends(snapshot: Snapshot, start: StepStart) -> tuple[Trend, ...]:
    """Ferritin, KL-6, PaO2 and VC: the last value since day 0 against the value at day 0."""
    each = (_trend(snapshot, code, start) for code in NAMES)
    return tuple(x for x in each if x is not None)


def _trend(snapshot: Snapshot, code: str, start: StepStart) -> Trend | None:
    series = snapshot.series(code)
    last = latest([x for x in series if x.day > start.day])
    if last is None:
        return None
    earliest = start.day - timedelta(days=REFERENCE_DAYS)
    before = latest(
        [x for x in series if earliest <= x.day <= start.day and _comparable(x, last) and x.kit == last.kit]
    )
    if before is None:
        return None
    why = reason(
        _("%(test)s %(before)s on %(day_before)s, %(after)s on %(day)s"),
        facts=(before.id, last.id),
        basis="J",
        test=NAMES[code],
        before=before.quantity,
        day_before=before.day,
        after=last.quantity,
        day=last.day,
    )
    return Trend(code, _direction(code, before, last), why, last)


def _comparable(before: Measurement, last: Measurement) -> bool:
    """Taken alike; or a PaO2 that fell on more oxygen, which hides no fall (specification 13 (64))."""
    return taken_alike(before, last) or (last.code == "pao2" and pao2_fall(before, last) is YES)


def _direction(code: str, before: Measurement, last: Measurement) -> str:
    worse = _is_worse(code, before, last)
    if worse is YES:
        return WORSE
    rising = minus(last.quantity, before.quantity).above(Decimal(0))
    falling = minus(before.quantity, last.quantity).above(Decimal(0))
    good = falling if code in ("ferritin", "kl6") else rising
    if good is YES:
        return BETTER
    return OPEN if UNKNOWN in (worse, good) else SAME


def _is_worse(code: str, before: Measurement, last: Measurement) -> Truth:
    if code == "ferritin":
        rise = minus(last.quantity, before.quantity).at_least(FERRITIN_RISE)
        ratio = ratio_at_least(last.quantity, before.quantity, FERRITIN_RATIO)
        return all_of([rise, ratio])
    if code == "kl6":
        return ratio_at_least(last.quantity, before.quantity, FERRITIN_RATIO)
    return pao2_difference(before, last) if code == "pao2" else vc_fall(before, last)


def against_judgement(snapshot: Snapshot, start: StepStart) -> Iterator[Reason]:
    """Facts after the last judgement "improved" that say worse."""
    improved = latest([x for x in snapshot.judgements if x.improvement == "improved" and x.day > start.day])
    if improved is None:
        return
    message = _("judged improved on %(day)s, but dyspnoea on exertion is recorded as worse on %(later)s")
    for finding in snapshot.findings_of(DYSPNOEA):
        if finding.change == "worse" and finding.day >= improved.day:
            facts = (improved.id, finding.id)
            yield reason(message, facts=facts, basis="J", day=improved.day, later=finding.day)
    for scan in snapshot.hrcts:
        if scan.change == "increased" and scan.day >= improved.day:
            message_of_scan = _("judged improved on %(day)s, but HRCT of %(later)s says increased")
            yield reason(message_of_scan, facts=(improved.id, scan.id), basis="J", day=improved.day, later=scan.day)
    for trend in trends(snapshot, start):
        if trend.direction == WORSE:
            yield reason(
                _("judged improved on %(day)s, but %(test)s went from %(before)s to %(after)s on %(later)s"),
                facts=(improved.id, *trend.reason.facts),
                basis="J",
                **{
                    **{k: v for k, v in trend.reason.parts if k in ("test", "before", "after")},
                    "later": trend.last.day,
                },
                day=improved.day,
            )
