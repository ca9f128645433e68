"""The simulated year: the same seed tells the same, what is planted is told in time, and the walk is the worker's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from benchmarks.year.figures import Figures, figures, written
from benchmarks.year.record import FIRST_DAY
from benchmarks.year.unit import ZONE, Told, year
from benchmarks.year.walk import AFTER_LAST, Walked, moments_of, walked
from ildcare.evaluation.sweep import evaluate_patients
from monitoring.acknowledging import acknowledge_alerts
from monitoring.fatigue import ACKNOWLEDGED, ESCALATED
from monitoring.models import Alert, AlertEvent
from patients.actions import store_case
from patients.clinical.wall_clock import start_of_day
from patients.imports import read_case
from patients.imports.case import Case, unfolded
from patients.models import User

SEED, BEDS, DAYS, WARM_UP = 17, 10, 21, 10
SITE = ZoneInfo(ZONE)
READ_AT = datetime(2026, 1, 1, tzinfo=UTC)


def case_of(told: Told) -> Case:
    return read_case(told.document, zone=ZONE, now=READ_AT)


def sample(seed: int = SEED, beds: int = BEDS, days: int = DAYS) -> tuple[list[Told], list[Walked], Figures]:
    people = year(seed, beds=beds, days=days, warm_up=WARM_UP)
    start = start_of_day(FIRST_DAY - timedelta(days=WARM_UP), SITE)
    end = start_of_day(FIRST_DAY + timedelta(days=days), SITE)
    walks = [walked(case_of(x), x.person.number, seed, end) for x in people]
    return people, walks, figures(people, walks, start, end)


def test_the_same_seed_tells_the_same_year_and_another_seed_another() -> None:
    once, again, other = (year(seed, beds=3, days=14, warm_up=5) for seed in (1, 1, 2))
    assert [x.document for x in once] == [x.document for x in again]
    assert [x.troubles for x in once] == [x.troubles for x in again]
    assert [x.document for x in once] != [x.document for x in other]
    assert all(case_of(x).versions for x in once)


def test_what_is_planted_is_told_before_its_escalation_and_no_critical_alert_comes_twice_for_one_cause() -> None:
    _people, walks, found = sample()
    assert len({x.trouble.kind for x in found.answers}) >= 8, written(found)
    assert not found.missed, written(found)
    assert not found.twice, written(found)
    assert found.load.days > BEDS * DAYS * 0.9
    assert sum(x.looks for x in walks) > 500


@pytest.mark.django_db
def test_the_worker_with_the_database_gives_the_alerts_of_the_walk() -> None:
    """Two weeks of a few patients: stored, evaluated at the same moments, acknowledged as the simulated ward did."""
    people = year(SEED, beds=2, days=9, warm_up=5)
    end = start_of_day(FIRST_DAY + timedelta(days=9), SITE)
    by = User.objects.create(username="simulated", role="physician")
    for told in people:
        stored = worked(told, end, by)
        assert stored == [tuple(x) for x in as_told(walked(case_of(told), told.person.number, SEED, end))]
        assert len(stored) > 10


def as_told(walk: Walked) -> list[tuple[datetime, str, str, str, int]]:
    """Every event but what is passed on, which the sweep of the whole site does."""
    return sorted((x.at, x.rule, x.subject, x.kind, x.severity) for x in walk.events if x.kind != ESCALATED)


def worked(told: Told, end: datetime, by: User) -> list[tuple[datetime, str, str, str, int]]:
    """The events that the worker stores of a patient of the year."""
    case = case_of(told)
    seen: dict[datetime, set[tuple[str, str]]] = {}
    for x in walked(case, told.person.number, SEED, end).events:
        if x.kind == ACKNOWLEDGED:
            seen.setdefault(x.at, set()).add((x.rule, x.subject))
    patient = store_case(case, by=by).patient
    last = max(x.fact.known for x in case.versions) + AFTER_LAST
    looks = list(moments_of(case, min(end, last), unfolded(case)))
    for moment, acknowledges in sorted([(x, False) for x in looks] + [(x, True) for x in seen]):
        with time_machine.travel(moment, tick=False):
            if acknowledges:
                alerts = [
                    x for x in Alert.objects.filter(patient=patient).open() if (x.rule, x.subject) in seen[moment]
                ]
                versions = {x.pk: x.version for x in alerts}
                acknowledge_alerts(patient=patient, versions=versions, by=by, doing="review_at_round")
            else:
                assert evaluate_patients([patient.pk]).failed == 0
    columns = ("at", "alert__rule", "alert__subject", "kind", "severity")
    return sorted(AlertEvent.objects.filter(patient=patient).values_list(*columns))
