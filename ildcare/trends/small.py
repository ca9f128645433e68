"""The course since therapy began in small: one lane of treatments, and below it the tests that steer, a line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ildcare.drawing.charts import Chart
from ildcare.drawing.shared import SharedLanes
from ildcare.moment.record_state import RecordState
from ildcare.moment.state_cache import StateCache
from ildcare.trends.figures import (
    LOGARITHMIC,
    SMALL_ROOM,
    USUAL_RANGE,
    Drawing,
    band_of,
    bounds_of,
    chart_of,
    drawing_of,
    shared_of,
    summary_of,
)
from ildcare.trends.points import beyond_rule
from ildcare.trends.ranges import range_of
from monitoring.engine import Severity
from monitoring.limits import limit_severity
from patients.clinical.comparison import APART, DOWN, UP, direction
from patients.clinical.drug_levels import levelled_drugs
from patients.clinical.facts import Measurement
from patients.clinical.snapshot import Snapshot
from patients.clinical.truth import YES
from patients.wording import listed, number_text, short_day, short_name_of, unit_symbol

# in the order in which a round asks: breathing, activity, drugs, infection, what treatment lowers
GASES = ("pao2", "spo2")  # the first that has a course
TESTS = ("ferritin", "kl6")
DANGERS = ("bdg", "cmv_pp65", "cmv_c7hrp", "cmv_dna", "lymphocytes")
ARROWS = {UP: "↑", DOWN: "↓"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallFigure:
    """One test. `scale`: unit, band, "log"; `newest` with `before` below it; `beyond`: past a limit or outside its
    band, `critical`: by as much as is critical; `summary`: the whole in a sentence, for who hears it."""

    code: str
    name: str
    scale: str
    chart: Chart
    summary: str
    newest: str
    before: str
    critical: bool
    beyond: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallTrends:
    """All of them above one another. `first` and `last`: the days shown, in the reader's language."""

    figures: tuple[SmallFigure, ...]
    shared: SharedLanes
    first: str
    last: str


_kept: StateCache[SmallTrends] = StateCache(64)


def kept_small_trends(state: RecordState, snapshot: Snapshot) -> SmallTrends:
    """`small_trends` of this snapshot, kept for the state of its record."""
    return _kept.get(state, lambda: small_trends(snapshot))


def small_trends(snapshot: Snapshot) -> SmallTrends:
    """The course since therapy began, or the usual days where none did."""
    bounds = bounds_of(snapshot)
    span = range_of(bounds, USUAL_RANGE).span
    drawing = drawing_of(snapshot, span, bounds.day_zero, None, SMALL_ROOM)
    return SmallTrends(
        figures=tuple(_figures(drawing)),
        shared=shared_of(drawing),
        first=short_day(span.first, snapshot.today),
        last=short_day(span.last, snapshot.today),
    )


def has_course(snapshot: Snapshot) -> bool:
    """Is there anything that the course in small would show?"""
    return bool(snapshot.treatments) or any(len(snapshot.series(code)) > 1 for code in _codes(snapshot))


def _codes(snapshot: Snapshot) -> list[str]:
    gas = next((code for code in GASES if len(snapshot.series(code)) > 1), GASES[0])
    return [gas, *TESTS, *levelled_drugs(), *DANGERS]


def _figures(drawing: Drawing) -> Iterator[SmallFigure]:
    for code in _codes(drawing.snapshot):
        values = [x for x in drawing.snapshot.series(code) if drawing.span.holds(x.day)]
        if len(values) > 1:
            yield _figure(code, values, drawing)


def _figure(code: str, values: Sequence[Measurement], drawing: Drawing) -> SmallFigure:
    snapshot, newest = drawing.snapshot, values[-1]
    band = band_of(newest, snapshot)
    scale = [unit_symbol(code)]
    if band and None not in band:
        scale.append("–".join(number_text(x) for x in band if x is not None))
    if code in LOGARITHMIC:
        scale.append(_("log"))
    return SmallFigure(
        code=code,
        name=short_name_of("test", code),
        scale=listed(x for x in scale if x),
        chart=chart_of(code, values, drawing),
        summary=summary_of(code, values, snapshot.today),
        newest=number_text(newest.quantity),
        before=_before(values, snapshot),
        critical=limit_severity(newest) is Severity.CRITICAL,
        beyond=beyond_rule(newest, snapshot, drawing.ratio if code == "kl6" else None) is YES,
    )


def _before(values: Sequence[Measurement], snapshot: Snapshot) -> str:
    """ "↑ was 7.4"; with its day where the newest is not of today."""
    newest, before = values[-1], values[-2]
    way = direction(newest, before)
    words = f"{ARROWS.get(way, '')} {_('was %(value)s') % {'value': number_text(before.quantity)}}".strip()
    if way == APART:
        words = f"≠ {words}"
    return words if newest.day == snapshot.today else listed([words, short_day(newest.day, snapshot.today)])
