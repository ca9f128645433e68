"""When an answer of the chart became known, and by which facts. Readings (24), (35)."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.algorithm.courses import on_t1, walked
from tests.story import Story, moment


def known(story: Story, day: int) -> tuple[str | None, datetime | None]:
    indicated = walked(story, day).indicated
    return indicated.step, indicated.known_from


@pytest.mark.parametrize(("again", "since"), [("10T09:00", "12T08:00"), ("10T09:01", "10T09:01")])
def test_not_improved_is_known_from_the_first_worse_after_the_improvement(again: str, since: str) -> None:
    """What was said at the very moment of the improvement came before it."""
    story = on_t1().judged("10T09:00", "improved").judged(again, "worse").judged("12T08:00", "worse")
    assert known(story, 12) == ("T2", moment(since))


@pytest.mark.parametrize(("again", "since"), [("10T09:00", "12T08:00"), ("10T09:01", "10T09:01")])
def test_what_is_seen_on_gc_is_held_against_the_improvement_alike(again: str, since: str) -> None:
    story = on_t1().judged("10T09:00", "improved").dyspnoea(again, change="worse").judged("12T08:00", "worse")
    assert known(story, 12) == ("T2", moment(since))
