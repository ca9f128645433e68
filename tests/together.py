"""Many things of one kind in one test: all are tried, and each that fails is named.

A test apiece costs milliseconds of its own, on a worker and on its way from there: more than to look at one thing does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Thing = TypeVar("Thing")


def each(things: Iterable[Thing], holds: Callable[[Thing], None], name: Callable[[Thing], str] = str) -> None:
    """`holds` asserts of every thing; what it found wrong with which of them is said of all at once."""
    tried, wrong = 0, []
    for thing in things:
        tried += 1
        try:
            holds(thing)
        except Exception as error:
            wrong.append(f"{name(thing)}: {type(error).__name__}: {error}")
    assert not wrong, "\n" + "\n".join(wrong)
    assert tried, "there was nothing to try"
