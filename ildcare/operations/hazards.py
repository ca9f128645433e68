"""The hazard log: `docs/hazards.toml` as a page, and whether each control has a test that runs.

Likelihood, before and after, is a judgement of those who build the product; severity is how bad it would be if nothing
stood against it. In the manner of DCB0129; it is no regulatory approval.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCE, PAGE = "docs/hazards.toml", "docs/hazards.md"
SEVERITY = {1: "minor", 2: "considerable", 3: "major", 4: "catastrophic"}
LIKELIHOOD = {1: "remote", 2: "seldom", 3: "probable", 4: "frequent"}
EVERY = "*"
HEAD = """# Hazard log

What could harm a patient through this software, what stands against it, and what is left. Ids are used in code and
tests; the table that `manage.py traceability` writes says where. `manage.py hazards` writes this page from
`hazards.toml`.

Severity: how bad it would be if nothing stood against it. Likelihood, without the control and with it, is a judgement
of those who build the product; a site judges anew for itself. Risk is severity times likelihood, 1 to 16. Evidence:
tests that run before every change is kept; one that does not exist is refused. The log is kept in the manner of
DCB0129; it is no regulatory approval.
"""
COLUMNS = ("id", "hazard", "causes", "effect", "severity", "without", "with", "what stands against it", "left over")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """One hazard. before, after: its likelihood without the control and with it, 1 to 4; evidence: tests, `*` all of a
    file."""

    id: str
    title: str
    causes: str
    effect: str
    severity: int
    before: int
    after: int
    control: str
    evidence: tuple[str, ...]
    left: str = ""

    @property
    def risks(self) -> tuple[int, int]:
        """Severity times likelihood, without the control and with it."""
        return self.severity * self.before, self.severity * self.after


def hazards_in(root: Path) -> list[Hazard]:
    """The hazards of the source, by id."""
    told = tomllib.loads((root / SOURCE).read_text(encoding="utf-8"))["hazard"]
    found = [Hazard(**{**x, "evidence": tuple(x["evidence"])}) for x in told]
    return sorted(found, key=lambda x: int(x.id[1:]))


def faults(hazards: list[Hazard], root: Path) -> Iterator[str]:
    """What is wrong with the log: a number out of its scale, evidence that is not there."""
    seen: set[str] = set()
    for x in hazards:
        if x.id in seen:
            yield f"{x.id}: twice"
        seen.add(x.id)
        if x.severity not in SEVERITY or x.before not in LIKELIHOOD or x.after not in LIKELIHOOD:
            yield f"{x.id}: out of the scale"
        if x.after > x.before:
            yield f"{x.id}: likelier with the control than without"
        if not x.evidence:
            yield f"{x.id}: no evidence"
        yield from (f"{x.id}: there is no test {test}" for test in x.evidence if not _exists(test, root))


def _exists(test: str, root: Path) -> bool:
    path, _colons, name = test.partition("::")
    file = root / path
    if not file.is_file():
        return False
    names = {x.name for x in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(x, ast.FunctionDef)}
    return name in names if name != EVERY else any(x.startswith("test_") for x in names)


def page_of(hazards: list[Hazard]) -> str:
    """The page, as Markdown."""
    lines = [HEAD, f"{len(hazards)} hazards.", "", _row(COLUMNS), _row(["---"] * len(COLUMNS))]
    for x in hazards:
        without, with_it = (f"{LIKELIHOOD[n]} ({risk})" for n, risk in zip((x.before, x.after), x.risks, strict=True))
        told = (x.id, x.title, x.causes, x.effect, SEVERITY[x.severity], without, with_it, x.control, x.left)
        lines.append(_row(told))
    lines += ["", "## Evidence", ""]
    lines += [f"- {x.id}: {', '.join(_named(test) for test in x.evidence)}" for x in hazards]
    return "\n".join(lines) + "\n"


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(x.replace('|', '/') for x in cells)} |"


def _named(test: str) -> str:
    path, _colons, name = test.partition("::")
    return f"all of `{path}`" if name == EVERY else f"`{path}` `{name}`"
