"""What a drawing of a chart is made of: lines of text, boxes, arrows. Whole numbers only."""

from __future__ import annotations

from dataclasses import dataclass

CURRENT, VISITED, AHEAD, OFF = "current", "visited", "ahead", "off"
TAKEN = "taken"
BADGE = 12  # how far the corners of a question are cut

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, its left end at (x, y) on the base line. `kind` is its class of lettering."""

    text: str
    kind: str
    x: int = 0
    y: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A node: outline and lines. `label` says everything in words, for those who hear the page."""

    node: str
    kind: str
    state: str
    runs: bool
    x: int
    y: int
    width: int
    height: int
    lines: tuple[Line, ...]
    label: str

    @property
    def outline(self) -> str:
        """SVG path: questions with cut corners, steps as rectangles."""
        cut = BADGE if self.kind == "question" else 0
        x, y, right, low = self.x, self.y, self.x + self.width, self.y + self.height
        return (
            f"M{x + cut} {y}H{right - cut}L{right} {y + cut}V{low - cut}L{right - cut} {low}"
            f"H{x + cut}L{x} {low - cut}V{y + cut}Z"
        )

    @property
    def centre(self) -> int:
        """Horizontal middle."""
        return self.x + self.width // 2

    @property
    def middle(self) -> int:
        """Vertical middle."""
        return self.y + self.height // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """An edge: a line with a head at its last point; the label stands at (x, y)."""

    certainty: str
    state: str
    points: tuple[Point, ...]
    label: str
    x: int
    y: int
    title: str

    @property
    def path(self) -> str:
        """SVG path of the line."""
        return "M" + "L".join(f"{x} {y}" for x, y in self.points)

    @property
    def tip(self) -> str:
        """SVG path of the arrow head."""
        (x0, y0), (x, y) = self.points[-2:]
        dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
        back_x, back_y = x - 8 * dx, y - 8 * dy
        return f"M{x} {y}L{back_x + 5 * dy} {back_y + 5 * dx}L{back_x - 5 * dy} {back_y - 5 * dx}Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Everything that the template draws. `words`: the path told in sentences."""

    layout: str
    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    title: str
    words: tuple[str, ...]
