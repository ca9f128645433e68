"""A clock that notes what it is asked: on which day a judgement could next turn though no fact changes. Pure.

A Snapshot that was taken with a `Ticking` clock is judged as any other, by the same code. Whenever a judgement compares
the clock, or a number of days counted from it, with something, the clock notes the first day on which the comparison
could come out otherwise. Until the earliest of them every comparison comes out as it did, so every judgement takes the
same way: nothing can turn. No window has to be declared for that, and a new rule is seen by itself.

What is done with the clock that is no comparison (a weekday, a product, a key of a dictionary) is answered too, and
taken to turn on the next day; what it cannot answer raises TypeError. Whoever asks then looks again on the next day.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical.snapshot import INDEXES, Snapshot
from patients.clinical.wall_clock import start_of_day

DAY = timedelta(days=1)


class Turns:
    """What a judgement at `now` asked of the clock of a site; `first` is the first day on which that can turn, and
    `moment` when exactly."""

    def __init__(self, now: datetime, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.now = now
        self.today = now.astimezone(self.zone).date()
        self.first: date | None = None
        self.moment: datetime | None = None
        self.keeping = False  # an answer is looked up: what its key holds of the clock decides nothing

    def ask(self, snapshot: Snapshot) -> Snapshot:
        """The Snapshot of this moment with the clock that notes in place of its times."""
        asked = replace(snapshot, as_of=self.clock, known_at=self.clock)
        vars(asked).update({name: facts for name, facts in vars(snapshot).items() if name in INDEXES})
        vars(asked)["answers"] = _Answers(self)
        return asked

    @property
    def clock(self) -> Any:
        """The moment, for `as_of` and `known_at` of a Snapshot. Any: it stands for a datetime and is none."""
        return TickingMoment(self, self.now)

    def on(self, day: date) -> None:
        """Something could turn on this day."""
        if day > self.today:
            self._from(day, start_of_day(day, self.zone))

    def _from(self, day: date, moment: datetime) -> None:
        if self.first is None or day < self.first:
            self.first = day
        if self.moment is None or moment < self.moment:
            self.moment = moment

    def in_days(self, days: int) -> None:
        """Something could turn in so many days; in none or less: it has."""
        if 0 < days <= (date.max - self.today).days:
            self.on(self.today + timedelta(days=days))

    def at(self, moment: datetime) -> None:
        """Something could turn at this moment, or just after it: by days seen at the start of one."""
        if moment <= self.now:
            return
        day = moment.astimezone(self.zone).date()
        self._from(day if start_of_day(day, self.zone) >= moment else day + DAY, moment)

    def tomorrow(self) -> None:
        """Something could turn on any day."""
        self.in_days(1)


def of_the_clock(value: object) -> bool:
    """Does it come from a clock that notes what it is asked?"""
    return isinstance(value, _Ticking)


class _Answers(dict[Hashable, Any]):
    """What was worked out from the Snapshot (`once`), by question: keys are compared, and nothing turns by that."""

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns

    def get(self, key: Hashable, otherwise: Any = None) -> Any:
        """The answer to a question, or what is to stand for it where it was not asked."""
        self._turns.keeping = True
        try:
            return super().get(key, otherwise)
        finally:
            self._turns.keeping = False

    def __setitem__(self, key: Hashable, value: Any) -> None:
        self._turns.keeping = True
        try:
            super().__setitem__(key, value)
        finally:
            self._turns.keeping = False


class _Ticking:
    """What comes from the clock: its value now; `slope` is +1 where it grows with time, -1 where it shrinks."""

    __slots__ = ("slope", "turns", "value")

    def __init__(self, turns: Turns, value: Any, slope: int = 1) -> None:
        self.turns, self.value, self.slope = turns, value, slope

    def meets(self, other: Any) -> None:
        """Note when it will be equal to a value that stands still."""
        raise NotImplementedError

    def is_compared_with(self, other: Any) -> bool:
        """Can it be compared with a value of this type?"""
        raise NotImplementedError

    def _compared(self, other: Any, compare: Callable[[Any, Any], bool]) -> Any:
        if isinstance(other, _Ticking):
            if type(other) is not type(self):
                return NotImplemented
            if other.slope != self.slope:
                self.turns.tomorrow()
            return compare(self.value, other.value)
        if not self.is_compared_with(other):
            return NotImplemented
        self.meets(other)
        return compare(self.value, other)

    def __lt__(self, other: Any) -> Any:
        return self._compared(other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._compared(other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._compared(other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._compared(other, operator.ge)

    def __eq__(self, other: object) -> Any:
        return self._compared(other, operator.eq)

    def __ne__(self, other: object) -> Any:
        return self._compared(other, operator.ne)

    def __hash__(self) -> int:
        if not self.turns.keeping:
            self.turns.tomorrow()
        return hash(self.value)

    def __str__(self) -> str:
        return str(self.value)  # in a sentence it decides nothing

    def __repr__(self) -> str:
        return repr(self.value)

    def __format__(self, how: str) -> str:
        return format(self.value, how)

    def __getattr__(self, name: str) -> Any:
        """Anything else of the value, which may be another one tomorrow."""
        self.turns.tomorrow()
        return getattr(self.value, name)


class TickingMoment(_Ticking):
    """In place of a datetime."""

    __slots__ = ()

    def is_compared_with(self, other: Any) -> bool:
        return isinstance(other, datetime)

    def meets(self, other: Any) -> None:
        ahead = other.astimezone(UTC) - self.value.astimezone(UTC)
        if not ahead:
            self.turns.tomorrow()
        elif ahead > timedelta():
            self.turns.at(self.turns.now.astimezone(UTC) + ahead)

    def astimezone(self, zone: tzinfo) -> TickingMoment:
        """The same moment in another zone."""
        return TickingMoment(self.turns, self.value.astimezone(zone))

    def date(self) -> Any:
        """The day, if it is asked of the clock of the site."""
        if self.value.tzinfo != self.turns.zone:
            self.turns.tomorrow()
            return self.value.date()
        return TickingDay(self.turns, self.value.date())

    def __add__(self, span: Any) -> Any:
        return TickingMoment(self.turns, self.value + span) if isinstance(span, timedelta) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, timedelta):
            return TickingMoment(self.turns, self.value - other)
        self.turns.tomorrow()  # a span of hours is not followed to the hour
        return self.value - (other.value if isinstance(other, TickingMoment) else other)

    def __rsub__(self, other: Any) -> Any:
        self.turns.tomorrow()
        return other - self.value


class TickingDay(_Ticking):
    """In place of a date."""

    __slots__ = ()

    def is_compared_with(self, other: Any) -> bool:
        return isinstance(other, date) and not isinstance(other, datetime)

    def meets(self, other: Any) -> None:
        ahead = (other - self.value).days
        self.turns.in_days(ahead if ahead else 1)

    def __add__(self, span: Any) -> Any:
        return TickingDay(self.turns, self.value + span) if isinstance(span, timedelta) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if isinstance(other, timedelta):
            return TickingDay(self.turns, self.value - other)
        if isinstance(other, TickingDay):
            return self.value - other.value  # both go on with the clock
        return TickingSpan(self.turns, self.value - other) if isinstance(other, date) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return TickingSpan(self.turns, other - self.value, -1) if isinstance(other, date) else NotImplemented

    def start_in(self, zone: ZoneInfo) -> TickingMoment:
        """The first moment of the day, which goes on with the clock as the day does."""
        return TickingMoment(self.turns, start_of_day(self.value, zone))


class TickingSpan(_Ticking):
    """In place of the timedelta between the clock's day and another one."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return bool(self != timedelta())

    @property
    def days(self) -> TickingNumber:
        """The number of days."""
        return TickingNumber(self.turns, self.value.days, self.slope)

    def is_compared_with(self, other: Any) -> bool:
        return isinstance(other, timedelta)

    def meets(self, other: Any) -> None:
        ahead = (other - self.value) * self.slope
        self.turns.in_days(ceil(ahead / DAY) if ahead else 1)


class TickingNumber(_Ticking):
    """In place of a number of days."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return bool(self != 0)

    def is_compared_with(self, other: Any) -> bool:
        return isinstance(other, int | Decimal)

    def meets(self, other: Any) -> None:
        ahead = (other - self.value) * self.slope
        self.turns.in_days(ceil(ahead) if ahead else 1)

    def __add__(self, other: Any) -> Any:
        return TickingNumber(self.turns, self.value + other, self.slope) if isinstance(other, int) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return TickingNumber(self.turns, self.value - other, self.slope) if isinstance(other, int) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return TickingNumber(self.turns, other - self.value, -self.slope) if isinstance(other, int) else NotImplemented

    def __neg__(self) -> TickingNumber:
        return TickingNumber(self.turns, -self.value, -self.slope)

    def __mul__(self, other: Any) -> Any:
        self.turns.tomorrow()  # what is given by the day is more every day
        return self.value * other

    __rmul__ = __mul__

    def __index__(self) -> int:
        self.turns.tomorrow()
        return int(self.value)

    __int__ = __index__
