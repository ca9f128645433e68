"""As in production: every deed by the role that owns nothing, and two people at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from patients import actions
from patients.access import open_record
from patients.deeds import StaleVersion, once
from patients.models import Admission, Measurement, Patient, Ward
from patients.queries import latest_values, look_alikes, take_snapshot
from tests.patients.conftest import JANUARY, as_runtime_role, make_user
from tests.story import Story, moment


@pytest.mark.django_db
def test_the_runtime_role_can_do_every_deed_and_read(ward, physician) -> None:
    with as_runtime_role():
        patient = actions.register_patient(by=physician, mrn="R-1", family_name="Sato", given_name="Hanako")
        stay = actions.admit_patient(patient=patient, ward=ward, by=physician, admitted_at=JANUARY, bed="1")
        actions.transfer_patient(admission=stay, by=physician, expected_version=1, ward=ward, bed="2")
        story = Story().ferritin(0, "890").drug(0, "csa")
        rows = actions.record_facts(patient=patient, facts=story.versions, by=physician, source="form").rows
        ferritin, drug = rows
        actions.correct_fact(row=ferritin, changes={"value": "980"}, by=physician, reason="misread", expected_version=1)
        actions.cancel_fact(row=ferritin, by=physician, reason="wrong tube", expected_version=2)
        actions.stop_treatment(row=drug, stop=date(2024, 3, 5), by=physician, expected_version=1)
        actions.correct_patient(patient=patient, by=physician, expected_version=1, sex="female")
        once("n-1", by=physician, patient=patient, deed=lambda: None)
        assert open_record(patient.pk, by=physician) == patient
        assert take_snapshot(patient, timezone.now(), timezone.now()).treatments[0].stop == date(2024, 3, 5)
        assert latest_values([patient.pk], ["ferritin"]) == {}
        assert look_alikes([patient]) == {}
        actions.discharge_patient(admission=stay, by=physician, expected_version=2, at=moment(9))
    assert Admission.objects.get().discharged_at == moment(9)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Run the deeds in threads that start together; their results or exceptions, in the order of the deeds."""
    results: list[Any] = [None] * len(deeds)
    gate = threading.Barrier(len(deeds))

    def run(number: int) -> None:
        try:
            gate.wait(10)
            results[number] = deeds[number]()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


@pytest.fixture
def somebody(transactional_db) -> Patient:
    return actions.register_patient(by=None, mrn="R-2", family_name="Ito", given_name="Jiro")


def test_R20_one_message_delivered_by_four_at_once_is_one_row(somebody) -> None:
    story = Story().ferritin(0, "890", id="r1")
    deeds = [lambda: actions.record_facts(patient=somebody, facts=story.versions, by=None, source="lab")] * 4
    results = at_once(*deeds)
    assert sorted(x.new for x in results) == [0, 0, 0, 1]
    assert Measurement.objects.count() == 1


def test_R06_of_two_corrections_at_once_one_wins_and_one_is_told(somebody) -> None:
    story = Story().ferritin(0, "890", id="r1")
    (row,) = actions.record_facts(patient=somebody, facts=story.versions, by=None, source="lab").rows
    user = make_user("corrector")

    def correct(value: str) -> Callable[[], Any]:
        return lambda: actions.correct_fact(
            row=row, changes={"value": value}, by=user, reason="misread", expected_version=1
        )

    results = at_once(correct("980"), correct("809"))
    assert sorted(type(x) is StaleVersion for x in results) == [False, True]
    assert Measurement.objects.count() == 2


def test_one_bed_for_two_patients_at_once(somebody) -> None:
    ward = Ward.objects.create(code="w", name="W")
    other = actions.register_patient(by=None, mrn="R-3", family_name="Abe", given_name="Ken")

    def admit(patient: Patient) -> Callable[[], Any]:
        return lambda: actions.admit_patient(patient=patient, ward=ward, by=None, admitted_at=JANUARY, bed="1")

    results = at_once(admit(somebody), admit(other))
    assert sorted(type(x).__name__ for x in results) == ["Admission", "Refused"]


def test_the_same_case_by_two_at_once_registers_one_patient(transactional_db) -> None:
    from tests.patients.test_recording import Case, course

    results = at_once(*[lambda: actions.store_case(Case(course()), by=None)] * 2)
    assert sorted(x.registered for x in results) == [False, True]
    assert Patient.objects.filter(mrn="CASE-1").count() == 1
    assert Measurement.objects.count() == 1
