"""Steps of stays: what the actions and the database refuse, what taking back leaves, whose record a new person is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from patients import actions
from patients.actions import admit_patient, discharge_patient, record_outcome, take_back_step
from patients.changes import Refused, StaleVersion
from patients.clinical.whereabouts import care_ended, in_hospital
from patients.models import (
    Admission,
    Bed,
    HospitalAdmission,
    Patient,
    Responsibility,
    ResponsibilityKind,
    StayEvent,
)
from patients.persons import Doubt, NewPerson
from patients.queries import take_snapshot
from tests.patients.conftest import JANUARY, make_patient, make_user
from tests.story import Story, moment

pytestmark = pytest.mark.django_db


def last(patient: Patient) -> StayEvent:
    return StayEvent.objects.filter(patient=patient).latest("pk")


def in_hospital_now(patient: Patient) -> bool | None:
    now = timezone.now()
    return in_hospital(take_snapshot(patient, now, now))


# -- facts ------------------------------------------------------------------------------------------------------------


def test_87_the_rules_read_where_the_patient_is(patient, physician, ward) -> None:
    assert in_hospital_now(patient)
    assert HospitalAdmission.objects.count() == 0  # being on the ward says it
    discharge_patient(patient=patient, by=physician, at=moment(0), to="home")
    assert in_hospital_now(patient) is False
    admit_patient(patient=patient, ward=ward, by=physician, admitted_at=moment(1))
    assert in_hospital_now(patient)
    assert HospitalAdmission.objects.count() == 1


def test_54_care_that_had_ended_goes_on_with_an_admission(patient, physician, ward) -> None:
    record_outcome(patient=patient, by=physician, at=moment(0), what="care_ended")
    assert patient.admissions.get().discharged_at == moment(0)
    admit_patient(patient=patient, ward=ward, by=physician, admitted_at=moment(1))
    now = timezone.now()
    assert care_ended(take_snapshot(patient, now, now)) is None


def test_54_nobody_is_admitted_after_a_death(patient, physician, ward) -> None:
    record_outcome(patient=patient, by=physician, at=moment(0), what="death")
    with pytest.raises(Refused, match="has died"):
        admit_patient(patient=patient, ward=ward, by=physician, admitted_at=moment(1))
    take_back_step(step=last(patient), by=physician)
    assert patient.admissions.get().discharged_at is None


def test_an_outcome_is_known_of_somebody_who_was_never_here(physician) -> None:
    stranger = make_patient("P-7", physician)
    step = record_outcome(patient=stranger, by=physician, at=moment(0), what="death", cause="infection")
    assert (step.stay, step.ward) == (None, None)


def test_a_discharge_to_another_ward_is_a_move(patient, physician) -> None:
    with pytest.raises(Refused, match="moved, not discharged"):
        discharge_patient(patient=patient, by=physician, at=moment(0), to="other_ward")


def test_a_cause_without_a_death_is_refused(patient, physician) -> None:
    with pytest.raises(Refused, match="Only a death"):
        record_outcome(patient=patient, by=physician, at=moment(0), what="care_ended", cause="infection")


def test_a_step_cannot_lie_in_the_future_or_before_birth(patient, physician, ward) -> None:
    with pytest.raises(Refused, match="in the future"):
        discharge_patient(patient=patient, by=physician, at=timezone.now() + timedelta(minutes=5))
    with pytest.raises(Refused, match="before the birth date"):
        admit_patient(patient=make_patient("P-8"), ward=ward, by=None, admitted_at=JANUARY - timedelta(days=80 * 365))


# -- taking back ------------------------------------------------------------------------------------------------------


def test_an_admission_taken_back_leaves_somebody_who_was_never_here(ward, physician) -> None:
    patient = make_patient("P-7", physician, ward)
    take_back_step(step=last(patient), by=physician)
    assert not Admission.objects.filter(patient=patient).exists()
    assert Admission.every.get(patient=patient).taken_back
    assert Patient.objects.visible_to(physician).filter(pk=patient.pk).exists()  # who registered
    assert not Patient.objects.visible_to(make_user("nurse", "nurse", ward)).filter(pk=patient.pk).exists()
    assert in_hospital_now(patient) is False


def test_only_the_last_step_is_taken_back(patient, physician) -> None:
    first = last(patient)
    discharge_patient(patient=patient, by=physician, at=moment(0))
    with pytest.raises(StaleVersion):
        take_back_step(step=first, by=physician)
    take_back_step(step=last(patient), by=physician)
    take_back_step(step=first, by=physician)
    with pytest.raises(StaleVersion):
        take_back_step(step=first, by=physician)


def test_the_consultant_of_before_is_responsible_again(patient, physician) -> None:
    other = make_user("other")
    actions.change_consultant(patient=patient, by=physician, consultant=physician)
    actions.change_consultant(patient=patient, by=physician, consultant=other)
    take_back_step(step=last(patient), by=physician)
    assert Responsibility.objects.now().get().user == physician
    assert patient.admissions.get().consultant == "physician"
    assert Responsibility.objects.filter(user=other).get().until is not None  # it was so for a while


def test_a_consultant_who_does_not_sign_in_is_a_name(patient, physician, ward) -> None:
    patient = make_patient("P-7", physician)
    stay = admit_patient(patient=patient, ward=ward, by=None, admitted_at=JANUARY, consultant="Miura Ken")
    assert (stay.consultant, Responsibility.objects.count()) == ("Miura Ken", 0)


def test_a_step_that_its_author_did_not_see_is_stale(patient, physician, ward) -> None:
    seen = last(patient).pk
    actions.move_patient(patient=patient, by=physician, ward=ward, bed="1", seen=seen)
    with pytest.raises(StaleVersion) as stale:
        actions.move_patient(patient=patient, by=physician, ward=ward, bed="2", seen=seen)
    assert [(x.yours, x.theirs) for x in stale.value.differences] == [("2", "1")]


# -- a new person -----------------------------------------------------------------------------------------------------


def person(mrn: str, **more: object) -> NewPerson:
    details = {"family_name": "Sato", "given_name": "Hanako", "birth_date": date(1952, 3, 1), "sex": "female"}
    return NewPerson(mrn=mrn, **{**details, **more})  # type: ignore[arg-type]


def register(physician, ward, who: NewPerson, **more: object) -> Patient:
    return actions.register_and_admit(person=who, by=physician, ward=ward, admitted_at=timezone.now(), **more)


def test_48_the_action_asks_too_and_stores_nothing_meanwhile(patient, physician, ward) -> None:
    for who in (person("P1"), person("77")):
        with pytest.raises(Doubt) as doubt:
            register(physician, ward, who)
        assert doubt.value.known == (patient,)
    with pytest.raises(Refused, match="P-1 exists already"):
        register(physician, ward, person("p -1"))
    assert Patient.objects.count() == 1
    register(physician, ward, person("77"), asked=frozenset({patient.pk}))
    assert Patient.objects.count() == 2


@pytest.mark.parametrize(
    "other", [{"birth_date": date(1952, 3, 2)}, {"given_name": "Hana"}, {"sex": "male"}, {"birth_date": None}]
)
def test_48_what_differs_is_not_asked_about(patient, physician, ward, other) -> None:
    register(physician, ward, person("77", **other))
    assert Patient.objects.count() == 2


def test_a_refused_bed_registers_nobody(patient, physician, ward) -> None:
    Bed.objects.create(ward=ward, label="701")
    with pytest.raises(Refused, match="no bed 702"):
        register(physician, ward, person("77", given_name="Ken"), bed="702")
    assert Patient.objects.count() == 1


def test_a_record_that_came_as_a_document_is_admitted_once_it_said_so(physician, ward) -> None:
    patient = make_patient("P-7", physician)
    story = Story().finding(0, "cough", True)
    actions.record_facts(patient=patient, facts=story.versions, by=None, source="test")
    admit_patient(patient=patient, ward=ward, by=physician, admitted_at=moment(1))
    assert in_hospital_now(patient)


# -- the database -----------------------------------------------------------------------------------------------------


def test_steps_are_only_ever_appended(patient) -> None:
    for change in (lambda: StayEvent.objects.update(bed="9"), lambda: StayEvent.objects.all().delete()):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()


def test_what_the_database_refuses(patient, physician, ward) -> None:
    bed = Bed.objects.create(ward=ward, label="1")
    step = {"patient": patient, "at": JANUARY}
    mine = {"patient": patient, "user": physician, "since": JANUARY}
    consultant, team = ResponsibilityKind.CONSULTANT, ResponsibilityKind.TEAM
    Responsibility.objects.create(kind=consultant, **mine)
    Responsibility.objects.create(kind=team, **mine)
    refused = {
        "bed_once": lambda: Bed.objects.create(ward=ward, label=bed.label),
        "bed_named": lambda: Bed.objects.create(ward=ward, label=""),
        "responsibility_one_consultant": lambda: Responsibility.objects.create(
            kind=consultant, **{**mine, "user": make_user("other")}
        ),
        "responsibility_once": lambda: Responsibility.objects.create(kind=team, **mine),
        "responsibility_kind_known": lambda: Responsibility.objects.create(kind="friend", **mine),
        "responsibility_ends_after_start": lambda: Responsibility.objects.update(until=JANUARY - timedelta(1)),
        "stayevent_kind_known|stayevent_what_of": lambda: StayEvent.objects.create(kind="flown", **step),
        "stayevent_to_known": lambda: StayEvent.objects.create(kind="discharged", to="moon", **step),
        "stayevent_what_of_an_outcome": lambda: StayEvent.objects.create(kind="outcome", **step),
        "stayevent_takes_back_a_step": lambda: StayEvent.objects.create(kind="taken_back", **step),
        "admission_taken_back_is_closed": lambda: Admission.objects.update(taken_back=True),
    }
    for name, change in refused.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            change()
