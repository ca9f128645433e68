"""Who cannot have changed is not looked at: what stands at a look stands until the next one, hour by hour."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from algorithm.flowcharts import CURRENT
from algorithm.opinion import meaning_of, opinion
from ildcare import tasks
from ildcare.evaluation.next_evaluation import next_turn
from ildcare.evaluation.sweep import request_everybody_once, sweep
from monitoring.engine import Issue, examine
from monitoring.models import Alert
from monitoring.rules import RULES
from patients.actions import admit_patient
from patients.clinical.snapshot import Snapshot, freeze
from patients.clinical.versions import standing
from patients.models import EvaluationMark, Patient, Ward
from tests.effort import cases, dice
from tests.ildcare.evaluation.test_turns import ZONES, random_story
from tests.monitoring.looking import planned_dose
from tests.monitoring.stored import a_patient, tell, today
from tests.story import Story, moment

FAR = timedelta(days=120)


def known_at(story: Story, at: datetime) -> Snapshot:
    return freeze(standing(story.versions, at), as_of=at, known_at=at, zone=story.zone)


def said(snapshot: Snapshot) -> tuple[Any, tuple[Issue, ...]]:
    """What would be stored: the meaning of the answer, every issue with its sentences."""
    answer = opinion(CURRENT, snapshot)
    return meaning_of(answer), examine(RULES, snapshot, answer.pathway.indicated).issues


def looks(story: Story, begun: datetime, end: datetime) -> list[datetime]:
    at, found = begun, []
    while at < end:
        found.append(at)
        at = next_turn(known_at(story, at)) or end
        assert at > found[-1]
    return found


@pytest.mark.parametrize(("day", "turn"), [(5, 7), (7, 10), (10, 14)])
def test_117_the_clock_looks_before_a_planned_dose_on_its_day_and_after_it(day: int, turn: int) -> None:
    story = Story().test(2, "wbc", "6000")
    at = next_turn(story.snapshot(day), (planned_dose(10),))
    assert at is not None
    assert moment(day) < at <= moment(turn)


@pytest.mark.parametrize("number", range(cases(120, gate=12)))
def test_between_two_looks_nothing_changes_hour_by_hour(number: int) -> None:
    roll = dice("next look", number)
    story = random_story(roll, roll.choice(ZONES))
    begun = max((x.fact.known for x in story.versions), default=moment(0, story.zone)) + timedelta(
        minutes=roll.randint(0, 3000)
    )
    found = looks(story, begun, begun + FAR)
    for at, following in zip(found, [*found[1:], begun + FAR], strict=True):
        answer = said(known_at(story, at))
        for between in _hours(roll, at, following):
            assert said(known_at(story, between)) == answer, (number, at, between, following)


def _hours(roll: random.Random, at: datetime, following: datetime) -> list[datetime]:
    """Some of the full hours between two looks, and the last moment before the second."""
    hours = int((following - at) / timedelta(hours=1))
    some = sorted(roll.sample(range(1, hours), min(4, hours - 1))) if hours > 1 else []
    return [*(at + timedelta(hours=x) for x in some), following - timedelta(microseconds=1)]


def test_who_has_nothing_that_can_turn_is_looked_at_seldom() -> None:
    """Nine chronic years without a treatment."""
    story = Story().onset(-3000).diagnosis(-3000, "DM").chronic(-2900)
    assert len(looks(story, moment(0), moment(0) + FAR)) <= 3


@pytest.fixture
def ill(db) -> Patient:
    patient = a_patient()
    tell(patient, Story().dyspnoea(today() - 1, True, "worse").mda5(today() - 1, "positive").ferritin(today(), "900"))
    return patient


def due(patient: Patient) -> datetime:
    found = EvaluationMark.objects.get(patient=patient).next_due_at
    assert found is not None
    return found


def test_a_step_that_is_not_started_is_seen_at_its_hour_though_nobody_looks_every_hour(ill: Patient) -> None:
    """Each look is made when the one before said; never more than a few a day, and the alert opens in its hour."""
    admit_patient(patient=ill, ward=Ward.objects.create(code="w", name="Ward"), by=None, admitted_at=timezone.now())
    begun, opened, count = timezone.now(), None, 0
    at = begun
    while at < begun + timedelta(days=6):
        with time_machine.travel(at, tick=False):
            sweep()
            count += 1
            if opened is None and Alert.objects.filter(rule="STEP_NOT_STARTED").exists():
                opened = at
            at = max(due(ill), at + timedelta(seconds=1))
    hourly = begun
    while said(_stored(ill, hourly))[1] is None or not any(
        x.rule == "STEP_NOT_STARTED" for x in said(_stored(ill, hourly))[1]
    ):
        hourly += timedelta(minutes=30)
    assert opened is not None
    assert opened <= hourly
    assert count <= 20


def _stored(patient: Patient, at: datetime) -> Snapshot:
    from patients.queries import take_snapshot

    return take_snapshot(patient, at, at)


def test_on_a_ward_everybody_is_looked_at_once_a_day_at_least(db) -> None:
    quiet = a_patient()
    admit_patient(patient=quiet, ward=Ward.objects.create(code="w", name="Ward"), by=None, admitted_at=timezone.now())
    elsewhere = a_patient("N-2")
    sweep()
    with time_machine.travel(max(due(quiet), due(elsewhere)) + timedelta(seconds=1), tick=False):
        sweep()
        assert due(quiet) - timezone.now() <= timedelta(days=1)
        assert due(elsewhere) - timezone.now() > timedelta(days=20)


def test_a_process_that_begins_looks_at_everybody_once_for_its_rules_may_be_others(db) -> None:
    patient = a_patient()
    sweep()
    with time_machine.travel(due(patient) + timedelta(seconds=1), tick=False):
        sweep()
        assert due(patient) - timezone.now() > timedelta(days=20)
        request_everybody_once.cache_clear()
        tasks.sweep()
        seen = EvaluationMark.objects.get(patient=patient).evaluated_at
        assert seen == timezone.now()
    with time_machine.travel(seen + timedelta(minutes=1), tick=False):
        tasks.sweep()
        assert EvaluationMark.objects.get(patient=patient).evaluated_at == seen
