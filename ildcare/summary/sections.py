"""Sections of the summary for transfer or discharge: a heading with sentences, a table or charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Section = dict[str, Any]


def lines(title: str, lines: Sequence[str], *, none: str = "", note: str = "") -> Section | None:
    """A heading and sentences; `none` is said where there are none, without it the heading is left out."""
    if not lines and not none:
        return None
    return {"title": title, "note": note, "lines": list(lines) or [none]}


def table(
    title: str, widths: Sequence[float], heads: Sequence[str], rows: Sequence[Sequence[str]], note: str = ""
) -> Section | None:
    """A heading and a table; `widths` are shares of the page."""
    if not rows:
        return None
    return {"title": title, "note": note, "widths": list(widths), "heads": list(heads), "rows": [list(x) for x in rows]}
