"""Which days and moments are possible, at their edges; and clock times that do not exist or exist twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from patients.clinical.bounds import (
    FIRST_DAY,
    FIRST_MOMENT,
    LAST_DAY,
    LAST_MOMENT,
    Bounds,
    Outside,
    storable_day,
    storable_moment,
)
from patients.clinical.reasons import say
from patients.clinical.wall_clock import NotOneMoment, moment_at, start_of_day, start_of_hour

TOKYO, BERLIN, NEW_YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NOW = datetime(2024, 6, 1, 12, tzinfo=TOKYO)
BORN = date(1952, 3, 1)
BOUNDS = Bounds(now=NOW, zone=TOKYO, born=BORN)
UNKNOWN_BIRTH = Bounds(now=NOW, zone=TOKYO)


@pytest.mark.parametrize(
    ("day", "outside"),
    [
        (date.min, Outside.BEFORE_1900),
        (date(1899, 12, 31), Outside.BEFORE_1900),
        (date(1900, 1, 1), None),
        (date(2024, 6, 1), None),
        (date(2024, 6, 2), Outside.IN_FUTURE),
        (date.max, Outside.IN_FUTURE),
    ],
)
def test_a_day_lies_between_1900_and_today(day: date, outside: Outside | None) -> None:
    assert UNKNOWN_BIRTH.of_day(day) is outside


def test_nothing_happens_before_the_birth() -> None:
    assert BOUNDS.of_day(BORN) is None
    assert BOUNDS.of_day(BORN - timedelta(days=1)) is Outside.BEFORE_BIRTH
    assert BOUNDS.of_moment(datetime(1952, 3, 1, 0, 0, tzinfo=TOKYO)) is None
    assert BOUNDS.of_moment(datetime(1952, 2, 29, 23, 59, tzinfo=TOKYO)) is Outside.BEFORE_BIRTH
    assert BOUNDS.of_moment(datetime(1952, 2, 29, 15, 0, tzinfo=UTC)) is None  # the first of March at the site


def test_what_is_planned_may_lie_ahead_by_ten_years() -> None:
    assert BOUNDS.of_day(date(2034, 6, 2), planned=True) is None  # 3,653 days: three leap days at most
    assert BOUNDS.of_day(date(2034, 6, 3), planned=True) is Outside.TOO_FAR
    assert BOUNDS.of_day(date(1, 1, 1), planned=True) is Outside.BEFORE_1900


@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Etc/GMT+12"), TOKYO])
def test_no_moment_is_beyond_the_arithmetic(zone) -> None:
    bounds = Bounds(now=NOW, zone=zone if isinstance(zone, ZoneInfo) else TOKYO)
    assert bounds.of_moment(datetime(1, 1, 1, tzinfo=zone)) is Outside.BEFORE_1900
    assert bounds.of_moment(datetime(9999, 12, 31, 23, 59, tzinfo=zone)) is Outside.IN_FUTURE


def test_now_is_possible_and_a_second_later_is_not() -> None:
    assert BOUNDS.of_moment(NOW) is None
    assert BOUNDS.of_moment(NOW + timedelta(microseconds=1)) is Outside.IN_FUTURE


def test_a_table_holds_every_day_and_moment_within_the_bounds_of_any_site() -> None:
    assert storable_day(FIRST_DAY)
    assert storable_day(LAST_DAY)
    assert not storable_day(FIRST_DAY - timedelta(days=1))
    assert not storable_day(LAST_DAY + timedelta(days=1))
    for zone in (ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Etc/GMT+12")):
        assert storable_moment(start_of_day(FIRST_DAY, zone))
        assert storable_moment(start_of_day(LAST_DAY, zone) + timedelta(hours=23))
    assert not storable_moment(FIRST_MOMENT - timedelta(seconds=1))
    assert not storable_moment(LAST_MOMENT)


# -- the clock at the site --------------------------------------------------------------------------------------------


def test_an_hour_that_exists_once_is_taken() -> None:
    assert moment_at(datetime(2024, 3, 31, 1, 59), BERLIN).astimezone(UTC) == datetime(2024, 3, 31, 0, 59, tzinfo=UTC)
    assert moment_at(datetime(2024, 3, 31, 3, 0), BERLIN).astimezone(UTC) == datetime(2024, 3, 31, 1, 0, tzinfo=UTC)
    assert moment_at(datetime(2024, 10, 27, 1, 59), BERLIN).utcoffset() == timedelta(hours=2)
    assert moment_at(datetime(2024, 10, 27, 3, 0), BERLIN).utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize(
    ("wall", "zone", "first", "second"),
    [
        (datetime(2024, 10, 27, 2, 0), BERLIN, "2024-10-27T02:00+02:00", "2024-10-27T02:00+01:00"),
        (datetime(2024, 10, 27, 2, 59), BERLIN, "2024-10-27T02:59+02:00", "2024-10-27T02:59+01:00"),
        (datetime(2024, 11, 3, 1, 30), NEW_YORK, "2024-11-03T01:30-04:00", "2024-11-03T01:30-05:00"),
    ],
)
def test_an_hour_that_exists_twice_is_asked_about(wall, zone, first, second) -> None:
    with pytest.raises(NotOneMoment) as asked:
        moment_at(wall, zone)
    assert "twice" in say(asked.value.reason)
    assert first in say(asked.value.reason)
    assert second in say(asked.value.reason)


@pytest.mark.parametrize(
    ("wall", "zone", "offsets"),
    [
        (datetime(2024, 3, 31, 2, 0), BERLIN, ("+01:00", "+02:00")),
        (datetime(2024, 3, 31, 2, 59), BERLIN, ("+01:00", "+02:00")),
        (datetime(2024, 3, 10, 2, 30), NEW_YORK, ("-05:00", "-04:00")),
    ],
)
def test_an_hour_that_does_not_exist_is_asked_about(wall, zone, offsets) -> None:
    with pytest.raises(NotOneMoment) as asked:
        moment_at(wall, zone)
    assert "does not show" in say(asked.value.reason)
    assert all(x in say(asked.value.reason) for x in offsets)


def test_a_day_whose_midnight_is_skipped_begins_an_hour_later() -> None:
    havana = ZoneInfo("America/Havana")  # goes forward at midnight
    start = start_of_day(date(2024, 3, 10), havana)
    assert (start.hour, start.date()) == (1, date(2024, 3, 10))
    assert (start.astimezone(UTC) - timedelta(seconds=1)).astimezone(havana).date() == date(2024, 3, 9)


def test_a_day_whose_midnight_comes_twice_begins_with_the_first() -> None:
    havana = ZoneInfo("America/Havana")  # goes back at one o'clock
    start = start_of_day(date(2024, 11, 3), havana)
    assert (start.astimezone(UTC) - timedelta(seconds=1)).astimezone(havana).date() == date(2024, 11, 2)


@pytest.mark.parametrize(
    ("zone", "wall", "first", "second"),
    [
        ("America/St_Johns", datetime(2024, 11, 3, 1, 15), "2024-11-03T01:15-02:30", "2024-11-03T01:15-03:30"),
        ("Europe/London", datetime(2024, 10, 27, 1, 30), "2024-10-27T01:30+01:00", "2024-10-27T01:30+00:00"),
        ("Australia/Lord_Howe", datetime(2024, 4, 7, 1, 45), "2024-04-07T01:45+11:00", "2024-04-07T01:45+10:30"),
    ],
)
def test_offsets_of_half_hours_are_told_as_they_are(zone: str, wall: datetime, first: str, second: str) -> None:
    with pytest.raises(NotOneMoment) as asked:
        moment_at(wall, ZoneInfo(zone))
    assert f'"{first}" for the first or "{second}" for the second' in say(asked.value.reason)


def test_the_hour_begins_where_the_clock_of_the_site_shows_it() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")  # half an hour off
    moment = datetime(2024, 3, 1, 9, 45, 10, 5, tzinfo=kolkata)
    assert start_of_hour(moment, kolkata) == datetime(2024, 3, 1, 9, tzinfo=kolkata)
    assert start_of_hour(moment, kolkata).tzinfo is UTC


def test_the_moments_of_a_table_are_those_that_its_constraints_name() -> None:
    assert datetime(1899, 12, 31, tzinfo=UTC) == FIRST_MOMENT
    assert datetime(2200, 1, 2, tzinfo=UTC) == LAST_MOMENT
