"""People, wards and a patient to write about; and the two roles of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from patients import actions
from patients.models import EvaluationMark, Patient, Role, User, Ward, WardMembership
from patients.queries import take_snapshot
from patients.signals import record_changed
from tests.story import Story

JANUARY = datetime(2024, 1, 1, tzinfo=UTC)


def make_user(username: str, role: str = Role.PHYSICIAN, *wards: Ward) -> User:
    user = User.objects.create(username=username, role=role)  # no password: hashing one costs time
    for ward in wards:
        WardMembership.objects.create(user=user, ward=ward)
    return user


def make_patient(mrn: str, by: User | None = None, ward: Ward | None = None, **details: Any) -> Patient:
    names = {"family_name": "Sato", "given_name": "Hanako", "sex": "female", "birth_date": date(1952, 3, 1)}
    patient = actions.register_patient(by=by, mrn=mrn, **{**names, **details})
    if ward is not None:
        actions.admit_patient(patient=patient, ward=ward, by=by, admitted_at=JANUARY)
    return patient


@pytest.fixture
def ward(db) -> Ward:
    return Ward.objects.create(code="east-7", name="East 7", name_ja="東7病棟")


@pytest.fixture
def other_ward(db) -> Ward:
    return Ward.objects.create(code="west-5", name="West 5")


@pytest.fixture
def physician(ward) -> User:
    return make_user("physician", Role.PHYSICIAN, ward)


@pytest.fixture
def patient(ward, physician) -> Patient:
    return make_patient("P-1", physician, ward)


@pytest.fixture
def record(patient, physician):
    """`record(story)` stores the versions of a Story, as a sender would deliver them."""

    def store(story: Story, source: str = "test", **more: Any):
        return actions.record_facts(patient=patient, facts=story.versions, by=physician, source=source, **more)

    return store


@contextmanager
def as_runtime_role() -> Iterator[Any]:
    """A cursor that has only the rights of the role web and workers run as; an error rolls the role back too."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE ildcare_app")
        yield cursor
        cursor.execute("RESET ROLE")


def plain(fact: Any) -> tuple[Any, ...]:
    """A fact without the name of its version, to compare what is stored with what was told."""
    return tuple((name, getattr(fact, name)) for name in sorted(_slots(type(fact))) if name != "id")


def _slots(cls: type) -> set[str]:
    return {name for base in cls.__mro__ for name in getattr(base, "__slots__", ())}


@pytest.fixture
def told(patient) -> Any:
    """The patient ids of every `record_changed` sent since."""
    heard: list[int] = []

    def hear(patient_id: int, **_: Any) -> None:
        heard.append(patient_id)

    record_changed.connect(hear)
    yield heard
    record_changed.disconnect(hear)


def requested(patient: Patient) -> int:
    return EvaluationMark.objects.get(patient=patient).requested_count


def now_values(patient: Patient) -> list[str]:
    now = timezone.now()
    return [str(x.quantity) for x in take_snapshot(patient, now, now).series("ferritin")]
