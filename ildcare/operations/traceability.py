"""The clinical traceability table, made from the code: what of the specification stands where, which test proves it.

Modules and tests name what they carry in names and docstrings: nodes (N1), rules (KL6_RATIO), readings ("11 (12)",
"13 (100)" or "Readings (12), (13)", in a test "test_57_91_..."), requirements (R07), hazards (H03). This reads those
names; nothing in the table is typed.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

APPS = ("patients", "algorithm", "monitoring", "ildcare")
READING = re.compile(r"\((\d{1,3})\)")
READING_SPAN = re.compile(r"\((\d{1,3})\)-\((\d{1,3})\)")
READING_CONTEXT = re.compile(r"(?:\b1[123]|[Rr]eadings?) (?:\(\d{1,3}\)[-, and]*)+")
READING_NAMED = re.compile(r"^test_((?:\d{1,3}_)+)")
REQUIREMENT = re.compile(r"\bR\d{2}\b")
HAZARD = re.compile(r"\bH\d{2}\b")
NODE = re.compile(r"\bN[1-7]\b", re.IGNORECASE)
LAST_READING = 125
DEMANDS = range(40, LAST_READING + 1)  # each has a test that is named after it; (1)-(39) came before that custom


@dataclass
class Trace:
    """The places where one item is carried out and those where it is tested."""

    code: set[str] = field(default_factory=set)
    tests: set[str] = field(default_factory=set)


Table = dict[str, Trace]


def trace(root: Path, rules: Iterable[str]) -> dict[str, Table]:
    """Tables by kind of item: rules, nodes, readings, requirements, hazards."""
    finders: dict[str, Callable[[str], set[str]]] = {
        "rules": lambda text: {x for x in rules if re.search(rf"\b{x}\b|{x.lower()}(?![a-z])", text)},
        "nodes": lambda text: {x.upper() for x in NODE.findall(text.replace("_", " "))},
        "readings": _readings,
        "requirements": lambda text: set(REQUIREMENT.findall(text)),
        "hazards": lambda text: set(HAZARD.findall(text)),
    }
    tables: dict[str, Table] = {kind: defaultdict(Trace) for kind in finders}
    for is_test, place, text in _passages(root):
        for kind, find in finders.items():
            for item in find(text):
                trace_of = tables[kind][item]
                (trace_of.tests if is_test else trace_of.code).add(place)
    return tables


def _readings(text: str) -> set[str]:
    readings = set()
    if READING_NAMED.match(text):
        readings |= {_number(n) for n in _of_name(text) if n <= LAST_READING}
    for match in READING_CONTEXT.finditer(text):
        numbers = [int(x) for x in READING.findall(match.group())]
        spans = READING_SPAN.findall(match.group())
        numbers += [n for a, b in spans for n in range(int(a), int(b) + 1)]
        readings |= {_number(n) for n in numbers if n <= LAST_READING}
    return readings


def _number(reading: int) -> str:
    """So that the table is in the order of the specification."""
    return f"{reading:03}"


def _passages(root: Path) -> Iterator[tuple[bool, str, str]]:
    """Yield (is a test, place, text) of every module, test function and vignette."""
    for app in APPS:
        for path in sorted((root / app).rglob("*.py")):
            if "migrations" not in path.parts and path.name != Path(__file__).name:  # names here are only examples
                yield False, str(path.relative_to(root)), _words(path)
    for path in sorted((root / "tests").rglob("test_*.py")):
        yield from _tests_of(path, root)
    for path in sorted((root / "tests" / "vignettes").rglob("*.json")):
        place = str(path.relative_to(root))
        yield True, place, f"{place} {path.stem}"


def _words(path: Path) -> str:
    """Docstrings, comments and file name of a module."""
    source = path.read_text(encoding="utf-8")
    comments = [line.partition("#")[2] for line in source.splitlines() if "#" in line]
    return " ".join([path.stem, *_docstrings(ast.parse(source)), *comments])


def _docstrings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield text


def _tests_of(path: Path, root: Path) -> Iterator[tuple[bool, str, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    about = ast.get_docstring(tree) or ""
    place = str(path.relative_to(root))
    yield True, place, about
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield True, f"{place}::{node.name}", f"{node.name} {ast.get_docstring(node) or ''}"


TITLES = {
    "rules": ("Monitoring rules", "Specification, section 8"),
    "nodes": ("Nodes of the flowchart", "Specification, section 2"),
    "readings": ("Readings where the paper leaves a choice", "Specification, sections 11 to 13"),
    "requirements": ("Safety, security and reliability requirements", "Requirements list"),
    "hazards": ("Hazards", "docs/hazards.md"),
}


def document(root: Path, rules: Iterable[str]) -> str:
    """The whole table as Markdown."""
    lines = ["# Clinical traceability", "", "Made by `python manage.py traceability`; do not edit by hand.", ""]
    for kind, table in trace(root, list(rules)).items():
        title, source = TITLES[kind]
        lines += [f"## {title}", "", f"{source}.", "", "| item | carried out in | tested by |", "|---|---|---|"]
        lines += [_row(item, table[item]) for item in sorted(table)]
        lines.append("")
    return "\n".join(lines)


def _row(item: str, places: Trace) -> str:
    return f"| {item} | {_places(places.code)} | {_places(places.tests)} |"


def _places(places: set[str], most: int = 6) -> str:
    first = sorted(places)[:most]
    more = f", and {len(places) - most} more" if len(places) > most else ""
    return ", ".join(f"`{x}`" for x in first) + more


def untested(root: Path, rules: Iterable[str]) -> list[str]:
    """Rules and nodes that no test names, and readings after which none is named."""
    tables = trace(root, list(rules))
    bare = sorted(item for kind in ("rules", "nodes") for item, places in tables[kind].items() if not places.tests)
    return [*bare, *(f"({n})" for n in unnamed(tables["readings"]))]


def unnamed(readings: Table) -> list[int]:
    """The demands of the specification that are in no test's name: that a docstring tells of one proves nothing."""
    places = {place.partition("::")[2] for found in readings.values() for place in found.tests}
    named = {x for place in places for x in _of_name(place)}
    return [n for n in DEMANDS if n not in named]


def _of_name(test: str) -> list[int]:
    match = READING_NAMED.match(test)
    return [int(x) for x in match.group(1).split("_") if x] if match else []
