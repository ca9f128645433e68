"""A value on treatment against its baseline, in the window of KL6_RATIO: days 1-28 of a step, its own kit. Pure.

Source: specification 11 (13), (20) [J]; the window is that of `monitoring.rules.kl6_ratio`. A value of the very day on
which the next step starts is judged in the window of the step before it. What is not above after day 28 ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitoring.engine import Remark, Situation
from monitoring.readings import baseline, day_n, kit_break, kits_differ, of_days
from patients.clinical.facts import Measurement
from patients.clinical.reasons import Term
from patients.clinical.regimen import StepStart, ended_today
from patients.clinical.truth import NO, Truth

FIRST_DAY, LAST_DAY = 1, 28  # of the window
NOT_EARLY_FROM = 14  # day; the studies looked at weeks 2-4
Above = Callable[[Measurement, Measurement], Truth]  # of the later value and its baseline


@dataclass(frozen=True, slots=True)
class Pair:
    """The newest value of the window, its baseline, and the step in whose window it lies; `answer`: is it above?"""

    later: Measurement
    base: Measurement
    start: StepStart
    answer: Truth

    @property
    def early(self) -> bool:
        """Sooner than the studies looked."""
        return day_n(self.later, self.start.day) < NOT_EARLY_FROM


def against_baseline(situation: Situation, code: str, name: Term, above: Above) -> Pair | Remark | None:
    """The pair that is or may be above; a remark where the kit changed; None where nothing is to be said."""
    today = situation.snapshot.today
    series = situation.snapshot.series(code)
    if not series:
        return None
    replaced = ended_today(situation.regimen, today) if series[-1].day == today else None
    start = replaced or situation.regimen.running
    if start is None:
        return None
    window = of_days(series, start.day, FIRST_DAY, LAST_DAY)
    base = baseline(situation.snapshot, series, start.day)
    if not window or base is None:
        return None
    comparable = [x for x in window if not kits_differ(base, x)]
    if not comparable:
        return Remark(kit_break(name, base, window[-1]), (base.id, window[-1].id))
    answer = above(comparable[-1], base)
    if answer is NO or _ended_later(series, base, start, above):
        return None
    return Pair(comparable[-1], base, start, answer)


def _ended_later(series: Sequence[Measurement], base: Measurement, start: StepStart, above: Above) -> bool:
    """A comparable value after day 28 that is not above ends the condition; none can begin it."""
    after = [x for x in series if day_n(x, start.day) > LAST_DAY and not kits_differ(base, x)]
    return any(above(x, base) is NO for x in after)
