"""New results: each newest value against the one before and against the baseline. Pure.

Values are compared only where they can be (`patients.clinical.comparison`); where they cannot, that is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from monitoring.limits import beyond, place_of
from monitoring.readings import baseline
from patients.clinical.comparison import direction
from patients.clinical.doubtful import settled
from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS, PANELS
from patients.clinical.reasons import Reason
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import Truth
from patients.clinical.two_values import contradict

MOST_EARLIER = 3  # further new values of the same test, named beside the newest


@dataclass(frozen=True, slots=True)
class Comparison:
    """A value that the newest one is compared with. `direction`: up, down, same, unclear (censored) or "apart" (not
    comparable)."""

    measurement: Measurement
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResult:
    """The newest value of a test that has something new. `position`: low, high, within or ""; `beyond`: past a limit
    of the chart; `earlier`: other new values of this test, newest first; `doubts`: why it waits for confirmation, what
    contradicts it."""

    newest: Measurement
    before: Comparison | None
    base: Comparison | None
    position: str
    beyond: bool
    earlier: tuple[Measurement, ...]
    doubts: tuple[Reason, ...] = ()

    @property
    def marked(self) -> bool:
        """Outside its reference interval or target, or past a limit of the chart."""
        return self.beyond or self.position in ("low", "high")


def new_results(
    snapshot: Snapshot, arrived: Collection[str], first_day: date | None, marks: Mapping[str, Sequence[Reason]]
) -> tuple[NewResult, ...]:
    """Of every test with a value among `arrived` (ids of facts), in the order of the panels.

    `first_day`: first day of therapy; the baseline is the last value of the 14 days up to it [J]. marks: by fact, what
    stands beside its value.
    """
    panels = list(PANELS)
    results = []
    for code in sorted(MEASUREMENTS, key=lambda x: panels.index(MEASUREMENTS[x].panel)):
        for series in _by_name(snapshot.series(code)):
            fresh = [x for x in series if x.id in arrived]
            if fresh:
                results.append(_newest(snapshot, fresh, series, first_day, marks))
    return tuple(results)


def _by_name(series: tuple[Measurement, ...]) -> Iterator[tuple[Measurement, ...]]:
    """The values of one test; of tests outside the catalogue those of each name."""
    named: dict[str | None, list[Measurement]] = {}
    for x in series:
        named.setdefault(x.name, []).append(x)
    yield from map(tuple, named.values())


def _newest(
    snapshot: Snapshot,
    fresh: list[Measurement],
    series: tuple[Measurement, ...],
    first_day: date | None,
    marks: Mapping[str, Sequence[Reason]],
) -> NewResult:
    last = fresh[-1]
    order = (last.on, last.known, last.id)
    earlier = [x for x in series if (x.on, x.known, x.id) < order and not contradict(x, last)]
    base = baseline(snapshot, settled(snapshot).series(last.code), first_day) if first_day else None
    return NewResult(
        newest=last,
        before=Comparison(earlier[-1], direction(last, earlier[-1])) if earlier else None,
        base=Comparison(base, direction(last, base)) if base and base.id != last.id else None,
        position=place_of(last, snapshot.sex, snapshot.treatments, snapshot.series(last.code), snapshot.settings.rules),
        beyond=beyond(last) is Truth.YES,
        earlier=tuple(reversed(fresh[:-1]))[:MOST_EARLIER],
        doubts=tuple(marks.get(last.id, ())),
    )
