"""Variants of a published chart: one edge that leads elsewhere at a site, and is marked as such wherever shown. Pure.

A variant is no correction of the paper: the published chart stays as it is, and a variant says what it departs from.
"""

from __future__ import annotations

from dataclasses import replace

from algorithm.walk.chart import SITE, Edge, Flowchart
from patients.clinical.reasons import _

INVENTED = _("an edge of a variant, invented as a drill: it has no source")


def variant_of(
    chart: Flowchart, *, name: str, title: str, version: int, source: str, answer: str, target: str, why: str
) -> Flowchart:
    """The chart with another edge from `source` by `answer`, which leads to `target`. `why`: shown at the edge.

    Raises ValueError where the chart has no such edge or node, or where the edge leads there already.
    """
    former = chart.exits.get((source, answer))
    if former is None or target not in chart.by_id or former.target == target:
        raise ValueError(f"{chart.name} {chart.version}: no other edge {source} {answer} {target}")
    edge = Edge(
        source=source, answer=answer, target=target, certainty=SITE, label=former.label, note=why, note_basis="J"
    )
    edges = tuple(edge if x is former else x for x in chart.edges)
    return replace(chart, name=name, title=title, version=version, edges=edges, reviewer="")
