"""What printed sheets say: the text of a PDF, page by page."""

from __future__ import annotations

import io
import re
import unicodedata

from pypdf import PdfReader


def texts(pdf: bytes) -> list[str]:
    """The text of each page; runs of white space are one space, wide forms of letters are plain ones."""
    return [_plain(x.extract_text()) for x in PdfReader(io.BytesIO(pdf)).pages]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text))
