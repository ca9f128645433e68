"""Every step of the chart that was ever started, whatever became of the episode since. Pure.

What a Snapshot says of steps is about the present episode: a chronic course that ended its treatment has none any more.
Here the record is looked at as of each day on which a drug was begun, with all that is known today of that time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical.facts import Fact
from patients.clinical.regimen import StepStart, regimen_of
from patients.clinical.snapshot import FIELD_OF, Snapshot, masked, once
from patients.clinical.wall_clock import start_of_day


@once
def steps_started(snapshot: Snapshot) -> tuple[StepStart, ...]:
    """The steps in the order in which they were started."""
    days = sorted({x.day for x in snapshot.treatments if x.day <= snapshot.today})
    found: dict[tuple[str, datetime], StepStart] = {}
    for day in days:
        for start in regimen_of(up_to(snapshot, day)).starts:
            found.setdefault((start.step, start.d0), start)
    return tuple(sorted(found.values(), key=lambda x: (x.d0, x.step)))


def up_to(snapshot: Snapshot, day: date) -> Snapshot:
    """The record about times up to the end of a day: also what became known of them later, as a history that is entered
    or sent afterwards."""
    end = start_of_day(day + timedelta(days=1), ZoneInfo(snapshot.zone)) - timedelta(seconds=1)
    moment = min(end, snapshot.as_of)
    by_field: dict[str, Any] = {
        name: tuple([_known_by(x, moment, day) for x in getattr(snapshot, name) if x.on <= moment])
        for name in FIELD_OF.values()
    }
    by_field["treatments"] = tuple([masked(x, min(day, snapshot.today)) for x in by_field["treatments"]])
    return replace(snapshot, as_of=moment, **by_field)


def _known_by(fact: Fact, moment: datetime, day: date) -> Fact:
    """The fact as if it had become known by a moment of a day."""
    if fact.known <= moment and fact.first_known <= moment:
        return fact
    known, first_known = min(fact.known, moment), min(fact.first_known, moment)
    return replace(fact, known=known, known_day=min(fact.known_day, day), first_known=first_known)
