"""Two tests against each other: both on one time axis, and the pairs of values taken within a few days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ildcare.drawing.axes import Span
from ildcare.drawing.scatter import Pair, Scatter, pairs_of, scatter
from ildcare.trends.figures import LOGARITHMIC, Trends, charted, trends_of
from ildcare.trends.points import reading_of
from ildcare.trends.ranges import RangeParams
from ildcare.trends.ratio import ratio_window
from patients.clinical.measurements import MEASUREMENTS
from patients.clinical.quantities import Quantity
from patients.clinical.snapshot import Snapshot
from patients.wording import quantity_text, short_day, short_name_of, unit_symbol

USUAL = ("ferritin", "kl6")  # what is compared before anybody chose


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair in words."""

    x_day: str
    x_value: str
    y_day: str
    y_value: str
    apart: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All that the page shows. `plot` is None without a pair."""

    x: str
    y: str
    days: int
    tests: tuple[tuple[str, str], ...]
    trends: Trends
    plot: Scatter | None
    rows: tuple[PairRow, ...]

    @property
    def x_name(self) -> str:
        """The first test with its unit."""
        return axis_name(self.x)

    @property
    def y_name(self) -> str:
        """The second test with its unit."""
        return axis_name(self.y)


def axis_name(code: str) -> str:
    """A test with its unit: "Ferritin (ng/mL)"."""
    unit = unit_symbol(code)
    return f"{short_name_of('test', code)} ({unit})" if unit else short_name_of("test", code)


def tests_of(snapshot: Snapshot) -> list[str]:
    """Tests of which the patient has two values or more: those with a chart first, then the rest of the catalogue."""
    codes = dict.fromkeys([*charted(), *MEASUREMENTS])
    return [code for code in codes if not MEASUREMENTS[code].named and len(snapshot.series(code)) > 1]


def comparison(snapshot: Snapshot, x: str, y: str, days: int, params: RangeParams) -> Comparison | None:
    """Two tests of a patient; None where there are no two. A test the patient does not have gives the usual one."""
    tests = tests_of(snapshot)
    if len(tests) < 2:
        return None
    first = x if x in tests else next((c for c in USUAL if c in tests and c != y), next(c for c in tests if c != y))
    second = y if y in tests and y != first else next(c for c in (*USUAL, *tests) if c in tests and c != first)
    trends = trends_of(snapshot, params=params, codes=(first, second))
    pairs = _pairs(snapshot, (first, second), days, trends.range.span)
    plot = scatter(pairs, log_x=first in LOGARITHMIC, log_y=second in LOGARITHMIC) if pairs else None
    rows = tuple(_row(pair, snapshot.today) for pair in reversed(pairs))
    names = tuple((code, axis_name(code)) for code in tests)
    return Comparison(x=first, y=second, days=days, tests=names, trends=trends, plot=plot, rows=rows)


def _pairs(snapshot: Snapshot, codes: tuple[str, str], days: int, span: Span) -> list[Pair]:
    ratio = ratio_window(snapshot) if "kl6" in codes else None
    x, y = ([reading_of(m, snapshot, ratio) for m in snapshot.series(code) if span.holds(m.day)] for code in codes)
    return pairs_of(x, y, days)


def _row(pair: Pair, today: date) -> PairRow:
    x, y = pair.x, pair.y
    return PairRow(
        short_day(x.day, today),
        quantity_text(Quantity(x.value, x.comparator)),
        short_day(y.day, today),
        quantity_text(Quantity(y.value, y.comparator)),
        pair.apart,
    )
