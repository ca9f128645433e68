"""Asking the rules about a story, for the tests of this wing."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from monitoring.engine import NOTHING_INDICATED, Issue, Remark, examine
from monitoring.lifecycle import AlertState, Moment, Step, alert_course, evaluation_moments, reconcile
from monitoring.rules import BY_CODE, RULES
from patients.clinical.planned import PlannedDose
from patients.clinical.regimen import Indicated
from patients.clinical.snapshot import Snapshot, freeze
from patients.clinical.versions import standing
from tests.story import Day, Story, moment


def issues(rule: str, snapshot: Snapshot, indicated: Indicated = NOTHING_INDICATED) -> dict[str, Issue]:
    """What one rule finds, by subject."""
    examination = examine([BY_CODE[rule]], snapshot, indicated)
    assert not examination.failures
    return {x.subject: x for x in examination.issues}


def one(rule: str, snapshot: Snapshot, indicated: Indicated = NOTHING_INDICATED) -> Issue | None:
    """The only issue of a rule, or None."""
    found = issues(rule, snapshot, indicated)
    assert len(found) <= 1
    return next(iter(found.values()), None)


def planned(rule: str, snapshot: Snapshot, *doses: PlannedDose) -> Issue | None:
    """The only issue of a rule where these doses are planned, or None."""
    examination = examine([BY_CODE[rule]], snapshot, planned=doses)
    assert not examination.failures
    assert len(examination.issues) <= 1
    return next(iter(examination.issues), None)


def planned_dose(day: int, drug: str = "ivcy", since: int = 0) -> PlannedDose:
    """A dose that was planned on a day of a story for another one."""
    return PlannedDose(drug=drug, day=moment(day).date(), since=moment(since), dose=Decimal(700))


def remarks(rule: str, snapshot: Snapshot) -> list[Remark]:
    """What one rule could not judge."""
    return list(examine([BY_CODE[rule]], snapshot).remarks)


def frozen(story: Story, now: datetime) -> Snapshot:
    """What was known at a moment, about times up to it."""
    return freeze(standing(story.versions, now), as_of=now, known_at=now, zone=story.zone)


def course_of_alerts(story: Story, until: Day, *rules: str) -> list[AlertState]:
    """The replay of a story: every alert of the rules (default: all) up to the end of a day."""
    end = story._end(until)
    looks = evaluation_moments((x.fact.known for x in story.versions), end, story.zone)
    chosen = tuple(BY_CODE[code] for code in rules) or RULES
    return list(alert_course(chosen, ((at, frozen(story, at), NOTHING_INDICATED) for at in looks)))


def indicated(step: str, since: Day, *facts: str, started: bool = False) -> Indicated:
    """The chart's answer as the roof hands it over."""
    return Indicated(step=step, known_from=moment(since), facts=facts, started=started)


def steps_to(story: Story, before: Day, now: Day, rule: str) -> list[Step]:
    """What happens at one look to the alerts that stood at an earlier one."""
    snapshot = story.snapshot(now)
    stood = alert_course((BY_CODE[rule],), [(story._end(before), story.snapshot(before), NOTHING_INDICATED)])
    moment_of = Moment(snapshot.as_of, snapshot.zone, story._end(before))
    found = reconcile(stood, examine([BY_CODE[rule]], snapshot), frozenset(snapshot.facts_by_id), moment_of)
    return [x.step for x in found]
