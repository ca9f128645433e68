"""The published charts. A published file is frozen; a correction is a new version in a new file."""

from algorithm.flowcharts import kurasawa_arai_2014

PUBLISHED = {(chart.name, chart.version): chart for chart in (kurasawa_arai_2014.CHART,)}
CURRENT = kurasawa_arai_2014.CHART
