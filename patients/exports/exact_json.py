"""JSON with numbers as they are kept: 0.50 stays 0.50, and no value goes through a float. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from patients.imports.fields import Number

WRITTEN = json.JSONEncoder(ensure_ascii=False).encode


def exact_json(value: Any) -> bytes:
    """A document of objects, lists, texts, truth values and numbers. Raises TypeError for anything else, as for a
    float."""
    return "".join(_parts(value)).encode()


def _parts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield "{"
        for place, (name, x) in enumerate(value.items()):
            yield f"{',' if place else ''}{WRITTEN(str(name))}:"
            yield from _parts(x)
        yield "}"
    elif isinstance(value, list | tuple):
        yield "["
        for place, x in enumerate(value):
            yield "," if place else ""
            yield from _parts(x)
        yield "]"
    else:
        yield _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, Number):  # as it stood in the document that it was read from
        return str(value)
    if value is None or isinstance(value, bool | str | int):
        return WRITTEN(value)
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    raise TypeError(f"not written as JSON: {type(value).__name__}")
