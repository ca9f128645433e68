"""Trend charts as coordinates: what must be in view, what must not be joined, what must not overlap."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from ildcare.axes import LEFT, PLOT, RIGHT, TOP, WIDTH, Span, scale_of, span_of
from ildcare.charts import Given, Limit, Reading, trend

DAY = date(2024, 3, 1)
SPAN = Span(DAY, DAY + timedelta(days=20))


def reading(day: int, value: str, **more) -> Reading:
    return Reading(DAY + timedelta(days=day), Decimal(value), **more)


def test_time_axis_is_real_time() -> None:
    """Days far apart are drawn far apart."""
    chart = trend([reading(0, "1"), reading(1, "2"), reading(11, "3")], SPAN)
    first, second, third = (x.x for x in chart.dots)
    assert round((third - second) / (second - first)) == 10


def test_line_breaks_where_values_cannot_be_compared() -> None:
    chart = trend([reading(0, "1", kit="a"), reading(2, "2", kit="a"), reading(4, "9", kit="b")], SPAN)
    assert len(chart.lines) == 2
    assert len(chart.breaks) == 1


def test_edge_of_the_band_is_in_view() -> None:
    """Values far above the reference interval show how far."""
    band = (Decimal(124), Decimal(222))
    chart = trend([reading(0, "390"), reading(3, "372")], SPAN, band=band)
    assert chart.band is not None
    assert TOP < chart.band[0] < TOP + PLOT


def test_labels_of_near_limits_do_not_overlap() -> None:
    limits = (Limit(Decimal(1000), "1,000"), Limit(Decimal(1010), "1,010"))
    chart = trend([reading(0, "100"), reading(3, "9000")], SPAN, limits=limits, log=True)
    upper, lower = chart.limits
    assert upper.label == "1,010"
    assert lower.label_at - upper.label_at >= 11


def test_everything_lies_inside_the_picture() -> None:
    given = (Given("CsA", DAY - timedelta(days=30), None, dose="200 mg/day"), Given("IVCY", DAY, DAY, mark=True))
    chart = trend([reading(0, ".001"), reading(20, "100000")], SPAN, given=given, log=True)
    assert all(LEFT <= x.x <= WIDTH - RIGHT and TOP <= x.y <= TOP + PLOT for x in chart.dots)
    assert all(lane.y + 13 < chart.height for lane in chart.lanes)
    assert all(LEFT <= bar.x <= WIDTH - RIGHT for lane in chart.lanes for bar in lane.bars)


def test_dose_is_written_where_it_fits() -> None:
    short = Given("GC", DAY, DAY, dose="1,000 mg/day")
    long = Given("GC", DAY + timedelta(days=1), None, dose="50 mg/day")
    bars = trend([reading(0, "1"), reading(9, "2")], SPAN, given=(short, long)).lanes[0].bars
    assert [x.text for x in bars] == ["", "50 mg/day"]


def test_equal_values_have_an_axis() -> None:
    scale = scale_of([Decimal(94), Decimal(94)], log=False)
    assert scale.low < 94 < scale.high
    assert list(scale.ticks())


def test_one_day_has_a_span() -> None:
    assert span_of([DAY], DAY).days >= 1
