"""The words of a drawing: what each node says of one patient, wrapped into lines. Pure: translation comes in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from algorithm.drawing.lettering import wrap
from algorithm.drawing.shapes import AHEAD, CURRENT, OFF, TAKEN, VISITED, Line
from algorithm.walk.chart import (
    INFERRED,
    JUDGEMENT,
    PRINTED,
    SITE,
    THEN,
    Edge,
    Flowchart,
    Node,
    Question,
    Recommendation,
)
from algorithm.walk.engine import Pathway, Visit, edges_taken
from patients.clinical.judged import Judged
from patients.clinical.reasons import Reason, _
from patients.clinical.truth import Truth

Say = Callable[[Reason], str]
Translate = Callable[[str], str]

PADDING = 9
SIZES = {"head": 12, "title": 14, "criterion": 12, "fact": 12, "detail": 12, "exit": 12}  # as in the stylesheet
LEADING = {"head": 16, "title": 18, "criterion": 16, "fact": 15, "detail": 15, "exit": 20}

MARKS = {Truth.YES: "✓", Truth.NO: "✗", Truth.UNKNOWN: "?"}
ANSWERS = {Truth.YES: _("yes"), Truth.NO: _("no"), Truth.UNKNOWN: _("not known")}
CERTAINTY_WORDS = {
    PRINTED: _("printed in the figure"),
    INFERRED: _("inferred from table and text"),
    JUDGEMENT: _("judgement of this product"),
    SITE: _("variant of this site, not the paper's"),
}


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

    def runs(self, node: Node) -> bool:
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
        words = [node.id] if node.id != "observation" else []
        if isinstance(node, Question):
            if visit is not None and visit.passed:
                words.append(t(_("went on without a recorded answer")))
            elif visit is not None and visit.judged is not None:
                words.append(t(self._answer(node, visit.judged.answer)))
        else:
            words += [t(_("indicated"))] if node.step == self.pathway.step and not self.pathway.by_choice else []
            words += [t(_("being given"))] if self.runs(node) else []
        if self.state(node) == AHEAD:
            words.append(t(_("still possible")))
        return " · ".join(words)

    def _answer(self, node: Question, answer: Truth) -> str:
        """yes, no, not known; a question between two diseases is answered by the name of one."""
        edge = self.chart.exits.get((node.id, answer.value))
        return edge.label if edge and node.test == "dermatomyositis" else ANSWERS[answer]

    def text(self, node: Node, width: int) -> list[Line]:
        """All lines of a node, wrapped, not yet placed."""
        lines = [
            *self.wrapped(self.head(node), "head", width),
            *self.wrapped(self.translate(node.title), "title", width),
        ]
        if isinstance(node, Recommendation):
            return [*lines, *self.wrapped(self.translate(node.detail), "detail", width)]
        return [*lines, *self._criteria(node, width), *self._facts(node, width)]

    def _criteria(self, node: Question, width: int) -> Iterator[Line]:
        parts = self._deciding_parts(node)
        for criterion in node.criteria:
            part = parts.get(criterion.code)
            mark = f"{MARKS[part.answer]} " if part else ""
            yield from self.wrapped(mark + self.translate(criterion.text), "criterion", width)
            if part and part.answer is not Truth.UNKNOWN:
                yield from self._reason_lines(part.reasons, width)

    def _deciding_parts(self, node: Question) -> dict[str, Judged]:
        """The separate tests, where they are what decided; an acute course rests on the fact that began the episode."""
        visit = self.visits.get(node.id)
        if visit is None or (node.test == "course" and self.pathway.course.answer is Truth.YES):
            return {}
        return {part.code: part for part in visit.parts}

    def _facts(self, node: Question, width: int) -> Iterator[Line]:
        visit = self.visits.get(node.id)
        if visit is None or visit.judged is None or self._deciding_parts(node):
            return
        yield from self._reason_lines(visit.judged.reasons[:3], width)

    def _reason_lines(self, reasons: Iterable[Reason], width: int) -> Iterator[Line]:
        for why in reasons:
            basis = "" if why.basis == "S" else f" [{why.basis}]"
            yield from self.wrapped(f"▸ {self.say(why)}{basis}", "fact", width)

    def wrapped(self, text: str, kind: str, width: int) -> list[Line]:
        """Text as lines of one kind."""
        return [Line(line, kind) for line in wrap(text, width - 2 * PADDING, SIZES[kind])]

    def exits(self, node: Node, width: int) -> Iterator[Line]:
        """Where a node leads, as lines of text (tall layout)."""
        for edge in (x for x in self.chart.edges if x.source == node.id):
            label = self.translate(edge.label) if edge.label else ""
            sign = "➤" if self.edge_state(edge) == TAKEN else "→"
            goal = self.translate(edge.note) if stays(self.chart, edge) else self.place(edge.target)
            basis = f" ({self.translate(CERTAINTY_WORDS[edge.certainty])})" if edge.certainty != PRINTED else ""
            yield from self.wrapped(f"{label} {sign} {goal}{basis}".strip(), "exit", width)

    def place(self, node: str) -> str:
        """A node's name on an arrow: observation has no number to be known by."""
        return self.translate(self.chart.by_id[node].title) if node == "observation" else node

    def words(self) -> tuple[str, ...]:
        """The path in sentences, one a node."""
        return tuple(self._in_words(visit) for visit in self.pathway.visits)

    def _in_words(self, visit: Visit) -> str:
        node = self.chart.by_id[visit.node]
        reasons = visit.judged.reasons if visit.judged else ()
        words = [self.head(node), self.translate(node.title)]
        said = self.translate("; ").join(map(self.say, reasons))
        return ": ".join(words) + (f" ({said})" if reasons else "")


def stays(chart: Flowchart, edge: Edge) -> bool:
    """Does the edge mean "continue"? It leads from a question back to the step it follows."""
    question = chart.after(edge.target) if isinstance(chart.by_id[edge.target], Recommendation) else None
    return question is not None and question.id == edge.source and edge.answer != THEN
