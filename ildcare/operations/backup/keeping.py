"""Which backups are kept: the last ones, then one a day, a week and a month. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import NamedTuple

Of = Callable[[datetime], Hashable]


class Keeping(NamedTuple):
    """How many are kept [J]: the newest, and of days, weeks and months that have one the last one of each."""

    newest: int = 24
    days: int = 14
    weeks: int = 8
    months: int = 12


def kept(moments: Sequence[datetime], keeping: Keeping) -> set[datetime]:
    """The moments whose backups stay; never none."""
    newest_first = sorted(moments, reverse=True)
    stays = set(newest_first[: max(1, keeping.newest)])
    spans: tuple[tuple[int, Of], ...] = (
        (keeping.days, lambda x: x.date()),
        (keeping.weeks, lambda x: x.isocalendar()[:2]),
        (keeping.months, lambda x: (x.year, x.month)),
    )
    for number, of in spans:
        last: dict[Hashable, datetime] = {}
        for moment in newest_first:
            last.setdefault(of(moment), moment)
        stays |= set(list(last.values())[:number])
    return stays
