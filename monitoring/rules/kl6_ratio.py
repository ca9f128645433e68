"""KL6_RATIO: KL-6 on treatment is more than 1.70 times its baseline, within 4 weeks of the start of treatment.

Source [S]: Kurasawa and Arai 2014: "an increase ratio in KL-6 levels > 1.70 within the 4 weeks was a poor prognostic
factor" (first 4 weeks after treatment; the source study compared weeks 2-4 with week 0). Baseline: the last value of
days -14..0; days 1-28; days 1-13 labelled early; never after day 28: specification 8 [J].
D0: first dose of the running step; each change of step has its own window (specification 11 (13)).
Closes when a later value, also after day 28, is not above 1.70 times the baseline, or when the next step starts;
a value of the very day on which the next step starts is judged in the window of the step before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OLD_AFTER, age
from monitoring.readings import BASELINE, baseline, day_n, kit_break, kit_note, kits_differ, of_days, preliminary, share
from patients.clinical.facts import Measurement
from patients.clinical.quantities import ratio_exceeds
from patients.clinical.reasons import Part, Reason, Term, _, reason
from patients.clinical.regimen import StepStart, ended_today
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import NO, UNKNOWN, Truth

RATIO = Decimal("1.70")  # more than [S]
FIRST_DAY, LAST_DAY = 1, 28  # of the window [S]
NOT_EARLY_FROM = 14  # day; the study looked at weeks 2-4 [S]

ABOVE = _("KL-6 %(value)s U/mL on %(day)s, day %(n)s of %(step)s, is %(ratio)s times %(base)s of %(base_day)s (> 1.70)")
CENSORED = _("KL-6 %(value)s U/mL on %(day)s, day %(n)s of %(step)s, against %(base)s of %(base_day)s: ratio > 1.70")
POSSIBLE = _("KL-6 %(value)s U/mL on %(day)s, day %(n)s of %(step)s, against %(base)s of %(base_day)s: possibly > 1.70")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """Judges the newest comparable value of days 1-28; what cannot be compared is remarked."""
    today = situation.snapshot.today
    series = situation.snapshot.series("kl6")
    replaced = ended_today(situation.regimen, today) if series and series[-1].day == today else None
    start = replaced or situation.regimen.running
    if start is None:
        return
    window = of_days(series, start.day, FIRST_DAY, LAST_DAY)
    base = baseline(situation.snapshot, series, start.day)
    if not window:
        return
    if base is None:
        yield _no_baseline(window[-1], start, BASELINE.days(situation.snapshot))
        return
    if kits_differ(base, window[-1]):
        yield Remark(kit_break(Term("KL-6"), base, window[-1]), (base.id, window[-1].id))
    comparable = [x for x in window if not kits_differ(base, x)]
    if comparable and not _ended_later(series, base, start):
        yield from _judge(situation.snapshot, base, comparable[-1], start)


def _no_baseline(value: Measurement, start: StepStart, days: int) -> Remark:
    message = _("KL-6 of %(day)s has no baseline: no value in the %(n)s days up to day 0 of %(step)s, %(d0)s")
    parts: dict[str, Part] = {"day": value.day, "d0": start.day, "n": days}
    return Remark(reason(message, facts=(value.id,), basis="J", step=start.step, **parts), (value.id,))


def _ended_later(series: Sequence[Measurement], base: Measurement, start: StepStart) -> bool:
    """A comparable value after day 28 that is not above the ratio ends the condition; none can begin it."""
    after = [x for x in series if day_n(x, start.day) > LAST_DAY and not kits_differ(base, x)]
    return any(ratio_exceeds(x.quantity, base.quantity, RATIO) is NO for x in after)


def _judge(snapshot: Snapshot, base: Measurement, later: Measurement, start: StepStart) -> Iterator[Issue]:
    answer = ratio_exceeds(later.quantity, base.quantity, RATIO)
    if answer is NO:
        return
    why = [_reason(base, later, start, answer), *kit_note(base, later), *preliminary(base, later)]
    if day_n(later, start.day) < NOT_EARLY_FROM:
        why.append(reason(_("early: the study compared weeks 2 to 4 with week 0"), facts=(later.id,)))
    why += age(snapshot, later)
    yield issue(Severity.WARNING, why, later, base, possible=answer is UNKNOWN)


def _reason(base: Measurement, later: Measurement, start: StepStart, answer: Truth) -> Reason:
    exact = not (base.quantity.censored or later.quantity.censored) and base.quantity.value > 0
    message = POSSIBLE if answer is UNKNOWN else ABOVE if exact else CENSORED
    ratio: dict[str, Part] = {"ratio": share(later, base)} if message == ABOVE else {}
    return reason(
        message,
        facts=(base.id, later.id),
        basis="S",
        **ratio,
        value=later.quantity,
        day=later.day,
        n=day_n(later, start.day),
        step=start.step,
        base=base.quantity,
        base_day=base.day,
    )


RULE = Rule(
    code="KL6_RATIO",
    group=Group.RESPONSE,
    version=2,
    title=_("KL-6 ratio above 1.70 within 4 weeks of treatment"),
    source='Kurasawa and Arai 2014, "Increase in KL-6" (10.2147/ODRR.S50355)',
    basis="S",
    detect=detect,
    titled_by_value=True,
    values=(BASELINE, OLD_AFTER),
)
