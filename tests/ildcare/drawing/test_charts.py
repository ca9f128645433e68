"""Trend charts as coordinates: what must be in view, what must not be joined, what must not overlap."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given as given_values
from hypothesis import settings
from hypothesis import strategies as st

from algorithm.drawing.lettering import text_width
from ildcare.drawing.axes import LABEL_EVERY, LEFT, NARROW, PLOT, RIGHT, TOP, WIDTH, Span, scale_of
from ildcare.drawing.charts import LINE, Limit, Reading, trend
from ildcare.drawing.lanes import DrugCourse
from ildcare.drawing.marks import Flag
from ildcare.drawing.thinning import Place, thinned
from ildcare.trends.figures import trends_of
from tests.effort import cases
from tests.story import Story

DAY = date(2024, 3, 1)
SPAN = Span(DAY, DAY + timedelta(days=20))


def reading(day: int, value: str, **more) -> Reading:
    return Reading(day=DAY + timedelta(days=day), value=Decimal(value), **more)


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
    csa = DrugCourse(label="CsA", start=DAY - timedelta(days=30), stop=None, dose="200 mg/day")
    ivcy = DrugCourse(label="IVCY", start=DAY, stop=DAY, mark=True)
    chart = trend([reading(0, ".001"), reading(20, "100000")], SPAN, courses=(csa, ivcy), log=True)
    assert all(LEFT <= x.x <= WIDTH - RIGHT and TOP <= x.y <= TOP + PLOT for x in chart.dots)
    assert all(lane.y + 13 < chart.height for lane in chart.lanes)
    assert all(LEFT <= bar.x <= WIDTH - RIGHT for lane in chart.lanes for bar in lane.bars)


def test_dose_is_written_where_it_fits() -> None:
    short = DrugCourse(label="GC", start=DAY, stop=DAY, dose="1,000 mg/day")
    long = DrugCourse(label="GC", start=DAY + timedelta(days=1), stop=None, dose="50 mg/day")
    bars = trend([reading(0, "1"), reading(9, "2")], SPAN, courses=(short, long)).lanes[0].bars
    assert [x.text for x in bars] == ["", "50 mg/day"]


def test_equal_values_have_an_axis() -> None:
    scale = scale_of([Decimal(94), Decimal(94)], log=False)
    assert scale.low < 94 < scale.high
    assert list(scale.ticks())


def test_one_day_has_a_width() -> None:
    assert Span(DAY, DAY).days == 1


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


def test_trough_and_c2_of_the_same_days_are_two_lines_without_a_break() -> None:
    kinds = [("oral trough", 0), ("oral c2", 0), ("oral trough", 7), ("oral c2", 7), ("oral trough", 14)]
    values = [reading(day, "180" if "trough" in kind else "1200", kit=kind, beside="oral") for kind, day in kinds]
    chart = trend(values, SPAN)
    assert [len(line.split()) for line in chart.lines] == [3, 2]
    assert chart.breaks == ()


def test_levels_after_a_change_of_route_are_a_line_of_their_own_with_a_break() -> None:
    routes = ["iv", "iv", "oral", "oral", "iv"]
    chart = trend([reading(n, "200", kit=f"{x} trough", beside=x) for n, x in enumerate(routes)], SPAN)
    assert [len(line.split()) for line in chart.lines] == [2, 2, 1]
    assert len(chart.breaks) == 2


def test_line_does_not_break_where_the_kit_is_not_told() -> None:
    chart = trend([reading(0, "1", kit="a"), reading(2, "2"), reading(4, "3", kit="a")], SPAN)
    assert len(chart.lines) == 1
    assert chart.breaks == ()


def test_single_value_is_a_dot_inside_the_plot() -> None:
    chart = trend([reading(3, "94")], SPAN)
    assert len(chart.dots) == 1
    assert chart.dots[-1] == chart.dots[0]
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
    courses = (
        DrugCourse(label="GC", start=DAY, stop=DAY + timedelta(days=4)),
        DrugCourse(label="CsA", start=DAY, stop=None),
        DrugCourse(label="GC", start=DAY + timedelta(days=9), stop=None),
    )
    lanes = trend([reading(0, "1"), reading(1, "2")], SPAN, courses=courses).lanes
    assert [x.label for x in lanes] == ["GC", "CsA"]
    first, second = lanes[0].bars
    assert (first.running, second.running) == (False, True)
    assert first.x + first.width < second.x


@pytest.mark.parametrize(("value", "marked"), [("<1500", False), (">800", False), (">1200", True), ("1000", False)])
def test_censored_value_that_leaves_a_limit_open_is_not_marked_beyond(value, marked):
    story = Story().ferritin(0, "500").ferritin(1, value)
    snapshot = story.snapshot(2)
    chart = trends_of(snapshot).figures[0].chart
    assert chart.dots[-1].beyond is marked


# -- many values ------------------------------------------------------------------------------------------------------

VALUES = st.lists(
    st.tuples(
        st.integers(0, 2000),
        st.decimals("0.01", 100000, places=2),
        st.sampled_from(["", "", "", "<", ">"]),
        st.booleans(),
        st.sampled_from([None, "a", "a", "b"]),
    ),
    min_size=1,
    max_size=400,
)


def many(values) -> list[Reading]:
    ordered = sorted(values, key=lambda x: x[0])
    return [reading(d, str(v), comparator=c, beyond=b and d % 5 == 0, kit=k) for d, v, c, b, k in ordered]


@given_values(VALUES, st.booleans())
@settings(max_examples=cases(60), deadline=None)
def test_no_dot_leaves_the_plot_and_order_and_extremes_survive_thinning(values, log) -> None:
    readings = many(values)
    chart = trend(readings, Span(DAY, DAY + timedelta(days=2000)), log=log)
    assert all(LEFT <= x.x <= WIDTH - RIGHT and TOP <= x.y <= TOP + PLOT for x in chart.dots)
    assert [x.x for x in chart.dots] == sorted(x.x for x in chart.dots)
    assert len(chart.dots) + chart.thinned == len(readings)
    assert chart.dots[-1].censored is bool(readings[-1].comparator)
    assert sum(x.censored for x in chart.dots) == sum(bool(x.comparator) for x in readings)
    assert sum(x.beyond for x in chart.dots) == sum(x.beyond for x in readings)
    scale = scale_of([x.value for x in readings], log)
    extremes = {scale.y(min(x.value for x in readings)), scale.y(max(x.value for x in readings))}
    assert extremes <= {x.y for x in chart.dots}


@given_values(VALUES)
@settings(max_examples=cases(60), deadline=None)
def test_thinning_keeps_both_ends_the_extremes_and_what_must_be_seen(values) -> None:
    places = [Place(float(d), v, held=bool(c), run=0) for d, v, c, _b, _k in sorted(values, key=lambda x: x[0])]
    kept = thinned(places, most=10)
    assert kept == sorted(set(kept))
    assert {0, len(places) - 1} <= set(kept)
    assert {i for i, x in enumerate(places) if x.held} <= set(kept)
    assert min(places[i].value for i in kept) == min(x.value for x in places)
    assert max(places[i].value for i in kept) == max(x.value for x in places)


def test_few_values_are_all_drawn_and_many_are_thinned() -> None:
    few = [reading(day, "5") for day in range(90)]
    many_more = [reading(day, str(day % 7 + 1)) for day in range(1500)]
    wide = Span(DAY, DAY + timedelta(days=1500))
    assert trend(few, wide).thinned == 0
    chart = trend(many_more, wide)
    assert len(chart.dots) < 200
    assert chart.thinned > 1300


def test_thinning_keeps_the_values_beside_a_change_of_kit() -> None:
    readings = [reading(day, "5", kit="a" if day < 333 else "b") for day in range(700)]
    chart = trend(readings, Span(DAY, DAY + timedelta(days=700)))
    span = Span(DAY, DAY + timedelta(days=700))
    assert {span.x(DAY + timedelta(days=x)) for x in (332, 333)} <= {x.x for x in chart.dots}


# -- kits -------------------------------------------------------------------------------------------------------------


def test_each_run_is_labelled_with_its_kit_at_its_own_side_of_the_break() -> None:
    kits = ["Kit A"] * 5 + ["Kit B"] * 5
    readings = [reading(2 * day, "5", kit=kit, conditions=kit) for day, kit in enumerate(kits)]
    chart = trend(readings, SPAN)
    names = {x.text: x.x for x in chart.runs}
    assert names["Kit A"] < chart.breaks[0] < names["Kit B"]


def test_an_unnamed_kit_between_two_kits_does_not_join_them() -> None:
    chart = trend([reading(0, "1", kit="a"), reading(2, "2"), reading(4, "3", kit="b")], SPAN)
    assert [len(x.split()) for x in chart.lines] == [2, 1]


def test_labels_of_crowded_runs_do_not_overlap() -> None:
    """FiO2 changing daily: what has no room is left out, and the newest run keeps its label."""
    readings = [reading(day, "60", kit=f"{day % 3}", conditions=f"FiO2 0.{day % 3 + 2}") for day in range(21)]
    chart = trend(readings, SPAN)
    reaches = sorted(reach_of(x, 1.0) for x in chart.runs)
    assert all(a[1] < b[0] for a, b in pairwise(reaches))
    narrow = sorted(reach_of(x, 1 / NARROW) for x in chart.runs if not x.more)
    assert all(a[1] < b[0] for a, b in pairwise(narrow))
    assert "FiO2 0.4" in {x.text for x in chart.runs}


def reach_of(label, wider: float) -> tuple[float, float]:
    width = text_width(label.text, 10) * wider
    left = {"start": label.x, "middle": label.x - width / 2, "end": label.x - width}[label.anchor]
    return (left, left + width)


# -- labels -----------------------------------------------------------------------------------------------------------


def test_labels_beside_the_plot_never_overlap_and_stay_beside_it() -> None:
    limits = tuple(Limit(Decimal(x), f"{x}") for x in (10, 11, 12, 13, 14))
    chart = trend([reading(0, "10"), reading(20, "12")], SPAN, limits=limits, newest="12", holds=(Decimal(4000),))
    assert len(chart.labels) == 6
    assert all(b.label_at - a.label_at >= LINE for a, b in pairwise(chart.labels))
    assert all(x.label_at <= TOP + PLOT for x in chart.labels)
    assert [x.label for x in chart.labels if x.kind == "newest"] == ["12"]


def test_the_newest_value_is_written_beside_the_plot_only_near_its_edge() -> None:
    assert trend([reading(0, "1"), reading(19, "2")], SPAN, newest="2").labels[0].label == "2"
    assert trend([reading(0, "1"), reading(9, "2")], SPAN, newest="2").labels == ()


@pytest.mark.parametrize("days", [6, 13, 28, 91, 200, 365, 900, 3700])
def test_labels_of_days_have_room_on_a_narrow_screen_too(days) -> None:
    ticks = [x for x in trend([reading(0, "1")], Span(DAY, DAY + timedelta(days=days))).x_ticks if not x.more]
    assert all((a.at - b.at) * NARROW >= LABEL_EVERY for a, b in pairwise(ticks))
    assert not ticks[0].more


def test_days_of_the_axis_are_mondays_or_firsts_of_months() -> None:
    weeks = trend([reading(0, "1")], Span(DAY, DAY + timedelta(days=60))).x_ticks[1:]
    months = trend([reading(0, "1")], Span(DAY, DAY + timedelta(days=700))).x_ticks[1:]
    assert {date.fromisoformat(x.label).weekday() for x in weeks} == {0}
    assert {date.fromisoformat(x.label).day for x in months} == {1}


@pytest.mark.parametrize("values", [("120", "890"), ("500", "20000"), ("30", "31"), ("1", "100000")])
def test_logarithmic_ticks_are_round_and_have_room(values) -> None:
    chart = trend([reading(day, value) for day, value in enumerate(values)], SPAN, log=True)
    assert len(chart.y_ticks) >= 2
    assert all(a.at - b.at >= 14 for a, b in pairwise(chart.y_ticks))
    assert all(x.label.replace(",", "").strip("0") in {"1", "2", "3", "5"} for x in chart.y_ticks)


# -- treatments -------------------------------------------------------------------------------------------------------


def course(first: int, last: int | None, amount: int, measure: str = "mg/day oral") -> DrugCourse:
    return DrugCourse(
        label="GC",
        start=DAY + timedelta(days=first),
        stop=None if last is None else DAY + timedelta(days=last),
        dose=f"{amount} mg/day",
        amount=Decimal(amount),
        measure=measure,
    )


def test_taper_is_seen_as_falling_heights() -> None:
    taper = (course(0, 5, 60), course(6, 11, 40), course(12, None, 20))
    bars = trend([reading(0, "1")], SPAN, courses=taper).lanes[0].bars
    heights = [x.height for x in bars]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] == 13
    assert len(set(heights)) == 3
    assert len({round(x.y + x.height, 1) for x in bars}) == 1


def test_doses_of_other_units_or_routes_are_not_compared_by_height() -> None:
    bars = trend([reading(0, "1")], SPAN, courses=(course(0, 5, 60), course(6, 9, 1, "g/day iv"))).lanes[0].bars
    assert [x.height for x in bars] == [13, 13]


def test_dose_that_the_next_course_would_cover_is_not_written() -> None:
    bars = trend([reading(0, "1")], SPAN, courses=(course(0, None, 60), course(1, None, 40))).lanes[0].bars
    assert [x.text for x in bars] == ["", "40 mg/day"]


def test_courses_outside_the_days_shown_are_not_drawn() -> None:
    before, after = course(-20, -10, 60), course(30, None, 40)
    assert trend([reading(0, "1")], SPAN, courses=(before, after)).lanes == ()


# -- flags ------------------------------------------------------------------------------------------------------------


def test_flags_of_near_days_stand_together_with_all_their_titles() -> None:
    flags = [Flag(DAY + timedelta(days=x), "D", f"event {x}") for x in (0, 10, 11, 11)]
    first, second = trend([reading(0, "1")], SPAN, flags=flags).pins
    assert (first.letter, second.letter) == ("D", "3")
    assert second.title.split("\n") == ["event 10", "event 11", "event 11"]


@given_values(st.lists(st.integers(0, 20), max_size=40))
@settings(deadline=None)
def test_no_flag_is_lost_and_none_covers_another(days) -> None:
    flags = [Flag(DAY + timedelta(days=x), "D", str(x)) for x in days]
    pins = trend([reading(0, "1")], SPAN, flags=flags).pins
    assert sum(x.count for x in pins) == len(days)
    assert all(b.x - a.x >= 14 for a, b in pairwise(pins))


def test_a_crowded_year_has_more_than_one_flag() -> None:
    flags = [Flag(DAY + timedelta(days=x), "D", str(x)) for x in range(21)]
    assert len(trend([reading(0, "1")], SPAN, flags=flags).pins) > 5


def test_flags_outside_the_days_shown_are_not_drawn() -> None:
    assert trend([reading(0, "1")], SPAN, flags=[Flag(DAY - timedelta(days=1), "D", "x")]).pins == ()
