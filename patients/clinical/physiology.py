"""Falls of VC and PaO2 against the best comparable value: exact arithmetic, censored values as intervals.

Source [S]: a fall of VC by more than 10 % or of PaO2 by more than 10 mmHg (1.33 kPa). Readings [J], specification
2 and 11 (4), (30): the fall is relative (VC, litres), at the same FiO2 (PaO2), from the highest comparable value in the
90 days before the later value; FVC stands in for VC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from patients.clinical.facts import Measurement
from patients.clinical.quantities import Quantity, minus
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth, any_of

WINDOW_DAYS = 90  # [J] "within 3 months"
PAO2_FALL_MMHG = Decimal(10)  # [S] more than
VC_FALL_FRACTION = Decimal("0.10")  # [S] more than
VC_CODES = ("vc", "fvc")


@dataclass(frozen=True, slots=True)
class Fall:
    """A later value against its reference; `answer` says whether it is a fall beyond the limit."""

    later: Measurement
    reference: Measurement
    answer: Truth

    @property
    def facts(self) -> tuple[str, str]:
        """Version ids of reference and later value."""
        return (self.reference.id, self.later.id)


Compare = Callable[[Measurement, Measurement], Truth]


def pao2_fall(reference: Measurement, later: Measurement) -> Truth:
    """Is the fall of PaO2 more than 10 mmHg? Both at the same FiO2 (the caller's business)."""
    return minus(reference.quantity, later.quantity).above(PAO2_FALL_MMHG)


def vc_fall(reference: Measurement, later: Measurement, fraction: Decimal = VC_FALL_FRACTION) -> Truth:
    """Is the relative fall of VC (L) more than `fraction` of the reference? 2.20 -> 1.98 L is exactly 10 %: no."""
    kept = Quantity(reference.quantity.value * (1 - fraction), reference.quantity.comparator)
    return minus(kept, later.quantity).above(Decimal(0))


def comparable(a: Measurement, b: Measurement) -> bool:
    """Same test and, for blood gases, the same known FiO2."""
    return a.code == b.code and (a.code != "pao2" or (a.fio2 is not None and a.fio2 == b.fio2))


def fall_of(
    later: Measurement, series: Sequence[Measurement], compare: Compare, days: int = WINDOW_DAYS
) -> Fall | None:
    """The fall of `later` against the highest comparable value of the `days` before it; None without a comparator."""
    before = [x for x in series if x.on < later.on and (later.day - x.day).days <= days and comparable(x, later)]
    if not before:
        return None
    best = max(before, key=lambda x: (x.quantity.value, x.on))
    answers = {x: compare(x, later) for x in before if x.quantity.censored or x is best}
    telling = next((x for x, answer in answers.items() if answer is Truth.YES), best)
    return Fall(later, telling, any_of(answers.values()))


def physiology_series(snapshot: Snapshot) -> Iterator[tuple[tuple[Measurement, ...], Compare]]:
    """The series in which N1 looks for a fall, each with its comparison."""
    yield snapshot.series("pao2"), pao2_fall
    for code in VC_CODES:
        yield snapshot.series(code), vc_fall


def falls(snapshot: Snapshot) -> list[Fall]:
    """Every later value of PaO2, VC and FVC that has a comparator, oldest first. Worked out once per snapshot."""
    cached: list[Fall] | None = snapshot.__dict__.get("_falls")
    if cached is None:
        cached = snapshot.__dict__["_falls"] = _falls(snapshot)
    return cached


def _falls(snapshot: Snapshot) -> list[Fall]:
    found = [
        fall
        for series, compare in physiology_series(snapshot)
        for later in series
        if (fall := fall_of(later, series, compare)) is not None
    ]
    return sorted(found, key=lambda fall: (fall.later.on, fall.later.id))


def fall_reason(fall: Fall) -> Reason:
    """The fall in a sentence with both values and days."""
    if fall.later.code == "pao2":
        message = _("PaO2 %(before)s on %(day_before)s to %(after)s mmHg on %(day)s: a fall of more than 10 mmHg")
        if fall.answer is Truth.UNKNOWN:
            message = _("PaO2 %(before)s on %(day_before)s to %(after)s mmHg on %(day)s: may be a fall of over 10 mmHg")
        return _fall_reason(message, fall)
    message = _("%(test)s %(before)s on %(day_before)s to %(after)s L on %(day)s: a fall of more than 10 %%")
    if fall.answer is Truth.UNKNOWN:
        message = _("%(test)s %(before)s on %(day_before)s to %(after)s L on %(day)s: may be a fall of over 10 %%")
    return _fall_reason(message, fall, test=Term("VC") if fall.later.code == "vc" else Term("FVC (for VC)"))


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
