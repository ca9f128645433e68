"""Text in drawings, in Latin and in Japanese: its estimated width, its lines, and which labels have room. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import east_asian_width

NARROW, WIDE = 56, 100  # hundredths of the font size: an average letter, a full-width one
SLIM = {**dict.fromkeys("iljtfI.,:;'|!()[] ", 32), **dict.fromkeys("mwMWAOQGDNHU%@+<>=→", 78)}
NEVER_FIRST = "、。，．）」』】〕：；？！ー・々)]}%,.;:!?"  # a line does not begin with these
NEVER_LAST = "（「『【〔([{<>≤≥"  # and does not end with these


def text_width(text: str, size: int) -> int:
    """Estimated width in drawing units at a font size, rounded up."""
    return -(-sum(WIDE if _is_wide(c) else SLIM.get(c, NARROW) for c in text) * size // 100)


@lru_cache(maxsize=4096)
def wrap(text: str, width: int, size: int) -> tuple[str, ...]:
    """Lines no wider than `width`; a single word that is longer is broken."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, width, size):
        if line and text_width((line + piece).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return (*lines, line.rstrip()) if line.strip() else tuple(lines)


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


# -- labels along an axis ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Extent:
    """The room that a label needs: its place along the plot, 0 to 1, and the pixels before and after this place."""

    at: float
    before: float
    after: float

    def ends(self, width: float) -> tuple[float, float]:
        """Left and right end in a plot that is so many pixels wide."""
        return (self.at * width - self.before, self.at * width + self.after)


def narrowest(needed: float, share: float, widths: Mapping[str, float]) -> str:
    """The name of the narrowest plot of which a share has the pixels needed, "" for none; `widths`: narrow to wide."""
    return next((name for name, width in widths.items() if share * width >= needed), "")


def fitted(labels: Sequence[Extent], widths: Mapping[str, float], *, gap: float = 0, inside: bool = False) -> list[str]:
    """For each label the name of the narrowest plot in which it has room, "" for none; `widths` from narrow to wide.

    Labels come in order of precedence: in a narrow plot the first keep their places, in a wider one more are added
    between them. Those shown are at least `gap` pixels apart. `inside`: none stands out of the plot.
    """
    rooms = [""] * len(labels)
    for name, width in widths.items():
        taken = [label.ends(width) for label, room in zip(labels, rooms, strict=True) if room]
        for number, label in enumerate(labels):
            left, right = label.ends(width)
            if rooms[number] or (inside and (left < 0 or right > width)):
                continue
            if all(left >= end + gap or right + gap <= start for start, end in taken):
                rooms[number] = name
                taken.append((left, right))
    return rooms
