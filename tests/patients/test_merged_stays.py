"""Coming and going of records that were merged: where the patient lies, who is responsible, what the rules read, and
what is left when a step or the merge is taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from patients import actions
from patients.changes import Refused
from patients.clinical.facts import HospitalAdmission
from patients.clinical.whereabouts import care_ended, in_hospital
from patients.models import Admission, Patient, RecordMerge, Responsibility, Role, StayEvent, User, Ward
from patients.queries import take_snapshot
from tests.patients.conftest import JANUARY, make_patient, make_user
from tests.story import Story, moment

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class Two:
    """Two records of one person, both opened by `by`, on no ward; and what is done with them."""

    def __init__(self, by: User, ward: Ward) -> None:
        self.by, self.ward = by, ward
        self.kept, self.other = make_patient("P-1", by), make_patient("Q-2", by)

    def admit(self, record: Patient, day: int, bed: str = "", consultant: User | None = None) -> None:
        place = {"ward": self.ward, "bed": bed, "consultant": consultant}
        actions.admit_patient(patient=record, by=self.by, admitted_at=JANUARY + day * DAY, **place)

    def move(self, record: Patient, bed: str) -> None:
        actions.move_patient(patient=record, by=self.by, ward=self.ward, bed=bed)

    def discharge(self, record: Patient, at: datetime | None = None) -> None:
        actions.discharge_patient(patient=record, by=self.by, at=at or timezone.now(), to="home")

    def ends(self, record: Patient, what: str, at: datetime | None = None) -> None:
        actions.record_outcome(patient=record, by=self.by, at=at or timezone.now(), what=what)

    def consultant(self, record: Patient, who: User | None) -> None:
        actions.change_consultant(patient=record, by=self.by, consultant=who)

    def take_back(self, record: Patient) -> None:
        last = StayEvent.objects.filter(patient=record).standing().latest("pk")
        actions.take_back_step(step=last, by=self.by)

    def merge(self, kept: Patient | None = None, absorbed: Patient | None = None) -> Any:
        records = {"kept": kept or self.kept, "absorbed": absorbed or self.other}
        return actions.merge_records(**records, by=self.by, reason="one person")

    def part(self, merged: Any) -> None:
        merge = RecordMerge.objects.get(pk=merged.merge.pk)
        actions.take_back_merge(merge=merge, by=self.by, reason="two persons")


@pytest.fixture
def two(physician, ward) -> Two:
    return Two(physician, ward)


@pytest.fixture
def senior(ward) -> User:
    return make_user("senior", Role.SENIOR, ward)


def bed_of(record: Patient) -> str | None:
    """Where the patient lies; None on no ward."""
    return Admission.objects.filter(patient=record, discharged_at=None).values_list("bed", flat=True).first()


def led_by(record: Patient) -> list[str]:
    rows = Responsibility.objects.now().filter(patient=record)
    return [f"{x.kind} {x.user.username}" for x in rows.order_by("kind", "pk")]


def under_care(record: Patient) -> tuple[bool | None, bool]:
    """In hospital, and still cared for, by what the rules read."""
    now = timezone.now()
    snapshot = take_snapshot(record, now, now)
    return in_hospital(snapshot), care_ended(snapshot) is None


# -- where the patient lies -------------------------------------------------------------------------------------------


def test_a_discharge_taken_back_puts_the_patient_into_the_bed_of_the_stay_that_came(two) -> None:
    """Not into that of an earlier stay of the record's own."""
    two.admit(two.kept, 0, "1")
    two.discharge(two.kept, JANUARY + DAY)
    two.admit(two.other, 2, "7")
    two.merge()
    two.discharge(two.kept)
    two.take_back(two.kept)
    assert bed_of(two.kept) == "7"


def test_a_move_taken_back_puts_the_patient_to_where_the_stay_that_came_was(two) -> None:
    two.admit(two.other, 0, "7")
    two.merge()
    two.move(two.kept, "8")
    two.take_back(two.kept)
    assert bed_of(two.kept) == "7"


def test_the_consultant_as_written_of_the_stay_that_came_is_again_what_it_was(two, senior, physician) -> None:
    two.admit(two.other, 0, "7", senior)
    two.merge()
    two.consultant(two.kept, physician)
    two.take_back(two.kept)
    assert Admission.objects.get(patient=two.kept).consultant == "senior"


def test_a_move_taken_back_opens_no_stay_that_ended_in_the_other_record(two) -> None:
    two.admit(two.other, 0, "7")
    two.move(two.other, "8")
    merged = two.merge()
    two.discharge(two.kept)
    two.part(merged)
    two.take_back(two.other)
    assert (bed_of(two.other), bed_of(two.kept)) == (None, None)
    assert Admission.objects.get(patient=two.other).bed == "7"


def test_nobody_comes_back_to_a_stay_that_was_another_patients(two) -> None:
    """The discharge is taken back; the stay came with a merge that was taken back."""
    two.admit(two.other, 0, "7")
    merged = two.merge()
    two.discharge(two.kept)
    two.part(merged)
    two.take_back(two.kept)
    assert bed_of(two.kept) is None


def test_a_stay_is_not_discharged_before_it_began_in_the_other_record(two) -> None:
    two.admit(two.other, 5)
    two.merge()
    with pytest.raises(Refused, match="before the last step: admitted"):
        two.discharge(two.kept, JANUARY + DAY)
    assert bed_of(two.kept) == ""


def test_merges_in_a_chain_are_taken_back_one_after_the_other(two) -> None:
    """That the second one closed the stay, and opened it again, is no change of the first."""
    third = make_patient("R-3", two.by)
    two.admit(two.other, 0, "7")
    first = two.merge()
    second = two.merge(third, two.kept)
    two.part(second)
    two.part(first)
    assert [bed_of(x) for x in (two.kept, two.other, third)] == [None, "7", None]


# -- what the rules read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lies", ["kept", "other"])
def test_87_whoever_lies_on_a_ward_after_a_merge_is_in_hospital(two, lies) -> None:
    """The other record says that the patient went home before, or that the care ended."""
    here, gone = (two.kept, two.other) if lies == "kept" else (two.other, two.kept)
    two.admit(gone, 0)
    two.discharge(gone, JANUARY + DAY)
    two.ends(gone, "care_ended", JANUARY + 2 * DAY)
    two.admit(here, 3)
    merged = two.merge()
    assert under_care(two.kept) == (True, True)
    assert any("an admission is entered" in x for x in merged.sentences)
    (fact,) = take_snapshot(two.kept, timezone.now(), timezone.now()).hospital_admissions
    assert fact.on == JANUARY + 3 * DAY
    two.part(merged)
    assert (under_care(here), under_care(gone)) == ((True, True), (False, False))


def test_87_a_discharge_that_the_other_record_tells_of_later_ends_no_stay_that_is_open(two) -> None:
    two.admit(two.kept, 0)
    two.admit(two.other, 1)
    two.discharge(two.other, JANUARY + 5 * DAY)
    two.merge()
    assert under_care(two.kept) == (True, True)


def test_87_no_admission_is_entered_where_nobody_left(two) -> None:
    two.admit(two.other, 0)
    merged = two.merge()
    assert under_care(two.kept) == (True, True)
    assert not any("an admission is entered" in x for x in merged.sentences)


def test_87_whoever_lies_on_a_ward_is_in_hospital_when_what_said_so_goes_with_the_merge(two) -> None:
    """A document told the other record of an admission, so that none was entered with the stay."""
    two.admit(two.kept, 0)
    two.discharge(two.kept, JANUARY + DAY)
    told = Story().add(HospitalAdmission, 0)
    actions.record_facts(patient=two.other, facts=told.versions, by=two.by, source="document")
    merged = two.merge()
    actions.admit_patient(patient=two.kept, ward=two.ward, by=two.by, admitted_at=moment(1))
    two.part(merged)
    assert under_care(two.kept) == (True, True)
    (fact,) = take_snapshot(two.kept, timezone.now(), timezone.now()).hospital_admissions
    assert fact.on == moment(1)


@pytest.mark.parametrize("lies", ["kept", "other"])
def test_54_a_record_on_a_ward_and_one_that_tells_of_a_death_are_not_merged(two, lies) -> None:
    here, gone = (two.kept, two.other) if lies == "kept" else (two.other, two.kept)
    two.admit(here, 0)
    two.ends(gone, "death")
    with pytest.raises(Refused, match="has died"):
        two.merge()
    assert not RecordMerge.objects.exists()
    assert bed_of(here) == ""


def test_54_nobody_is_admitted_after_a_death_whatever_another_record_tells_of_later(two) -> None:
    two.ends(two.kept, "death", JANUARY)
    two.ends(two.other, "transferred", JANUARY + DAY)
    two.admit(two.other, 2)
    two.discharge(two.other, JANUARY + 3 * DAY)
    two.merge()
    with pytest.raises(Refused, match="has died"):
        two.admit(two.kept, 4)


@pytest.mark.parametrize(("what", "says"), [("death", "has died"), ("care_ended", "admit the patient anew")])
def test_54_a_discharge_is_not_taken_back_where_a_merge_told_since_that_the_patient_left(two, what, says) -> None:
    two.admit(two.kept, 0)
    two.discharge(two.kept, JANUARY + DAY)
    two.ends(two.other, what, JANUARY + 2 * DAY)
    two.merge()
    with pytest.raises(Refused, match=says):
        two.take_back(two.kept)
    assert bed_of(two.kept) is None


def test_54_care_goes_on_where_the_other_record_ended_it_later_than_the_time_that_was_typed(two) -> None:
    two.ends(two.other, "care_ended", JANUARY + 2 * DAY)
    two.merge()
    two.admit(two.kept, 1)
    assert under_care(two.kept) == (True, True)


# -- who is responsible -----------------------------------------------------------------------------------------------


def test_a_move_taken_back_leaves_the_consultant_who_came(two, senior) -> None:
    two.admit(two.other, 0, "7", senior)
    two.merge()
    two.move(two.kept, "8")
    two.take_back(two.kept)
    assert led_by(two.kept) == ["consultant senior"]


def test_an_admission_that_names_nobody_leaves_the_consultant_who_came(two, senior) -> None:
    two.consultant(two.other, senior)
    two.merge()
    two.admit(two.kept, 0)
    assert led_by(two.kept) == ["consultant senior"]
    assert Admission.objects.get(patient=two.kept).consultant == "senior"


@pytest.mark.parametrize("named", ["physician", None])
def test_the_consultant_who_came_is_responsible_again_and_leaves_with_the_merge(two, senior, physician, named) -> None:
    two.consultant(two.other, senior)
    merged = two.merge()
    two.consultant(two.kept, physician if named else None)
    assert led_by(two.kept) == (["consultant physician"] if named else [])
    two.take_back(two.kept)
    assert led_by(two.kept) == ["consultant senior"]
    two.part(merged)
    assert led_by(two.kept) == []


def test_a_consultant_who_came_is_not_responsible_again_after_the_merge_was_taken_back(two, senior, physician) -> None:
    two.consultant(two.other, senior)
    merged = two.merge()
    two.consultant(two.kept, physician)
    two.part(merged)
    two.take_back(two.kept)
    assert led_by(two.kept) == []


def test_a_consultant_named_anew_since_stays_when_the_merge_is_taken_back(two, senior) -> None:
    two.consultant(two.other, senior)
    merged = two.merge()
    two.admit(two.kept, 0, consultant=senior)
    two.part(merged)
    assert led_by(two.kept) == ["consultant senior"]


@pytest.mark.parametrize("how", ["by a step", "by a merge"])
def test_who_came_as_consultant_since_is_of_the_team_where_the_one_before_is_back(two, senior, physician, how) -> None:
    """That nobody was consultant was no step: then the second one would have come as one of the team."""
    if how == "by a step":
        two.consultant(two.kept, physician)
    else:
        earlier = make_patient("R-3", two.by)
        two.consultant(earlier, physician)
        two.merge(two.kept, earlier)
    two.consultant(two.kept, None)
    two.consultant(two.other, senior)
    merged = two.merge()
    assert led_by(two.kept) == ["consultant senior"]
    two.take_back(two.kept)
    assert led_by(two.kept) == ["consultant physician", "team senior"]
    two.part(merged)
    assert led_by(two.kept) == ["consultant physician"]


def test_who_is_consultant_and_of_the_team_comes_once(two, senior, physician) -> None:
    two.consultant(two.kept, physician)
    actions.join_team(patient=two.other, user=senior, by=physician)
    two.consultant(two.other, senior)
    two.merge()
    assert led_by(two.kept) == ["consultant physician", "team senior"]
