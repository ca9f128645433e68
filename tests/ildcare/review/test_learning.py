"""What a month teaches. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ildcare.review.delays import Answer
from ildcare.review.learning import Departure, Held, HeldUp, Node, held_by, held_up, nodes_of

START = datetime(2026, 9, 4, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def answer(hours: int, step: str, *missing: str) -> Answer:
    return Answer(
        at=START + hours * HOUR,
        course="A/S",
        subtype="",
        step=step,
        possible=(),
        missing=missing,
        indicated=step,
        running="",
        d0=None,
    )


def test_questions_after_which_the_chart_was_not_followed() -> None:
    departures = [Departure("N2", "infection"), Departure("N5", "milder"), Departure("N2", "milder")]
    departures += [Departure("N2", "infection")]
    assert nodes_of(departures) == [
        Node("N2", 3, (("infection", 2), ("milder", 1))),
        Node("N5", 1, (("milder", 1),)),
    ]


def test_a_test_holds_up_a_step_from_when_it_is_lacking_until_it_settles_it() -> None:
    course = [answer(0, "", "anti_mda5", "pao2"), answer(10, "", "anti_mda5"), answer(84, "T3")]
    (held,) = held_by(course)
    assert held == Held("anti_mda5", START, START + 84 * HOUR), "that of PaO2 came and settled nothing"
    assert held.days == Decimal("3.5")


def test_one_that_is_lacking_still_did_not_settle_it() -> None:
    assert [x.test for x in held_by([answer(0, "", "anti_mda5", "pao2"), answer(5, "T3", "anti_mda5")])] == ["pao2"]
    assert list(held_by([answer(0, "", "anti_mda5")])) == [], "undecided still"
    assert list(held_by([answer(0, "T1", "anti_mda5"), answer(5, "T3")])) == [], "it was never undecided"


def test_median_and_longest_of_each_test() -> None:
    held = [Held("anti_mda5", START, START + x * 24 * HOUR) for x in (1, 4, 3)] + [
        Held("pao2", START, START + 6 * HOUR)
    ]
    assert held_up(held) == [
        HeldUp("anti_mda5", 3, Decimal("3.0"), Decimal("4.0")),
        HeldUp("pao2", 1, Decimal("0.2"), Decimal("0.2")),
    ]
