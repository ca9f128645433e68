"""The drawing of the chart: complete, legible, the same in words, in both layouts and in both kinds of writing."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest
from django.template.loader import render_to_string

from algorithm.drawing.diagram import TALL, WIDE, draw
from algorithm.drawing.lettering import text_width, wrap
from algorithm.drawing.pen import SIZES
from algorithm.drawing.shapes import AHEAD, CURRENT, OFF, TAKEN, VISITED, Box, Drawing
from algorithm.flowcharts import CURRENT as CHART
from algorithm.literature.evidence import LATER_EVIDENCE
from algorithm.literature.standing import library
from patients.clinical.reasons import say
from tests.algorithm.courses import chronic, on_t1, on_t3, walked
from tests.story import Story

JAPANESE = "肺病変の経過は急性または亜急性か、それとも慢性か。"
STORIES = {
    "nothing known": (Story(), 0),
    "waits for an antibody": (
        Story().onset(0).diagnosis(0, "DM").ferritin(0, "890").pao2(0, "70").hrct(0, ggo=False),
        5,
    ),
    "worse on GC": (on_t1().judged(10, "worse"), 12),
    "on triple therapy": (on_t3(), 5),
    "chronic": (chronic(), 0),
}


def drawn(name: str = "worse on GC", layout: str = WIDE, translate=str) -> Drawing:
    story, day = STORIES[name]
    return draw(CHART, walked(story, day), say=say, translate=translate, layout=layout)


def in_japanese(message: str) -> str:
    return JAPANESE if len(message) > 12 else "はい"


@pytest.mark.parametrize("layout", [WIDE, TALL])
@pytest.mark.parametrize("name", STORIES)
def test_every_node_is_drawn_once(name: str, layout: str) -> None:
    nodes = [x.node for x in drawn(name, layout).boxes if x.node]
    assert sorted(nodes) == sorted(x.id for x in CHART.nodes)


@pytest.mark.parametrize("name", STORIES)
def test_every_edge_is_drawn_once(name: str) -> None:
    assert len(drawn(name).arrows) == len(CHART.edges)


@pytest.mark.parametrize("translate", [str, in_japanese], ids=["English", "Japanese"])
@pytest.mark.parametrize("layout", [WIDE, TALL])
@pytest.mark.parametrize("name", STORIES)
def test_text_stays_inside_its_box_and_boxes_apart(name: str, layout: str, translate) -> None:
    drawing = drawn(name, layout, translate)
    for box in drawing.boxes:
        assert 0 <= box.x <= box.x + box.width <= drawing.width
        assert 0 <= box.y <= box.y + box.height <= drawing.height
        for line in box.lines:
            assert box.x < line.x
            assert line.x + text_width(line.text, SIZES[line.kind]) <= box.x + box.width
            assert box.y < line.y < box.y + box.height
    assert not any(overlap(a, b) for a, b in combinations(drawing.boxes, 2))


def overlap(a: Box, b: Box) -> bool:
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


@pytest.mark.parametrize("translate", [str, in_japanese], ids=["English", "Japanese"])
@pytest.mark.parametrize("name", STORIES)
def test_arrows_run_upright_or_level_and_through_no_box(name: str, translate) -> None:
    drawing = drawn(name, WIDE, translate)
    for arrow in drawing.arrows:
        for (x0, y0), (x1, y1) in zip(arrow.points, arrow.points[1:], strict=False):
            assert x0 == x1 or y0 == y1
            inner = Box(
                node="",
                kind="",
                state="",
                runs=False,
                x=min(x0, x1) + 1,
                y=min(y0, y1) + 1,
                width=abs(x1 - x0) - 2,
                height=abs(y1 - y0) - 2,
                lines=(),
                label="",
            )
            assert not any(crosses(inner, box) for box in drawing.boxes), arrow.title


def crosses(line: Box, box: Box) -> bool:
    x0, x1 = sorted((line.x, line.x + line.width))
    y0, y1 = sorted((line.y, line.y + line.height))
    return x0 < box.x + box.width - 1 and box.x + 1 < x1 and y0 < box.y + box.height - 1 and box.y + 1 < y1


def states(drawing: Drawing) -> dict[str, str]:
    return {x.node: x.state for x in drawing.boxes if x.node}


def test_path_is_lit_and_the_step_is_current() -> None:
    shown = states(drawn())
    assert {k for k, v in shown.items() if v == VISITED} == {"N1", "N2", "N3", "T1", "N4"}
    assert {k for k, v in shown.items() if v == CURRENT} == {"T2"}
    assert shown["T3"] == OFF


def test_taken_edges_follow_the_path() -> None:
    taken = [x.title.partition(":")[0] for x in drawn().arrows if x.state == TAKEN]
    assert taken == ["N1 → N2", "N2 → N3", "N3 → T1", "N4 → T2", "T1 → N4"]


def test_open_question_is_current_and_its_ways_ahead() -> None:
    shown = states(drawn("waits for an antibody"))
    assert shown["N2"] == CURRENT
    assert {k for k, v in shown.items() if v == AHEAD} == {"N3", "T2", "T3"}


def test_step_that_runs_says_so_in_words() -> None:
    (box,) = [x for x in drawn("on triple therapy").boxes if x.node == "T3"]
    assert box.runs
    assert "being given" in box.label
    assert "indicated" in box.label


def test_node_says_which_fact_decided_it() -> None:
    (box,) = [x for x in drawn("on triple therapy").boxes if x.node == "N2"]
    assert "✓ 3) Ferritin > 1,000 ng/mL ▸ ferritin 1,679 ng/mL on 1 Mar > 1,000" in box.label


def test_certainty_of_every_edge_is_in_the_drawing() -> None:
    assert {x.certainty for x in drawn().arrows} == {"printed", "inferred", "judgement"}


@pytest.mark.parametrize("width", [60, 120, 170])
@pytest.mark.parametrize(
    "text", ["ferritin 1,679 ng/mL on 4 Mar > 1,000", JAPANESE, "抗MDA5抗体（anti-MDA5）陽性", "x" * 90]
)
def test_wrapped_lines_fit_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrap(text, width, 12)
    assert all(text_width(x, 12) <= width for x in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_line_never_begins_with_closing_punctuation() -> None:
    assert not any(x[0] in "、。）" for width in range(40, 200, 7) for x in wrap(JAPANESE * 3, width, 12))


# -- the fragment -----------------------------------------------------------------------------------------------------


def fragment(name: str = "worse on GC") -> str:
    story, day = STORIES[name]
    evidence = library(LATER_EVIDENCE, ())
    context = {"chart": CHART, "pathway": walked(story, day), "evidence": evidence}
    return render_to_string("algorithm/_flowchart.html", context)


@pytest.mark.parametrize("name", STORIES)
def test_fragment_has_no_inline_style_or_script(name: str) -> None:
    html = fragment(name)
    assert not re.search(r"style=|<style|<script|\son[a-z]+=", html)


def test_fragment_names_the_picture_and_tells_the_path_in_words() -> None:
    html = fragment()
    assert html.count('role="img"') == 2
    assert "N4 · no: Improvement on GC?" in html


def test_fragment_shows_choices_later_evidence_and_the_missing_reviewer() -> None:
    html = fragment()
    assert "Not yet checked against the printed figure by a clinician." in html
    assert "10.1002/art.41105" in html
    assert "once acute/subacute" in html


def test_coordinates_are_written_with_a_point_in_every_language() -> None:
    from django.utils import translation

    with translation.override("de"):
        assert not re.search(r'(x|y|viewBox)="[^"]*\d,\d', fragment())


def test_every_class_of_the_drawing_is_in_the_stylesheet() -> None:
    css = Path("static/algorithm/flowchart.css").read_text()
    used = {x for names in re.findall(r'class="([^"]*)"', fragment()) for x in names.split() if x.startswith("fc-")}
    plain = {"fc-node", "fc-arrow", "fc-question", "fc-step", "fc-stub", "fc-words"}
    assert {x for x in used - plain if f".{x}" not in css} == set()
