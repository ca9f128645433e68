"""The clock that notes what it is asked: the first day on which a comparison can come out otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from patients.clinical.ticking import Turns
from tests.effort import cases, dice

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2024, 3, 4, 12, tzinfo=TOKYO)
TODAY = NOW.date()


def turns() -> Turns:
    return Turns(NOW, "Asia/Tokyo")


def today_of(given: Turns) -> Any:
    return given.clock.astimezone(TOKYO).date()


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


# what is asked of the clock, and in how many days it can come out otherwise (None: never)
ASKED = [
    (lambda today, now: (today - in_days(-10)).days <= 90, 80),
    (lambda today, now: (today - in_days(-90)).days <= 90, 1),
    (lambda today, now: (today - in_days(-91)).days <= 90, None),
    (lambda today, now: 0 <= (today - in_days(-10)).days <= 90, 80),
    (lambda today, now: (in_days(5) - today).days > 2, 3),
    (lambda today, now: (in_days(-1) - today).days > 2, None),
    (lambda today, now: today > in_days(7), 7),
    (lambda today, now: today == in_days(0), 1),
    (lambda today, now: today - timedelta(days=90) <= in_days(-30), 60),
    (lambda today, now: in_days(14) <= today, 14),
    (lambda today, now: max(today, in_days(3)), 3),
    (lambda today, now: today - in_days(-3) >= timedelta(days=14), 11),
    (lambda today, now: (today - in_days(-3)).days + 1 >= 28, 24),
    (lambda today, now: Decimal("2.5") < (today - in_days(0)).days, 3),
    (lambda today, now: today - in_days(-3) >= timedelta(days=14, hours=12), 12),
    (lambda today, now: (today - in_days(-3)).days - 1 >= 28, 26),
    (lambda today, now: 1 + (today - in_days(-3)).days >= 28, 24),
    (lambda today, now: 30 - (today - in_days(-10)).days > 5, 15),
    (lambda today, now: -(today - in_days(-10)).days < -12, 2),
    (lambda today, now: bool((today - in_days(0)).days), 1),
    (lambda today, now: bool(today - in_days(0)), 1),
    (lambda today, now: bool((in_days(2) - today).days), 2),
    (lambda today, now: bool(in_days(2) - today), 2),
    (lambda today, now: int((today - in_days(-3)).days), 1),
    (lambda today, now: timedelta(days=3) + today > in_days(7), 4),
    (lambda today, now: (today - in_days(-1)).days == (today - in_days(-2)).days, None),
    (lambda today, now: (today - in_days(-3)).days == (in_days(3) - today).days, 1),
    (lambda today, now: today < date.max, (date.max - TODAY).days),
    (lambda today, now: (today - in_days(0)).days < (date.max - TODAY).days + 1, None),
    (lambda today, now: timedelta(hours=1) + now > NOW + timedelta(hours=26), 2),
    (lambda today, now: now + timedelta(hours=1) > NOW + timedelta(hours=13), 1),
    (lambda today, now: now - timedelta(hours=1) > NOW + timedelta(hours=12), 2),
    (lambda today, now: NOW - now, 1),
    (lambda today, now: now >= NOW + timedelta(hours=48), 3),  # reached at noon, seen at the next start of a day
    (lambda today, now: now >= NOW + timedelta(hours=12), 1),  # midnight itself is the start of a day
    (lambda today, now: NOW - timedelta(days=1) <= now, None),
    (lambda today, now: now < NOW, 1),
    (lambda today, now: max(now, now), None),
    (lambda today, now: today - (today - timedelta(days=5)), None),
    (lambda today, now: f"{(today - in_days(-3)).days} days, {today}", None),
    (lambda today, now: bool(today), None),
    (lambda today, now: bool(today - in_days(-1)), None),
    (lambda today, now: today.weekday(), 1),
    (lambda today, now: {today: 1}, 1),
    (lambda today, now: (today - in_days(-3)).days * 2, 1),
    (lambda today, now: now - NOW, 1),
    (lambda today, now: range((today - in_days(-3)).days), 1),
]


@pytest.mark.parametrize(("asked", "days"), ASKED)
def test_the_clock_notes_when_a_comparison_turns(asked, days: int | None) -> None:
    given = turns()
    try:
        asked(today_of(given), given.clock)
    except TypeError:
        given.tomorrow()
    assert given.first == (None if days is None else in_days(days))


def test_the_earliest_counts() -> None:
    given = turns()
    today = today_of(given)
    assert not today > in_days(30)
    assert not today > in_days(7)
    assert not today > in_days(300)
    assert given.first == in_days(7)


def test_what_it_cannot_answer_raises() -> None:
    with pytest.raises(TypeError):
        datetime.combine(today_of(turns()), datetime.min.time())
    with pytest.raises(TypeError):
        sorted([today_of(turns()), 5])


def test_the_day_is_that_of_the_site() -> None:
    late = Turns(datetime(2024, 3, 4, 20, tzinfo=UTC), "Asia/Tokyo")
    assert str(today_of(late)) == "2024-03-05"


def test_over_the_change_of_the_clock_hours_are_hours() -> None:
    """48 hours over a night of 23 or 25 hours end at another time of the day."""
    berlin = ZoneInfo("Europe/Berlin")
    for day, first in (("2024-03-30T23:30", "2024-04-03"), ("2024-10-26T00:30", "2024-10-28")):
        at = datetime.fromisoformat(day).replace(tzinfo=berlin)
        given = Turns(at, "Europe/Berlin")
        assert not given.clock >= at.astimezone(UTC) + timedelta(hours=48)
        assert str(given.first) == first


@pytest.mark.parametrize("number", range(cases(40)))
def test_until_the_noted_day_every_comparison_comes_out_the_same(number: int) -> None:
    """Random windows, asked of the ticking clock and then of every day."""
    roll = dice("ticking", number)
    day, window = in_days(roll.randint(-120, 5)), roll.choice([0, 1, 7, 14, 28, 90])

    def judge(today: Any) -> list[bool]:
        n = (today - day).days
        return [n <= window, 0 <= n < window, today - timedelta(days=window) >= day, n == window, -n > window]

    given = turns()
    before = judge(today_of(given))
    for ahead in range(1, 200):
        if given.first is not None and in_days(ahead) >= given.first:
            break
        assert judge(in_days(ahead)) == before
    else:
        assert given.first is None


@pytest.mark.parametrize(("days", "answer"), [(0, False), (-1, True), (2, True)])
def test_a_span_and_a_number_are_true_unless_they_are_none(days: int, answer: bool) -> None:
    span = today_of(turns()) - in_days(days)
    assert (bool(span), bool(span.days)) == (answer, answer)


def test_what_is_today_or_now_turns_no_more() -> None:
    given = turns()
    given.on(TODAY)
    given.at(NOW)
    given.in_days(0)
    given.in_days(-1)
    assert (given.first, given.moment) == (None, None)
    given.at(NOW + timedelta(seconds=1))
    assert (given.first, given.moment) == (in_days(1), NOW + timedelta(seconds=1))
    given.on(in_days(1))
    assert given.moment == NOW + timedelta(seconds=1)


def test_a_day_is_no_text_and_asking_that_turns_nothing() -> None:
    given = turns()
    assert today_of(given) != "2024-03-04"
    assert given.clock != "2024-03-04"
    assert given.first is None
