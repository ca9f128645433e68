"""The flow sheet: what is marked, and that nothing is marked which the value does not say."""

from __future__ import annotations

import pytest

from ildcare.flowsheet import beyond, flow_sheet
from tests.story import Story


def only(story: Story, sex: str = "female"):
    """The one value of the sheet."""
    return flow_sheet(story.versions, sex).rows[0].cells[0][0]


@pytest.mark.parametrize(
    ("value", "route", "timing", "position"),
    [
        ("199.9", "iv", "pre_dose", "low"),
        ("200", "iv", "pre_dose", "within"),
        ("250", "iv", "pre_dose", "within"),
        ("250.1", "iv", "pre_dose", "high"),
        ("168", "oral", "trough", "within"),
        ("1000", "oral", "c2", "within"),
        ("999", "oral", "c2", "low"),
        ("168", "oral", None, ""),
        ("<300", "iv", "pre_dose", ""),
    ],
)
def test_cyclosporine_is_judged_by_route_and_timing(value, route, timing, position) -> None:
    assert only(Story().test(0, "csa", value, route=route, timing=timing)).position == position


@pytest.mark.parametrize(("value", "answer"), [("1000", False), ("1000.1", True), (">800", False), (">3000", True)])
def test_ferritin_beyond_the_limit_of_the_chart(value, answer) -> None:
    shown = only(Story().ferritin(0, value))
    assert (shown.beyond, shown.marked) == (answer, answer)


@pytest.mark.parametrize(
    ("value", "fio2", "answer"), [("59.9", "0.21", True), ("60", "0.21", False), ("55", "0.4", False)]
)
def test_pao2_beyond_the_limit_on_room_air_only(value, fio2, answer) -> None:
    assert beyond(only(Story().pao2(0, value, fio2)).shown) is answer


def test_days_run_from_the_newest_and_older_ones_are_counted() -> None:
    story = Story()
    for day in range(5):
        story.ferritin(day, str(100 + day))
    sheet = flow_sheet(story.versions, "female", most_days=3)
    assert [x.day for x in sheet.days] == [5, 4, 3]
    assert sheet.older == 2
