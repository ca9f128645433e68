"""Courses that stand at one place of the chart, for tests that start from there."""

from __future__ import annotations

from algorithm.flowcharts import CURRENT
from algorithm.walk.engine import Pathway, walk
from tests.story import Day, Story


def walked(story: Story, day: Day = 5) -> Pathway:
    """The chart as of a day."""
    return walk(CURRENT, story.snapshot(day))


def no_risk(diagnosis: str = "DM") -> Story:
    """A/S from day 0 with all five factors looked at and absent."""
    story = Story().onset(0).diagnosis(0, diagnosis).mda5(0, "negative").ferritin(0, "300")
    return story.hrct(0, ggo=True, consolidation="none", change="first").pao2(0, "80")


def at_risk() -> Story:
    """A/S from day 0 with ferritin above the limit, as in a published course."""
    return Story().onset(0).ferritin(0, "1679")


def chronic() -> Story:
    """Chronic on day 0, nothing found by N7."""
    story = Story().onset(-200, known=0).dyspnoea(0, present=False).finding(0, "cough", False)
    return story.hrct(0, change="unchanged").test(0, "vc", "2.20")


def on_t1() -> Story:
    return no_risk("PM").drug(1, "gc")


def on_t2() -> Story:
    return no_risk("DM").drug(1, "gc").drug(1, "csa")


def on_t3() -> Story:
    return at_risk().drug(1, "gc").drug(1, "csa", route="iv").drug(1, "ivcy")


def on_t4() -> Story:
    return on_t3().drug(8, "ivig")
