"""Every sentence with places gets what stands in them: a name that was changed on one side only would cost a page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from ildcare import places

APPS = ("patients", "algorithm", "monitoring", "ildcare")
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "pgettext", "ngettext"}
PLACE = re.compile(r"%\((\w+)\)")


@cache
def sources() -> dict[str, ast.Module]:
    paths = (x for app in APPS for x in sorted((places.ROOT / app).rglob("*.py")) if "migrations" not in x.parts)
    return {x.relative_to(places.ROOT).as_posix(): ast.parse(x.read_text(encoding="utf-8")) for x in paths}


def text_of(node: ast.AST) -> str | None:
    """A sentence as it is written: a text, marked for translation or not."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKERS and node.args:
        return text_of(node.args[0])
    return None


@cache
def constants(name: str) -> dict[str, str]:
    """The sentences that a module names at its top."""
    found: dict[str, str] = {}
    for node in sources()[name].body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = text_of(node.value)
            if text is not None:
                found[node.targets[0].id] = text
    return found


def known_in(name: str) -> dict[str, str]:
    """Its own sentences and those that it imports."""
    found = dict(constants(name))
    for node in ast.walk(sources()[name]):
        path = f"{node.module.replace('.', '/')}.py" if isinstance(node, ast.ImportFrom) and node.module else ""
        if path in sources():
            assert isinstance(node, ast.ImportFrom)
            said = constants(path)
            found |= {x.asname or x.name: said[x.name] for x in node.names if x.name in said}
    return found


def local_names(tree: ast.Module) -> set[str]:
    """Names that functions assign: such a sentence may be one of several."""
    functions = (x for x in ast.walk(tree) if isinstance(x, ast.FunctionDef))
    return {y.id for x in functions for y in ast.walk(x) if isinstance(y, ast.Name) and isinstance(y.ctx, ast.Store)}


def filled(name: str) -> Iterator[tuple[int, str, set[str]]]:
    """Line, sentence, and the names of what is put into it."""
    known, own = known_in(name), local_names(sources()[name])

    def sentence(node: ast.AST) -> str | None:
        return known.get(node.id) if isinstance(node, ast.Name) and node.id not in own else text_of(node)

    for node in ast.walk(sources()[name]):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "reason" and node.args:
            text, names = sentence(node.args[0]), [x.arg for x in node.keywords]
            if text is not None and None not in names:
                yield node.lineno, text, {str(x) for x in names}
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.right, ast.Dict):
            text, keys = sentence(node.left), [x.value for x in node.right.keys if isinstance(x, ast.Constant)]
            if text is not None and len(keys) == len(node.right.keys):
                yield node.lineno, text, set(map(str, keys))


def test_what_stands_in_a_sentence_is_put_into_it() -> None:
    found = [(name, *x) for name in sources() for x in filled(name)]
    assert len(found) > 500, "or this looks at nothing"
    lacking = {f"{name}:{line}": set(PLACE.findall(text)) - names for name, line, text, names in found}
    assert {where: names for where, names in lacking.items() if names} == {}


def test_a_name_that_was_changed_on_one_side_is_found(monkeypatch) -> None:
    tree = ast.parse('SAID = _("%(n)s of %(total)s")\nreason(SAID, n=1, all=2)\ngettext("%(x)s") % {"y": 1}')
    monkeypatch.setattr("tests.test_sentences.sources", lambda: {"x.py": tree})
    constants.cache_clear()
    assert [(x[0], x[2]) for x in filled("x.py")] == [(2, {"n", "all"}), (3, {"y"})]
    constants.cache_clear()
