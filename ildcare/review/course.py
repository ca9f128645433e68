"""What happened around a case, out of what is stored: facts when they became known, evaluations when they were shown,
alerts and their acknowledgements, decisions, drugs. Read once, in three queries, and nothing is evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from algorithm.models import Assessment
from algorithm.record import is_read
from ildcare.review.delays import Answer, Delay, delays_of
from monitoring.models import AlertEvent
from patients.clinical import facts as f
from patients.clinical.drug_levels import is_level
from patients.clinical.versions import Version, standing
from patients.models import ReviewCase
from patients.queries import site_zone
from patients.reading import versions_of

BEFORE, AFTER = timedelta(days=10), timedelta(days=7)  # of the course that is shown around what led to the case [J]
ANSWER = ("created_at", "course", "subtype", "step", "output__steps_possible", "output__missing", "output__indicated",
    "output__running")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Everything of a patient's course that a case shows, up to a moment, and the stretch of it that is looked at."""

    versions: tuple[Version, ...]
    answers: tuple[Answer, ...]
    events: tuple[AlertEvent, ...]
    delays: tuple[Delay, ...]
    begin: datetime
    end: datetime
    zone: ZoneInfo

    def facts_at(self, moment: datetime) -> tuple[f.Fact, ...]:
        """The facts that stood then, about times up to then."""
        return tuple(x for x in standing(self.versions, moment) if x.on <= moment)

    def answer_at(self, moment: datetime) -> Answer | None:
        """The chart's answer that was shown then."""
        return next((x for x in reversed(self.answers) if x.at <= moment), None)

    @property
    def treatments(self) -> tuple[f.Treatment, ...]:
        """The drugs as they are known now, in the order in which they were begun."""
        held = [x for x in self.facts_at(self.end) if isinstance(x, f.Treatment)]
        return tuple(sorted(held, key=lambda x: (x.on, x.id)))


def course_of(case: ReviewCase, now: datetime, *, whole: bool = False) -> Course:
    """The course around a case; `whole`: from the first thing that became known until now."""
    zone = site_zone()
    versions = tuple(versions_of([case.patient_id], now, zone).get(case.patient_id, ()))
    answers = answers_of(case.patient_id, now)
    events = tuple(AlertEvent.objects.filter(patient=case.patient_id, at__lte=now).select_related("alert", "by"))
    delays = delays_of(answers, now)
    begin, end = _stretch(case, versions, events, delays, now, whole=whole)
    return Course(versions=versions, answers=answers, events=events, delays=delays, begin=begin, end=end, zone=zone)


def answers_of(patient_id: int, now: datetime) -> tuple[Answer, ...]:
    """The stored evaluations of a patient, as far as each said something new."""
    rows = Assessment.objects.filter(patient=patient_id, created_at__lte=now).order_by("id").values_list(*ANSWER)
    answers = [answer_of_row(row) for row in rows]
    return tuple(answers[:1] + [new for old, new in pairwise(answers) if new.content != old.content])


def answer_of_row(row: tuple[Any, ...]) -> Answer:
    """The columns of `ANSWER` of a stored evaluation."""
    at, course, subtype, step, possible, missing, due, runs = row
    return Answer(
        at=at,
        course=course,
        subtype=subtype,
        step=step,
        possible=tuple(possible or ()),
        missing=tuple(missing or ()),
        indicated=(due or {}).get("step") or "",
        running=(runs or {}).get("step") or "",
        d0=datetime.fromisoformat(runs["d0"]) if runs else None,
    )


def on_the_line(fact: f.Fact) -> bool:
    """Does the time line show this fact: what the chart reads, and levels of drugs; drugs have their own lane."""
    if isinstance(fact, f.Treatment | f.Decision | f.Unreadable | f.WithoutValue):
        return False
    return is_read(fact) or (isinstance(fact, f.Measurement) and is_level(fact.code))


def _stretch(
    case: ReviewCase,
    versions: Sequence[Version],
    events: Sequence[AlertEvent],
    delays: Sequence[Delay],
    now: datetime,
    *,
    whole: bool,
) -> tuple[datetime, datetime]:
    """From when to when the course is shown: around the case, with the delays that lie there wholly in sight."""
    moments = [x.fact.known for x in versions] + [x.at for x in events]
    first, last = min(moments, default=now), now
    if whole:
        return _with_room(first, last)
    begin, end = case.arose_at - BEFORE, min(case.arose_at + AFTER, now)
    for x in delays:
        if x.since < end and (x.until or now) > begin:
            begin, end = min(begin, x.since), max(end, min((x.until or now) + timedelta(hours=12), now))
    return _with_room(max(begin, first), end)


def _with_room(begin: datetime, end: datetime) -> tuple[datetime, datetime]:
    """A little air at both ends, and a day at least."""
    air = timedelta(hours=6)
    return begin - air, max(end + air, begin + timedelta(days=1))
