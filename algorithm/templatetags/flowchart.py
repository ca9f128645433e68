"""The drawing of a chart for a template: `{% draw_flowchart chart pathway "wide" as drawing %}`."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString

from algorithm.drawing.diagram import WIDE, draw
from algorithm.drawing.shapes import Drawing
from algorithm.literature.evidence import Evidence, evidence_at
from algorithm.walk.chart import Flowchart
from algorithm.walk.engine import Pathway
from patients.wording import render, translated

register = template.Library()
MOST_KEPT = 256  # drawings as HTML, about 40 kB each


@register.simple_tag
def draw_flowchart(chart: Flowchart, pathway: Pathway, layout: str = WIDE) -> Drawing:
    """The chart with the path lit, in the reader's language; layout "wide" or "tall"."""
    return draw(chart, pathway, say=render, translate=translated, layout=layout)


@register.filter
def later_evidence(step: str) -> tuple[Evidence, ...]:
    """Evidence published after the chart, beside a step."""
    return evidence_at(step)


@register.simple_tag
def drawn(drawing: Drawing) -> SafeString:
    """The drawing as SVG. Drawings that say the same are one: it is made once of each, of the newest."""
    return _svg(drawing)


@lru_cache(maxsize=MOST_KEPT)
def _svg(drawing: Drawing) -> SafeString:
    return SafeString(get_template("algorithm/_drawing.html").render({"drawing": drawing}))
