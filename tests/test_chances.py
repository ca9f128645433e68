"""No test depends on chance: on what a token spells, on when a minute or a day turns, on the moment it was read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from tests.moments import ROOM, SETTLED, SITE, needs_of, to_wait
from tests.reading import plain, words_of

TESTS = Path(__file__).parent
SHORT = re.compile(r"[A-Za-z0-9_-]{1,6}", re.ASCII)  # what a page's tokens and ids may spell
READERS = {"words_of", "words_at", "texts", "text_content", "inner_text"}  # give what a reader sees
CLOCK = {"now", "today", "localdate", "localtime", "utcnow", "clock", "yesterday", "tomorrow"}

# -- what a reader sees ------------------------------------------------------------------------------------------------

TOKEN = "N2x:1abcN2:mine-Gone_508"
PAGE = f"""<html><head><title>Abe · R-1</title><meta name="csrf" content="{TOKEN}"><style nonce="N2">.N2 {{}}</style>
</head><body data-session="{TOKEN}"><script nonce="N2">const x = "N2"</script>
<form action="/patients/508/"><input type="hidden" name="context_token" value="{TOKEN}">
<label for="id_508">Dose</label><input id="id_508" value="12&lt;" title="in mg"><a href="/facts/measurement:0000000508">
Correct</a><svg role="img" aria-label="rising"><title>2 values</title></svg></form><p>5<b>0</b>9</p></body></html>"""


def test_words_of_a_page_are_what_is_read_and_no_token_address_or_id() -> None:
    assert words_of(PAGE) == "Abe · R-1 Dose in mg 12< Correct rising 2 values 5 0 9"


@pytest.mark.parametrize(
    ("at_once", "later"),
    [
        ('<input value="2026-11-30T03:16">', '<input value="2026-11-30T03:17">'),
        ('<input max="2026-11-30T03:59:59">', '<input max="2026-11-30T04:00:00">'),
        ("<p>evaluated 03:59</p>", "<p>evaluated 04:00</p>"),
        ("<p>Checked 03:59:59</p>", "<p>Checked 04:00:00</p>"),
        ('<a href="?at=2026-11-30T03%3A16%3A01.5%2B09%3A00">', '<a href="?at=2026-11-30T03%3A17%3A22.950%2B09%3A00">'),
        ('<a href="?at=2026-11-30T03:16:01+00:00&amp;x">', '<a href="?at=2026-11-30T03:17:22.95+00:00&amp;x">'),
        (f'<input value="{TOKEN * 2}">', f'<input value="{TOKEN[::-1] * 2}">'),
        ('<div class="htmx-request">', "<div>"),
        ("<p>a  b</p>", "<p>a b</p>"),
    ],
)  # fmt: skip
def test_two_loads_of_one_page_are_the_same(at_once: str, later: str) -> None:
    assert plain(at_once) == plain(later)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<input value="2026-11-30T03:16">', '<input value="2026-11-29T03:16">'),
        ("<p>30 Nov 03:16</p>", "<p>29 Nov 03:16</p>"),
        ("<p>71 mmHg</p>", "<p>17 mmHg</p>"),
        ('<input value="890">', '<input value="980">'),
        ('<a href="/patients/1/?at=2026-11-30T03:16">', '<a href="/patients/2/?at=2026-11-30T03:16">'),
        ("<p>ratio 1:2</p>", "<p>ratio 1:3</p>"),
    ],
)
def test_two_pages_that_differ_are_told_apart(one: str, other: str) -> None:
    assert plain(one) != plain(other)


# -- when a test begins ------------------------------------------------------------------------------------------------


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-12-31T{clock}").replace(tzinfo=SITE)


@pytest.mark.parametrize(
    ("clock", "needs", "waits"),
    [
        ("12:00:00", {"day": 60}, 0),
        ("23:58:59", {"day": 60}, 0),
        ("23:59:30", {"day": 60}, 30 + SETTLED),
        ("23:56:00", {"day": 300}, 240 + SETTLED),
        ("00:00:10", {"day": 60}, SETTLED - 10),
        ("00:01:00", {"day": 60}, 0),
        ("11:59:45", {"day": 60, "hour": 30}, 15),
        ("11:59:45", {"day": 60}, 0),
        ("11:30:55", {"day": 60, "minute": 15}, 5),
        ("11:30:45", {"day": 60, "minute": 15}, 0),
    ],
)
def test_a_test_waits_for_what_turns_too_soon(clock: str, needs: dict[str, float], waits: float) -> None:
    assert to_wait(at(clock), needs) == waits


@pytest.mark.within("hour", day=90)
def test_a_mark_says_how_much_a_test_needs(request: pytest.FixtureRequest) -> None:
    assert needs_of(request.node, is_first=False) == {"day": 90, "hour": ROOM["hour"]}


# -- rules of the house for tests --------------------------------------------------------------------------------------


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(TESTS.rglob("*.py"))}


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def is_html(node: ast.AST, variables: set[str], functions: set[str]) -> bool:
    """Is it, or is it cut out of, the HTML of an answer? The variables and functions are known to hold or give it."""
    match node:
        case ast.Call() if called(node) in READERS:
            return False
        case ast.Call(func=ast.Name(id=name)) if name in functions:
            return True
        case ast.Attribute(value=ast.Attribute(attr="content"), attr="decode"):
            return True
        case ast.Name(id=name):
            return name in variables
    return any(is_html(x, variables, functions) for x in ast.iter_child_nodes(node))


def variables_of(function: ast.AST, functions: set[str]) -> set[str]:
    """Variables that hold HTML."""
    assigned = [x for x in ast.walk(function) if isinstance(x, ast.Assign)]
    found: set[str] = set()
    for _ in assigned:
        for x in assigned:
            if is_html(x.value, found, functions):
                found |= {y.id for y in ast.walk(x) if isinstance(y, ast.Name) and isinstance(y.ctx, ast.Store)}
    return found


def functions_of(tree: ast.AST) -> set[str]:
    """Functions of a module that return HTML as it came."""
    return {
        x.name
        for x in ast.walk(tree)
        if isinstance(x, ast.FunctionDef) and x.name not in READERS
        for y in ast.walk(x)
        if isinstance(y, ast.Return) and y.value and is_html(y.value, variables_of(x, set()), set())
    }


def absences(tree: ast.AST, imported: set[str]) -> Iterator[tuple[int, str]]:
    """Lines where a test asks that a short word is nowhere in the HTML of a page."""
    functions = functions_of(tree) | imported
    for function in (x for x in ast.walk(tree) if isinstance(x, ast.FunctionDef)):
        variables = variables_of(function, functions)
        for node in ast.walk(function):
            match node:
                case ast.Compare(left=ast.Constant(value=str(word)), ops=[ast.NotIn()], comparators=[place]):
                    if SHORT.fullmatch(word) and is_html(place, variables, functions):
                        yield node.lineno, word


def imported_by(tree: ast.AST) -> set[str]:
    """Functions that return HTML and come from another module of the tests."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            path = TESTS.parent / f"{(node.module or '').replace('.', '/')}.py"
            if path in trees():
                found |= functions_of(trees()[path]) & {x.name for x in node.names}
    return found


def test_that_a_short_word_is_absent_is_asked_of_what_a_reader_sees() -> None:
    """Tokens of a page are random: one in some thousand pages spells it. `tests.reading.words_of` leaves them out."""
    found = {
        f"{path.relative_to(TESTS)}:{line} {word!r}"
        for path, tree in trees().items()
        for line, word in absences(tree, imported_by(tree))
    }
    assert sorted(found) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("'N2' not in client.get('/').content.decode()", True),
        ("'N2' not in ' '.join(page.split())", True),
        ("'N2' not in page.partition('<footer')[0]", True),
        ("'N2' not in page_of(client)", True),
        ("'N2' not in words_of(page)", False),
        ("'a sentence of words' not in page", False),
        ("'N2' not in other", False),
    ],
)
def test_the_rule_finds_what_it_is_about(asked: str, found: bool) -> None:
    code = f"""
def page_of(client):
    return client.get("/").content.decode()
def test_x(client, other):
    whole = page_of(client)
    page = " ".join(whole.split())
    assert {asked}
"""
    assert bool(list(absences(ast.parse(code), set()))) is found


def test_no_name_of_a_test_holds_the_moment_it_was_read() -> None:
    """Two workers that read a test in two minutes would not agree on what there is to run."""
    found = [
        f"{path.relative_to(TESTS)}:{node.lineno}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) == "parametrize"
        if not any(x.arg == "ids" for x in node.keywords)
        for value in node.args[1:]
        if any(isinstance(x, ast.Call) and called(x) in CLOCK for x in ast.walk(value))
    ]  # fmt: skip
    assert found == []
