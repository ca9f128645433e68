"""From data to PDF. The typesetter reads its template and the fonts and nothing else; data comes as JSON, never as text
of the template, so that no name or note can change the page (R53)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

TEMPLATES = Path(__file__).parent / "templates"
FOREIGN = re.compile(r"the text `?\"(.+?)\"`? could not be displayed")
MOST_FOREIGN = 60  # different signs
FONTS = "static/vendor/expo-google-fontsnoto-sans-jp-0.4.3"


def render_pdf(template: str, data: dict[str, Any]) -> bytes:
    """The PDF/UA-1 of a template ("round_sheet") with this data.

    A sign that the font lacks is printed as 〓, as Japanese printers do; it never costs the sheet.
    """
    text = json.dumps(_printable(data), ensure_ascii=False)
    for _attempt in range(MOST_FOREIGN):
        try:
            return _compiled(template, text, accessible=True)
        except typst.TypstError as error:
            foreign = FOREIGN.search(str(error))
            if foreign is None or foreign[1] not in text:
                raise
            text = text.replace(foreign[1], "〓")
    return _compiled(template, text, accessible=False)  # a sheet that is harder to read aloud is better than none


def last_pages_of(template: str, data: dict[str, Any]) -> dict[str, int]:
    """The last page of each part of a bundle, by the key of the part."""
    text = json.dumps(_printable(data), ensure_ascii=False)
    last_pages = typst.query(
        str(TEMPLATES / f"{template}.typ"),
        "<end>",
        field="value",
        root=str(TEMPLATES),
        font_paths=[str(settings.BASE_DIR / FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": text},
    )
    return dict(json.loads(last_pages))


def _compiled(template: str, text: str, *, accessible: bool) -> bytes:
    document: bytes = typst.compile(
        str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        font_paths=[str(settings.BASE_DIR / FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": text},
        pdf_standards=["ua-1"] if accessible else [],
    )
    return document


def _printable(value: Any) -> Any:
    """Control characters have no place on paper."""
    if isinstance(value, str):
        return "".join(x if x.isprintable() or x == "\n" else " " for x in value)
    if isinstance(value, dict):
        return {key: _printable(x) for key, x in value.items()}
    return [_printable(x) for x in value] if isinstance(value, list | tuple) else value
