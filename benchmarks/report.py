"""What was measured, as a table of ratios and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

LARGEST_PAGE = 150_000  # bytes compressed


@dataclass(frozen=True, slots=True)
class Row:
    """One figure and what it should be ("" where nothing is asked)."""

    what: str
    measured: str
    aim: str = ""


@dataclass(slots=True)
class Section:
    """Figures of one kind. `counts`: those that are the same on every machine, for tests."""

    title: str
    rows: list[Row] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, measured: str, aim: str = "") -> None:
        """One more figure."""
        self.rows.append(Row(what, measured, aim))

    def count(self, what: str, number: int, aim: str = "") -> None:
        """One more figure that is the same everywhere."""
        self.counts[what] = number
        self.add(what, f"{number:,}", aim)

    def text(self) -> str:
        """As Markdown."""
        lines = [f"| {x.what} | {x.measured} | {x.aim} |" for x in self.rows]
        return "\n".join([f"## {self.title}", "", "| figure | measured | aim |", "|---|---|---|", *lines, ""])


def times(ratio: float) -> str:
    """A ratio in words."""
    return f"{ratio:.2f} x" if ratio < 10 else f"{ratio:.1f} x"


def written(head: Sequence[str], sections: Sequence[Section]) -> str:
    """The whole report."""
    return "\n".join([*head, "", *(x.text() for x in sections)])
