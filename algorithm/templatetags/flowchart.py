"""The drawing of a chart for a template: `{% draw_flowchart chart pathway "wide" as drawing %}`; and what stands beside
its nodes: `{% later_evidence moment as evidence %}`, one query, then `evidence|beside:node.id`."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString

from algorithm.drawing.diagram import WIDE, draw
from algorithm.drawing.shapes import Drawing
from algorithm.literature.standing import Library, NodePanel
from algorithm.notes import notes_here
from algorithm.walk.chart import Flowchart
from algorithm.walk.engine import Pathway
from patients.wording import render, translated

register = template.Library()
MOST_KEPT = 256  # drawings as HTML, about 40 kB each


@register.simple_tag
def draw_flowchart(chart: Flowchart, pathway: Pathway, layout: str = WIDE) -> Drawing:
    """The chart with the path lit, in the reader's language; layout "wide" or "tall"."""
    return draw(chart, pathway, say=render, translate=translated, layout=layout)


@register.simple_tag
def later_evidence(moment: datetime | None = None) -> Library:
    """The notes of later literature as they stood at this site at a moment; without one, as they stand."""
    return notes_here(moment)


@register.filter
def beside(evidence: Library, node: str) -> NodePanel:
    """What stands beside a node."""
    return evidence.at(node)


@register.simple_tag
def drawn(drawing: Drawing) -> SafeString:
    """The drawing as SVG. Drawings that say the same are one: it is made once of each, of the newest."""
    return _svg(drawing)


@lru_cache(maxsize=MOST_KEPT)
def _svg(drawing: Drawing) -> SafeString:
    return SafeString(get_template("algorithm/_drawing.html").render({"drawing": drawing}))
