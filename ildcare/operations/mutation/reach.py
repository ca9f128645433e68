"""How far a change outside of every function reaches: which names it binds, and what is computed from them on import.

A constant, a table or a class is seen by whoever names it, and by whoever names something that was computed from it.
A test that enters no function which names one of these, and names none itself, cannot notice the change.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

from ildcare.operations.mutation.code import Place, functions_in


def names_in(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names that are read or bound, without the bodies of functions: these do nothing on import."""
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
            yield from names_in([node.value])
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            defaults = [x for x in (*node.args.defaults, *node.args.kw_defaults) if x]
            yield from names_in([*node.decorator_list, *defaults])
        else:
            yield from names_in(ast.iter_child_nodes(node))


def bound_by(statement: ast.stmt) -> set[str]:
    """Names that a statement of a module binds."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    return {x.id for x in ast.walk(statement) if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)}


def statement_at(source: str, line: int) -> ast.stmt | None:
    """The statement of the module that a line belongs to."""
    for statement in ast.parse(source).body:
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(x.lineno for x in decorators)])
        if first <= line <= (statement.end_lineno or first):
            return statement
    return None


def constant_at(source: str, line: int) -> tuple[str, str] | None:
    """Name and statement of the constant that a line belongs to."""
    found = statement_at(source, line)
    targets = (
        found.targets if isinstance(found, ast.Assign) else [found.target] if isinstance(found, ast.AnnAssign) else []
    )
    if not found or len(targets) != 1 or not isinstance(targets[0], ast.Name):
        return None
    return targets[0].id, ast.unparse(found)


@dataclass
class Reach:
    """What the modules of the product compute on import from what, and which function names what."""

    computed: list[tuple[frozenset[str], frozenset[str]]] = field(default_factory=list)  # (binds, names)
    named_by: dict[Place, frozenset[str]] = field(default_factory=dict)
    imported: dict[str, set[str]] = field(default_factory=dict)  # modules that import a name, by module and name

    @classmethod
    def of(cls, root: Path, files: Iterable[Path], on_import: Collection[Place]) -> Reach:
        """Read the product."""
        found = cls()
        for path in files:
            source = path.read_text(encoding="utf-8")
            found.computed += _computed(source)
            module = path.relative_to(root).as_posix().removesuffix(".py").replace("/", ".")
            for name in _imports(source):
                found.imported.setdefault(name, set()).add(module)
            for place, code in functions_in(compile(source, str(path), "exec", dont_inherit=True), root):
                found.named_by[place] = frozenset(_all_names(code))
                if place in on_import:  # what calls it while it is imported names it
                    found.computed.append((frozenset({place.split(":")[1].split(".")[-1]}), found.named_by[place]))
        return found

    def names_from(self, bound: set[str]) -> set[str]:
        """These names, and all that are computed from them on import."""
        reached, more = set(bound), True
        while more:
            new = {x for binds, names in self.computed if names & reached for x in binds} - reached
            reached |= new
            more = bool(new)
        return reached

    def functions_naming(self, names: set[str]) -> set[Place]:
        """Functions in which one of the names stands."""
        return {place for place, named in self.named_by.items() if named & names}


def _computed(source: str) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.ImportFrom):
            yield from ((frozenset({x.asname}), frozenset({x.name})) for x in statement.names if x.asname)
        elif binds := bound_by(statement):
            yield frozenset(binds), frozenset(names_in([statement])) - binds


def _imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{x.name}" for x in node.names)


def _all_names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _all_names(inner)


def names_one_of(text: str, names: set[str]) -> bool:
    """Does one of the names stand in a text?"""
    return not names.isdisjoint(re.findall(r"\w+", text))
