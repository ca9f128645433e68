"""CSA_TARGET_DELAY: no cyclosporine level in its band, or none at all, by the end of day 3.

Source: specification 8, 11 (21), 13 (68) [J]; that delay lets the disease progress: [S] Kurasawa and Arai 2014. How it
is counted: monitoring/targets.py. D0: start or change of route; of a drug that goes on from before the episode day 0 of
the step. A newest level that is low or high is told by its own rule, on the same card.
Closes when a level in its band follows, or when the drug is stopped.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Situation
from monitoring.levels import CSA_NUMBERS, LATE_AFTER
from monitoring.targets import LEVEL_BEFORE_START, issues_of_delay
from patients.clinical.reasons import _


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue from the day after the last on which the band was to be reached."""
    return issues_of_delay(situation, "csa")


RULE = Rule(
    code="CSA_TARGET_DELAY",
    group=Group.LEVELS,
    version=1,
    title=_("Cyclosporine target not reached in time"),
    source=_("A judgement of this product; that delay lets the disease progress: Kurasawa and Arai 2014"),
    basis="J",
    detect=detect,
    values=(LATE_AFTER["csa"], LEVEL_BEFORE_START, *CSA_NUMBERS),
)
