"""When two people have agreed on a case. Pure.

A case is closed when the last verdicts of two different people give the same answers about the chart and about the
delay. Where they differ both stand, and it stays open until one of them, or a third person, signs what another one
signed: their joint verdict. What a case teaches and for whom need not be the same [J].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class SignOff(StrEnum):
    """How far a case is."""

    OPEN = "open"  # nobody signed
    SECOND = "second"  # one person did
    DIFFER = "differ"  # two did, and their answers differ
    AGREED = "agreed"


@dataclass(frozen=True, slots=True)
class Signed:
    """One verdict: who signed it, and both answers."""

    by: int
    chart: str
    delay: str

    @property
    def answers(self) -> tuple[str, str]:
        """What two people must have said alike."""
        return self.chart, self.delay


def sign_off(verdicts: Sequence[Signed]) -> SignOff:
    """How far a case is by the verdicts since it was last opened, in the order in which they were signed."""
    last = {x.by: x.answers for x in verdicts}
    if not last:
        return SignOff.OPEN
    if len(last) == 1:
        return SignOff.SECOND
    newest = verdicts[-1]
    others = [answers for by, answers in last.items() if by != newest.by]
    return SignOff.AGREED if newest.answers in others else SignOff.DIFFER


def repeats(verdicts: Sequence[Signed], new: Signed) -> bool:
    """Has the same person signed these answers already? Nobody is the second reader of their own verdict."""
    own = [x.answers for x in verdicts if x.by == new.by]
    return own[-1:] == [new.answers]
