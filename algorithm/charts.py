"""Every chart that can be in use: the published ones, and variants of them. Which one a snapshot is walked on. Pure."""

from __future__ import annotations

from algorithm.flowcharts import CURRENT, PUBLISHED
from algorithm.variants import INVENTED, variant_of
from algorithm.walk.chart import Flowchart
from patients.clinical.reasons import _
from patients.clinical.snapshot import Settings, Snapshot

# [J] a drill, so that a site has practised to publish, compare, activate and undo before it needs to: invented
TRIPLE_AFTER_GC = variant_of(
    CURRENT,
    name="kurasawa_arai_2014_drill",
    title=_("Drill: Figure 3 of Kurasawa and Arai 2014 with one edge of the site (N4, not improved on GC: T3)"),
    version=1,
    source="N4",
    answer="no",
    target="T3",
    why=INVENTED,
)
VARIANTS = (TRIPLE_AFTER_GC,)


def key_of(chart: Flowchart) -> str:
    """As a chart is written down: its name and version."""
    return f"{chart.name} {chart.version}"


CHARTS = {key_of(x): x for x in (*PUBLISHED.values(), *VARIANTS)}


def chart_of(settings: Settings) -> Flowchart:
    """The chart that a site has chosen; without a choice, or of one that this program no longer has, the last one that
    was published."""
    return CHARTS.get(settings.chart, CURRENT)


def chart_for(snapshot: Snapshot) -> Flowchart:
    """The chart on which a snapshot is walked: that of its site."""
    return chart_of(snapshot.settings)
