"""13 (92): episodes folded out of a series; a last value says how old it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from monitoring.episodes import COUNT_OLD_AFTER, age, frozen_run, open_run
from patients.clinical.facts import Measurement
from patients.clinical.quantities import ratio_at_least
from patients.clinical.reasons import say
from patients.clinical.ticking import Turns
from patients.clinical.truth import Truth
from tests.story import Story, moment


def opens(x: Measurement) -> Truth:
    return x.quantity.interval.at_least(Decimal(10))


def closes(x: Measurement) -> Truth:
    return x.quantity.interval.below(Decimal(8))


def stands(*values: str, **how) -> list[str] | None:
    """The values of the episode that stands at the end of a series, one a day; None where none does."""
    story = Story()
    for day, value in enumerate(values):
        story.test(day, "crp", value)
    run = open_run(story.snapshot(99).series("crp"), opens, closes, **how)
    return run and ["possible"] * run.possible + [str(x.quantity) for x in run.values]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((), None),
        (("9.9",), None),
        (("10",), ["10"]),
        (("10", "8"), ["10", "8"]),
        (("10", "7.9"), None),
        (("10", "7.9", "9.9"), None),
        (("10", "7.9", "11"), ["11"]),
        (("9", "10", "9", "11", "8"), ["10", "9", "11", "8"]),
        (("7", "12", "7", "10", "9"), ["10", "9"]),
    ],
)
def test_92_an_episode_opens_at_one_limit_and_closes_inside_it(values, found) -> None:
    assert stands(*values) == found


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((">5",), ["possible", ">5"]),
        (("10", ">5"), ["10", ">5"]),
        (("10", "<9"), ["10", "<9"]),
        (("10", "<8"), None),
        (("7", ">5"), ["possible", ">5"]),
        ((">5", "9"), None),
    ],
)
def test_92_what_may_or_may_not_be_opens_and_closes_nothing(values, found) -> None:
    assert stands(*values) == found


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (("10", "7"), ["10", "7"]),
        (("10", "7", "7"), None),
        (("10", "7", "8", "7"), ["10", "7", "8", "7"]),
        (("10", "7", "7", "9"), None),
    ],
)
def test_92_it_closes_with_several_values_in_a_row(values, found) -> None:
    assert stands(*values, values=2) == found


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (("10", "7", "7"), ["10", "7", "7"]),
        (("10", "7", "7", "7"), None),
        (("10", "7", "9", "7", "7"), ["10", "7", "9", "7", "7"]),
        (("10", "7", "7", "7", "9"), None),
        (("7", "7", "7", "7", "7"), None),
    ],
)
def test_92_it_closes_after_some_time(values, found) -> None:
    assert stands(*values, lasting=timedelta(days=3)) == found


def test_92_an_episode_is_known_since_the_value_that_opened_it() -> None:
    series = Story().test(0, "crp", "10", known=2).test(3, "crp", "9").snapshot(9).series("crp")
    run = open_run(series, opens, closes)
    assert run
    assert (run.known, run.newest) == (moment(2), series[-1])


def doubled(x: Measurement, before: Sequence[Measurement]) -> Measurement | None:
    """The value before, if it is at least twice as much."""
    twice = before and ratio_at_least(x.quantity, before[-1].quantity, Decimal(2)) is Truth.YES
    return before[-1] if twice else None


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (("5", "9"), None),
        (("5", "10"), ("5", ["10"])),
        (("5", "10", "20", "9"), ("5", ["10", "20", "9"])),
        (("5", "10", "20", "7"), None),
        (("5", "10", "7", "14"), ("7", ["14"])),
    ],
)
def test_92_a_reference_is_frozen_until_the_episode_closes(values, found) -> None:
    """It closes below one and a half times the value that it opened against."""
    story = Story()
    for day, value in enumerate(values):
        story.test(day, "crp", value)
    below = Decimal("1.5")
    episode = frozen_run(
        story.snapshot(99).series("crp"), doubled, lambda x, base: ~ratio_at_least(x.quantity, base.quantity, below)
    )
    assert (episode and (str(episode[1].quantity), [str(x.quantity) for x in episode[0].values])) == found


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (7, []),
        (8, ["last value 8 days old"]),
        (14, ["last value 14 days old"]),
        (15, ["last value more than 14 days old"]),
        (21, ["last value more than 14 days old"]),
        (22, ["last value more than 21 days old"]),
        (91, ["last value more than 56 days old"]),
        (92, ["last value more than 91 days old"]),
        (800, ["last value more than 364 days old"]),
    ],
)
def test_92_a_last_value_says_how_old_it_is(day: int, said: list[str]) -> None:
    snapshot = Story().test(0, "crp", "10").snapshot(day)
    assert [say(x) for x in age(snapshot, snapshot.series("crp")[-1])] == said


@pytest.mark.parametrize(("day", "n"), [(4, 0), (5, 1)])
def test_92_a_count_or_a_level_is_old_after_4_days(day: int, n: int) -> None:
    snapshot = Story().test(0, "wbc", "10").snapshot(day)
    assert len(list(age(snapshot, snapshot.series("wbc")[-1], COUNT_OLD_AFTER))) == n


@pytest.mark.parametrize(("day", "turns"), [(3, 7), (7, 8), (8, 14), (14, 15), (30, 35)])
def test_92_the_clock_knows_when_the_age_is_told_anew(day: int, turns: int) -> None:
    """Up to the day on which it is another one; until 14 days the number itself is of the clock."""
    snapshot = Story().test(0, "crp", "10").snapshot(day)
    asked = Turns(snapshot.as_of, snapshot.zone)
    list(age(asked.ask(snapshot), snapshot.series("crp")[-1]))
    assert asked.first == moment(turns).date()
