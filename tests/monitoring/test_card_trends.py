"""The last values of what a card is about: comparable ones only, the newest last."""

from __future__ import annotations

import pytest

from monitoring.card_trends import MOST_VALUES, trends_of
from tests.story import Story


def values(story: Story, *codes: str) -> list[list[str]]:
    return [[str(x.quantity.value) for x in trend.values] for trend in trends_of(codes, story.snapshot(30))]


def test_the_last_values_are_told_oldest_first() -> None:
    story = Story()
    for day, value in enumerate(("704", "800", "890", "1010", "1080")):
        story.test(day, "kl6", value)
    (told,) = values(story, "kl6", "kl6")
    assert told == ["800", "890", "1010", "1080"]
    assert len(told) == MOST_VALUES


def test_one_value_is_no_trend() -> None:
    assert values(Story().test(1, "kl6", "704"), "kl6", "ferritin") == []


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ({"kit": "a"}, {"kit": "a"}, True),
        ({"kit": "a"}, {"kit": "b"}, False),
        ({"fio2": "0.21"}, {"fio2": "0.40"}, False),
        ({"fio2": "0.21"}, {"fio2": "0.21"}, True),
    ],
)
def test_what_was_measured_otherwise_is_not_compared(first, second, told: bool) -> None:
    code = "kl6" if "kit" in first else "pao2"
    story = Story().test(1, code, "80", **first).test(2, code, "70", **second)
    assert bool(values(story, code)) is told


def test_two_tests_at_most_and_none_that_has_no_number() -> None:
    story = Story()
    for day in (1, 2):
        story.test(day, "hbsag", "1").test(day, "kl6", "700").test(day, "ldh", "300").test(day, "crp", "1")
    assert len(values(story, "hbsag", "kl6", "ldh", "crp")) == 2
