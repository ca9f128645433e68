"""Three-valued logic: an unknown is an answer of its own and never counts as "no"."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final


class Truth(Enum):
    """Answer to a clinical test. Deliberately without a boolean value: `if truth:` raises."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    __hash__ = object.__hash__  # of a member there is one: no need to hash its name every time

    def __bool__(self) -> bool:
        raise TypeError("a Truth has three values: compare with Truth.YES, Truth.NO or Truth.UNKNOWN")

    def __invert__(self) -> Truth:
        if self is UNKNOWN:
            return self
        return NO if self is YES else YES

    @property
    def as_bool(self) -> bool | None:
        """True, False, or None for unknown (the JSON form of the replay)."""
        return {Truth.YES: True, Truth.NO: False}.get(self)


# the answers by their names alone: asked for often, and a member of an enumeration is found by way of its class
YES: Final = Truth.YES
NO: Final = Truth.NO
UNKNOWN: Final = Truth.UNKNOWN


def truth(value: bool | None) -> Truth:
    """Truth of an optional boolean: None is unknown."""
    if value is None:
        return UNKNOWN
    return YES if value else NO


def any_of(answers: Iterable[Truth]) -> Truth:
    """Yes if one is yes; no if all are no (or there is none); otherwise unknown."""
    found = NO  # a plain loop: this runs often
    for answer in answers:
        if answer is YES:
            return answer
        if answer is UNKNOWN:
            found = answer
    return found


def all_of(answers: Iterable[Truth]) -> Truth:
    """No if one is no; yes if all are yes (or there is none); otherwise unknown."""
    return ~any_of(~answer for answer in answers)
