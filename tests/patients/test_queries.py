"""Wide reads: latest values, look-alikes; constant in queries."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients import actions
from patients.names import Name, one_edit_apart, similar
from patients.queries import latest_values, look_alikes
from tests.patients.conftest import make_patient
from tests.story import Story, moment

CODES = ("ferritin", "kl6", "csa")


@pytest.mark.django_db
def test_latest_value_of_each_code(patient, record) -> None:
    record(Story().ferritin(0, "890").ferritin(3, "1240").ferritin(1, "900").test(2, "kl6", "500"))
    found = latest_values([patient.pk], CODES)[patient.pk]
    assert set(found) == {"ferritin", "kl6"}
    assert (str(found["ferritin"].quantity), found["ferritin"].on) == ("1,240", moment(3))


@pytest.mark.django_db
def test_withdrawn_corrected_and_wordy_results_are_not_the_latest(patient, physician, record) -> None:
    rows = record(Story().ferritin(0, "890").ferritin(1, "1240").ferritin(2, "5000")).rows
    actions.cancel_fact(row=rows[2], by=physician, reason="wrong tube", expected_version=1)
    actions.correct_fact(row=rows[1], changes={"value": "1250"}, by=physician, reason="misread", expected_version=1)
    ferritin = latest_values([patient.pk], CODES)[patient.pk]["ferritin"]
    assert (str(ferritin.quantity), ferritin.status) == ("1,250", "corrected")


@pytest.mark.django_db
def test_latest_values_is_one_query_for_all(patient, physician, record) -> None:
    record(Story().ferritin(0, "890"))
    ids = [patient.pk, *(make_patient(f"P-{n}", physician).pk for n in range(2, 6))]
    with CaptureQueriesContext(connection) as queries:
        found = latest_values(ids, CODES)
    assert len(queries) == 1
    assert set(found) == {patient.pk}


@pytest.mark.django_db
def test_R03_look_alikes_on_the_same_ward(patient, physician, ward, other_ward) -> None:
    twin = make_patient("P-2", physician, ward, given_name="Hanae", birth_date=None)
    other = make_patient("P-3", physician, ward, family_name="Ito", given_name="Jiro")
    make_patient("P-4", physician, other_ward)
    with CaptureQueriesContext(connection) as queries:
        found = look_alikes([patient, twin, other])
    assert found == {patient.pk: [twin], twin.pk: [patient]}
    assert len(queries) == 1


@pytest.mark.django_db
def test_R03_the_look_alike_is_found_for_a_single_page_too(patient, physician, ward) -> None:
    twin = make_patient("P-2", physician, ward)
    assert look_alikes([patient]) == {patient.pk: [twin]}


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (("Sato", "Hanako"), ("Sato", "Hanako"), True),
        (("Sato", "Hanako"), ("SATO", "hanae"), True),
        (("Sato", "Hanako"), ("Saito", "Hanako"), True),
        (("Sato", "Hanako"), ("Sato", "Jiro"), False),
        (("Sato", "Hanako"), ("Ito", "Hanako"), False),
        (("佐藤", "花子", "サトウ", "ハナコ"), ("左藤", "華子", "さとう", "はなこ"), True),
        (("佐藤", "花子", "サトウ", "ハナコ"), ("鈴木", "花子", "スズキ", "ハナコ"), False),
        (("林", "学"), ("森", "学"), False),
        (("ｻﾄｳ", "花"), ("サトウ", "花"), True),
    ],
)
def test_names_that_can_be_taken_for_each_other(a, b, expected) -> None:
    assert similar(Name.of(*a), Name.of(*b)) is expected
    assert similar(Name.of(*b), Name.of(*a)) is expected


def test_same_family_and_birth_date_are_alike() -> None:
    born = moment(0).date()
    assert similar(Name.of("Sato", "Hanako", born=born), Name.of("Sato", "Jiro", born=born))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("abcd", "abcd", True),
        ("abcd", "abxd", True),
        ("abcd", "abd", True),
        ("abd", "abcd", True),
        ("abcd", "abcde", True),
        ("abcd", "axxd", False),
        ("abcd", "ab", False),
        ("ab", "ac", False),
        ("abcd", "badc", False),
    ],
)
def test_one_edit_apart(a, b, expected) -> None:
    assert one_edit_apart(a, b) is expected
