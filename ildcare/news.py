"""New results on the round page: each newest value against the one before and against the baseline. Pure.

Values are compared only where they can be: same kit, FiO2, route and timing. Where a kit changed, that is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ildcare.flowsheet import beyond, expected, position
from monitoring.readings import baseline
from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS, PANELS
from patients.clinical.quantities import Quantity, minus
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth

MOST_EARLIER = 3  # further new values of the same test, named beside the newest


@dataclass(frozen=True, slots=True)
class Comparison:
    """A value that the newest one is compared with. `direction`: up, down, same, unclear (censored) or "apart" (not
    comparable)."""

    measurement: Measurement
    direction: str


@dataclass(frozen=True, slots=True)
class NewResult:
    """The newest value of a test that has something new. `position`: low, high, within or ""; `beyond`: past a limit
    of the chart; `earlier`: other new values of this test, newest first; `corrected`: replaces one seen before."""

    newest: Measurement
    before: Comparison | None
    base: Comparison | None
    position: str
    beyond: bool
    earlier: tuple[Measurement, ...]

    @property
    def marked(self) -> bool:
        """Outside its reference interval or target, or past a limit of the chart."""
        return self.beyond or self.position in ("low", "high")


def new_results(snapshot: Snapshot, arrived: Collection[str], first_day: date | None) -> tuple[NewResult, ...]:
    """Of every test with a value among `arrived` (ids of facts), in the order of the panels.

    `first_day`: first day of therapy; the baseline is the last value of the 14 days up to it [J].
    """
    return tuple(_new_results(snapshot, arrived, first_day))


def _new_results(snapshot: Snapshot, arrived: Collection[str], first_day: date | None) -> Iterator[NewResult]:
    panels = list(PANELS)
    for code in sorted(MEASUREMENTS, key=lambda x: panels.index(MEASUREMENTS[x].panel)):
        series = snapshot.series(code)
        fresh = [x for x in series if x.id in arrived]
        if fresh:
            yield _newest(fresh, series, snapshot.sex, first_day)


def _newest(fresh: list[Measurement], series: tuple[Measurement, ...], sex: str, first_day: date | None) -> NewResult:
    last = fresh[-1]
    earlier = [x for x in series if (x.on, x.known, x.id) < (last.on, last.known, last.id)]
    base = baseline(series, first_day) if first_day else None
    return NewResult(
        last,
        Comparison(earlier[-1], direction(last, earlier[-1])) if earlier else None,
        Comparison(base, direction(last, base)) if base and base.id != last.id else None,
        position(last, expected(last, sex)),
        beyond(last),
        tuple(reversed(fresh[:-1]))[:MOST_EARLIER],
    )


def comparable(a: Measurement, b: Measurement) -> bool:
    """Taken under the same conditions, as far as both name them."""
    same_air = a.fio2 == b.fio2
    same_sample = (a.route, a.timing) == (b.route, b.timing)
    return same_air and same_sample and not (a.kit and b.kit and a.kit != b.kit)


def direction(later: Measurement, earlier: Measurement) -> str:
    """up, down, same, unclear or apart."""
    if not comparable(later, earlier):
        return "apart"
    return movement(later.quantity, earlier.quantity)


def movement(later: Quantity, earlier: Quantity) -> str:
    """up, down, same, or unclear where a censored value leaves it open."""
    if later == earlier:
        return "unclear" if later.censored else "same"
    difference = minus(later, earlier)
    if difference.above(Decimal(0)) is Truth.YES:
        return "up"
    return "down" if difference.below(Decimal(0)) is Truth.YES else "unclear"
