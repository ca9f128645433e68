"""Where a text stands on a drawing whose width the server does not know, and for which width it has room. Pure.

Across, places are shares of the plot ("45.3%"), so that letters keep their size on every screen. A text that only fits
a wider plot carries the width it needs, and the style sheet shows it there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from algorithm.lettering import text_width

WIDTHS = {"narrow": 300, "middle": 620, "wide": 1000}  # pixels of the plot for which texts are fitted
LETTERS, PAD = 11, 8  # pixels: size of the letters, and air around a text
MOST_LABELS = 12  # on an axis


@dataclass(frozen=True, slots=True)
class Text:
    """A text at a place; `room`: the narrowest plot that has room for it, "" for none."""

    x: str
    y: float
    text: str
    room: str
    end: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days of the axis, both included; the plot has the width of all of them."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def share(self, day: date) -> float:
        """Where a day begins, 0 to 1."""
        return min(max((day - self.first).days / self.days, 0.0), 1.0)

    def x(self, day: date) -> str:
        """The same, for the drawing."""
        return percent(self.share(day))

    def wide(self, start: date, end: date) -> float:
        """Share from the morning of one day to the evening of another."""
        return max(self.share(end + timedelta(days=1)) - self.share(start), 0.0)


def axis_days(stretch: Stretch) -> list[date]:
    """Round days of the axis: the distance grows with the length of the course."""
    return [stretch.first + timedelta(days=x) for x in range(0, stretch.days, intervals(stretch.days))]


def intervals(days: int) -> int:
    """Days between two labels of an axis that is so long."""
    return next((x for x in (1, 2, 7, 14, 28, 56, 91, 182, 364) if days / x <= MOST_LABELS), 728)


# -- texts ------------------------------------------------------------------------------------------------------------


def pixels(text: str) -> float:
    """Width of a text with air around it."""
    return text_width(text, LETTERS) + PAD


def room(text: str, share: float) -> str:
    """The narrowest plot in which a share holds a text."""
    return next((name for name, width in WIDTHS.items() if text and share * width >= pixels(text)), "")


def rooms(texts: Sequence[tuple[float, str]], *, inside: bool = False) -> list[str]:
    """For texts from left to right, each the narrowest plot in which it touches none that is shown there.

    `inside`: nor the right edge of the plot.
    """
    found = [""] * len(texts)
    for name, width in WIDTHS.items():
        shown = [n for n, name_of in enumerate(found) if name_of]
        for n, (share, text) in enumerate(texts):
            if found[n] or (inside and (1 - share) * width < pixels(text)):
                continue
            beside = [x for x in shown if x < n][-1:], [x for x in shown if x > n][:1]
            free_before = all((share - texts[x][0]) * width >= pixels(texts[x][1]) for x in beside[0])
            free_after = all((texts[x][0] - share) * width >= pixels(text) for x in beside[1])
            if free_before and free_after:
                found[n] = name
                shown = sorted([*shown, n])
    return found


def percent(share: float) -> str:
    """A share as the drawing writes it: "45.3%"."""
    return f"{share * 100:.4g}%"
