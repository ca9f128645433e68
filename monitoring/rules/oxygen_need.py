"""OXYGEN_NEED: on oxygen for the first time, or within 72 hours more of it, or more support.

Source: specification 13 (111) [J]: at least 2 L/min more through the same device, FiO2 0.10 more, a device of higher
rank (13 (64)). Readings [J] in patients/clinical/oxygen_need.py; besides: who is chronic and was on oxygen when first
recorded is on what he is used to, which is no news. D0: none, in any course. Critical. The same day improvement on the
running step is asked for (IMPROVEMENT_JUDGEMENT_DUE).
Closes when the support is that before the rise, or less, in records at least 24 hours apart. What was done for a
procedure stays until then, acknowledged by a person.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitoring.engine import Group, Issue, Remark, Rule, Severity, Situation, issue
from monitoring.episodes import OXYGEN_OLD_AFTER, age
from monitoring.site_values import HOURS_UNIT, of_ground
from patients.clinical.course import CHRONIC, known_moment
from patients.clinical.facts import Fact
from patients.clinical.oxygen_need import (
    BACK_FOR,
    FIO2_UP,
    FLOW_UP,
    WITHIN,
    Rise,
    oxygen_course,
    oxygen_records,
    rise_reason,
)
from patients.clinical.reasons import _, reason

VALUES = (
    of_ground(WITHIN, _("more oxygen within"), HOURS_UNIT, ("24", "168"), whole=True),
    of_ground(BACK_FOR, _("over, or without oxygen, for"), HOURS_UNIT, ("6", "72"), whole=True),
    of_ground(FLOW_UP, _("more flow on the same device, at least"), "L/min", ("1", "5")),
    of_ground(FIO2_UP, _("FiO2 up by at least"), "", ("0.05", "0.30")),
)
ASK = _("progression, infection, pneumomediastinum, fluid? Improvement is to be judged today")


def detect(situation: Situation) -> Iterator[Issue | Remark]:
    """One issue for the need that is not over: its newest rise, and its first one where that is another."""
    need = oxygen_course(situation.snapshot).need
    if need is None or (need.untold and situation.course.course == CHRONIC):
        return
    newest, first = need.rises[-1], need.rises[0]
    told = [newest] if newest is first else [newest, first]
    last = oxygen_records(situation.snapshot)[-1].fact
    why = (*map(rise_reason, told), reason(ASK, basis="J"), *age(situation.snapshot, last, OXYGEN_OLD_AFTER))
    yield issue(Severity.CRITICAL, why, *_facts(newest), *_facts(first), known=known_moment(first.oxygen.fact))


def _facts(rise: Rise) -> Iterator[Fact]:
    yield rise.oxygen.fact
    if rise.before is not None:
        yield rise.before.fact


RULE = Rule(
    code="OXYGEN_NEED",
    group=Group.RESPIRATION,
    version=1,
    title=_("Oxygen needed, or more of it"),
    source=_("judgement of this product"),
    basis="J",
    detect=detect,
    values=(*VALUES, OXYGEN_OLD_AFTER),
)
