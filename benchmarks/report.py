"""What was measured, as a table of ratios and counts, each with what it should be and whether it is."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

LARGEST_PAGE = 150_000  # bytes compressed


@dataclass(frozen=True, slots=True)
class Aim:
    """A goal: how the figure must stand to the limit."""

    sign: str
    limit: float
    holds: Callable[[float, float], bool]


def at_most(limit: float) -> Aim:
    """The figure or less."""
    return Aim("<=", limit, operator.le)


def at_least(limit: float) -> Aim:
    """The figure or more."""
    return Aim(">=", limit, operator.ge)


def exactly(limit: float) -> Aim:
    """The figure and no other."""
    return Aim("=", limit, operator.eq)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `unit`: "x" (a ratio), "ms", "us", "s", "MB", "%" or "" (a count); `aim`: None where none is asked;
    `against`: what it was measured against in the same run, or what else must be known to read it."""

    what: str
    value: float
    unit: str = ""
    aim: Aim | None = None
    against: str = ""

    @property
    def met(self) -> bool | None:
        """Is the goal reached? None where there is none. Judged by the figure itself, not as it is rounded."""
        return None if self.aim is None else self.aim.holds(self.value, self.aim.limit)

    def cells(self) -> tuple[str, str, str, str, str]:
        """Name, figure, reference, goal, verdict as words."""
        aim = "" if self.aim is None else f"{self.aim.sign} {_limit(self.aim.limit, self.unit)}"
        verdict = {None: "", True: "met", False: "**missed**"}[self.met]
        return self.what, _number(self.value, self.unit), self.against, aim, verdict


@dataclass(slots=True)
class Section:
    """Figures of one kind. `goal`: its number among the goals ("P4", "pages"). `counts`: those that are the same on
    every machine, for tests. `absent`: what was not measured, and why."""

    title: str
    goal: str = ""
    rows: list[Row] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    absent: list[tuple[str, str]] = field(default_factory=list)

    def add(self, what: str, value: float, unit: str = "", aim: Aim | None = None, against: str = "") -> None:
        """One more figure."""
        self.rows.append(Row(what, value, unit, aim, against))

    def ratio(self, what: str, value: float, aim: Aim | None = None, against: str = "") -> None:
        """One more ratio."""
        self.add(what, value, "x", aim, against)

    def count(self, what: str, number: int, aim: Aim | None = None, against: str = "") -> None:
        """One more figure that is the same everywhere."""
        self.counts[what] = number
        self.add(what, number, "", aim, against)

    def miss(self, what: str, why: str) -> None:
        """Something that was not measured."""
        self.absent.append((what, why))

    def text(self) -> str:
        """As Markdown."""
        lines = [f"| {' | '.join(x.cells())} |" for x in self.rows]
        lines += [f"| {what} | not measured | {why} |  |  |" for what, why in self.absent]
        return "\n".join([f"## {' '.join([self.goal, self.title]).strip()}", "", *_head(" "), *lines, ""])


def _head(first: str) -> list[str]:
    return [f"|{first}figure | measured | against | goal | |", f"|{'---|' if '|' in first else ''}---|---|---|---|---|"]


def goals(sections: Sequence[Section]) -> str:
    """Of all figures those with a goal, in one table."""
    lines = [f"| {x.goal} | {' | '.join(row.cells())} |" for x in sections for row in x.rows if row.aim and x.goal]
    lines += [f"| {x.goal} | {what} | not measured | {why} |  |  |" for x in sections for what, why in x.absent]
    return "\n".join(["## Goals", "", *_head("  | "), *lines, ""])


def _number(value: float, unit: str) -> str:
    if unit == "x":
        return f"{value:.2f} x" if value < 10 else f"{value:.1f} x"
    decimals = 0 if not unit or unit == "%" or value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{decimals}f} {unit}".strip()


def _limit(value: float, unit: str) -> str:
    return f"{value:,g} {unit}".strip() if value < 1_000 else f"{value:,.0f} {unit}".strip()


def written(head: Sequence[str], sections: Sequence[Section]) -> str:
    """The whole report."""
    return "\n".join([*head, "", goals(sections), *(x.text() for x in sections)])


def as_json(head: Sequence[str], sections: Sequence[Section]) -> str:
    """The same for a machine: figures in full, and whether each goal is met (null: none)."""
    rows = [
        {
            "section": section.title,
            "number": section.goal,
            "figure": row.what,
            "value": row.value,
            "unit": row.unit,
            "against": row.against,
            "goal": None if row.aim is None else {"sign": row.aim.sign, "limit": row.aim.limit},
            "met": row.met,
        }
        for section in sections
        for row in section.rows
    ]
    return json.dumps({"about": [x for x in head if x.startswith("- ")], "figures": rows}, indent=1) + "\n"
