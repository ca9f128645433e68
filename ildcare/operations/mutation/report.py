"""What came out: counts, the share that was noticed, and what was not, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ENOUGH = 95  # percent of the changes that alter meaning


@dataclass(frozen=True)
class Result:
    """How one change fared: "caught", "survived" or "equivalent". `by`: who noticed, or the tests that did not."""

    place: str
    operator: str
    diff: str
    outcome: str
    by: str = ""


@dataclass(frozen=True)
class Summary:
    """Counts of a run."""

    caught: int
    survived: int
    equivalent: int

    @classmethod
    def of(cls, results: Iterable[Result]) -> Summary:
        """Count."""
        counts = Counter(x.outcome for x in results)
        return cls(counts["caught"], counts["survived"], counts["equivalent"])

    @property
    def altering(self) -> int:
        """Changes that alter meaning, as far as is known."""
        return self.caught + self.survived

    @property
    def percent(self) -> float:
        """Caught of those that alter meaning."""
        return 100 * self.caught / self.altering if self.altering else 100.0

    @property
    def enough(self) -> bool:
        """Do the tests notice enough?"""
        return self.caught * 100 >= ENOUGH * self.altering


def text_of(results: Sequence[Result], waiting: int = 0) -> str:
    """The report: survivors by place, then one line of counts."""
    lines = []
    for result in sorted((x for x in results if x.outcome == "survived"), key=lambda x: (x.place, x.diff)):
        lines += [f"{result.place}  {result.operator}", *(f"    {x}" for x in result.diff.splitlines()), ""]
    summary = Summary.of(results)
    counts = f"{summary.caught} caught, {summary.survived} survived: {summary.percent:.1f} % of {summary.altering}"
    lines.append(f"{counts}; {summary.equivalent} known to mean the same" + (f"; {waiting} to try" if waiting else ""))
    return "\n".join(lines)
