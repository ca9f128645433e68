"""Whether a decision stands: the list asks in SQL, the patient page in Python, and the answer is one."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from algorithm.actions import record_assessments
from algorithm.flowcharts import CURRENT
from algorithm.models import Assessment, Trigger
from algorithm.opinion import opinion
from ildcare.evaluation.sweep import evaluate_patients
from ildcare.record.page import record_of
from ildcare.ward.rows import ward_rows
from patients.actions import record_facts
from patients.clinical import facts as f
from patients.clinical.snapshot import freeze
from patients.clinical.versions import standing
from patients.models import Patient, User, Ward
from tests.effort import cases, dice, until
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story, moment

HISTORIES = cases(60)
STEPS = ("T1", "T2", "T3", "observation")


def history(r: random.Random) -> Story:
    """Twenty days: results as they come, some corrected later, and decisions for and against a step."""
    story, first = Story(), today() - 20
    story.onset(first).diagnosis(first, r.choice(["DM", "PM"]))
    for day in range(first + 1, today()):
        kind = r.choice(["ferritin", "mda5", "pao2", "gc", "judged", "decision", "nothing", "nothing"])
        if kind == "ferritin":
            story.ferritin(f"{day}T08:00", r.choice(["300", "999", "1001", "1800"]), id=r.choice([f"f{day}", "f"]))
        elif kind == "mda5":
            story.mda5(f"{day}T09:00", r.choice(["positive", "negative", "pending"]), id="m")
        elif kind == "pao2":
            story.pao2(f"{day}T10:00", r.choice(["58", "75"]), r.choice(["0.21", "0.4"]))
        elif kind == "gc":
            story.drug(day, "gc")
        elif kind == "judged":
            story.judged(f"{day}T11:00", r.choice(["improved", "worse"]))
        elif kind == "decision":
            accepted = r.random() < 0.3
            story.add(f.Decision, f"{day}T12:00", step=r.choice(STEPS), accepted=accepted, reason="seen at the bedside")
    return story.add(
        f.Decision, f"{r.randint(first, today() - 1)}T15:00", step="T1", accepted=False, reason="infection"
    )


def lived_through(patient: Patient, story: Story) -> None:
    """Stores the evaluations that each fact and each day would have led to, before the facts themselves."""
    known = {x.fact.known for x in story.versions}
    days = {moment(day) for day in range(today() - 20, today() + 1)}
    for at in sorted(known | days):
        now = at + timedelta(seconds=30)
        snapshot = freeze(standing(story.versions, now), as_of=now, known_at=now, zone=story.zone)
        record_assessments(opinions={patient.pk: (snapshot, opinion(CURRENT, snapshot))}, trigger=Trigger.FACT)


@pytest.mark.django_db
def test_list_and_patient_page_agree_on_random_histories(ward: Ward, physician: User) -> None:
    answers: list[bool] = []
    for seed in until(lambda: {*answers} == {True, False}, HISTORIES):
        patient, story = make_patient(f"D-{seed}", physician, ward), history(dice("decision", seed))
        lived_through(patient, story)
        record_facts(patient=patient, facts=story.versions, by=physician, source="test")
        evaluate_patients([patient.pk])
        override = record_of(patient, timezone.now()).override
        (decided,) = [x.decided for x in ward_rows([ward], physician, timezone.now()) if x.patient == patient]
        assert decided is not None, seed
        assert decided.accepted == (override is None), seed
        if override is not None:
            assert decided.stands == override.standing, (seed, story.versions)
            answers.append(decided.stands)


@pytest.mark.django_db
def test_of_a_course_that_came_with_its_decisions_they_agree_too(ward: Ward, physician: User) -> None:
    """Nothing was evaluated while it happened: what the chart said at the decision is stored with the first answer."""
    answers: list[bool] = []
    for seed in until(lambda: {*answers} == {True, False}, HISTORIES):
        patient, story = make_patient(f"I-{seed}", physician, ward), history(dice("imported decision", seed))
        record_facts(patient=patient, facts=story.versions, by=None, source="test")
        evaluate_patients([patient.pk])
        now = timezone.now()
        override = record_of(patient, now).override
        (decided,) = [x.decided for x in ward_rows([ward], physician, now) if x.patient == patient]
        assert decided is not None, seed
        if override is None:
            continue
        assert decided.stands is override.standing, (seed, story.versions)
        answers.append(decided.stands)
        stored = Assessment.objects.filter(patient=patient)
        newest, before = stored.order_by("-id").first(), stored.count()
        assert newest is not None
        assert newest.step == (override.step_now or "")
        evaluate_patients([patient.pk])
        assert stored.count() == before
