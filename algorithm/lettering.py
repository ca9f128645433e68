"""Breaking text into lines for a drawing, in Latin and in Japanese: widths are estimated from the letters."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import east_asian_width

NARROW, WIDE = 56, 100  # hundredths of the font size: an average letter, a full-width one
SLIM = {**dict.fromkeys("iljtfI.,:;'|!()[] ", 32), **dict.fromkeys("mwMWAOQGDNHU%@+<>=→", 78)}
NEVER_FIRST = "、。，．）」』】〕：；？！ー・々)]}%,.;:!?"  # a line does not begin with these
NEVER_LAST = "（「『【〔([{<>≤≥"  # and does not end with these


def text_width(text: str, size: int) -> int:
    """Estimated width in drawing units at a font size, rounded up."""
    return -(-sum(WIDE if _is_wide(c) else SLIM.get(c, NARROW) for c in text) * size // 100)


def wrap(text: str, width: int, size: int) -> list[str]:
    """Lines no wider than `width`; a single word that is longer is broken."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, width, size):
        if line and text_width((line + piece).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _is_wide(letter: str) -> bool:
    return east_asian_width(letter) in "WF"


def _pieces(text: str, width: int, size: int) -> Iterator[str]:
    """What must stay on one line: a Latin word with the space before it, a full-width letter with its punctuation."""
    piece = ""
    for letter in text:
        breaks = letter == " " or _is_wide(letter) or (bool(piece) and _is_wide(piece[-1]))
        held = letter in NEVER_FIRST or (bool(piece) and piece[-1] in NEVER_LAST)
        too_long = text_width(piece + letter, size) > width
        if piece and ((breaks and not held) or too_long):
            yield piece
            piece = ""
        piece += letter
    if piece:
        yield piece
