"""What is wrong with a chart is told, each fault by itself; and what leads where in the one that is walked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from algorithm.flowcharts import CURRENT
from algorithm.walk.chart import Edge, Flowchart, Question, Recommendation
from algorithm.walk.engine import Visit


def with_edge(source: str, answer: str, **changes: object) -> Flowchart:
    """The chart with one edge that is otherwise."""
    edges = [replace(x, **changes) if (x.source, x.answer) == (source, answer) else x for x in CURRENT.edges]
    return replace(CURRENT, edges=tuple(edges))


def with_node(node_id: str, **changes: object) -> Flowchart:
    return replace(CURRENT, nodes=tuple(replace(x, **changes) if x.id == node_id else x for x in CURRENT.nodes))


def without_edge(source: str, answer: str) -> Flowchart:
    return replace(CURRENT, edges=tuple(x for x in CURRENT.edges if (x.source, x.answer) != (source, answer)))


@pytest.mark.parametrize(
    ("chart", "fault"),
    [
        (with_edge("N1", "yes", target="N9"), "edge N1 yes N9: no such node"),
        (
            replace(CURRENT, edges=(*CURRENT.edges, Edge(source="N0", answer="yes", target="N1", certainty="printed"))),
            "edge N0 yes N1: no such node",
        ),
        (with_edge("N2", "no", certainty="likely"), "edge N2 no: certainty 'likely'"),
        (with_edge("N2", "no", cites=("nobody",)), "edge N2: no citation 'nobody'"),
        (with_node("N2", cites=("nobody",)), "N2: no citation 'nobody'"),
        (with_node("T3", cites=("nobody",)), "T3: no citation 'nobody'"),
        (without_edge("N3", "yes"), "N3: no edge yes"),
        (without_edge("N3", "no"), "N3: no edge no"),
        (replace(CURRENT, entry="N9"), "no entry N9"),
    ],
)
def test_each_fault_of_a_chart_is_told_by_itself(chart: Flowchart, fault: str) -> None:
    assert list(chart.faults()) == [fault]


def test_what_follows_a_step_and_where_no_improvement_leads() -> None:
    assert [CURRENT.next_step(x) for x in ("T1", "T2", "T3", "T4", "observation")] == ["T2", "T3", "T4", None, None]
    assert [x and x.id for x in map(CURRENT.after, ("T1", "T2", "T3", "T4"))] == ["N4", "N5", "N6", None]
    assert isinstance(CURRENT.first_question, Question)
    assert CURRENT.first_question.id == "N1"
    assert [x.step for x in CURRENT.recommendations] == [x.step for x in CURRENT.nodes if not isinstance(x, Question)]


def test_unless_it_is_told_a_node_has_no_place_and_what_is_added_to_an_edge_is_a_judgement() -> None:
    question, step = Question(id="N", title="", test=""), Recommendation(id="T", step="T", title="")
    assert (question.place, step.place) == ((0, 0), (0, 0))
    edge = Edge(source="N", answer="yes", target="T", certainty="printed")
    assert (edge.label, edge.note, edge.note_basis, edge.cites) == ("", "", "J", ())


def test_a_visit_is_of_a_question_that_was_asked_unless_it_is_told_that_it_was_passed() -> None:
    assert (Visit("N4").judged, Visit("N4").parts, Visit("N4").passed) == (None, (), False)
