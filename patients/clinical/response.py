"""Response to treatment: improvement on a step (nodes N4, N5, N6) and resistance to glucocorticoid.

Source [S]: GC-resistant ILD is one whose respiratory symptoms, PaO2 or CT worsen within 2 weeks of starting GC, or that
has not improved within 4 weeks (notes to Figure 1 and Table 1). Readings [J]: specification 5 and 11 (11), (32), (35).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from patients.clinical import facts as f
from patients.clinical.course import DYSPNOEA
from patients.clinical.judged import Judged
from patients.clinical.physiology import comparable, pao2_fall
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.regimen import Regimen, StepStart, ended_today
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth

WORSE_WITHIN_DAYS = 14  # [S] 2 weeks
NOT_IMPROVED_DAYS = 28  # [S] 4 weeks
UNCHANGED_COUNTS_FROM = {"T1": NOT_IMPROVED_DAYS, "T2": 14, "T3": 14, "T4": 14}  # [S] for T1, [J] for the others
REFERENCE_DAYS = 90  # [J] how old the PaO2 of day 0 may be


def improvement(snapshot: Snapshot, start: StepStart) -> Judged:
    """Has the patient improved on this step? Yes, no, or unknown while no judgement counts yet."""
    judgements = [x for x in snapshot.judgements if x.day > start.day]
    improved = max((x for x in judgements if x.improvement == "improved"), key=lambda x: x.on, default=None)
    worse = _worse_after(snapshot, start, judgements, improved)
    if worse is not None:
        return Judged("improvement", Truth.NO, (worse,))
    newest = judgements[-1] if judgements else None
    if newest is not None and newest.improvement == "unchanged":
        return _unchanged(snapshot, start, newest)
    if improved is not None:
        return Judged("improvement", Truth.YES, (_judged(improved, start),))
    why = reason(
        _("improvement not judged since day 0 of %(step)s, %(day)s"), basis="J", step=start.step, day=start.day
    )
    return Judged("improvement", Truth.UNKNOWN, (why,), ("judgement",))


def _judged(judgement: f.Judgement, start: StepStart) -> Reason:
    messages = {
        "improved": _("judged improved on %(day)s, day %(n)s of %(step)s"),
        "unchanged": _("judged unchanged on %(day)s, day %(n)s of %(step)s"),
        "worse": _("judged worse on %(day)s, day %(n)s of %(step)s"),
    }
    n = (judgement.day - start.day).days
    return reason(messages[judgement.improvement], facts=(judgement.id,), day=judgement.day, n=n, step=start.step)


def _worse_after(
    snapshot: Snapshot, start: StepStart, judgements: list[f.Judgement], improved: f.Judgement | None
) -> Reason | None:
    """The newest statement that the patient is worse, unless a judgement of improvement came after it."""
    found = [(x.on, _judged(x, start)) for x in judgements if x.improvement == "worse"]
    if start.step == "T1":
        found += worsening_on_gc(snapshot, start)
    standing = [x for x in found if improved is None or x[0] > improved.on]
    return max(standing, key=lambda x: x[0])[1] if standing else None


def _unchanged(snapshot: Snapshot, start: StepStart, judgement: f.Judgement) -> Judged:
    counts_from = UNCHANGED_COUNTS_FROM[start.step]
    why = _judged(judgement, start)
    if snapshot.days_since(start.day) >= counts_from:
        return Judged("improvement", Truth.NO, (why,))
    wait = reason(_("unchanged counts from day %(n)s"), basis="S" if start.step == "T1" else "J", n=counts_from)
    return Judged("improvement", Truth.UNKNOWN, (why, wait), ("judgement",))


def worsening_on_gc(snapshot: Snapshot, start: StepStart) -> list[tuple[datetime, Reason]]:
    """Worsening that the facts show by themselves on days 1-14 of T1: symptoms, HRCT, PaO2 against day 0."""
    return [x for find in (_dyspnoea, _scans, _gases) for x in find(snapshot, start)]


def _in_two_weeks(fact: f.Fact, start: StepStart) -> bool:
    return 1 <= (fact.day - start.day).days <= WORSE_WITHIN_DAYS


def _dyspnoea(snapshot: Snapshot, start: StepStart) -> Iterator[tuple[datetime, Reason]]:
    for x in snapshot.findings_of(DYSPNOEA):
        if x.change == "worse" and _in_two_weeks(x, start):
            n = (x.day - start.day).days
            yield (
                x.on,
                reason(_("dyspnoea on exertion worse on %(day)s, day %(n)s of GC"), facts=(x.id,), day=x.day, n=n),
            )


def _scans(snapshot: Snapshot, start: StepStart) -> Iterator[tuple[datetime, Reason]]:
    for x in snapshot.hrcts:
        if x.change == "increased" and _in_two_weeks(x, start):
            n = (x.day - start.day).days
            yield x.on, reason(_("HRCT increased on %(day)s, day %(n)s of GC"), facts=(x.id,), day=x.day, n=n)


def _gases(snapshot: Snapshot, start: StepStart) -> Iterator[tuple[datetime, Reason]]:
    series = snapshot.series("pao2")
    for later in series:
        if not _in_two_weeks(later, start):
            continue
        before = [x for x in series if 0 <= (start.day - x.day).days <= REFERENCE_DAYS and comparable(x, later)]
        if before and pao2_fall(before[-1], later) is Truth.YES:
            yield later.on, _gas_reason(before[-1], later, start)


def _gas_reason(reference: f.Measurement, later: f.Measurement, start: StepStart) -> Reason:
    return reason(
        _("PaO2 %(before)s mmHg at day 0 to %(after)s mmHg on %(day)s, day %(n)s of GC: a fall of more than 10"),
        facts=(reference.id, later.id),
        before=reference.quantity,
        after=later.quantity,
        day=later.day,
        n=(later.day - start.day).days,
    )


def step_judged_for_gc(snapshot: Snapshot, regimen: Regimen) -> StepStart | None:
    """T1 while it runs, and on the day on which a higher step replaced it."""
    start = ended_today(regimen, snapshot.today) or regimen.running
    return start if start is not None and start.step == "T1" else None


def gc_resistance(snapshot: Snapshot, regimen: Regimen) -> Judged:
    """GC resistance, judged on T1: worse in 2 weeks (or before day 28, labelled), or not improved at day 28."""
    start = step_judged_for_gc(snapshot, regimen)
    if start is None:
        return Judged("gc_resistance", Truth.NO)
    answer = improvement(snapshot, start)
    if answer.answer is Truth.NO and _relapsed(snapshot, start):
        why = reason(_("worse after an improvement on GC: a relapse, not GC resistance"), basis="J")
        return Judged("gc_resistance", Truth.NO, (why,))
    if answer.answer is not Truth.NO:
        return Judged("gc_resistance", ~answer.answer, answer.reasons, answer.missing)
    return Judged("gc_resistance", Truth.YES, (*answer.reasons, *_late(snapshot, start)))


def _relapsed(snapshot: Snapshot, start: StepStart) -> bool:
    """Improved on GC, and not worse again before day 28: worse in the first weeks is resistance all the same."""
    judgements = [x for x in snapshot.judgements if x.day > start.day]
    improved = max((x.on for x in judgements if x.improvement == "improved"), default=None)
    if improved is None:
        return False
    worse = [x for x in judgements if x.improvement == "worse" and x.on > improved]
    early = any((x.day - start.day).days < NOT_IMPROVED_DAYS for x in worse)
    return not early and not any(on > improved for on, _reason in worsening_on_gc(snapshot, start))


def _late(snapshot: Snapshot, start: StepStart) -> Iterator[Reason]:
    """Worse on days 15-27 goes beyond the paper's two weeks, and says so (11 (32))."""
    days = [(x.day - start.day).days for x in snapshot.judgements if x.improvement == "worse" and x.day > start.day]
    if days and WORSE_WITHIN_DAYS < min(days) < NOT_IMPROVED_DAYS and not worsening_on_gc(snapshot, start):
        yield reason(_("after the two weeks of the paper"), basis="J")
