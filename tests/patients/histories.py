"""Random histories of one result, and an oracle of what stands of them that shares nothing with the product.

A history is a set of messages about one result: statuses, values, with or without the day on which they became known.
Left out is what no rule but the order of arrival can tell (`patients/clinical/placing.py`): two messages of one status
with other values of which one is undated, and an undated final one repeated after a cancellation.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

ORDER = ["preliminary", "final", "corrected", "cancelled"]
MOST = 7  # messages of a history


@dataclass(frozen=True)
class Message:
    """One version as a sender tells it. `known`: so many days later, None if not said; bare: repeats no value."""

    status: str
    value: int
    known: int | None
    bare: bool = False


def a_history(dice: random.Random) -> list[Message]:
    """Messages in the order in which they were written, which need not be that in which they arrive."""
    told: list[Message] = []
    style = dice.choice(["dated", "undated", "mixed"])
    for _ in range(dice.randint(1, MOST)):
        status = dice.choices(ORDER, [2, 4, 3, 2])[0]
        dated = style == "dated" or (style == "mixed" and dice.random() < 0.5)
        message = Message(
            status,
            dice.randint(1, 4),
            dice.randint(5, 9) if dated else None,
            status == "cancelled" and dice.random() < 0.4,
        )
        if _can_be_ordered([*told, message]):
            told.append(message)
        if told and dice.random() < 0.25 and _can_be_repeated(told[-1], told):
            told.append(told[-1])
    return [x for i, x in enumerate(told) if x not in told[:i] or _can_be_repeated(x, told)]


def _can_be_ordered(told: list[Message]) -> bool:
    for status in ORDER:
        same = [x for x in told if x.status == status]
        values = {x.value for x in same} if status != "cancelled" else {0}
        if len(values) > 1 and any(x.known is None for x in same):
            return False
        dated = [x.known for x in same if x.known is not None]
        if len(values) > 1 and len(set(dated)) < len({(x.known, x.value) for x in same}):
            return False  # two of one status and one date with other values
    return True


def _can_be_repeated(message: Message, told: list[Message]) -> bool:
    cancelled = any(x.status == "cancelled" for x in told)
    return not (message.status == "final" and message.known is None and cancelled)


def what_stands(history: list[Message]) -> int | None:
    """The value that stands of a set of messages; None where nothing does."""
    told = set(history)
    if any(x.status in ("final", "corrected") for x in told):
        told = {x for x in told if x.status != "preliminary"}
    undated = {x.status for x in told if x.known is None}
    if "cancelled" in undated:
        return None
    if "corrected" in undated:
        return next(x.value for x in told if x.status == "corrected" and x.known is None)
    last = max(told, key=lambda x: (x.known or 0, ORDER.index(x.status)))
    return None if last.status == "cancelled" else last.value


def deliveries(history: list[Message], dice: random.Random) -> list[list[Message]]:
    """The messages in any order, split in any way."""
    left = dice.sample(history, len(history))
    parts = []
    while left:
        size = dice.randint(1, len(left))
        parts.append(left[:size])
        left = left[size:]
    return parts
