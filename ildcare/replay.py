"""Replay of a case without a database: what the product would have said, day by day, up to a moment.

The same judgement as the evaluation of stored patients, on snapshots built from a file. Nothing is written; the clock
is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from algorithm.engine import Pathway, walk
from algorithm.flowcharts import CURRENT
from algorithm.subtypes import Subtype, subtype_of
from monitoring.lifecycle import AlertState, alert_course, looks_of
from monitoring.rules import RULES
from patients.clinical.reasons import say
from patients.clinical.regimen import Indicated
from patients.clinical.snapshot import Snapshot
from patients.imports.case_file import Case, snapshot_of
from patients.imports.moments import moment_of

END_OF_DAY = time(23, 59, 59, 999999)
Look = tuple[datetime, Snapshot, Indicated]


@dataclass(frozen=True, slots=True)
class Replay:
    """What holds as of a moment, and every alert raised on the way to it."""

    as_of: datetime
    pathway: Pathway
    subtype: Subtype
    alerts: tuple[AlertState, ...]


def replay(case: Case, as_of: datetime) -> Replay:
    """Evaluates a case as of a moment, and at every look before it."""
    snapshot = snapshot_of(case, as_of, as_of)
    return Replay(as_of, walk(CURRENT, snapshot), subtype_of(snapshot), alert_course(RULES, _looks(case, as_of)))


def _looks(case: Case, as_of: datetime) -> Iterator[Look]:
    for moment in looks_of((version.fact.known for version in case.versions), as_of, case.zone):
        snapshot = snapshot_of(case, moment, moment)
        yield moment, snapshot, walk(CURRENT, snapshot).indicated


def end_of(day: date, zone: str) -> datetime:
    """The last moment of a calendar day at the site."""
    return datetime.combine(day, END_OF_DAY, ZoneInfo(zone))


def as_of_text(text: str, zone: str) -> datetime:
    """A moment as it is typed: a date means its end. Raises patients.imports.moments.NotAMoment."""
    moment = moment_of(text, ZoneInfo(zone))
    return end_of(moment.day, zone) if moment.date_only else moment.at


def after_last_event(case: Case) -> datetime | None:
    """Just after the last thing that a case tells; where that is a date alone, its end. None for an empty case."""
    zone = ZoneInfo(case.zone)
    told = [moment.astimezone(zone) for x in case.versions for moment in (x.fact.on, x.fact.known)]
    ends = (end_of(moment.date(), case.zone) if moment.time() == time() else moment for moment in told)
    return max(ends, default=None)


def as_json(done: Replay) -> dict[str, Any]:
    """The object that `replay --json` prints."""
    pathway = done.pathway
    return {
        "as_of": done.as_of.isoformat(),
        "course": pathway.course.course,
        "subtype": done.subtype.subtype,
        "subtypes_possible": list(done.subtype.possible),
        "step": pathway.step,
        "steps_possible": list(pathway.steps_possible),
        "poor_risk": {code: answer.as_bool for code, answer in pathway.poor_risk.items()},
        "missing": list(dict.fromkeys((*pathway.missing, *done.subtype.missing))),
        "path": list(pathway.path),
        "alerts": [_alert_as_json(alert) for alert in done.alerts],
    }


def _alert_as_json(alert: AlertState) -> dict[str, Any]:
    return {
        "rule": alert.rule,
        "on": alert.opened_on.isoformat(),
        "severity": alert.severity.label,
        "reason": "; ".join(say(why) for why in alert.reasons),
        "open": alert.open,
    }
