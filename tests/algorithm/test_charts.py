"""Which chart a snapshot is walked on: the last published one, or a variant of one edge that a site has chosen."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from algorithm.charts import CHARTS, TRIPLE_AFTER_GC, VARIANTS, chart_for, chart_of, key_of
from algorithm.difference import difference
from algorithm.drawing.diagram import draw
from algorithm.flowcharts import CURRENT, PUBLISHED
from algorithm.opinion import opinion, output_of
from algorithm.record import inputs_of
from algorithm.variants import variant_of
from algorithm.walk.chart import SITE
from algorithm.walk.engine import walk
from patients.clinical.reasons import say
from patients.clinical.snapshot import Settings
from tests.story import Story

DRILL = Settings(chart=key_of(TRIPLE_AFTER_GC))


def failing_on_gc() -> Story:
    """PM without a poor risk factor, worse ten days after glucocorticoid was begun."""
    story = Story().onset(0).diagnosis(0, "PM").mda5(0, "negative").ferritin(0, "300").pao2(0, "80")
    story.hrct(0, ggo=True, consolidation="none", change="first").dyspnoea(0, True, "worse")
    return story.drug(2, "gc", route="oral", dose=Decimal(50), unit="mg/day").judged(12, "worse")


def test_without_a_choice_it_is_the_last_published_one() -> None:
    assert chart_of(Settings()) is CURRENT
    assert chart_for(failing_on_gc().snapshot(13)) is CURRENT


def test_a_choice_that_this_program_does_not_have_is_the_published_one() -> None:
    assert chart_of(Settings(chart="kurasawa_arai_2014 99")) is CURRENT


@pytest.mark.parametrize("chart", VARIANTS, ids=key_of)
def test_a_variant_is_one_edge_of_the_published_chart_and_marked_as_such(chart) -> None:
    assert list(chart.faults()) == []
    (edge,) = chart.departures
    assert (edge.certainty, edge.note_basis, bool(edge.note), edge.cites) == (SITE, "J", True, ())
    others = [x for x in chart.edges if x is not edge]
    assert [x for x in CURRENT.edges if x not in others] == [CURRENT.exits[edge.source, edge.answer]]
    assert (chart.nodes, chart.citations) == (CURRENT.nodes, CURRENT.citations)
    assert (chart.name, chart.version) not in PUBLISHED


def test_no_published_chart_departs_from_the_paper() -> None:
    assert not any(x.departures for x in PUBLISHED.values())
    assert len(CHARTS) == len(PUBLISHED) + len(VARIANTS)


@pytest.mark.parametrize(("source", "answer", "target"), [("N9", "no", "T3"), ("N4", "no", "T9"), ("N4", "no", "T2")])
def test_what_is_no_other_edge_is_refused(source: str, answer: str, target: str) -> None:
    with pytest.raises(ValueError, match="no other edge"):
        variant_of(CURRENT, name="x", title="x", version=1, source=source, answer=answer, target=target, why="x")


def test_the_site_s_edge_leads_there_and_nothing_else_moves() -> None:
    snapshot = failing_on_gc().snapshot(13)
    tried = replace(snapshot, settings=DRILL)
    assert walk(chart_for(snapshot), snapshot).step == "T2"
    assert walk(chart_for(tried), tried).step == "T3"
    before = failing_on_gc().snapshot(11)
    assert walk(chart_for(before), before).step == walk(TRIPLE_AFTER_GC, replace(before, settings=DRILL)).step == "T1"


def test_a_step_that_moved_by_the_chart_alone_says_so() -> None:
    snapshot = failing_on_gc().snapshot(13)
    tried = replace(snapshot, settings=DRILL)
    then, now = ((inputs_of(x), output_of(opinion(chart_for(x), x))) for x in (snapshot, tried))
    moved = difference(*then, *now)
    assert [say(x.sentence) for x in moved.changes] == ["step moved from T2 to T3"]
    assert [say(x.sentence) for x in moved.causes] == [f"the chart in use is another one: {TRIPLE_AFTER_GC.title}"]
    assert not moved.by_time
    assert difference(*then, *then).causes == ()


def test_the_drawing_shows_the_site_s_edge_as_none_of_the_paper_s() -> None:
    snapshot = replace(failing_on_gc().snapshot(13), settings=DRILL)
    drawing = draw(TRIPLE_AFTER_GC, walk(TRIPLE_AFTER_GC, snapshot), say=say, translate=str)
    marked = [x for x in drawing.arrows if x.certainty == SITE]
    assert ["variant of this site" in x.title for x in marked] == [True] * len(marked)
    assert marked
