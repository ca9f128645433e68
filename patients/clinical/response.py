"""Response to treatment: improvement on a step (nodes N4, N5, N6) and resistance to glucocorticoid.

Source [S]: GC-resistant ILD is one whose respiratory symptoms, PaO2 or CT worsen within 2 weeks of starting GC, or that
has not improved within 4 weeks (notes to Figure 1 and Table 1). Readings [J]: specification 5 and 11 (11), (32), (35),
12 (41), (42), 13 (64), (67), (70), (72), (74): a judgement ages, one before a new day 0 answers only if it said worse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile

from patients.clinical import facts as f
from patients.clinical.course import DYSPNOEA
from patients.clinical.glucocorticoid import high_for, is_high, is_pulse
from patients.clinical.judged import Judged
from patients.clinical.oxygen_compared import MORE, SAME, oxygen_against
from patients.clinical.physiology import pao2_fall
from patients.clinical.reasons import Reason, _, reason
from patients.clinical.regimen import UNDER_GC_DAYS, StepStart, ended_today, regimen_of
from patients.clinical.snapshot import Snapshot, once
from patients.clinical.truth import NO, UNKNOWN, YES
from patients.clinical.worsening import Worsening, worsened_since, worsenings

WORSE_WITHIN_DAYS = 14  # [S] 2 weeks
NOT_IMPROVED_DAYS = 28  # [S] 4 weeks
UNCHANGED_COUNTS_FROM = {"T1": NOT_IMPROVED_DAYS, "T2": 14, "T3": 14, "T4": 14}  # [S] for T1, [J] for the others
CARRIED_DAYS = 28  # [J] a judgement "worse" this long before a new day 0 can answer for it
REFERENCE_DAYS = 90  # [J] how old the PaO2 of day 0 may be


def improvement_on(snapshot: Snapshot, start: StepStart | None) -> Judged:
    """N4, N5, N6: improvement on the step that runs; unknown and not asked for without one."""
    return improvement(snapshot, start) if start else Judged("improvement", UNKNOWN)


@once
def improvement(snapshot: Snapshot, start: StepStart) -> Judged:
    """Has the patient improved on this step? Yes, no, or unknown while no judgement counts yet."""
    judgements = judged_on(snapshot, start)
    improved = max((x for x in judgements if x.improvement == "improved"), key=lambda x: x.on, default=None)
    worse = _worse_after(snapshot, start, judgements, improved)
    if worse is not None:
        return Judged("improvement", NO, (worse,))
    newest = judgements[-1] if judgements else None
    if newest is not None and newest.improvement == "unchanged":
        return _unchanged(snapshot, start, newest)
    if improved is not None:
        return _improved(snapshot, start, improved)
    why = reason(
        _("improvement not judged since day 0 of %(step)s, %(day)s"), basis="J", step=start.step, day=start.day
    )
    return Judged("improvement", UNKNOWN, (why,), ("judgement",))


def judged_on(snapshot: Snapshot, start: StepStart) -> list[f.Judgement]:
    """The judgements that can answer for a step: those after its day 0, oldest first.

    Of day 0 too, where the episode began under a high dose: the question is open at once (13 (67)).
    """
    return [x for x in snapshot.judgements if x.day > start.day or (start.under_gc and x.day == start.day)]


def _improved(snapshot: Snapshot, start: StepStart, improved: f.Judgement) -> Judged:
    """An improvement is open again when a criterion of N1 is newly met after it (12 (42))."""
    since = worsened_since(snapshot, improved, start.day)
    if not since:
        return Judged("improvement", YES, (_judged(improved, start),))
    again = reason(_("newly after it, so that improvement is asked again:"), basis="J")
    return Judged("improvement", UNKNOWN, (_judged(improved, start), again, *(x.reason for x in since)), ("judgement",))


@dataclass(frozen=True, slots=True)
class Reopened:
    """The question of improvement is open before its day. `worsening`: why; `under_gc`: it is critical (13 (67))."""

    day: date
    worsening: tuple[Worsening, ...]
    under_gc: bool

    @property
    def mild(self) -> bool:
        """Only a fall of PaO2 that leaves 80 mmHg or more on air (13 (74))."""
        return bool(self.worsening) and all(x.mild for x in self.worsening)


@once
def reopened(snapshot: Snapshot, start: StepStart) -> Reopened | None:
    """Is improvement asked for at once? After a worsening under a high dose, or after a judgement of improvement.

    None once it is judged again, or where it is answered. A judgement answers what was seen up to its day: a later
    worsening under a high dose opens the question anew.
    """
    judgements = judged_on(snapshot, start)
    last = judgements[-1].day if judgements else date.min
    failing = [day for day in failing_days(snapshot, start) if day > last]
    if failing:
        return Reopened(failing[0], tuple(x for x in worsenings(snapshot) if x.day == failing[0]), under_gc=True)
    newest = judgements[-1] if judgements else None
    if newest is None or newest.improvement != "improved":
        return None
    since = worsened_since(snapshot, newest, start.day)
    return Reopened(min(x.day for x in since), since, under_gc=False) if since else None


@once
def failing_days(snapshot: Snapshot, start: StepStart) -> tuple[date, ...]:
    """The days on which T1 was seen to fail: a criterion of N1 newly met under 14 days of a high dose (13 (67))."""
    if start.step != "T1":
        return ()
    days = dict.fromkeys(x.day for x in worsenings(snapshot) if x.day > start.day)
    failing = tuple(day for day in days if high_for(snapshot, day, UNDER_GC_DAYS))
    return (start.day, *failing) if start.under_gc else failing


def failing_since(snapshot: Snapshot, start: StepStart) -> date | None:
    """The first day on which T1 was seen to fail: from then on `unchanged` answers no before day 28 (13 (67))."""
    return next(iter(failing_days(snapshot, start)), None)


JUDGEMENT_SAYS = {
    "improved": _("judged improved on %(day)s, day %(n)s of %(step)s"),
    "unchanged": _("judged unchanged on %(day)s, day %(n)s of %(step)s"),
    "worse": _("judged worse on %(day)s, day %(n)s of %(step)s"),
}


def _judged(judgement: f.Judgement, start: StepStart) -> Reason:
    n = (judgement.day - start.day).days
    return reason(JUDGEMENT_SAYS[judgement.improvement], facts=(judgement.id,), day=judgement.day, n=n, step=start.step)


def _worse_after(
    snapshot: Snapshot, start: StepStart, judgements: list[f.Judgement], improved: f.Judgement | None
) -> Reason | None:
    """The newest statement that the patient is worse, unless a judgement of improvement came after it."""
    statements = [(x.on, _judged(x, start)) for x in judgements if x.improvement == "worse"]
    statements += _said_before(snapshot, start) if not judgements else []
    statements += [(x.on, _for_worsening(x)) for x in _pulses_for_worsening(snapshot, start)]
    if start.step == "T1":
        statements += worsening_on_gc(snapshot, start)
    standing = [x for x in statements if improved is None or x[0] > improved.on]
    return max(standing, key=lambda x: x[0])[1] if standing else None


def _said_before(snapshot: Snapshot, start: StepStart) -> list[tuple[datetime, Reason]]:
    """Worse, judged in the 28 days before a new day 0 while the same combination ran at a high dose (12 (41), 13 (72)).

    On a dose of taper it opens the question and does not answer it.
    """
    before = [x for x in snapshot.judgements if (start.day - x.day).days <= CARRIED_DAYS]
    if not start.again or not before or before[-1].improvement != "worse":
        return []
    said = before[-1]
    ran = [x for x in regimen_of(snapshot).starts if x.d0 < start.d0 and x.day <= said.day]
    dosed = said.day if said.day < start.day else start.day - timedelta(days=1)
    same = bool(ran) and ran[-1].step == start.step and is_high(snapshot, dosed) is YES
    why = reason(
        _("judged worse on %(day)s, at a high dose of glucocorticoid, before day 0 of %(step)s was set again"),
        facts=(said.id,),
        basis="J",
        day=said.day,
        step=start.step,
    )
    return [(said.on, why)] if same else []


def _pulses_for_worsening(snapshot: Snapshot, start: StepStart) -> list[f.Treatment]:
    """Pulses given for worsening on this step: each counts as the judgement "worse" of its day (13 (70))."""
    pulses = [x for x in snapshot.treatments if x.planned is False and x.day > start.day]
    return [x for x in pulses if is_pulse(snapshot, x)]


def _for_worsening(pulse: f.Treatment) -> Reason:
    return reason(_("a pulse of glucocorticoid for worsening on %(day)s"), facts=(pulse.id,), basis="J", day=pulse.day)


def unchanged_counts_on(snapshot: Snapshot, start: StepStart, judgement: f.Judgement) -> date:
    """The day from which a judgement "unchanged" answers no (11 (11), (32), 13 (67))."""
    failing = failing_since(snapshot, start)
    if failing is not None and judgement.day >= failing:
        return judgement.day
    return start.day + timedelta(days=UNCHANGED_COUNTS_FROM[start.step])


def _unchanged(snapshot: Snapshot, start: StepStart, judgement: f.Judgement) -> Judged:
    why = _judged(judgement, start)
    if snapshot.today >= unchanged_counts_on(snapshot, start, judgement):
        return Judged("improvement", NO, (why,))
    counts_from = UNCHANGED_COUNTS_FROM[start.step]
    wait = reason(_("unchanged counts from day %(n)s"), basis="S" if start.step == "T1" else "J", n=counts_from)
    return Judged("improvement", UNKNOWN, (why, wait), ("judgement",))


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
    before = [x for x in reversed(series) if 0 <= (start.day - x.day).days <= REFERENCE_DAYS]
    kinds = _at_day_0(before)
    for later in series:
        if _in_two_weeks(later, start):
            falls = [x for x in _references(later, kinds) if pao2_fall(x, later) is YES]
            if falls:
                yield later.on, _gas_reason(falls[0], later, start)


def _at_day_0(newest_first: Sequence[f.Measurement]) -> list[list[f.Measurement]]:
    """Of each way to give oxygen, the last exact PaO2 of day 0 or before and the censored ones since; newest first."""
    kinds: dict[object, list[f.Measurement]] = {}
    for x in newest_first:
        kind = kinds.setdefault((x.fio2, x.flow, x.device), [])
        if not kind or kind[-1].quantity.censored:
            kind.append(x)
    return list(kinds.values())


def _references(later: f.Measurement, kinds: list[list[f.Measurement]]) -> list[f.Measurement]:
    """What stands for day 0: the last exact value at the same or less oxygen, and every censored one since."""
    alike = [x for kind in kinds if oxygen_against(later, kind[0]) in (SAME, MORE) for x in kind]
    alike.sort(key=lambda x: x.on, reverse=True)
    censored = list(takewhile(lambda x: x.quantity.censored, alike))
    return [*alike[len(censored) : len(censored) + 1], *censored]


def _gas_reason(reference: f.Measurement, later: f.Measurement, start: StepStart) -> Reason:
    message = _("PaO2 %(before)s mmHg at day 0 to %(after)s mmHg on %(day)s, day %(n)s of GC: a fall of more than 10")
    if oxygen_against(later, reference) == MORE:
        message = _(
            "PaO2 %(before)s mmHg at day 0 to %(after)s mmHg on %(day)s, day %(n)s of GC: "
            "a fall of more than 10, even on more oxygen"
        )
    return reason(
        message,
        facts=(reference.id, later.id),
        before=reference.quantity,
        after=later.quantity,
        day=later.day,
        n=(later.day - start.day).days,
    )


def step_judged_for_gc(snapshot: Snapshot) -> StepStart | None:
    """T1 while it runs, and on the day on which a higher step replaced it."""
    regimen = regimen_of(snapshot)
    start = ended_today(regimen, snapshot.today) or regimen.running
    return start if start is not None and start.step == "T1" else None


def gc_resistance(snapshot: Snapshot) -> Judged:
    """GC resistance, judged on T1: worse in 2 weeks (or before day 28, labelled), or not improved at day 28."""
    start = step_judged_for_gc(snapshot)
    if start is None:
        return Judged("gc_resistance", NO)
    answer = improvement(snapshot, start)
    if answer.answer is NO and _relapsed(snapshot, start):
        why = reason(_("worse after an improvement on GC: a relapse, not GC resistance"), basis="J")
        return Judged("gc_resistance", NO, (why,))
    if answer.answer is not NO:
        return Judged("gc_resistance", ~answer.answer, answer.reasons, answer.missing)
    return Judged("gc_resistance", YES, (*answer.reasons, *_late(snapshot, start)))


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
