"""Where versions without a date stand among those of their identity: specification 12 (45), 13 (84), case by case."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from patients.clinical.placing import BEHIND, EarlierVersion, comes_back, is_dated, last_of, place_of, tells_again
from patients.clinical.versions import CANCELLED, CORRECTED, FINAL, PRELIMINARY, STATUSES, Version
from tests.story import Day, Story, moment

ON, NOW = moment(0), moment(9)


def told(status: str, place: Day = 0, *, placed: bool = True, number: int = 1, same: bool = False) -> EarlierVersion:
    return EarlierVersion(status=status, place=moment(place), was_placed=placed, number=number, same=same)


@pytest.mark.parametrize(
    ("history", "status", "place"),
    [
        ([], FINAL, ON),
        ([], PRELIMINARY, ON),
        ([], CORRECTED, NOW),
        ([], CANCELLED, NOW),
        ([told(PRELIMINARY)], FINAL, ON),  # the first of its status
        ([told(FINAL)], FINAL, NOW),  # another final one: what is told later stands
        ([told(FINAL, 12)], FINAL, moment(12) + BEHIND),  # behind one that claims a later time
        ([told(FINAL, 9)], FINAL, moment(9) + BEHIND),
        ([told(FINAL, 2, placed=False, same=True)], FINAL, ON),  # which a dated version repeats
        ([told(FINAL, 2, placed=False, same=False)], FINAL, NOW),
        ([told(FINAL, 2, placed=True, same=True)], FINAL, NOW),
        ([told(FINAL, 0, placed=False, same=True)], FINAL, NOW),  # known when it was sampled: it came without a date
        ([told(FINAL, 12)], CORRECTED, moment(12)),
        ([told(FINAL, 12)], CANCELLED, moment(12)),
        ([told(FINAL, 3)], CANCELLED, NOW),
        (
            [told(FINAL), told(CANCELLED, 4, number=2)],
            CORRECTED,
            moment(4),
        ),  # never behind the cancellation that stands
        ([told(FINAL), told(CANCELLED, 4, placed=False, number=2)], CORRECTED, NOW),
        ([told(CANCELLED, 2), told(FINAL, 4, number=2)], CORRECTED, NOW),  # it stands no more
    ],
)
def test_the_place_of_a_version_without_a_date(history: list[EarlierVersion], status: str, place: datetime) -> None:
    assert place_of(history, status, on=ON, now=NOW) == place


@pytest.mark.parametrize(("day", "placed", "dated"), [(1, False, True), (0, False, False), (1, True, False)])
def test_a_version_came_with_its_date_if_it_became_known_after_the_time_it_is_about(day, placed, dated) -> None:
    assert is_dated(moment(day), ON, placed=placed) is dated


def test_of_one_place_the_status_tells_which_stands_and_then_the_order_of_arrival() -> None:
    assert last_of([]) is None
    for lower, higher in ((FINAL, CORRECTED), (CORRECTED, CANCELLED), (PRELIMINARY, FINAL)):
        assert last_of([told(higher), told(lower, number=2)]).status == higher
    first, second = told(FINAL, same=True), told(FINAL, number=2)
    assert last_of([second, first]) is second


def test_45_a_preliminary_version_never_stands_beside_a_final_or_corrected_one() -> None:
    for settled in (FINAL, CORRECTED):
        assert last_of([told(settled, 1), told(PRELIMINARY, 5, number=2)]).status == settled
    assert last_of([told(CANCELLED, 1), told(PRELIMINARY, 5, number=2)]).status == PRELIMINARY


GOES_BACK = {
    (PRELIMINARY, PRELIMINARY),
    *((FINAL, x) for x in (FINAL, CANCELLED)),
    *((CORRECTED, x) for x in (FINAL, CORRECTED)),
    *((CANCELLED, x) for x in (PRELIMINARY, FINAL, CORRECTED)),
}


@pytest.mark.parametrize("status", STATUSES)
def test_84_what_is_told_again_stands_again_only_over_what_was_told_since(status: str) -> None:
    for standing in STATUSES:
        assert comes_back(status, standing, told_since=True) is ((status, standing) in GOES_BACK)
        assert not comes_back(status, standing, told_since=False)


def version(known: Day = 0, *, dated: bool | None = None, status: str = "") -> Version:
    (found,) = Story().ferritin(0, "500", known=known).versions
    return Version(identity="a", fact=found.fact, dated=dated, status_sent=status)


@pytest.mark.parametrize(
    ("given", "known", "placed", "again"),
    [
        (version(3), 3, None, True),  # a dated one: of that date
        (version(3), 4, None, False),
        (version(3), 4, 3, True),
        (version(0), 0, None, True),  # an undated one: that was undated too
        (version(0), 3, None, False),
        (version(0), 3, 0, True),
        (version(0, status=CORRECTED), 3, None, False),
        (version(0, status=CORRECTED), 3, 3, True),
        (version(0, status=CANCELLED), 0, None, False),
        (version(0, dated=True), 0, None, True),
        (version(3, dated=False), 3, None, False),
    ],
)
def test_84_a_version_is_told_again_if_the_date_is_the_same_or_there_was_none(given, known, placed, again) -> None:
    at = None if placed is None else moment(placed)
    assert tells_again(given, known=moment(known), placed=at) is again


def test_behind_is_as_little_as_a_table_can_hold() -> None:
    assert timedelta(microseconds=1) == BEHIND
