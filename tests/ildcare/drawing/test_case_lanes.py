"""The time line of a case: no box lies on another, and none stands out of the plot. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest

from ildcare.drawing.case_lanes import (
    LETTERS,
    LONGEST,
    MOST_ROWS,
    PLOT,
    Course,
    Difference,
    Event,
    Scene,
    draw,
    shortened,
)

ZONE = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 9, 3, tzinfo=ZONE)


def scene(events: list[Event], **more: object) -> Scene:
    held = {"courses": (), "differences": (), "at": START + timedelta(days=2), "at_text": "5 Sep"}
    return Scene(
        begin=START, end=START + timedelta(days=8), zone=ZONE, lanes=(tuple(events), (), ()), **{**held, **more}
    )


def drawn(events: list[Event], **more: object):
    return draw(scene(events, **more), lambda day: f"{day.day} Sep")


def pixels(share: str) -> float:
    return float(share.rstrip("%")) / 100 * PLOT


@pytest.mark.parametrize("hours", [0, 2, 12, 30])
def test_boxes_of_a_lane_do_not_touch_and_stay_inside(hours: int) -> None:
    events = [
        Event(at=START + timedelta(hours=hours * n), text=f"Ferritin {n},420", more="4 Sep 08:10") for n in range(7)
    ]
    boxes = [x for x in drawn(events).lanes[0].boxes if x.width]
    spans = [(x.y, pixels(x.x) + x.dx, pixels(x.x) + x.dx + x.width) for x in boxes]
    assert all(left >= -0.5 and right <= PLOT + 0.5 for _y, left, right in spans)
    for one, other in combinations(spans, 2):
        assert one[0] != other[0] or one[2] <= other[1] or other[2] <= one[1]
    assert len({x.y for x in boxes}) <= MOST_ROWS


def test_what_finds_no_room_is_a_dot() -> None:
    events = [Event(at=START + timedelta(minutes=n), text="Anti-MDA5 positive") for n in range(5)]
    lane = drawn(events).lanes[0]
    assert [bool(x.width) for x in lane.boxes] == [True] * MOST_ROWS + [False, False]
    assert max(x.y for x in lane.boxes) < lane.top + lane.height


def test_what_weighs_least_finds_its_room_first() -> None:
    crowd = [Event(at=START + timedelta(minutes=n), text="Temperature 37.3", weight=2) for n in range(3)]
    boxes = drawn([*crowd, Event(at=START + timedelta(minutes=9), text="Anti-MDA5 positive")]).lanes[0].boxes
    assert [x.text for x in boxes if x.width] == ["Anti-MDA5 positive", "Temperature 37.3", "Temperature 37.3"]


def test_one_at_the_right_edge_stands_before_its_moment() -> None:
    (box,) = drawn([Event(at=START + timedelta(days=8), text="Anti-MDA5 positive")]).lanes[0].boxes
    assert (box.x, box.dx) == ("100%", -box.width)


def test_a_text_that_is_too_long_is_shortened_and_said_in_full_elsewhere() -> None:
    long = "Amyopathic dermatomyositis with rapidly progressive disease"
    (box,) = drawn([Event(at=START, text=long)]).lanes[0].boxes
    assert box.text.endswith("…")
    assert box.title == long
    assert shortened("CRP 2", LETTERS) == "CRP 2"
    assert box.width <= LONGEST + 20


def test_bars_lie_between_their_days_and_differences_below_them() -> None:
    day = timedelta(days=1)
    courses = (
        Course(start=START + day, stop=None, text="PSL"),
        Course(start=START + 4 * day, stop=START + 5 * day, text="CsA"),
    )
    drawing = drawn([], courses=courses, differences=(Difference(START + day, START + 4 * day, "72 h"),))
    assert [(x.x, x.width, x.text) for x in drawing.bars] == [("12.5%", "87.5%", "PSL"), ("50%", "12.5%", "CsA")]
    (gap,) = drawing.differences
    assert (gap.x, gap.width) == ("12.5%", "37.5%")
    assert gap.y >= max(x.y for x in drawing.bars) + 20
    assert drawing.height >= gap.y


def test_a_course_that_ended_before_is_not_drawn() -> None:
    before = Course(start=START - timedelta(days=9), stop=START - timedelta(days=2), text="MTX")
    assert drawn([], courses=(before,)).bars == ()


def test_the_days_of_the_axis_are_days_of_the_site() -> None:
    days = drawn([]).days
    assert days[0].text == "3 Sep"
    assert days[0].x == "0%"
