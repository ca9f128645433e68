"""Specification 12 (48): whose record a document is about. Nothing is put on another person's record without a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone

from patients import actions
from patients.changes import Refused
from patients.imports.case import Case
from patients.imports.case_file import parse
from patients.models import Measurement, Patient
from patients.persons import ANOTHER, NEW, Doubt, NewPerson, known_as
from tests.patients.conftest import make_patient, requested
from tests.patients.test_recording import as_case
from tests.story import Story

pytestmark = [pytest.mark.django_db, pytest.mark.shared]

FILES = Path(__file__).parents[1] / "cases" / "persons"
NUMBERS = ["number-1-capitals", "number-1-full-width", "number-1-small-letters"]
PERSONS = ["person-2-full", "person-2-sex-and-birth-not-told"]


def case_of(name: str) -> Case:
    return parse((FILES / f"{name}.json").read_bytes(), now=timezone.now())


def told(case: Case, **other: object) -> Case:
    return replace(case, patient=replace(case.patient, **other))


def numbers() -> list[str]:
    return list(Patient.objects.order_by("pk").values_list("mrn", flat=True))


@pytest.mark.parametrize("first", NUMBERS)
def test_48_a_number_in_other_letters_is_one_patient_and_the_dry_run_says_so(first) -> None:
    actions.store_case(case_of(first), by=None)
    before = numbers()
    for name in NUMBERS:
        tried = actions.try_case(case_of(name), by=None)
        stored = actions.store_case(case_of(name), by=None)
        assert tried.sentences == stored.sentences
        assert not stored.registered
        assert f"record number {before[0]}" in stored.sentences[0]
        if name != first:
            assert case_of(name).patient.mrn in stored.sentences[1]
    assert numbers() == before


@pytest.mark.parametrize("names", [PERSONS, PERSONS[::-1]])
def test_48_what_is_not_told_is_not_another_and_what_is_known_stays(names) -> None:
    for name in names:
        actions.store_case(case_of(name), by=None)
    patient = Patient.objects.get()
    assert (patient.sex, patient.birth_date) == ("female", date(1960, 5, 6))
    assert (patient.family_name, patient.given_name) == ("Kato", "Rin")


def test_48_what_a_later_file_tells_for_the_first_time_is_added_and_said() -> None:
    actions.store_case(case_of(PERSONS[1]), by=None)
    tried = actions.try_case(case_of(PERSONS[0]), by=None)
    assert "added to the record: sex, birth date" in " ".join(tried.sentences)
    assert Patient.objects.get().sex == "unknown"
    stored = actions.store_case(case_of(PERSONS[0]), by=None)
    assert stored.sentences == tried.sentences
    assert (Patient.objects.get().sex, Patient.objects.get().version) == ("female", 2)
    assert requested(stored.patient) == 2
    assert "added" not in " ".join(actions.store_case(case_of(PERSONS[0]), by=None).sentences)


@pytest.mark.parametrize(
    "same",
    [
        {"family_name": "ＣＡＳＥ"},
        {"family_name": "case", "given_name": "o n e"},
        {"family_name": ""},
        {"given_name": "", "birth_date": None, "sex": "unknown"},
    ],
)
def test_48_a_name_in_other_letters_or_not_told_is_the_same(same) -> None:
    actions.store_case(as_case(Story().ferritin(0, "890")), by=None)
    assert not actions.store_case(as_case(Story().ferritin(1, "900"), **same), by=None).registered
    patient = Patient.objects.get()
    assert (patient.family_name, patient.given_name, patient.sex) == ("Case", "One", "female")


@pytest.mark.parametrize("kana", ["カトウ", "ｶﾄｳ", "かとう"])
def test_48_kana_of_either_kind_and_width_are_one_name(kana) -> None:
    make_patient("K-1", family_name="かとう", given_name="アオイ")
    other = as_case(Story().ferritin(0, "890"), mrn="k-1", family_name=kana, given_name="あおい", birth_date=None)
    assert not actions.store_case(other, by=None).registered


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"family_name": "Kase"}, "family name"),
        ({"given_name": "Two"}, "given name"),
        ({"sex": "male"}, "sex"),
        ({"birth_date": date(1952, 3, 2)}, "birth date"),
    ],
)
@pytest.mark.parametrize("mrn", ["CASE-1", "ｃａｓｅ－１"])
def test_48_another_person_under_the_same_number_is_refused_by_the_dry_run_in_the_same_words(other, field, mrn) -> None:
    actions.store_case(as_case(Story().ferritin(0, "890")), by=None)
    case = as_case(Story().ferritin(1, "900"), mrn=mrn, **other)
    said = []
    for change in (actions.try_case, actions.store_case):
        with pytest.raises(Refused) as refused:
            change(case, by=None)
        assert not isinstance(refused.value, Doubt)
        said.append(refused.value.faults)
    assert said[0] == said[1] == (f"Record number CASE-1 exists with another {field}.",)
    assert Measurement.objects.count() == 1


def test_48_an_old_form_of_a_kanji_is_another_name_and_refused_in_words() -> None:
    """To be found by a search and asked about, never to be one person by itself."""
    make_patient("K-1", family_name="髙橋", given_name="花子")
    with pytest.raises(Refused, match="another family name"):
        actions.store_case(
            as_case(Story().ferritin(0, "890"), mrn="K-1", family_name="高橋", given_name="花子"), by=None
        )


def test_48_a_new_form_of_a_kanji_is_asked_about_when_somebody_is_registered() -> None:
    """Two numbers, one birth date, and the name in either form: perhaps one person, never taken for one."""
    make_patient("K-1", family_name="髙橋", given_name="花子", birth_date=date(1950, 1, 2))
    told = NewPerson(mrn="K-2", family_name="高橋", given_name="花子", birth_date=date(1950, 1, 2)).as_case_patient
    assert [x.mrn for x in known_as(told).alike] == ["K-1"]


# -- doubts -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def known() -> Patient:
    return actions.store_case(as_case(Story().ferritin(0, "890"), mrn="0012345"), by=None).patient


def almost(**other: object) -> Case:
    return as_case(Story().ferritin(1, "900"), **{"mrn": "12345", **other})


@pytest.mark.parametrize(
    "other", [{}, {"mrn": "012345"}, {"mrn": "00-12345"}, {"birth_date": None}, {"sex": "unknown"}, {"family_name": ""}]
)
def test_48_leading_zeros_are_asked_about_and_nothing_is_stored(known, other) -> None:
    for change in (actions.try_case, actions.store_case):
        with pytest.raises(Doubt, match="is almost that of Case One, 0012345") as doubt:
            change(almost(**other), by=None)
        assert doubt.value.known == (known,)
    assert (numbers(), Measurement.objects.count()) == (["0012345"], 1)


@pytest.mark.parametrize("other", [{"given_name": "Two"}, {"sex": "male"}, {"birth_date": date(1960, 1, 1)}])
def test_48_almost_the_same_number_of_another_person_is_a_new_patient(known, other) -> None:
    assert actions.store_case(almost(**other), by=None).registered
    assert numbers() == ["0012345", "12345"]


def test_48_the_same_person_by_a_persons_word(known) -> None:
    stored = actions.store_case(almost(), by=None, answer=str(known.pk))
    assert (stored.patient, stored.registered, numbers()) == (known, False, ["0012345"])
    assert "The document writes the record number as 12345." in stored.sentences
    assert Measurement.objects.filter(patient=known).count() == 2


def test_48_another_person_by_a_persons_word(known) -> None:
    assert actions.store_case(almost(), by=None, answer=ANOTHER).registered
    assert numbers() == ["0012345", "12345"]


def test_48_an_answer_counts_for_nobody_else(known) -> None:
    stranger = make_patient("99", family_name="Case", given_name="One", birth_date=date(1952, 3, 1))
    with pytest.raises(Doubt):
        actions.store_case(almost(), by=None, answer=str(stranger.pk))
    with pytest.raises(Refused, match="Check it again"):
        actions.store_case(almost(mrn="777"), by=None, answer=str(stranger.pk))
    assert Measurement.objects.count() == 1


def test_48_what_the_dry_run_said_no_longer_fits() -> None:
    """Between the dry run and the storing somebody else registered the number, or almost the number."""
    case = as_case(Story().ferritin(0, "890"), mrn="12345")
    assert actions.try_case(case, by=None).registered
    late = make_patient("0012345", family_name="Case", given_name="One", birth_date=date(1952, 3, 1))
    with pytest.raises(Doubt):
        actions.store_case(case, by=None, answer=NEW)
    same = as_case(Story().ferritin(0, "890"), mrn="0012345")
    for answer in (NEW, ANOTHER, str(late.pk + 1)):
        with pytest.raises(Refused, match="Check it again"):
            actions.store_case(same, by=None, answer=answer)
    assert Measurement.objects.count() == 0
    assert not actions.store_case(same, by=None, answer=str(late.pk)).registered


def test_48_a_number_of_blanks_is_refused() -> None:
    with pytest.raises(Refused, match="blanks"):
        actions.store_case(as_case(Story().ferritin(0, "890"), mrn="\u3000\u200b"), by=None)


def test_48_a_dry_run_keeps_nothing() -> None:
    tried = actions.try_case(as_case(Story().ferritin(0, "890")), by=None)
    assert (tried.registered, tried.recorded.new) == (True, 1)
    assert (Patient.objects.count(), Measurement.objects.count()) == (0, 0)


# -- registering and correcting ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("mrn", ["HG-08A", "hg-08a", "ＨＧ－０８Ａ", "HG-08 A"])
def test_48_nobody_is_registered_under_a_number_that_exists(mrn) -> None:
    make_patient("HG-08A")
    with pytest.raises(Refused, match="Record number HG-08A exists already"):
        make_patient(mrn)
    assert numbers() == ["HG-08A"]


def test_48_a_corrected_number_is_compared_as_a_new_one(physician) -> None:
    patient, other = make_patient("HG-08A"), make_patient("HG-09")
    with pytest.raises(Refused, match="HG-08A exists already"):
        actions.correct_identity(reason="misspelt", patient=other, by=physician, expected_version=1, mrn="ｈｇ－０８ａ")
    actions.correct_identity(reason="misspelt", patient=patient, by=physician, expected_version=1, mrn="hg-08a")
    assert (patient.number_key, patient.number_core) == ("hg-08a", "hg8a")
    actions.correct_identity(reason="misspelt", patient=patient, by=physician, expected_version=2, mrn="HG-10")
    assert make_patient("HG-08A").pk
    with pytest.raises(Refused, match="HG-10 exists already"):
        make_patient("hg-10")
