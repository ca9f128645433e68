"""The answer to one clinical test, with its reasons and what was missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from patients.clinical.reasons import Reason
from patients.clinical.truth import UNKNOWN, Truth, any_of


class Judged(NamedTuple):
    """Answer of one test. `missing` are codes of the facts that would settle an unknown (specification 11 (39))."""

    code: str
    answer: Truth
    reasons: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()
    provisional: bool = False


def any_judged(code: str, tests: Sequence[Judged]) -> Judged:
    """The disjunction of tests: reasons of those that are yes, else of all; missing only while it is unknown."""
    answer = any_of([test.answer for test in tests])
    telling = [test for test in tests if test.answer is answer]
    missing = [m for test in tests for m in test.missing] if answer is UNKNOWN else []
    return Judged(
        code,
        answer,
        tuple([r for test in telling for r in test.reasons]),
        tuple(dict.fromkeys(missing)),
        bool(telling) and all(test.provisional for test in telling),
    )
