"""A stored evaluation computed again from its stored inputs."""

from __future__ import annotations

from typing import NamedTuple

from algorithm.fingerprints import canonical
from algorithm.flowcharts import PUBLISHED
from algorithm.models import Assessment
from algorithm.opinion import opinion, output_of
from algorithm.queries import seal
from algorithm.record import snapshot_from


class Replay(NamedTuple):
    """`same`: every byte came out again; `intact`: the row is what was sealed when it was written."""

    same: bool
    intact: bool


def replay_assessment(assessment: Assessment) -> Replay:
    """Under the chart version that the evaluation names."""
    chart = PUBLISHED[assessment.chart, assessment.chart_version]
    output = output_of(opinion(chart, snapshot_from(assessment.inputs)))
    return Replay(canonical(output) == canonical(assessment.output), seal(assessment) == assessment.sha256)
