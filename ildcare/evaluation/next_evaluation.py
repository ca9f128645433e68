"""When the clock alone could next change an answer or an alert, so that nobody is looked at who cannot have changed.

Chart and rules are asked once more, on a clock that notes what it is compared with (`patients.clinical.ticking`). That
costs as much as an evaluation and is done where the clock asked for one; whose record changed is looked at again soon
anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from algorithm.charts import chart_for
from algorithm.opinion import opinion
from monitoring.engine import Examination, examine
from monitoring.rules import RULES
from patients.clinical.planned import PlannedDose
from patients.clinical.snapshot import Snapshot
from patients.clinical.ticking import Turns, of_the_clock


def next_turn(snapshot: Snapshot, planned: tuple[PlannedDose, ...] = ()) -> datetime | None:
    """The first moment at which something could turn though nothing becomes known; None: there is none.

    A sentence of an alert that counts days is another one tomorrow.
    """
    turns = Turns(snapshot.as_of, snapshot.zone)
    for moment in snapshot.ahead:
        if isinstance(moment, datetime):
            turns.at(moment)
        else:
            turns.in_days((moment - turns.today).days or 1)
    asked = ask(
        turns, snapshot, lambda x: examine(RULES, x, opinion(chart_for(x), x).pathway.indicated, planned=planned)
    )
    if asked is None or any(
        of_the_clock(part) for issue in asked.issues for why in issue.reasons for _name, part in why.parts
    ):
        turns.tomorrow()
    return turns.moment


def ask(turns: Turns, snapshot: Snapshot, judge: Callable[[Snapshot], Examination]) -> Examination | None:
    """Let `turns` note what chart and rules ask of the clock; None, and nothing is sure for a day, if one breaks."""
    try:
        examination = judge(turns.ask(snapshot))
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError):
        examination = None
    if examination is None or examination.failures:
        turns.tomorrow()
        return None
    return examination
