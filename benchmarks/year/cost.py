"""What each rule costs a look: processor time in the order in which the product asks them. Pure but for the clock.

What several rules ask of one snapshot is worked out once, by the first that asks: the chart first, then the rules in
their order. A rule that is dear may pay for others.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from algorithm.flowcharts import CURRENT
from algorithm.opinion import opinion
from monitoring.engine import Examination, Issue, Remark, Rule, Situation, examine
from monitoring.rules import RULES
from patients.clinical.snapshot import Snapshot

SHARE = 0.05  # of the whole: a rule above it is named [J]
CHART = "the chart"


class Costs:
    """Nanoseconds of processor time by rule over all looks."""

    def __init__(self) -> None:
        self.spent: dict[str, int] = defaultdict(int)
        self.looks = 0
        self._rules = tuple(self._timed(x) for x in RULES)

    def examine(self, snapshot: Snapshot) -> Examination:
        """Both wings on one snapshot, each rule by the clock."""
        self.looks += 1
        begun = time.process_time_ns()
        indicated = opinion(CURRENT, snapshot).pathway.indicated
        self.spent[CHART] += time.process_time_ns() - begun
        return examine(self._rules, snapshot, indicated)

    def _timed(self, rule: Rule) -> Rule:
        def detect(situation: Situation) -> Iterator[Issue | Remark]:
            begun = time.process_time_ns()
            try:
                return iter(list(rule.detect(situation)))
            finally:
                self.spent[rule.code] += time.process_time_ns() - begun

        return replace(rule, detect=detect)

    def written(self) -> Iterator[str]:
        """Microseconds a look and the share of the whole, dearest first; what is above its share is marked."""
        whole = sum(self.spent.values())
        yield f"cost: {whole / self.looks / 1000:.0f} us a look, {self.looks} looks; above {SHARE:.0%} marked *"
        for code, spent in sorted(self.spent.items(), key=lambda x: -x[1]):
            mark = " *" if spent / whole > SHARE else ""
            yield f"  {code:28} {spent / self.looks / 1000:8.1f} us {spent / whole:6.1%}{mark}"
