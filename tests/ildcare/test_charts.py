"""Trend charts as coordinates: what must be in view, what must not be joined, what must not overlap."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from ildcare.axes import LEFT, PLOT, RIGHT, TOP, WIDTH, Span, scale_of, span_of
from ildcare.charts import Given, Limit, Reading, trend
from ildcare.queries.trends import figures
from tests.story import Story

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


# -- what a value looks like ------------------------------------------------------------------------------------------


def test_logarithmic_axis_gives_every_decade_the_same_height() -> None:
    chart = trend([reading(0, "10"), reading(1, "100"), reading(2, "1000"), reading(3, "10000")], SPAN, log=True)
    steps = [round(a.y - b.y, 1) for a, b in pairwise(chart.dots)]
    assert chart.log
    assert max(steps) - min(steps) <= 0.11
    assert min(steps) > 10
    assert [x.label for x in chart.y_ticks] == ["10", "30", "100", "300", "1,000", "3,000", "10,000"]


def test_linear_axis_grows_with_the_value() -> None:
    chart = trend([reading(0, "10"), reading(1, "20"), reading(2, "40")], SPAN)
    first, second, third = (x.y for x in chart.dots)
    assert abs((second - third) - 2 * (first - second)) < 0.3


@pytest.mark.parametrize("value", ["0", "0.3", "1"])
def test_logarithmic_axis_bears_values_below_one(value) -> None:
    chart = trend([reading(0, value), reading(1, "500")], SPAN, log=True)
    assert all(TOP <= x.y <= TOP + PLOT for x in chart.dots)
    assert chart.dots[0].y > chart.dots[1].y


def test_censored_values_are_hollow_and_the_others_are_not() -> None:
    chart = trend([reading(0, "5", comparator="<"), reading(1, "7"), reading(2, "3000", comparator=">")], SPAN)
    assert [x.censored for x in chart.dots] == [True, False, True]


def test_line_goes_on_through_the_same_conditions_and_breaks_at_each_change() -> None:
    kits = ["FiO2 0.21", "FiO2 0.21", "FiO2 0.4", "FiO2 0.4", "FiO2 0.21"]
    chart = trend([reading(day, "60", kit=kit) for day, kit in enumerate(kits)], SPAN)
    assert [len(x.split()) for x in chart.lines] == [2, 2, 1]
    assert len(chart.breaks) == 2
    assert chart.dots[1].x < chart.breaks[0] < chart.dots[2].x


def test_line_does_not_break_where_the_kit_is_not_told() -> None:
    chart = trend([reading(0, "1", kit="a"), reading(2, "2"), reading(4, "3", kit="a")], SPAN)
    assert len(chart.lines) == 1
    assert chart.breaks == ()


def test_single_value_is_a_dot_inside_the_plot() -> None:
    chart = trend([reading(3, "94")], SPAN)
    assert len(chart.dots) == 1
    assert chart.last == chart.dots[0]
    assert TOP < chart.dots[0].y < TOP + PLOT


@pytest.mark.parametrize("value", ["0", "0.001", "94", "100000"])
@pytest.mark.parametrize("log", [True, False])
def test_equal_values_lie_on_one_level_inside_the_plot(value, log) -> None:
    chart = trend([reading(0, value), reading(5, value)], SPAN, log=log)
    first, second = chart.dots
    assert first.y == second.y
    assert TOP <= first.y <= TOP + PLOT
    assert chart.y_ticks


# -- band -------------------------------------------------------------------------------------------------------------


def test_without_a_reference_there_is_no_band() -> None:
    assert trend([reading(0, "1"), reading(1, "2")], SPAN).band is None


def test_band_that_lies_outside_the_picture_is_not_drawn() -> None:
    """A target far from every value takes no height: it is left out, not drawn as a line."""
    chart = trend([reading(0, "90"), reading(3, "100")], SPAN, band=(Decimal(1), Decimal(2)), holds=())
    assert chart.band is None or chart.band[1] > 0


@pytest.mark.parametrize(("low", "high"), [(None, "50"), ("50", None)])
def test_band_open_on_one_side_reaches_the_edge(low, high) -> None:
    band = (Decimal(low) if low else None, Decimal(high) if high else None)
    chart = trend([reading(0, "20"), reading(3, "90")], SPAN, band=band)
    assert chart.band is not None
    top, height = chart.band
    assert (top == TOP) is (high is None)
    assert (round(top + height, 1) == TOP + PLOT) is (low is None)


def test_day_zero_is_drawn_only_inside_the_span() -> None:
    inside = trend([reading(0, "1"), reading(1, "2")], SPAN, day_zero=DAY + timedelta(days=5))
    before = trend([reading(0, "1"), reading(1, "2")], SPAN, day_zero=DAY - timedelta(days=5))
    assert inside.day_zero is not None
    assert before.day_zero is None


@pytest.mark.parametrize("days", [1, 6, 13, 45, 200, 1500])
def test_labels_of_the_time_axis_have_room_and_end_today(days) -> None:
    span = Span(DAY, DAY + timedelta(days=days))
    ticks = trend([reading(0, "1"), reading(1, "2")], span).x_ticks
    assert ticks[0].label == span.last.isoformat()
    assert all(a.at - b.at >= 35 for a, b in pairwise(ticks))


def test_one_drug_has_one_lane_and_a_finished_course_ends() -> None:
    given = (
        Given("GC", DAY, DAY + timedelta(days=4)),
        Given("CsA", DAY, None),
        Given("GC", DAY + timedelta(days=9), None),
    )
    lanes = trend([reading(0, "1"), reading(1, "2")], SPAN, given=given).lanes
    assert [x.label for x in lanes] == ["GC", "CsA"]
    first, second = lanes[0].bars
    assert (first.running, second.running) == (False, True)
    assert first.x + first.width < second.x


@pytest.mark.parametrize(("value", "marked"), [("<1500", False), (">800", False), (">1200", True), ("1000", False)])
def test_censored_value_that_leaves_a_limit_open_is_not_marked_beyond(value, marked):
    story = Story().ferritin(0, "500").ferritin(1, value)
    chart = figures(story.snapshot(2), None)[0].chart
    assert chart.dots[-1].beyond is marked
