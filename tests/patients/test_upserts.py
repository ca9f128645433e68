"""R08: an upsert looks up columns that a unique constraint covers, or two at once make two rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps

from tests.together import each

ROOT = Path(__file__).parents[2]
UPSERTS = {"get_or_create", "update_or_create"}


def upserts() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Place, model and lookup columns of every upsert in the product (`Model.objects.get_or_create(...)`)."""
    for app in ("patients", "algorithm", "monitoring", "ildcare"):
        for path in sorted((ROOT / app).rglob("*.py")):
            source = path.read_text()
            if not any(x in source for x in UPSERTS):
                continue  # most are not worth their tree
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in UPSERTS:
                    columns = sorted({k.arg or "**" for k in node.keywords} - {"defaults", "create_defaults"})
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", _model_name(node.func.value), tuple(columns)


def _model_name(owner: ast.expr) -> str:
    while isinstance(owner, ast.Attribute | ast.Call):
        owner = owner.value if isinstance(owner, ast.Attribute) else owner.func
    return owner.id if isinstance(owner, ast.Name) else "?"


def unique_sets(model_name: str) -> set[frozenset[str]]:
    """The sets of columns under a unique constraint of the model."""
    (model,) = [x for x in apps.get_models() if x.__name__ == model_name] or [None]
    if model is None:
        return set()
    single = {frozenset({x.name}) for x in model._meta.fields if x.unique} | {frozenset({"pk"}), frozenset({"id"})}
    return single | {frozenset(x.fields) for x in model._meta.total_unique_constraints}


def covered(upsert: tuple[str, str, tuple[str, ...]]) -> None:
    _place, model, columns = upsert
    assert frozenset(columns) in unique_sets(model), f"{model} has no unique constraint on {columns}"


def test_R08_upserts_look_up_unique_columns() -> None:
    """And there are some to look at."""
    each(upserts(), covered, lambda x: x[0])
