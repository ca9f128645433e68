"""Correcting who a record is about: both values are kept, and no entry lies before the birth."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from patients import actions
from patients.changes import Refused, StaleVersion
from patients.identities import differing, identity_then
from patients.models import AuditEntry, IdentityChange, Patient
from patients.persons import Doubt
from patients.search import find_patients
from tests.patients.conftest import make_patient, requested
from tests.patients.test_recording import as_case, course
from tests.story import Story

pytestmark = pytest.mark.django_db


def correct(patient: Patient, by, version: int = 1, reason: str = "misspelt", **changes) -> Patient:
    return actions.correct_identity(patient=patient, by=by, expected_version=version, reason=reason, **changes)


def test_both_values_are_kept_with_who_when_and_why(patient, physician) -> None:
    before = timezone.now()
    correct(patient, physician, family_name="Saito", family_kana="サイトウ")
    change = IdentityChange.objects.get()
    assert (change.before["family_name"], change.after["family_name"]) == ("Sato", "Saito")
    assert (change.by, change.reason, change.source) == (physician, "misspelt", "form")
    assert before <= change.at <= timezone.now()
    assert [(x.label, x.before, x.after) for x in differing(change.before, change.after)] == [
        ("Name", "Sato Hanako", "Saito Hanako"),
        ("Name (kana)", "not known", "サイトウ"),
    ]
    assert find_patients("saito", physician).ids == (patient.pk,)
    assert find_patients("sato", physician).ids == ()
    entry = AuditEntry.objects.filter(table_name="patients_identitychange", patient=patient.pk).get()
    assert (entry.op, entry.actor, entry.reason) == ("INSERT", physician.pk, "misspelt")


def test_a_correction_is_a_change_of_the_record(patient, physician, told) -> None:
    before = requested(patient)
    correct(patient, physician, sex="male")
    assert told == [patient.pk]
    assert requested(patient) == before + 1


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_correction_needs_a_reason(patient, physician, reason) -> None:
    with pytest.raises(Refused, match="needs a reason"):
        correct(patient, physician, reason=reason, sex="male")


def test_what_is_the_same_is_no_change(patient, physician) -> None:
    with pytest.raises(Refused, match="Nothing was changed"):
        correct(patient, physician, family_name="Sato")
    assert not IdentityChange.objects.exists()


def test_R06_of_two_corrections_the_second_is_told(patient, physician) -> None:
    correct(patient, physician, given_name="Hana")
    with pytest.raises(StaleVersion) as stale:
        correct(patient, physician, given_name="Haruko")
    assert [(x.yours, x.theirs) for x in stale.value.differences] == [("Haruko", "Hana")]
    assert IdentityChange.objects.count() == 1


def test_a_number_that_is_taken_is_refused_and_says_whose(patient, physician, ward) -> None:
    other = make_patient("P-2", physician, ward)
    with pytest.raises(actions.NumberTaken, match="P-2 exists already") as taken:
        correct(patient, physician, mrn="ｐ－２")
    assert taken.value.patient == other
    patient.refresh_from_db()
    assert (patient.mrn, patient.version) == ("P-1", 1)


def test_a_number_of_blanks_is_refused(patient, physician) -> None:
    with pytest.raises(Refused, match="consists of blanks"):
        correct(patient, physician, mrn="　")


def test_no_entry_may_lie_before_the_birth_and_the_refusal_names_it(patient, physician, record) -> None:
    record(Story().ferritin(0, "890").drug(1, "csa"))
    with pytest.raises(Refused) as refused:
        correct(patient, physician, birth_date=date(2024, 3, 2))
    assert refused.value.faults == (
        "This entry would lie before the birth: Stay on a ward (1 Jan 2024).",
        "This entry would lie before the birth: Ferritin 890 ng/mL (1 Mar 2024).",
    )
    assert not IdentityChange.objects.exists()


def test_the_day_of_the_first_entry_may_be_the_day_of_birth(physician) -> None:
    patient = make_patient("P-9", physician)
    actions.record_facts(patient=patient, facts=Story().ferritin("0T00:30", "890").versions, by=None, source="lab")
    correct(patient, physician, birth_date=date(2024, 3, 1))
    with pytest.raises(Refused, match="Ferritin 890"):
        correct(patient, physician, version=2, birth_date=date(2024, 3, 2))


def test_what_was_cancelled_bounds_no_birth_date(physician) -> None:
    patient = make_patient("P-9", physician)
    (row,) = actions.record_facts(
        patient=patient, facts=Story().ferritin(0, "890").versions, by=physician, source="form"
    ).rows
    actions.cancel_fact(row=row, by=physician, reason="wrong tube", expected_version=1)
    correct(patient, physician, birth_date=date(2024, 3, 2))


def test_a_birth_date_lies_neither_ahead_nor_before_1900(patient, physician) -> None:
    for day, says in ((timezone.localdate() + timedelta(days=2), "future"), (date(1899, 12, 31), "before 1900")):
        with pytest.raises(Refused, match=says):
            correct(patient, physician, birth_date=day)


def test_the_chart_reads_what_stands_now_and_a_page_of_the_past_says_what_stood_then(patient, physician) -> None:
    before = timezone.now()
    correct(patient, physician, family_name="Saito")
    between = timezone.now()
    correct(patient, physician, version=2, birth_date=date(1953, 4, 2))
    after = timezone.now()
    assert [x.before for x in identity_then(patient, before).changed] == ["Sato Hanako", "1 Mar 1952"]
    assert [(x.before, x.after) for x in identity_then(patient, between).changed] == [("1 Mar 1952", "2 Apr 1953")]
    assert not identity_then(patient, after)


def test_what_a_document_adds_is_kept_as_a_change_too(physician) -> None:
    patient = make_patient("CASE-1", physician, sex="unknown", birth_date=None, family_name="", given_name="")
    stored = actions.store_case(as_case(course(), mrn="CASE-1", sex="female"), by=None)
    assert stored.patient == patient
    change = IdentityChange.objects.get()
    assert (change.source, change.by, change.before["sex"], change.after["sex"]) == (
        "case_file",
        None,
        "unknown",
        "female",
    )


def test_a_change_is_only_ever_appended(patient, physician) -> None:
    correct(patient, physician, sex="male")
    change = IdentityChange.objects.get()
    for statement in (lambda: IdentityChange.objects.update(reason="x"), change.delete):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            statement()


def test_a_corrected_number_is_what_a_document_goes_by(patient, physician) -> None:
    correct(patient, physician, mrn="0815")
    with pytest.raises(Doubt):
        actions.store_case(as_case(course(), mrn="815", family_name="Sato", given_name="Hanako"), by=None)
