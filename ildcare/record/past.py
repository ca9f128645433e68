"""The course of a patient as it was known day by day, and the moments at which something became known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from algorithm.charts import chart_for, key_of
from algorithm.difference import difference
from algorithm.opinion import Opinion, opinion, output_of
from algorithm.record import inputs_of, is_read
from algorithm.walk.engine import Pathway
from ildcare.drawing.strip import Answer, Strip, merged, strip_of
from ildcare.moment.record_state import RecordState
from ildcare.moment.state_cache import StateCache
from monitoring.past import severity_days
from patients.clinical.facts import Unreadable
from patients.clinical.snapshot import Snapshot
from patients.clinical.unfolding import snapshots_at
from patients.clinical.versions import Version
from patients.clinical.wall_clock import start_of_day
from patients.models import Patient
from patients.wording import listed, name_of, render, short_name_of

MOST_DAYS = 60  # days at which the chart is walked anew; older ones are left out, and that is said

Evaluation = tuple[dict[str, Any], dict[str, Any]]  # inputs and output of one evaluation, as records
JUDGED = {"improved": "↗", "unchanged": "→", "worse": "↘"}


def course_strip(patient: Patient, snapshot: Snapshot, versions: Sequence[Version], state: RecordState) -> Strip | None:
    """Subtype, step, running step, alerts, decisions and judgements over time, up to the moment of the snapshot.

    Each day shows what the chart of today answers to what was known at the end of that day. `state`: of the record.
    """
    read = [x for x in versions if is_read(x.fact) and x.fact.known <= snapshot.known_at]
    dated = [x.fact for x in read if not isinstance(x.fact, Unreadable)]
    days = sorted({max(x.known_day, x.day) for x in dated if x.day <= snapshot.today})
    last_days = days[-MOST_DAYS:]
    of_this_chart = (state, key_of(chart_for(snapshot)))
    answers = _answers_by_state.get(of_this_chart, lambda: _answers(snapshot, read, last_days, state.newest))
    zone = ZoneInfo(snapshot.zone)
    alerts = [
        (at, at.astimezone(zone).date(), critical, warnings)
        for at, critical, warnings in severity_days(patient.pk)
        if at <= snapshot.known_at
    ]
    names = (_("Subtype"), _("Step indicated"), _("Step started"), _("Open alerts"))
    left_out = len(days) - len(last_days)
    return strip_of(answers, alerts, _marks(snapshot), snapshot.today, names, left_out, _("no alert recorded"))


# What was answered on former days changes only with the facts, so it is kept by all that it hangs on.
_answers_by_state: StateCache[tuple[Answer, ...]] = StateCache(256)


def _answers(
    snapshot: Snapshot, versions: Sequence[Version], days: Sequence[date], newest: datetime
) -> tuple[Answer, ...]:
    answers: list[Answer] = []
    before: Evaluation | None = None
    ends = [_end_of(day, snapshot.zone) for day in days]
    # today has no end yet: the last news is its moment, and two looks at one state are the same
    moments = [end if end <= snapshot.known_at else newest for end in ends]
    for day, then in zip(days, snapshots_at(snapshot, versions, moments), strict=True):
        opinion_then = opinion(chart_for(then), then)
        answer = _answer(day, then, opinion_then)
        if answers and answers[-1].content == answer.content:
            continue
        evaluation = (inputs_of(then), output_of(opinion_then))
        answers.append(_explained(answer, before, evaluation))
        before = evaluation
    return merged(answers)


def _end_of(day: date, zone: str) -> datetime:
    return start_of_day(day + timedelta(days=1), ZoneInfo(zone)).astimezone(UTC) - timedelta(seconds=1)


def _answer(day: date, then: Snapshot, opinion_then: Opinion) -> Answer:
    pathway, subtype = opinion_then.pathway, opinion_then.subtype
    return Answer(
        since=then.known_at,
        day=day,
        course=pathway.course.course or "",
        subtype=subtype.subtype or "?",
        step=short_name_of("step", pathway.step) if pathway.step and not pathway.by_choice else _possible(pathway),
        running=pathway.running.step if pathway.running else "",
    )


def _possible(pathway: Pathway) -> str:
    """Undecided, or what runs by a clinician's choice: "?", the chart alone gives more than one step."""
    return short_name_of("step", pathway.entry) if pathway.by_choice and pathway.entry else "?"


def _explained(answer: Answer, before: Evaluation | None, now: Evaluation) -> Answer:
    """With the sentences that say what moved and which facts moved it."""
    if before is None:
        return answer
    moved = difference(*before, *now)
    changes = [render(x.sentence) for x in moved.changes]
    causes = [render(x.sentence) for x in moved.causes]
    because = _("because of: %(facts)s") % {"facts": listed(causes)} if causes else _("by time alone")
    sentences = (*changes, because) if changes else tuple(causes)
    return replace(answer, sentences=sentences)


def _marks(snapshot: Snapshot) -> list[tuple[date, str, str]]:
    decided = [
        (x.day, "✓" if x.accepted else "✗", _decision_text(x.step or "", x.accepted is True))
        for x in snapshot.decisions
        if x.step and x.accepted is not None
    ]
    chronic = [(x.day, "C", _("the course is chronic")) for x in snapshot.decisions if x.course]
    judged = [
        (x.day, JUDGED.get(x.improvement, "·"), name_of("improvement", x.improvement)) for x in snapshot.judgements
    ]
    return sorted([*decided, *chronic, *judged])


def _decision_text(step: str, accepted: bool) -> str:
    verdict = _("accepted") if accepted else _("not followed")
    return f"{short_name_of('step', step)}: {verdict}"


def neighbours(versions: Iterable[Version], moment: datetime) -> tuple[datetime | None, datetime | None]:
    """The moments before and after this one at which something became known."""
    known = sorted({x.fact.known for x in versions})
    earlier = [x for x in known if x < moment]
    later = [x for x in known if x > moment]
    return (earlier[-1] if earlier else None), (later[0] if later else None)
