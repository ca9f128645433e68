"""How what a card is about came to be: the last values of its tests, each comparable with the newest. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.snapshot import Snapshot

MOST_VALUES, MOST_TESTS = 4, 2  # a card is read in a glance


@dataclass(frozen=True, slots=True)
class Trend:
    """The last values of a test, oldest first; at least two."""

    code: str
    values: tuple[Measurement, ...]

    @property
    def earlier(self) -> tuple[Measurement, ...]:
        """All but the newest."""
        return self.values[:-1]

    @property
    def newest(self) -> Measurement:
        """The newest value that is known, of which the card may tell an earlier one."""
        return self.values[-1]


def trends_of(codes: Iterable[str], snapshot: Snapshot) -> tuple[Trend, ...]:
    """Of the first tests among these codes that have two comparable values and more."""
    numbers = filter(_is_number, dict.fromkeys(codes))
    found = (Trend(code, _comparable(snapshot.series(code))) for code in numbers)
    return tuple(x for x in found if len(x.values) > 1)[:MOST_TESTS]


def _is_number(code: str) -> bool:
    """Not of a test that is positive or negative, nor of one outside the catalogue."""
    kind = MEASUREMENTS.get(code)
    return kind is not None and not kind.named and kind.positive_from is None


def _comparable(series: tuple[Measurement, ...]) -> tuple[Measurement, ...]:
    """By the same kit, route and timing, on the same oxygen as the newest."""
    return tuple(x for x in series if _taken(x) == _taken(series[-1]))[-MOST_VALUES:]


def _taken(x: Measurement) -> tuple[object, ...]:
    return (x.kit, x.route, x.timing, x.device, x.flow, x.fio2)
