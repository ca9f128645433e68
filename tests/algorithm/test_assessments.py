"""Stored evaluations in PostgreSQL: append-only, written on change, replayable."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.admin.sites import site
from django.db import DatabaseError, connection, transaction

from algorithm.actions import record_assessments
from algorithm.flowcharts import CURRENT
from algorithm.models import Assessment, Trigger
from algorithm.opinion import opinion
from algorithm.queries import (
    assessment_at,
    latest_assessments,
    seal,
)
from patients.models import Patient
from tests.algorithm.courses import at_risk, no_risk
from tests.algorithm.replaying import replay_assessment
from tests.story import Day, Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient() -> Patient:
    return Patient.objects.create(mrn="A-1", family_name="Sato", given_name="Hanako", birth_date=date(1952, 3, 1))


def record(patient: Patient, story: Story, day: Day = 5) -> Assessment | None:
    snapshot = story.snapshot(day)
    opinions = {patient.pk: (snapshot, opinion(CURRENT, snapshot))}
    return next(iter(record_assessments(opinions=opinions, trigger=Trigger.FACT)), None)


def test_an_evaluation_is_stored_with_its_answer(patient: Patient) -> None:
    stored = record(patient, at_risk())
    assert stored is not None
    assert (stored.course, stored.subtype, stored.step) == ("A/S", "", "T3")
    assert (stored.chart, stored.chart_version, stored.output["path"]) == (
        CURRENT.name,
        CURRENT.version,
        ["N1", "N2", "T3"],
    )
    assert [x["id"] for x in stored.inputs["facts"]] == ["1", "2"]


def test_nothing_is_stored_while_nothing_changes(patient: Patient) -> None:
    assert record(patient, at_risk(), 5)
    assert record(patient, at_risk(), 6) is None
    assert Assessment.objects.count() == 1


def test_a_new_fact_that_is_read_is_stored(patient: Patient) -> None:
    record(patient, at_risk())
    assert record(patient, at_risk().mda5(5, "positive"))


def test_a_new_fact_that_is_not_read_is_not_stored(patient: Patient) -> None:
    record(patient, at_risk())
    assert record(patient, at_risk().test(5, "crp", "3.1")) is None


def test_an_answer_that_changes_with_the_clock_is_stored(patient: Patient) -> None:
    story = no_risk("PM").drug(1, "gc").judged(20, "unchanged")
    record(patient, story, 28)
    assert (record(patient, story, 28), record(patient, story, 29).step) == (None, "T2")


def test_replay_gives_the_stored_answer_byte_for_byte(patient: Patient) -> None:
    record(patient, at_risk().diagnosis(1, "DM").drug(1, "gc").judged(3, "worse"))
    replay = replay_assessment(Assessment.objects.get())
    assert (replay.same, replay.intact) == (True, True)


def test_replay_notices_a_changed_record(patient: Patient) -> None:
    stored = record(patient, at_risk())
    stored.output["step"] = "T1"
    assert (replay_assessment(stored).same, replay_assessment(stored).intact) == (False, False)


def test_seal_covers_the_inputs(patient: Patient) -> None:
    stored = record(patient, at_risk())
    stored.inputs["facts"][1]["quantity"] = "900"
    assert seal(stored) != stored.sha256


@pytest.mark.parametrize(
    "statement", ["UPDATE algorithm_assessment SET step = 'T1'", "DELETE FROM algorithm_assessment"]
)
def test_the_database_refuses_to_change_an_assessment(patient: Patient, statement: str) -> None:
    record(patient, at_risk())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_writing_is_audited_without_the_long_columns(patient: Patient) -> None:
    record(patient, at_risk())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT patient, new FROM audit.log WHERE table_name = 'algorithm_assessment' ORDER BY id DESC LIMIT 1"
        )  # the log keeps what earlier tests of this worker wrote
        ((who, new),) = cursor.fetchall()
    assert who == patient.pk
    assert "ferritin" not in str(new)


def test_latest_of_many_in_one_query(patient: Patient, django_assert_num_queries) -> None:
    other = Patient.objects.create(mrn="A-2", family_name="Sato", given_name="Hana")
    record(patient, at_risk())
    record(patient, at_risk().mda5(2, "positive"))
    record(other, no_risk("PM"))
    with django_assert_num_queries(1):
        latest = latest_assessments([patient.pk, other.pk])
        assert {pk: (x.subtype, x.step) for pk, x in latest.items()} == {
            patient.pk: ("A/S-1", "T3"),
            other.pk: ("A/S-3", "T1"),
        }


def test_many_are_recorded_in_a_constant_number_of_queries(django_assert_max_num_queries) -> None:
    people = [Patient.objects.create(mrn=f"B-{n}", family_name="Ito", given_name="Ken") for n in range(20)]
    snapshot = at_risk().snapshot(5)
    given = {x.pk: (snapshot, opinion(CURRENT, snapshot)) for x in people}
    with django_assert_max_num_queries(4):  # savepoint, last, insert, release
        assert len(record_assessments(opinions=given, trigger=Trigger.CLOCK)) == 20


def test_history_knows_what_stood_when(patient: Patient) -> None:
    record(patient, Story().onset(0))
    second = record(patient, at_risk())
    created = Assessment.objects.get(pk=second.pk).created_at
    assert assessment_at(patient.pk, created).pk == second.pk


def test_the_admin_only_reads() -> None:
    admin = site.get_model_admin(Assessment)
    assert not admin.has_add_permission(None)
    assert not admin.has_change_permission(None)
    assert not admin.has_delete_permission(None)
