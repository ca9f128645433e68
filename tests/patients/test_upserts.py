"""R08: an upsert looks up columns that a unique constraint covers, or two at once make two rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).parents[2]
UPSERTS = {"get_or_create", "update_or_create"}


def upserts() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Place, model and lookup columns of every upsert in the product (`Model.objects.get_or_create(...)`)."""
    for app in ("patients", "algorithm", "monitoring", "ildcare"):
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
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


def test_R08_there_are_upserts_to_look_at() -> None:
    assert [place for place, _, _ in upserts()]


@pytest.mark.parametrize(("place", "model", "columns"), list(upserts()), ids=str)
def test_R08_upserts_look_up_unique_columns(place, model, columns) -> None:
    assert frozenset(columns) in unique_sets(model), f"{place}: {model} has no unique constraint on {columns}"
