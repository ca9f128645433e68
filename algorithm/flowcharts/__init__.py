"""The published charts by name and version. A published file is frozen; a correction is a new version in a new file.

Pure.
"""

from algorithm.flowcharts import kurasawa_arai_2014, kurasawa_arai_2014_v2
from algorithm.walk.chart import Flowchart

PUBLISHED: dict[tuple[str, int], Flowchart] = {
    (chart.name, chart.version): chart for chart in (kurasawa_arai_2014.CHART, kurasawa_arai_2014_v2.CHART)
}
CURRENT = kurasawa_arai_2014_v2.CHART
