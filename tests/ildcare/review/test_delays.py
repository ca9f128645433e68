"""From the chart's answer to the start of its step. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ildcare.review.delays import Answer, Delay, delays_of

START = datetime(2026, 9, 4, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = START + 200 * HOUR


def answer(hours: int, indicated: str, running: str = "", begun: int | None = None) -> Answer:
    return Answer(
        at=START + hours * HOUR,
        course="A/S",
        subtype="A/S-1",
        step=indicated,
        possible=(),
        missing=(),
        indicated=indicated,
        running=running,
        d0=None if begun is None else START + begun * HOUR,
    )


def test_the_answer_counts_from_when_it_was_shown_and_the_step_from_its_day_0() -> None:
    (found,) = delays_of([answer(0, "T3"), answer(64, "T3", "T3", 63)], NOW)
    assert found == Delay("T3", START, START + 63 * HOUR)
    assert found.length(NOW) == 63 * HOUR


def test_a_step_that_is_not_begun_waits_until_now() -> None:
    (found,) = delays_of([answer(0, "T3"), answer(5, "T3", "T1", 4)], NOW)
    assert (found.until, found.length(NOW)) == (None, 200 * HOUR)


def test_a_step_that_ran_when_the_chart_came_to_it_has_no_delay() -> None:
    assert delays_of([answer(0, "T1", "T1", -3), answer(9, "T2", "T3", -1)], NOW) == ()


def test_a_higher_step_begins_the_lower_one_too() -> None:
    (found,) = delays_of([answer(0, "T2"), answer(10, "T2", "T3", 8)], NOW)
    assert found == Delay("T2", START, START + 8 * HOUR)


def test_one_that_the_chart_left_before_it_was_begun_is_no_delay() -> None:
    found = delays_of([answer(0, "T2"), answer(5, "T3"), answer(20, "T3", "T3", 19)], NOW)
    assert [(x.step, x.since) for x in found] == [("T2", START), ("T3", START + 5 * HOUR)]
    assert delays_of([answer(0, "T2"), answer(5, "")], NOW) == ()


def test_one_begun_before_the_answer_and_entered_after_it_is_early() -> None:
    (found,) = delays_of([answer(0, "T1"), answer(4, "T1", "T1", -6)], NOW)
    assert (found.early, found.length(NOW)) == (True, timedelta())


def test_no_step_and_observation_are_no_starts() -> None:
    assert delays_of([answer(0, ""), answer(1, "observation")], NOW) == ()
