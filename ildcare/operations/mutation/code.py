"""What a change of a module's text changes in its compiled code, and whether it changes any meaning at all."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

Place = str  # of a function: file, qualified name and line, as in "patients/clinical/truth.py:both:12"


def place_of(code: CodeType, root: Path) -> Place:
    """Where the function stands; "" if it is none of this tree."""
    folder = f"{root}/"
    file = code.co_filename.removeprefix(folder)
    if file == code.co_filename or file.startswith(".") or not code.co_flags & inspect.CO_OPTIMIZED:
        return ""
    return f"{file}:{code.co_qualname}:{code.co_firstlineno}"


def functions_in(code: CodeType, root: Path) -> Iterator[tuple[Place, CodeType]]:
    """Outermost functions of a module or class."""
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if place := place_of(inner, root):
                yield place, inner
            else:
                yield from functions_in(inner, root)


def changed_functions(before: str, after: str, path: str, root: Path) -> dict[Place, CodeType]:
    """Outermost functions that differ, with their new code; none if something outside of every function differs."""
    one, other = (compile(x, path, "exec", dont_inherit=True) for x in (before, after))
    found: dict[Place, CodeType] = {}
    return found if _collect(one, other, root, found) else {}


def _collect(one: CodeType, other: CodeType, root: Path, found: dict[Place, CodeType]) -> bool:
    """Descend through the bodies of module and classes. False where such a body itself differs."""
    inner, new = (tuple(c for c in x.co_consts if isinstance(c, CodeType)) for x in (one, other))
    if _own(one) != _own(other) or len(inner) != len(new):
        return False
    for a, b in zip(inner, new, strict=True):
        if a == b:
            continue
        if a.co_flags & inspect.CO_OPTIMIZED:
            found[place_of(a, root)] = b
        elif not _collect(a, b, root, found):
            return False
    return True


def _own(code: CodeType) -> tuple[object, ...]:
    """What a body does itself, without the functions and classes in it. (1 and True are equal, and not the same.)"""
    constants = [(type(x), repr(x)) for x in code.co_consts if not isinstance(x, CodeType)]
    return code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars


def means_the_same(before: str, after: str) -> bool:
    """Is the difference one of annotations and docstrings only? They are read by people, not carried out."""
    return ast.dump(_carried_out(before)) == ast.dump(_carried_out(after))


def is_possible(source: str) -> bool:
    """Is it Python at all?"""
    try:
        compile(source, "changed", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


class _Annotations(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)


def _carried_out(source: str) -> ast.AST:
    tree: ast.AST = _Annotations().visit(ast.parse(source))
    return tree
