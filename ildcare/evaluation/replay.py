"""Replay of a case without a database: what the product would have said, day by day, up to a moment.

The same judgement as the evaluation of stored patients, on snapshots built from a file. Nothing is written; the clock
is not asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from algorithm.charts import chart_for
from algorithm.walk.engine import Pathway, walk
from algorithm.walk.subtypes import Subtype, subtype_of
from ildcare.evaluation.next_evaluation import ask
from monitoring.engine import examine
from monitoring.lifecycle import AlertState, alert_course, evaluation_moments
from monitoring.rules import RULES
from patients.clinical.reasons import say
from patients.clinical.regimen import Indicated
from patients.clinical.snapshot import Settings, Snapshot
from patients.clinical.ticking import Turns
from patients.clinical.unfolding import Unfolded
from patients.imports.case import Case, snapshot_of, unfolded
from patients.imports.moments import moment_of

END_OF_DAY = time(23, 59, 59, 999999)
EvaluatedAt = tuple[datetime, Snapshot, Indicated]


@dataclass(frozen=True, slots=True)
class Replay:
    """What holds as of a moment, and every alert raised on the way to it."""

    as_of: datetime
    pathway: Pathway
    subtype: Subtype
    alerts: tuple[AlertState, ...]


def replay(case: Case, as_of: datetime, settings: Settings | None = None) -> Replay:
    """Evaluates a case as of a moment, and at every moment before it at which an answer can have changed; at a site
    with these settings, which name the chart."""
    snapshot = snapshot_of(case, as_of, as_of, settings)
    return Replay(
        as_of,
        walk(chart_for(snapshot), snapshot),
        subtype_of(snapshot),
        alert_course(RULES, _evaluations(case, as_of, settings)),
    )


def _evaluations(case: Case, as_of: datetime, settings: Settings | None) -> Iterator[EvaluatedAt]:
    known = (version.fact.known for version in case.versions)
    return evaluations_of(unfolded(case, settings), known, as_of, case.zone)


def evaluations_of(record: Unfolded, known: Iterable[datetime], until: datetime, zone: str) -> Iterator[EvaluatedAt]:
    """A record at every moment at which an answer can have changed, by when its facts became `known`.

    One Snapshot is made of the one before and of what came since, so that all of them cost what the facts cost."""
    for moment in evaluation_moments(known, until, zone, lambda moment: _next_turn(record, moment)):
        snapshot = record.at(moment)
        yield moment, snapshot, walk(chart_for(snapshot), snapshot).indicated


def next_turn(case: Case, moment: datetime) -> date | None:
    """The first day after a moment on which an answer or an alert could turn with what is known at that moment.

    Chart and rules are asked on a clock that notes what they compare it with (`patients.clinical.ticking`). Where one
    of them cannot be asked so, the next day is looked at.
    """
    return _next_turn(unfolded(case), moment)


def _next_turn(record: Unfolded, moment: datetime) -> date | None:
    known = record.at(moment)
    turns = Turns(moment, known.zone)
    record.ask_ahead(turns)
    ask(turns, known, lambda x: examine(RULES, x, walk(chart_for(x), x).indicated))
    return turns.first


def end_of(day: date, zone: str) -> datetime:
    """The last moment of a calendar day at the site."""
    return datetime.combine(day, END_OF_DAY, ZoneInfo(zone))


def as_of_text(text: str, zone: str) -> datetime:
    """A moment as it is typed: a date means its end. Raises patients.imports.moments.NotAMoment."""
    moment = moment_of(text, ZoneInfo(zone))
    return end_of(moment.day, zone) if moment.date_only else moment.at


def after_last_event(case: Case) -> datetime | None:
    """The moment of the last event of a case; where that is a date alone, its end. None for an empty case."""
    zone = ZoneInfo(case.zone)
    moments = [moment.astimezone(zone) for x in case.versions for moment in (x.fact.on, x.fact.known)]
    ends = (end_of(moment.date(), case.zone) if moment.time() == time() else moment for moment in moments)
    return max(ends, default=None)


def as_json(result: Replay) -> dict[str, Any]:
    """The object that `replay --json` prints."""
    pathway = result.pathway
    return {
        "as_of": result.as_of.isoformat(),
        "course": pathway.course.course,
        "subtype": result.subtype.subtype,
        "subtypes_possible": list(result.subtype.possible),
        "step": pathway.step,
        "steps_possible": list(pathway.steps_possible),
        "poor_risk": {code: answer.as_bool for code, answer in pathway.poor_risk.items()},
        "missing": list(dict.fromkeys((*pathway.missing, *result.subtype.missing))),
        "path": list(pathway.path),
        "alerts": [_alert_as_json(alert) for alert in result.alerts],
    }


def _alert_as_json(alert: AlertState) -> dict[str, Any]:
    return {
        "rule": alert.rule,
        "on": alert.opened_on.isoformat(),
        "severity": alert.severity.label,
        "reason": "; ".join(say(why) for why in alert.reasons),
        "open": alert.open,
    }
