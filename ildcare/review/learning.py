"""What a month teaches: where the chart was not followed, and which tests held up a step. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from ildcare.review.delays import Answer

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Departure:
    """A decision not to follow the chart: the last question of the chart on the way to its answer, and the reason."""

    node: str
    code: str


@dataclass(frozen=True, slots=True)
class Node:
    """A question of the chart after which it was not followed: how often, and the reasons, the most frequent first."""

    node: str
    n: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A step that was undecided for want of a test: from when until its result settled it."""

    test: str
    since: datetime
    until: datetime

    @property
    def days(self) -> Decimal:
        """How long, in days to a tenth."""
        return (Decimal((self.until - self.since) // timedelta(minutes=1)) / (24 * 60)).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True)
class HeldUp:
    """A test that held up steps: how often, the median and the longest of the days."""

    test: str
    n: int
    median: Decimal
    longest: Decimal


def nodes_of(departures: Iterable[Departure]) -> list[Node]:
    """The questions after which the chart was not followed, the most frequent first."""
    of_node: dict[str, Counter[str]] = defaultdict(Counter)
    for x in departures:
        of_node[x.node][x.code] += 1
    found = [
        Node(node, reasons.total(), tuple(sorted(reasons.items(), key=lambda x: (-x[1], x[0]))))
        for node, reasons in of_node.items()
    ]
    return sorted(found, key=lambda x: (-x.n, x.node))


def held_by(answers: Sequence[Answer]) -> Iterator[Held]:
    """The tests that were lacking when the chart last could not decide, and lacking no more when it did.

    A stretch begins with the first undecided answer from which on the test was lacking, and ends with the answer that
    gives a step. A test that came before and left it undecided, or is lacking still, did not settle it.
    """
    since: dict[str, datetime] = {}
    for answer in answers:
        if answer.step:
            yield from (Held(test, begun, answer.at) for test, begun in since.items() if test not in answer.missing)
            since = {}
            continue
        since = {test: since.get(test, answer.at) for test in answer.missing}


def held_up(stretches: Iterable[Held]) -> list[HeldUp]:
    """The tests that held up steps, the longest median first."""
    of_test: dict[str, list[Decimal]] = defaultdict(list)
    for x in stretches:
        of_test[x.test].append(x.days)
    found = [HeldUp(test, len(days), median(days), max(days)) for test, days in of_test.items()]
    return sorted(found, key=lambda x: (-x.median, x.test))
