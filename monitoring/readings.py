"""What several rules read in a series: windows around day 0, kits, preliminary results, the start of a run. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from monitoring.site_values import DAYS_UNIT, site_count
from patients.clinical.facts import Fact, Measurement, WithoutValue
from patients.clinical.measurement_type import Unit
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import Quantity
from patients.clinical.reasons import Reason, Term, _, reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.units import Unacceptable, read_number, unit_of

# [J] the baseline is the last value of days -14..0
BASELINE = site_count("KL6_RATIO.baseline", _("the value before the start, days before it"), 14, DAYS_UNIT, (7, 42))
HAEMOLYSED = "haemolysed"  # of `patients.clinical.absence`
THOUSANDTH = Decimal("0.001")

F = TypeVar("F", bound=Fact)


def day_n(fact: Fact, d0: date) -> int:
    """Calendar days at the site from day 0."""
    return (fact.day - d0).days


def baseline(snapshot: Snapshot, series: Sequence[Measurement], d0: date) -> Measurement | None:
    """The last value of days -14..0; the whole of day 0 belongs to it. The days are the site's."""
    before = of_days(series, d0, -BASELINE.days(snapshot), 0)
    return before[-1] if before else None


def of_days(series: Sequence[Measurement], d0: date, first: int, last: int) -> Sequence[Measurement]:
    """Of values, oldest first, those of so many days from day 0 to so many, both included."""
    begin = bisect_left(series, d0 + timedelta(days=first), key=lambda x: x.day)
    return series[begin : bisect_right(series, d0 + timedelta(days=last), key=lambda x: x.day)]


def kits_differ(a: Measurement, b: Measurement) -> bool:
    """Both kits are named and they are not the same: the values must not be compared."""
    return bool(a.kit and b.kit and a.kit != b.kit)


def kit_note(a: Measurement, b: Measurement) -> Iterator[Reason]:
    """A label where the kit is named on one side only (11 (20)): compared, but said."""
    named = a.kit or b.kit
    if named and not (a.kit and b.kit):
        yield reason(_("kit %(kit)s named on one side only"), facts=(a.id, b.id), basis="J", kit=named)


def kit_break(test: Term, a: Measurement, b: Measurement) -> Reason:
    """The sentence for two values of different kits."""
    return reason(
        _("%(test)s of %(day_before)s (kit %(kit_before)s) and %(day)s (kit %(kit)s) not compared: the kit changed"),
        facts=(a.id, b.id),
        basis="J",
        test=test,
        day_before=a.day,
        kit_before=a.kit or "",
        day=b.day,
        kit=b.kit or "",
    )


def preliminary(*measurements: Measurement) -> Iterator[Reason]:
    """Marks preliminary results: they alert like final ones, and say so (11 (18))."""
    for x in measurements:
        if x.status == "preliminary":
            yield reason(_("(preliminary result of %(day)s)"), facts=(x.id,), basis="J", day=x.day)


def run_known(series: Sequence[F], holds: Callable[[F], bool]) -> datetime:
    """When the unbroken run of values at the end of the series, all of which hold, became known."""
    first = series[-1]
    for fact in reversed(series):
        if not holds(fact):
            break
        first = fact
    return max(first.on, first.known)


def share(later: Measurement, earlier: Measurement) -> Decimal:
    """later / earlier for display, three decimals; comparisons are made without division."""
    return (later.quantity.value / earlier.quantity.value).quantize(THOUSANDTH)


def haemolysed(snapshot: Snapshot, code: str) -> WithoutValue | None:
    """The newest sample of a test that was haemolysed, if no value has followed it."""
    flagged = [x for x in snapshot.without_value if x.code == code and x.why == HAEMOLYSED]
    values = snapshot.series(code)
    return flagged[-1] if flagged and (not values or values[-1].on < flagged[-1].on) else None


# -- as they were sent ------------------------------------------------------------------------------------------------


def in_one_unit(a: Measurement, b: Measurement) -> tuple[Quantity, Quantity]:
    """Two values of a test for a ratio: in the unit in which both were sent, where a conversion had to round.

    102 of 68 umol/L is 1.5 exactly; in mg/dL of six decimals it is a little less.
    """
    one, other = _as_sent(a.code, a.typed), _as_sent(b.code, b.typed)
    if one is None or other is None or one[0] != other[0]:
        return a.quantity, b.quantity
    return one[1], other[1]


def _as_sent(code: str, typed: str) -> tuple[Unit, Quantity] | None:
    """As `as_sent`; None where nothing was divided."""
    sent = as_sent(code, typed) if any(x.divisor != 1 for x in MEASUREMENTS[code].units) else None
    return sent if sent is not None and sent[0].divisor != 1 else None


@lru_cache(maxsize=4096)  # a series is compared with itself at every look
def as_sent(code: str, typed: str) -> tuple[Unit, Quantity] | None:
    """The unit of the catalogue and the value as a sender or a person wrote them; None where they did not."""
    kind = MEASUREMENTS[code]
    number, _blank, unit = typed.partition(" ")
    try:
        used = unit_of(kind, unit)
        comparator, value = read_number(kind, number)
    except Unacceptable:
        return None
    return used, Quantity(value, comparator)
