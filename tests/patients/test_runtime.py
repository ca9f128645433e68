"""As in production: every change by the role that owns nothing, and two people at once."""

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
from patients.changes import RecordMerged, StaleVersion, once
from patients.models import Admission, Measurement, Patient, Ward
from patients.queries import latest_values, look_alikes, take_snapshot
from patients.search import find_patients
from tests.patients.conftest import JANUARY, as_runtime_role, make_user
from tests.story import Story, moment


@pytest.mark.django_db
def test_the_runtime_role_can_do_every_deed_and_read(ward, physician) -> None:
    with as_runtime_role():
        patient = actions.register_patient(by=physician, mrn="R-1", family_name="Sato", given_name="Hanako")
        actions.admit_patient(patient=patient, ward=ward, by=physician, admitted_at=JANUARY, bed="1")
        actions.move_patient(patient=patient, by=physician, ward=ward, bed="2", at=moment(0))
        actions.change_consultant(patient=patient, by=physician, consultant=physician, at=moment(1))
        actions.join_team(patient=patient, user=physician, by=physician)
        actions.leave_team(patient=patient, user=physician, by=physician)
        story = Story().ferritin(0, "890").drug(0, "csa")
        rows = actions.record_facts(patient=patient, facts=story.versions, by=physician, source="form").rows
        ferritin, drug = rows
        actions.correct_fact(row=ferritin, changes={"value": "980"}, by=physician, reason="misread", expected_version=1)
        actions.cancel_fact(row=ferritin, by=physician, reason="wrong tube", expected_version=2)
        actions.stop_treatment(row=drug, stop=date(2024, 3, 5), by=physician, expected_version=1)
        actions.correct_identity(reason="misspelt", patient=patient, by=physician, expected_version=1, sex="female")
        once("n-1", by=physician, patient=patient, change=lambda: None)
        assert open_record(patient.pk, by=physician) == patient
        assert take_snapshot(patient, timezone.now(), timezone.now()).treatments[0].stop == date(2024, 3, 5)
        assert latest_values([patient.pk], ["ferritin"]) == {}
        assert look_alikes([patient]) == {}
        actions.discharge_patient(patient=patient, by=physician, at=moment(9))
        end = actions.record_outcome(patient=patient, by=physician, at=moment(10), what="death")
        actions.take_back_step(step=end, by=physician)
    assert Admission.objects.get().discharged_at == moment(9)


@pytest.mark.django_db
def test_the_runtime_role_merges_two_records_and_takes_it_back(ward, physician) -> None:
    with as_runtime_role():
        kept = actions.register_patient(by=physician, mrn="R-1", family_name="Sato", given_name="Hanako")
        absorbed = actions.register_patient(by=physician, mrn="R-2", family_name="Sato", given_name="Hanako")
        actions.admit_patient(patient=absorbed, ward=ward, by=physician, admitted_at=JANUARY, bed="1")
        actions.add_task(patient=absorbed, by=physician, text="repeat CT", due=date(2026, 1, 5))
        facts = Story().ferritin(0, "890").drug(0, "csa").versions
        actions.record_facts(patient=absorbed, facts=facts, by=physician, source="form")
        merged = actions.merge_records(kept=kept, absorbed=absorbed, by=physician, reason="one person")
        assert set(latest_values([kept.pk], ["ferritin"])) == {kept.pk}
        assert open_record(absorbed.pk, by=physician, merged_too=True) == absorbed
        actions.take_back_merge(merge=merged.merge, by=physician, reason="two persons")
        assert latest_values([kept.pk], ["ferritin"]) == {}
    assert Admission.objects.get(discharged_at=None).patient == absorbed


def at_once(*changes: Callable[[], Any]) -> list[Any]:
    """Run the changes in threads that start together; their results or exceptions, in the order of the changes."""
    results: list[Any] = [None] * len(changes)
    gate = threading.Barrier(len(changes))

    def run(number: int) -> None:
        try:
            gate.wait(60)
            results[number] = changes[number]()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(changes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.fixture
def somebody(transactional_db) -> Patient:
    return actions.register_patient(by=None, mrn="R-2", family_name="Ito", given_name="Jiro")


def test_R20_one_message_delivered_by_four_at_once_is_one_row(somebody) -> None:
    story = Story().ferritin(0, "890", id="r1")
    changes = [lambda: actions.record_facts(patient=somebody, facts=story.versions, by=None, source="lab")] * 4
    results = at_once(*changes)
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


def test_an_entry_during_a_merge_is_carried_over_or_refused_and_never_lost(somebody) -> None:
    kept = actions.register_patient(by=None, mrn="R-9", family_name="Ito", given_name="Jiro")
    user = make_user("merger")
    story = Story().ferritin(0, "890", id="r1")
    results = at_once(
        lambda: actions.record_facts(patient=somebody, facts=story.versions, by=None, source="lab"),
        lambda: actions.merge_records(kept=kept, absorbed=somebody, by=user, reason="one person"),
    )
    copied = Measurement.objects.filter(patient=kept).count()
    assert (copied == 1) != isinstance(results[0], RecordMerged)


def test_two_merges_at_once_into_each_other_are_one(somebody) -> None:
    other = actions.register_patient(by=None, mrn="R-9", family_name="Ito", given_name="Jiro")
    user = make_user("merger")
    results = at_once(
        lambda: actions.merge_records(kept=other, absorbed=somebody, by=user, reason="one person"),
        lambda: actions.merge_records(kept=somebody, absorbed=other, by=user, reason="one person"),
    )
    assert sorted(type(x).__name__ for x in results) == ["Merged", "Refused"]


def test_one_bed_for_two_patients_at_once(somebody) -> None:
    ward = Ward.objects.create(code="w", name="W")
    other = actions.register_patient(by=None, mrn="R-3", family_name="Abe", given_name="Ken")

    def admit(patient: Patient) -> Callable[[], Any]:
        return lambda: actions.admit_patient(patient=patient, ward=ward, by=None, admitted_at=JANUARY, bed="1")

    results = at_once(admit(somebody), admit(other))
    assert sorted(type(x).__name__ for x in results) == ["Admission", "Refused"]


def test_the_same_case_by_two_at_once_registers_one_patient(transactional_db) -> None:
    from tests.patients.test_recording import as_case, course

    results = at_once(*[lambda: actions.store_case(as_case(course()), by=None)] * 2)
    assert sorted(x.registered for x in results) == [False, True]
    assert Patient.objects.filter(mrn="CASE-1").count() == 1
    assert Measurement.objects.count() == 1


def test_48_almost_the_same_number_by_two_at_once_is_one_patient_and_a_question(transactional_db) -> None:
    from tests.patients.test_recording import as_case, course

    def store(mrn: str) -> Callable[[], Any]:
        return lambda: actions.store_case(as_case(course(), mrn=mrn), by=None)

    results = at_once(store("0012"), store("12"))
    assert sorted(type(x).__name__ for x in results) == ["Doubt", "StoredCase"]
    assert Patient.objects.count() == Measurement.objects.count() == 1


@pytest.mark.django_db
def test_the_runtime_role_can_try_store_and_search(ward, physician) -> None:
    from tests.patients.test_recording import as_case, course

    with as_runtime_role():
        assert actions.try_case(as_case(course()), by=physician).registered
        patient = actions.store_case(as_case(course()), by=physician).patient
        assert find_patients("ｃａｓｅ one", physician).ids == (patient.pk,)
