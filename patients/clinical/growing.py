"""What is worked out from one fact after the other: a longer series goes on where a shorter one ended. Pure.

A record is judged at many moments, and each knows what the one before it knew and a little more. Work that only looks
back (the fall of a value against those before it, the doubt about it) is kept with the facts that it has taken in, so
that the next moment costs what it adds. Nothing is taken for known: facts that differ begin anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol, TypeVar

MOST = 4  # of one kind of work: a record is read with and without its doubtful values, and as it was


class Work(Protocol):
    """Work on facts that come in the order of time."""

    def take(self, facts: Sequence[Any], /) -> object:
        """Take in the next facts."""


Done = TypeVar("Done", bound=Work)


class Grown:
    """The work on one record, as far as it has come. It is shared by all Snapshots of the record and told by none."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, list[tuple[tuple[Any, ...], Any]]] = {}

    def over(self, name: Hashable, series: tuple[Any, ...], begin: Callable[[], Done]) -> Done:
        """The work of this name that has taken in the series, oldest first. To be read before anybody asks again."""
        kept = self._kept.setdefault(name, [])
        done: Done
        if kept and kept[-1][0] == series:
            done = kept[-1][1]
            return done
        begun = [x for x in kept if series[: len(x[0])] == x[0]]
        if begun:
            longest = max(begun, key=lambda x: len(x[0]))
            kept.remove(longest)
            before, done = longest
        else:
            before, done = (), begin()
        done.take(series[len(before) :])
        kept.append((series, done))
        del kept[:-MOST]
        return done
