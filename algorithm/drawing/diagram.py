"""The picture of a chart with one patient's path lit: coordinates and words, drawn from the chart's own data. Pure.

Two layouts: "wide" places nodes on the grid of the chart (`place`: half column, row) with routed arrows; "tall" stacks
them in one column, for a phone, with their exits as lines of text. Nothing depends on colour alone: every node says its
state in words, and states differ in stroke and dash, so that a black-and-white print says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from algorithm.drawing.lettering import text_width
from algorithm.drawing.pen import CERTAINTY_WORDS, LEADING, PADDING, SIZES, Pen, Say, Translate, stays
from algorithm.drawing.shapes import CURRENT, OFF, Arrow, Box, Drawing, Line, Point
from algorithm.walk.chart import Edge, Flowchart, Node, Question
from algorithm.walk.engine import Pathway

WIDE, TALL = "wide", "tall"
HALF_COLUMN, BOX_WIDTH, ROW_GAP, MARGIN = 105, 168, 36, 8
LONE_WIDTH, ROOMY_WIDTH = 290, 240  # of a question with criteria that has its row, or the next column, to itself
TALL_WIDTH, TALL_GAP = 360, 14


def draw(chart: Flowchart, pathway: Pathway, *, say: Say, translate: Translate, layout: str = WIDE) -> Drawing:
    """The chart with the patient's path, in one of the two layouts."""
    pen = Pen(chart, pathway, say, translate)
    title = translate(chart.title)
    if layout == TALL:
        stacked = tuple(_stacked(pen))
        height = stacked[-1].y + stacked[-1].height + MARGIN
        return Drawing(
            layout=layout, width=TALL_WIDTH, height=height, boxes=stacked, arrows=(), title=title, words=pen.words()
        )
    boxes, stubs = _placed(pen)
    arrows = (*(_arrow(pen, edge, boxes) for edge in chart.edges if not stays(chart, edge)), *_stub_arrows(pen, stubs))
    every = (*boxes.values(), *(stub for _edge, stub in stubs))
    width = max(box.x + box.width for box in every) + MARGIN
    return Drawing(
        layout=layout,
        width=width,
        height=max(x.y + x.height for x in every) + MARGIN,
        boxes=every,
        arrows=arrows,
        title=title,
        words=pen.words(),
    )


# -- boxes ------------------------------------------------------------------------------------------------------------


def _box(pen: Pen, node: Node, x: int, y: int, width: int, lines: list[Line]) -> Box:
    kind = "question" if isinstance(node, Question) else "step"
    placed, low = _set(lines, x + PADDING, y + PADDING)
    tall = low - y + PADDING
    label = " ".join(line.text for line in lines)
    return Box(
        node=node.id,
        kind=kind,
        state=pen.state(node),
        runs=pen.runs(node),
        x=x,
        y=y,
        width=width,
        height=tall,
        lines=tuple(placed),
        label=label,
    )


def _set(lines: Iterable[Line], x: int, y: int) -> tuple[list[Line], int]:
    placed = []
    for line in lines:
        y += LEADING[line.kind]
        placed.append(replace(line, x=x, y=y - LEADING[line.kind] * 28 // 100))
    return placed, y


def _height(lines: Iterable[Line]) -> int:
    return sum(LEADING[line.kind] for line in lines) + 2 * PADDING


def _stacked(pen: Pen) -> Iterator[Box]:
    """All nodes in one column, in the order of the chart's grid."""
    y = MARGIN
    width = TALL_WIDTH - 2 * MARGIN
    for node in sorted(pen.chart.nodes, key=lambda node: (node.place[1], node.place[0])):
        box = _box(pen, node, MARGIN, y, width, [*pen.text(node, width), *pen.exits(node, width)])
        yield box
        y += box.height + TALL_GAP


def _placed(pen: Pen) -> tuple[dict[str, Box], list[tuple[Edge, Box]]]:
    """Nodes on the grid, rows as high as their highest box; beside a question of improvement what "yes" means."""
    widths = {node.id: _width(pen.chart, node) for node in pen.chart.nodes}
    texts = {node.id: pen.text(node, widths[node.id]) for node in pen.chart.nodes}
    going_on = [edge for edge in pen.chart.edges if stays(pen.chart, edge)]
    notes = {edge.source: pen.wrapped(pen.translate(edge.note), "detail", BOX_WIDTH) for edge in going_on}
    tops = _tops(pen, texts, notes)
    boxes = {
        node.id: _box(pen, node, _left(node, widths[node.id]), tops[node.place[1]], widths[node.id], texts[node.id])
        for node in pen.chart.nodes
    }
    return boxes, [(edge, _stub(pen, edge, boxes[edge.source], notes[edge.source])) for edge in going_on]


def _tops(pen: Pen, texts: dict[str, list[Line]], notes: dict[str, list[Line]]) -> dict[int, int]:
    tops, y = {}, MARGIN
    for row in sorted({node.place[1] for node in pen.chart.nodes}):
        tops[row] = y
        here = [node.id for node in pen.chart.nodes if node.place[1] == row]
        y += max(max(_height(texts[name]), _height(notes.get(name, ()))) for name in here) + ROW_GAP
    return tops


def _width(chart: Flowchart, node: Node) -> int:
    """A question with criteria takes more room where its row leaves it: alone, or with a free column beside it."""
    if not isinstance(node, Question) or not node.criteria:
        return BOX_WIDTH
    beside = {other.place[0] for other in chart.nodes if other.place[1] == node.place[1] and other is not node}
    if not beside:
        return LONE_WIDTH
    last = max(other.place[0] for other in chart.nodes)
    free = node.place[0] < last and not beside & {node.place[0] + 1, node.place[0] + 2, node.place[0] + 3}
    return ROOMY_WIDTH if free else BOX_WIDTH


def _left(node: Node, width: int) -> int:
    shift = (BOX_WIDTH - width) // 2 if width == LONE_WIDTH else 0
    return MARGIN + node.place[0] * HALF_COLUMN + shift


def _stub(pen: Pen, edge: Edge, beside: Box, lines: list[Line]) -> Box:
    """What "continue" means, to the right of its question."""
    x = beside.x + 2 * HALF_COLUMN
    y = beside.middle - _height(lines) // 2
    placed, low = _set(lines, x + PADDING, y + PADDING)
    state = CURRENT if edge in pen.taken else OFF
    label = " ".join(line.text for line in lines)
    return Box(
        node="",
        kind="stub",
        state=state,
        runs=False,
        x=x,
        y=y,
        width=BOX_WIDTH,
        height=low - y + PADDING,
        lines=tuple(placed),
        label=label,
    )


# -- arrows -----------------------------------------------------------------------------------------------------------


def _arrow(pen: Pen, edge: Edge, boxes: dict[str, Box]) -> Arrow:
    source, target = boxes[edge.source], boxes[edge.target]
    points = _route(source, target, _port(pen.chart, edge, boxes))
    return _labelled(pen, edge, points)


def _port(chart: Flowchart, edge: Edge, boxes: dict[str, Box]) -> int:
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


def _route(source: Box, target: Box, port: int) -> tuple[Point, ...]:
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


def _labelled(pen: Pen, edge: Edge, points: tuple[Point, ...]) -> Arrow:
    label = pen.translate(edge.label) if edge.label else ""
    (x0, y0), (x1, _y1) = points[:2]
    if x0 == x1:
        x, y = x0 + 6, y0 + 17
    else:
        width = text_width(label, SIZES["exit"])
        x, y = (min(x0, x1) + max(x0, x1) - width) // 2, y0 - 6
    title = f"{edge.source} → {pen.place(edge.target)}: {pen.translate(CERTAINTY_WORDS[edge.certainty])}"
    return Arrow(
        certainty=edge.certainty, state=pen.edge_state(edge), points=points, label=label, x=x, y=y, title=title
    )
