"""Specification 12 (49): who must be found by what is typed, and who must not."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients import actions
from patients.actions import fold_anew
from patients.apps import fold_after_migration
from patients.models import Admission, Patient, Role, SearchEntry
from patients.search import find_patients
from tests.patients.conftest import JANUARY, make_patient, make_user
from tests.story import moment

pytestmark = [pytest.mark.django_db, pytest.mark.shared]

# record number: family name, given name, their kana
PEOPLE = {
    "90070111": ("木村", "早苗", "キムラ", "サナエ"),
    "T-1": ("髙橋", "花子", "", ""),
    "T-2": ("高橋", "一郎", "", ""),
    "S-1": ("﨑山", "美咲", "", ""),
    "S-2": ("齋藤", "優", "", ""),
    "Y-1": ("𠮷田", "葵", "", ""),
    "0001234": ("O'Brien", "Siobhán", "", ""),
    "HG-08A": ("Muñoz", "José", "", ""),
    "H-1": ("Ha", "Phan", "", ""),
    "R-1": ("林", "一", "", ""),
    "R-2": ("Sukarno", "", "", ""),
    "X-1": ("100%", "Test_case", "", ""),
}
BEDS = {"90070111": "706-2"}


@pytest.fixture
def people(ward, physician) -> None:
    for mrn, (family, given, family_kana, given_kana) in PEOPLE.items():
        kana = {"family_kana": family_kana, "given_kana": given_kana}
        patient = actions.register_patient(by=None, mrn=mrn, family_name=family, given_name=given, **kana)
        actions.admit_patient(patient=patient, ward=ward, by=None, admitted_at=JANUARY, bed=BEDS.get(mrn, ""))


def found(typed: str, user: Any) -> set[str]:
    return set(Patient.objects.filter(pk__in=find_patients(typed, user).ids).values_list("mrn", flat=True))


WORDS = [
    *(("90070111", x) for x in ("木村 早苗", "早苗 木村", "キムラ", "ｷﾑﾗ", "90070111", "９００７０１１１")),
    *(
        ("90070111", x)
        for x in ("木村早苗", "早苗木村", "キムラサナエ", "きむら", "706-2", "木村　早苗", "きむら 早苗")
    ),
    *(("90070111", x) for x in ("7062", "７０６－２", "706-2 木村", "0090070111", "9007 0111", "木村、早苗")),
    *((x, "高橋") for x in ("T-1", "T-2")),
    *((x, "髙橋") for x in ("T-1", "T-2")),
    ("S-1", "崎山"),
    *(("S-2", x) for x in ("斎藤", "斉藤", "齊藤", "斉藤優")),
    ("Y-1", "吉田"),
    *(("0001234", x) for x in ("O'Brien", "O’Brien", "obrien", "O Brien", "Siobhan O'BRIEN", "1234", "01234")),
    *(
        ("HG-08A", x)
        for x in ("Munoz", "Muñoz", "Mun\u0303oz", "jose, munoz", "hg-08a", "HG08A", "hg-8a", "ＨＧ－００８Ａ")
    ),
    *(("H-1", x) for x in ("Ha", "Phan", "Phan Ha", "haphan")),
    *(("R-1", x) for x in ("林", "林一")),
    ("R-2", "Sukarno"),
    *(("X-1", x) for x in ("%", "_", "100%", "Test_case", "％", "0% t")),
]


@pytest.mark.parametrize(("mrn", "typed"), WORDS)
def test_49_who_must_be_found(people, physician, mrn, typed) -> None:
    assert mrn in found(typed, physician)


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("%", {"X-1"}),
        ("_", {"X-1"}),
        ("%%", set()),
        ("木村", {"90070111"}),
        ("木村 花子", set()),
        ("高橋", {"T-1", "T-2"}),
        ("高橋 花子", {"T-1"}),
        ("林", {"R-1"}),
        ("林一郎", set()),
        ("がむら", set()),
        ("obrien", {"0001234"}),
        ("'", set()),
        ("", set()),
        ("06-2", set()),
        ("#90070111", {"90070111"}),
        ("\\", set()),
        ("\x00", set()),
    ],
)
def test_49_nobody_else_is_found(people, physician, typed, who) -> None:
    assert found(typed, physician) == who


def test_49_all_in_the_scope_are_found_on_a_ward_or_not(ward, other_ward, physician) -> None:
    lying = make_patient("A-1", physician, ward, family_name="Mori")
    gone = make_patient("A-2", physician, ward, family_name="Mori")
    actions.discharge_patient(patient=gone, by=physician, at=moment(0))
    imported = make_patient("A-3", physician, family_name="Mori")
    make_patient("A-4", None, family_name="Mori")  # never on a ward, registered by somebody else
    make_patient("A-5", None, other_ward, family_name="Mori")
    moved = make_patient("A-6", physician, ward, family_name="Mori")
    actions.move_patient(patient=moved, by=physician, ward=other_ward, bed="9")
    result = find_patients("mori", physician)
    assert result.ids[0] == lying.pk, "those on a ward come first"
    assert set(result.ids) == {lying.pk, gone.pk, imported.pk}
    assert not result.more
    assert found("A-2", physician) == {"A-2"}
    assert found("9", physician) == set(), "the bed of another ward is not searched"
    senior = make_user("senior", Role.SENIOR, ward)
    assert found("mori", senior) == {"A-1", "A-2", "A-3", "A-4"}
    assert set(find_patients("mori", senior).ids) <= set(
        Patient.objects.visible_to(senior).values_list("pk", flat=True)
    )


def test_49_the_bed_of_a_stay_that_is_over_finds_nobody(ward, physician) -> None:
    patient = make_patient("A-1", physician, ward)
    Admission.objects.update(bed="706-2")
    assert found("706", physician) == {"A-1"}
    actions.discharge_patient(patient=patient, by=physician, at=moment(0))
    assert found("706", physician) == set()


def test_49_a_search_that_shows_not_all_says_so(ward, physician) -> None:
    for number in range(4):
        make_patient(f"A-{number}", physician, family_name="Mori", given_name=f"{number}")
    assert (len(find_patients("mori", physician, most=4).ids), find_patients("mori", physician, most=4).more) == (
        4,
        False,
    )
    assert (len(find_patients("mori", physician, most=3).ids), find_patients("mori", physician, most=3).more) == (
        3,
        True,
    )


def test_49_a_corrected_name_is_found_and_the_old_one_no_more(ward, physician) -> None:
    patient = make_patient("A-1", physician, ward, family_name="木村")
    actions.correct_identity(
        reason="misspelt", patient=patient, by=physician, expected_version=1, family_name="渡邊", mrn="B-2"
    )
    assert found("渡辺", physician) == found("b2", physician) == {"B-2"}
    assert found("木村", physician) == found("A-1", physician) == set()


def test_49_after_an_update_everybody_is_folded_anew(ward, physician) -> None:
    old, without = (
        make_patient("A-1", physician, family_name="Mori"),
        make_patient("A-2", physician, family_name="Mori"),
    )
    SearchEntry.objects.filter(patient=old).update(folding="before", text="", grams=[])
    SearchEntry.objects.filter(patient=without).delete()
    assert found("mori", physician) == set()
    fold_after_migration()
    assert found("mori", physician) == {"A-1", "A-2"}
    assert fold_anew() == 0


def test_49_a_search_asks_once_each_for_beds_merged_records_and_people(people, physician) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        find_patients("髙橋 花子 7", physician)
    assert len(asked) == 3
