"""The picture of a chart with one patient's path lit: coordinates and words, drawn from the chart's own data. Pure.

Two layouts: "wide" places nodes on the grid of the chart (`place`: half column, row) with routed arrows; "tall" stacks
them in one column, for a phone, with their exits as lines of text. Nothing depends on colour alone: every node says its
state in words, and states differ in stroke and dash, so that a black-and-white print says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from algorithm.chart import INFERRED, JUDGEMENT, PRINTED, THEN, Edge, Flowchart, Node, Question, Recommendation
from algorithm.engine import Pathway, Visit, edges_taken
from algorithm.lettering import text_width, wrap
from patients.clinical.judged import Judged
from patients.clinical.reasons import Reason, _
from patients.clinical.truth import Truth

Say = Callable[[Reason], str]
Translate = Callable[[str], str]

WIDE, TALL = "wide", "tall"
HALF_COLUMN, BOX_WIDTH, ROW_GAP, MARGIN = 105, 168, 36, 8
LONE_WIDTH, ROOMY_WIDTH = 290, 240  # of a question with criteria that has its row, or the next column, to itself
TALL_WIDTH, TALL_GAP = 360, 14
PADDING, BADGE = 9, 12
SIZES = {"head": 11.5, "title": 14.0, "criterion": 12.0, "fact": 11.5, "detail": 11.5, "exit": 12.0}
LEADING = {"head": 16, "title": 18, "criterion": 16, "fact": 15, "detail": 15, "exit": 20}

CURRENT, VISITED, AHEAD, OFF = "current", "visited", "ahead", "off"
TAKEN = "taken"
MARKS = {Truth.YES: "✓", Truth.NO: "✗", Truth.UNKNOWN: "?"}
ANSWERS = {Truth.YES: _("yes"), Truth.NO: _("no"), Truth.UNKNOWN: _("not known")}
CERTAINTY_WORDS = {
    PRINTED: _("printed in the figure"),
    INFERRED: _("inferred from table and text"),
    JUDGEMENT: _("judgement of this product"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, its left end at (x, y) on the base line. `kind` is its class of lettering."""

    text: str
    kind: str
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True)
class Box:
    """A node: outline and lines. `label` says everything in words, for those who hear the page."""

    node: str
    kind: str
    state: str
    given: bool
    x: float
    y: float
    width: float
    height: float
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
    def centre(self) -> float:
        """Horizontal middle."""
        return self.x + self.width / 2

    @property
    def middle(self) -> float:
        """Vertical middle."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge: a line with a head at its last point; the label stands at (x, y)."""

    certainty: str
    state: str
    points: tuple[tuple[float, float], ...]
    label: str
    x: float
    y: float
    title: str

    @property
    def path(self) -> str:
        """SVG path of the line."""
        return "M" + "L".join(f"{x:g} {y:g}" for x, y in self.points)

    @property
    def head(self) -> str:
        """SVG path of the arrow head."""
        (x0, y0), (x, y) = self.points[-2:]
        dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
        return f"M{x:g} {y:g}L{x - 8 * dx + 4.5 * dy:g} {y - 8 * dy + 4.5 * dx:g}" + (
            f"L{x - 8 * dx - 4.5 * dy:g} {y - 8 * dy - 4.5 * dx:g}Z"
        )


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the template draws. `words`: the path told in sentences."""

    layout: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    title: str
    words: tuple[str, ...]


def draw(chart: Flowchart, pathway: Pathway, *, say: Say, translate: Translate, layout: str = WIDE) -> Drawing:
    """The chart with the patient's path, in one of the two layouts."""
    pen = Pen(chart, pathway, say, translate)
    title = translate(chart.title)
    if layout == TALL:
        stacked = tuple(_stacked(pen))
        height = stacked[-1].y + stacked[-1].height + MARGIN
        return Drawing(layout, TALL_WIDTH, height, stacked, (), title, pen.words())
    boxes, stubs = _placed(pen)
    arrows = (*(_arrow(pen, edge, boxes) for edge in chart.edges if not _stays(chart, edge)), *_stub_arrows(pen, stubs))
    every = (*boxes.values(), *(stub for _edge, stub in stubs))
    width = max(box.x + box.width for box in every) + MARGIN
    return Drawing(layout, width, max(x.y + x.height for x in every) + MARGIN, every, arrows, title, pen.words())


class Pen:
    """What one patient's picture needs: states, words, lines of text."""

    def __init__(self, chart: Flowchart, pathway: Pathway, say: Say, translate: Translate) -> None:
        self.chart, self.pathway, self.say, self.translate = chart, pathway, say, translate
        self.visits = {visit.node: visit for visit in pathway.visits}
        self.taken = edges_taken(chart, pathway.visits)

    def state(self, node: Node) -> str:
        """current: the indicated step, or the question that waits; then visited, ahead, off."""
        if isinstance(node, Recommendation) and node.step == self.pathway.step:
            return CURRENT
        visit = self.visits.get(node.id)
        if visit is not None:
            return CURRENT if visit.judged and visit.judged.answer is Truth.UNKNOWN else VISITED
        return AHEAD if node.id in self.pathway.ahead else OFF

    def given(self, node: Node) -> bool:
        """Is this the step that runs?"""
        running = self.pathway.running
        return isinstance(node, Recommendation) and running is not None and running.step == node.step

    def edge_state(self, edge: Edge) -> str:
        """taken, ahead (missing facts can lead along it), or off."""
        if edge in self.taken:
            return TAKEN
        source, target = self.chart.by_id[edge.source], self.chart.by_id[edge.target]
        open_source = self.state(source) in (CURRENT, AHEAD) and isinstance(source, Question)
        return AHEAD if open_source and self.state(target) in (AHEAD, CURRENT) else OFF

    def head(self, node: Node) -> str:
        """The line above the title: name of the node and its state in words."""
        t, visit = self.translate, self.visits.get(node.id)
        told = [node.id] if node.id != "observation" else []
        if isinstance(node, Question):
            if visit is not None and visit.passed:
                told.append(t(_("went on without a recorded answer")))
            elif visit is not None and visit.judged is not None:
                told.append(t(self._answer(node, visit.judged.answer)))
        else:
            told += [t(_("indicated"))] if node.step == self.pathway.step else []
            told += [t(_("being given"))] if self.given(node) else []
        if self.state(node) == AHEAD:
            told.append(t(_("still possible")))
        return " · ".join(told)

    def _answer(self, node: Question, answer: Truth) -> str:
        """yes, no, not known; a question between two diseases is answered by the name of one."""
        edge = self.chart.exits.get((node.id, answer.value))
        return edge.label if edge and node.test == "dermatomyositis" else ANSWERS[answer]

    def text(self, node: Node, width: float) -> list[Line]:
        """All lines of a node, wrapped, not yet placed."""
        lines = [
            *self.wrapped(self.head(node), "head", width),
            *self.wrapped(self.translate(node.title), "title", width),
        ]
        if isinstance(node, Recommendation):
            return [*lines, *self.wrapped(self.translate(node.detail), "detail", width)]
        return [*lines, *self._criteria(node, width), *self._facts(node, width)]

    def _criteria(self, node: Question, width: float) -> Iterator[Line]:
        parts = self._shown_parts(node)
        for criterion in node.criteria:
            part = parts.get(criterion.code)
            mark = f"{MARKS[part.answer]} " if part else ""
            yield from self.wrapped(mark + self.translate(criterion.text), "criterion", width)
            if part and part.answer is not Truth.UNKNOWN:
                yield from self._told(part.reasons, width)

    def _shown_parts(self, node: Question) -> dict[str, Judged]:
        """The separate tests, where they are what decided; an acute course rests on the fact that began the episode."""
        visit = self.visits.get(node.id)
        if visit is None or (node.test == "course" and self.pathway.course.answer is Truth.YES):
            return {}
        return {part.code: part for part in visit.parts}

    def _facts(self, node: Question, width: float) -> Iterator[Line]:
        visit = self.visits.get(node.id)
        if visit is None or visit.judged is None or self._shown_parts(node):
            return
        yield from self._told(visit.judged.reasons[:3], width)

    def _told(self, reasons: Iterable[Reason], width: float) -> Iterator[Line]:
        for why in reasons:
            basis = "" if why.basis == "S" else f" [{why.basis}]"
            yield from self.wrapped(f"▸ {self.say(why)}{basis}", "fact", width)

    def wrapped(self, text: str, kind: str, width: float) -> list[Line]:
        """Text as lines of one kind."""
        return [Line(line, kind) for line in wrap(text, width - 2 * PADDING, SIZES[kind])]

    def exits(self, node: Node, width: float) -> Iterator[Line]:
        """Where a node leads, as lines of text (tall layout)."""
        for edge in (x for x in self.chart.edges if x.source == node.id):
            label = self.translate(edge.label) if edge.label else ""
            sign = "➤" if self.edge_state(edge) == TAKEN else "→"
            goal = self.translate(edge.note) if _stays(self.chart, edge) else edge.target
            goal = self.translate(self.chart.by_id[edge.target].title) if edge.target == "observation" else goal
            basis = f" ({self.translate(CERTAINTY_WORDS[edge.certainty])})" if edge.certainty != PRINTED else ""
            yield from self.wrapped(f"{label} {sign} {goal}{basis}".strip(), "exit", width)

    def words(self) -> tuple[str, ...]:
        """The path in sentences, one a node."""
        return tuple(self._in_words(visit) for visit in self.pathway.visits)

    def _in_words(self, visit: Visit) -> str:
        node = self.chart.by_id[visit.node]
        reasons = visit.judged.reasons if visit.judged else ()
        told = [self.head(node), self.translate(node.title)]
        return ": ".join(told) + (f" ({'; '.join(self.say(x) for x in reasons)})" if reasons else "")


def _stays(chart: Flowchart, edge: Edge) -> bool:
    """Does the edge mean "continue"? It leads from a question back to the step it follows."""
    question = chart.after(edge.target) if isinstance(chart.by_id[edge.target], Recommendation) else None
    return question is not None and question.id == edge.source and edge.answer != THEN


# -- boxes ------------------------------------------------------------------------------------------------------------


def _box(pen: Pen, node: Node, x: float, y: float, width: float, lines: list[Line]) -> Box:
    kind = "question" if isinstance(node, Question) else "step"
    placed, low = _set(lines, x + PADDING, y + PADDING)
    tall = low - y + PADDING
    label = " ".join(line.text for line in lines)
    return Box(node.id, kind, pen.state(node), pen.given(node), x, y, width, tall, tuple(placed), label)


def _set(lines: Iterable[Line], x: float, y: float) -> tuple[list[Line], float]:
    placed = []
    for line in lines:
        y += LEADING[line.kind]
        placed.append(replace(line, x=x, y=y - LEADING[line.kind] * 0.28))
    return placed, y


def _height(lines: Iterable[Line]) -> float:
    return sum(LEADING[line.kind] for line in lines) + 2 * PADDING


def _stacked(pen: Pen) -> Iterator[Box]:
    """All nodes in one column, in the order of the chart's grid."""
    y = float(MARGIN)
    width = TALL_WIDTH - 2 * MARGIN
    for node in sorted(pen.chart.nodes, key=lambda node: (node.place[1], node.place[0])):
        box = _box(pen, node, MARGIN, y, width, [*pen.text(node, width), *pen.exits(node, width)])
        yield box
        y += box.height + TALL_GAP


def _placed(pen: Pen) -> tuple[dict[str, Box], list[tuple[Edge, Box]]]:
    """Nodes on the grid, rows as high as their highest box; beside a question of improvement what "yes" means."""
    widths = {node.id: _width(pen.chart, node) for node in pen.chart.nodes}
    texts = {node.id: pen.text(node, widths[node.id]) for node in pen.chart.nodes}
    stays = [edge for edge in pen.chart.edges if _stays(pen.chart, edge)]
    notes = {edge.source: pen.wrapped(pen.translate(edge.note), "detail", BOX_WIDTH) for edge in stays}
    tops = _tops(pen, texts, notes)
    boxes = {
        node.id: _box(pen, node, _left(node, widths[node.id]), tops[node.place[1]], widths[node.id], texts[node.id])
        for node in pen.chart.nodes
    }
    return boxes, [(edge, _stub(pen, edge, boxes[edge.source], notes[edge.source])) for edge in stays]


def _tops(pen: Pen, texts: dict[str, list[Line]], notes: dict[str, list[Line]]) -> dict[int, float]:
    tops, y = {}, float(MARGIN)
    for row in sorted({node.place[1] for node in pen.chart.nodes}):
        tops[row] = y
        here = [node.id for node in pen.chart.nodes if node.place[1] == row]
        y += max(max(_height(texts[name]), _height(notes.get(name, ()))) for name in here) + ROW_GAP
    return tops


def _width(chart: Flowchart, node: Node) -> float:
    """A question with criteria takes more room where its row leaves it: alone, or with a free column beside it."""
    if not isinstance(node, Question) or not node.criteria:
        return BOX_WIDTH
    beside = {other.place[0] for other in chart.nodes if other.place[1] == node.place[1] and other is not node}
    if not beside:
        return LONE_WIDTH
    last = max(other.place[0] for other in chart.nodes)
    free = node.place[0] < last and not beside & {node.place[0] + 1, node.place[0] + 2, node.place[0] + 3}
    return ROOMY_WIDTH if free else BOX_WIDTH


def _left(node: Node, width: float) -> float:
    shift = (BOX_WIDTH - width) / 2 if width == LONE_WIDTH else 0
    return MARGIN + node.place[0] * HALF_COLUMN + shift


def _stub(pen: Pen, edge: Edge, beside: Box, lines: list[Line]) -> Box:
    """What "continue" means, to the right of its question."""
    x = beside.x + 2 * HALF_COLUMN
    y = beside.middle - _height(lines) / 2
    placed, low = _set(lines, x + PADDING, y + PADDING)
    state = CURRENT if edge in pen.taken else OFF
    label = " ".join(line.text for line in lines)
    return Box("", "stub", state, False, x, y, BOX_WIDTH, low - y + PADDING, tuple(placed), label)


# -- arrows -----------------------------------------------------------------------------------------------------------


def _arrow(pen: Pen, edge: Edge, boxes: dict[str, Box]) -> Arrow:
    source, target = boxes[edge.source], boxes[edge.target]
    points = _route(source, target, _port(pen.chart, edge, boxes))
    return _labelled(pen, edge, points)


def _port(chart: Flowchart, edge: Edge, boxes: dict[str, Box]) -> float:
    """Where the arrow comes in at the top: apart from the middle when two come from different sides."""
    sides = {
        _side(boxes[x.source], boxes[x.target]) for x in chart.edges if x.target == edge.target and _falls(x, boxes)
    }
    centre = boxes[edge.target].centre
    return centre + 26 * _side(boxes[edge.source], boxes[edge.target]) if {-1, 1} <= sides else centre


def _falls(edge: Edge, boxes: dict[str, Box]) -> bool:
    return boxes[edge.source].y < boxes[edge.target].y


def _side(source: Box, target: Box) -> int:
    return (source.centre > target.centre) - (source.centre < target.centre)


def _route(source: Box, target: Box, port: float) -> tuple[tuple[float, float], ...]:
    """Straight down in one column, straight across in one row, otherwise across and then down."""
    if source.x < target.centre < source.x + source.width:
        return ((target.centre, source.y + source.height), (target.centre, target.y))
    leftward = source.centre > target.centre
    out = source.x if leftward else source.x + source.width
    if source.y == target.y:
        level = min(source.middle, target.middle)
        return ((out, level), (target.x + target.width if leftward else target.x, level))
    return ((out, source.middle), (port, source.middle), (port, target.y))


def _stub_arrows(pen: Pen, stubs: list[tuple[Edge, Box]]) -> Iterator[Arrow]:
    for edge, stub in stubs:
        start = stub.x - 2 * HALF_COLUMN + BOX_WIDTH
        yield _labelled(pen, edge, ((start, stub.middle), (stub.x, stub.middle)))


def _labelled(pen: Pen, edge: Edge, points: tuple[tuple[float, float], ...]) -> Arrow:
    label = pen.translate(edge.label) if edge.label else ""
    (x0, y0), (x1, _y1) = points[:2]
    if x0 == x1:
        x, y = x0 + 6, y0 + 17
    else:
        width = text_width(label, SIZES["exit"])
        x, y = (min(x0, x1) + max(x0, x1) - width) / 2, y0 - 6
    title = f"{edge.source} → {edge.target}: {pen.translate(CERTAINTY_WORDS[edge.certainty])}"
    return Arrow(edge.certainty, pen.edge_state(edge), points, label, x, y, title)
