"""The published charts by name and version. A published file is frozen; a correction is a new version in a new file."""

from algorithm.chart import Flowchart
from algorithm.flowcharts import kurasawa_arai_2014

PUBLISHED: dict[tuple[str, int], Flowchart] = {
    (chart.name, chart.version): chart for chart in (kurasawa_arai_2014.CHART,)
}
CURRENT = kurasawa_arai_2014.CHART
