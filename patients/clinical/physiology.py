"""Falls of VC and PaO2 against the values before: exact arithmetic, censored values as intervals.

Source [S]: a fall of VC by more than 10 % or of PaO2 by more than 10 mmHg (1.33 kPa). Readings [J], specification
2 and 11 (4), (30), 13 (64): the fall is relative (VC, litres), from the highest value in the 90 days before the later
one; a PaO2 is held against those at the same or less oxygen; FVC stands in for VC. A censored value may be the highest
one: it is looked at beside the highest exact value, so that it never hides a fall from that one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from patients.clinical.facts import Measurement
from patients.clinical.oxygen_compared import LESS, MORE, SAME, oxygen_against
from patients.clinical.quantities import ZERO, Quantity, minus
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot, once
from patients.clinical.truth import NO, UNKNOWN, YES, Truth, any_of

WINDOW_DAYS = 90  # [J] "within 3 months", in calendar days at the site: of every criterion of N1
PAO2_FALL_MMHG = Decimal(10)  # [S] more than
VC_FALL_FRACTION = Decimal("0.10")  # [S] more than
VC_CODES = ("vc", "fvc")


class Fall(NamedTuple):
    """A later value against its reference; `answer` says whether it is a fall beyond the limit.

    `hidden`: nothing but the oxygen leaves it open: the later value was taken on more, or it is not known on how much.
    """

    later: Measurement
    reference: Measurement
    answer: Truth
    hidden: bool = False

    @property
    def facts(self) -> tuple[str, str]:
        """Version ids of reference and later value."""
        return (self.reference.id, self.later.id)


Compare = Callable[[Measurement, Measurement], Truth]


def pao2_difference(reference: Measurement, later: Measurement) -> Truth:
    """Is the PaO2 more than 10 mmHg lower, whatever the oxygen?"""
    return minus(reference.quantity, later.quantity).above(PAO2_FALL_MMHG)


def pao2_fall(reference: Measurement, later: Measurement) -> Truth:
    """Did the PaO2 fall by more than 10 mmHg at the same or more oxygen? At less, or at who knows how much, none shows.

    For rules and for the response to treatment: what more oxygen hides is no fall that was seen.
    """
    return pao2_difference(reference, later) if oxygen_against(later, reference) in (SAME, MORE) else NO


def pao2_fall_or_hidden(reference: Measurement, later: Measurement) -> Truth:
    """As `pao2_fall`, but unknown where more oxygen may hide a fall, or where it is not known on how much (N1)."""
    oxygen = oxygen_against(later, reference)
    if oxygen in (SAME, LESS):
        return pao2_difference(reference, later) if oxygen == SAME else NO
    fell = oxygen == MORE and pao2_difference(reference, later) is YES
    return YES if fell else UNKNOWN


def vc_fall(reference: Measurement, later: Measurement, fraction: Decimal = VC_FALL_FRACTION) -> Truth:
    """Is the relative fall of VC (L) more than `fraction` of the reference? 2.20 -> 1.98 L is exactly 10 %: no."""
    kept = Quantity(reference.quantity.value * (1 - fraction), reference.quantity.comparator)
    return minus(kept, later.quantity).above(ZERO)


def taken_alike(a: Measurement, b: Measurement) -> bool:
    """Same test and, for blood gases, on the same oxygen."""
    return a.code == b.code and (a.code != "pao2" or oxygen_against(b, a) == SAME)


def _is_reference(earlier: Measurement, later: Measurement) -> bool:
    """A PaO2 on more oxygen is none: that the later one is lower says nothing (11 (30))."""
    return later.code != "pao2" or oxygen_against(later, earlier) != LESS


# -- one value against those before it --------------------------------------------------------------------------------


def fall_of(
    later: Measurement, series: Sequence[Measurement], compare: Compare, days: int = WINDOW_DAYS
) -> Fall | None:
    """The fall of `later` against the values of the `days` before it; None where there is nothing to compare."""
    highest = _Highest(days)
    for earlier in series:
        if earlier.on >= later.on:
            break
        highest.add(earlier)
    return _fall(later, highest.references(later.day), compare)


def falls_in(series: Sequence[Measurement], compare: Compare, days: int = WINDOW_DAYS) -> Iterator[Fall]:
    """The fall of every value of a series, oldest first, that can be compared with one before it."""
    falling = Falling(compare, days)
    falling.take(series)
    yield from falling.falls


class Falling:
    """The falls of a series whose values come oldest first."""

    def __init__(self, compare: Compare, days: int = WINDOW_DAYS) -> None:
        self.falls: list[Fall] = []
        self._compare = compare
        self._highest = _Highest(days)
        self._newest: list[Measurement] = []  # of one moment: none of them comes before another

    def take(self, values: Iterable[Measurement]) -> None:
        """The next values in time."""
        for later in values:
            if self._newest and self._newest[0].on < later.on:
                for earlier in self._newest:
                    self._highest.add(earlier)
                self._newest.clear()
            self._newest.append(later)
            fall = _fall(later, self._highest.references(later.day), self._compare)
            if fall is not None:
                self.falls.append(fall)


class _Highest:
    """Of the values of the last days, the highest of each kind: same oxygen, same comparator. Values come oldest first.

    No other can make a fall that these do not: of two values alike, the lower one never shows more of a fall. So the
    work grows with the values, not with their pairs.
    """

    def __init__(self, days: int) -> None:
        self._days = timedelta(days=days)
        self._queues: dict[Hashable, deque[Measurement]] = {}  # falling values: the first is the highest

    def add(self, x: Measurement) -> None:
        """The next value in time."""
        queue = self._queues.setdefault((x.quantity.comparator, x.fio2, x.flow, x.device), deque())
        while queue and queue[-1].quantity.value <= x.quantity.value:
            queue.pop()
        queue.append(x)

    def references(self, day: date) -> list[Measurement]:
        """The highest of each kind in the days before `day`."""
        earliest = day - self._days
        for kind in [kind for kind, queue in self._queues.items() if queue[-1].day < earliest]:
            del self._queues[kind]
        for queue in self._queues.values():
            while queue[0].day < earliest:
                queue.popleft()
        return [queue[0] for queue in self._queues.values()]


def _fall(later: Measurement, candidates: Iterable[Measurement], compare: Compare) -> Fall | None:
    answers = [(x, compare(x, later)) for x in candidates if _is_reference(x, later)]
    if not answers:
        return None
    answer = any_of([said for _x, said in answers])
    telling = [x for x, said in answers if said is answer]
    if answer is not UNKNOWN:
        return Fall(later, max(telling, key=_height), answer)
    censored = [x for x in telling if not _hidden(x, later)]
    return Fall(later, max(censored or telling, key=_height), answer, hidden=not censored)


def _height(x: Measurement) -> tuple[Decimal, datetime, bool, str]:
    """Of equal values the last, of those of one moment the exact one."""
    return x.quantity.value, x.on, not x.quantity.censored, x.id


def _hidden(reference: Measurement, later: Measurement) -> bool:
    """Is it the oxygen alone that leaves a fall open?"""
    return later.code == "pao2" and pao2_fall(reference, later) is not UNKNOWN


# -- what N1 looks at -------------------------------------------------------------------------------------------------


COMPARED: tuple[tuple[str, Compare], ...] = (("pao2", pao2_fall_or_hidden), ("vc", vc_fall), ("fvc", vc_fall))


def physiology_series(snapshot: Snapshot) -> list[tuple[tuple[Measurement, ...], Compare]]:
    """The series in which N1 looks for a fall, each with its comparison."""
    return [(series, compare) for code, compare in COMPARED if (series := snapshot.series(code))]


@once
def falls(snapshot: Snapshot) -> list[Fall]:
    """Every later value of PaO2, VC and FVC that has a comparator, oldest first."""
    every: list[Fall] = []
    for series, compare in physiology_series(snapshot):
        every += snapshot.grown.over(("falls", series[0].code), series, partial(Falling, compare)).falls
    return sorted(every, key=lambda fall: (fall.later.on, fall.later.id))


def fall_reason(fall: Fall) -> Reason:
    """The fall in a sentence with both values and days."""
    if fall.later.code == "pao2":
        return _fall_reason(_pao2_message(fall), fall)
    message = _("%(test)s %(before)s on %(day_before)s to %(after)s L on %(day)s: a fall of more than 10 %%")
    if fall.answer is UNKNOWN:
        message = _("%(test)s %(before)s on %(day_before)s to %(after)s L on %(day)s: may be a fall of over 10 %%")
    return _fall_reason(message, fall, test=Term("VC") if fall.later.code == "vc" else Term("FVC (for VC)"))


def _pao2_message(fall: Fall) -> str:
    more = oxygen_against(fall.later, fall.reference) == MORE
    if fall.hidden and more:
        return _(
            "PaO2 %(before)s on %(day_before)s, %(after)s mmHg on more oxygen on %(day)s: "
            "whether it fell by more than 10 mmHg is not known"
        )
    if fall.hidden:
        return _(
            "PaO2 %(before)s on %(day_before)s, %(after)s mmHg on %(day)s, oxygen not comparable: "
            "whether it fell by more than 10 mmHg is not known"
        )
    if fall.answer is UNKNOWN:
        return _("PaO2 %(before)s on %(day_before)s to %(after)s mmHg on %(day)s: may be a fall of over 10 mmHg")
    if more:
        return _(
            "PaO2 %(before)s on %(day_before)s to %(after)s mmHg on %(day)s: "
            "a fall of more than 10 mmHg, even on more oxygen"
        )
    return _("PaO2 %(before)s on %(day_before)s to %(after)s mmHg on %(day)s: a fall of more than 10 mmHg")


def _fall_reason(message: str, fall: Fall, test: Term | None = None) -> Reason:
    return reason(
        message,
        facts=fall.facts,
        before=fall.reference.quantity,
        day_before=fall.reference.day,
        after=fall.later.quantity,
        day=fall.later.day,
        test=test or Term("PaO2"),
    )
