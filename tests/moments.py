"""When a test begins: never so late that its day, its hour or its minute turns under it.

What a test tells is about "today" or "an hour ago", and the product asks the clock again: over a midnight both are
right, and differ. Such a test waits for the new day. What the product does at midnight, on a leap day or at the end
of a year is tried on purpose, with a clock that is moved (`time_machine`).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

SITE = ZoneInfo("Asia/Tokyo")  # of every test that does not say otherwise
ROOM = {  # seconds that a test needs before its unit turns, and from when on after it a test begins
    "day": 60,
    "hour": 30,
    "minute": 15,
}
# seconds that the first test of a module needs before midnight: fixtures may stand for all of its tests
OF_A_MODULE = {"tests/browser/": 300}
SETTLED = 60  # seconds of a new day: what is told of "today, 00:00" is over

_begun = datetime.now(UTC)
_module = ""


def begun() -> datetime:
    """The moment from which the times of a test are counted: when it began, or before the first, when it was read."""
    return _begun


def end_of(unit: str, now: datetime) -> datetime:
    """When the day at the site, the hour or the minute ends."""
    local = now.astimezone(SITE)
    if unit == "day":
        return datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), SITE)
    if unit == "hour":
        return local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return local.replace(second=0, microsecond=0) + timedelta(minutes=1)


def to_wait(now: datetime, needs: dict[str, float]) -> float:
    """Seconds until there is room for so many seconds in the day, the hour, the minute."""
    local = now.astimezone(SITE)
    midnight = datetime.combine(local.date(), datetime.min.time(), SITE)
    waits = [SETTLED - (now - midnight).total_seconds()]
    for unit, seconds in needs.items():
        left = (end_of(unit, now) - now).total_seconds()
        if left < seconds:
            waits.append(left + (SETTLED if unit == "day" else 0))
    return max(0.0, *waits)


def needs_of(item: pytest.Item, *, is_first: bool) -> dict[str, float]:
    """How long a test needs before what turns: the day for all, more where its mark says so."""
    needs: dict[str, float] = {"day": ROOM["day"]}
    for mark in item.iter_markers("within"):
        needs |= {unit: ROOM[unit] for unit in mark.args} | mark.kwargs
    longest = max((x for place, x in OF_A_MODULE.items() if item.nodeid.startswith(place)), default=0)
    if is_first:
        needs["day"] = max(needs["day"], longest)
    return needs


def wait_for_room(item: pytest.Item) -> None:
    """Called before a test and its fixtures."""
    global _begun, _module
    module = item.nodeid.partition("::")[0]
    needs = needs_of(item, is_first=module != _module)
    _module = module
    while seconds := to_wait(datetime.now(UTC), needs):
        time.sleep(seconds)
    _begun = datetime.now(UTC)
