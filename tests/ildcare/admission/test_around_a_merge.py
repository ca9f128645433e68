"""What the pages around a merge say: lists, stays, alerts, paper, and who could be taken for whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from ildcare.admission.roster import mine
from ildcare.paper.head import identity_of
from ildcare.paper.summary import read_summary
from ildcare.paper.summary_sheet import summary_data
from ildcare.ward.lines import read_lines
from patients import actions
from patients.models import Patient
from patients.stay_steps import discharge_in_words
from patients.templatetags.identity import identity
from tests.ildcare.admission.conftest import PERSON, as_user, new_patient
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def twin(ward, physician) -> Patient:
    """A second record of the patient, on the same ward, of the same consultant."""
    twin = make_patient("P-1X", physician, ward)
    actions.change_consultant(patient=twin, by=physician, consultant=physician)
    return twin


def merged(patient: Patient, twin: Patient, by: Any) -> None:
    actions.discharge_patient(patient=twin, by=by, at=timezone.now(), to="")
    actions.merge_records(kept=patient, absorbed=twin, by=by, reason="one person")


def page(browser: Any, name: str, *args: Any, **query: str) -> str:
    return browser.get(reverse(name, args=args), query).content.decode()


def test_both_on_a_ward_leads_to_the_discharge_of_either(browser, patient, twin, nurse) -> None:
    text = page(browser, "merge_check", patient.pk, twin.pk)
    for person in (patient, twin):
        assert f'href="{reverse("stay_detail", args=[person.pk])}?do=discharge"' in text
    actions.discharge_patient(patient=twin, by=None, at=timezone.now(), to="")
    assert "?do=discharge" not in page(browser, "merge_check", patient.pk, twin.pk)


def test_a_merged_record_stands_on_no_list_of_ones_own(browser, patient, twin, physician) -> None:
    assert set(mine(physician)) == {twin}
    merged(patient, twin, physician)
    assert set(mine(physician)) == {patient}  # who was responsible went along
    text = page(browser, "my_patients")
    assert f'href="{reverse("patient_detail", args=[twin.pk])}"' not in text
    assert "≠" not in text


def test_a_merged_record_is_not_taken_for_the_one_that_goes_on(patient, twin, physician, rf) -> None:
    request = rf.get("/")
    request.user = physician
    assert [x for x, *_may in identity({"request": request}, twin)["alike"]] == [patient]
    merged(patient, twin, physician)
    assert identity({"request": request}, Patient.objects.get(pk=twin.pk))["alike"] == []


def test_the_steps_of_the_merged_record_are_read_on_the_stay_page(browser, ward, patient, twin, physician) -> None:
    actions.move_patient(patient=twin, by=physician, ward=ward, bed="702-2")
    merged(patient, twin, physician)
    text = " ".join(page(browser, "stay_detail", patient.pk).split())
    assert "Moved to East 7 702-2" in text
    assert text.count("record number P-1X ·") == 4  # admitted, consultant, moved, discharged
    assert text.count("/take-back/") == 1  # of the record's own last step alone
    assert text.rindex("record number P-1X ·") < text.rindex("Admitted to")  # the record's own admission is the oldest


def test_no_alert_of_a_merged_record_does_not_look_like_nothing_is_wrong(browser, patient, twin, physician) -> None:
    merged(patient, twin, physician)
    assert "No open alert" not in page(browser, "patient_detail", twin.pk)
    assert "alerts stand in the record into which this one was merged" in page(browser, "patient_detail", twin.pk)
    assert "alerts stand in the record" not in page(browser, "patient_detail", patient.pk)


def test_paper_names_the_other_number(patient, twin, physician) -> None:
    assert identity_of(patient)["formerly"] == ""
    merged(patient, twin, physician)
    assert identity_of(Patient.objects.get(pk=patient.pk))["formerly"] == "formerly No. P-1X"


def test_the_summary_has_the_stay_that_goes_on_first(patient, other_ward, physician) -> None:
    later = make_patient("P-2", physician, other_ward)  # came after the patient, and went
    merged(patient, later, physician)
    now = timezone.now()
    box = summary_data(read_summary(Patient.objects.get(pk=patient.pk), now), physician, now)["boxes"][0]
    assert box["big"].startswith("East 7")
    assert box["small"].startswith("West 5")


def test_two_values_of_one_moment_are_said_in_the_list_and_are_no_course(ward, patient, physician) -> None:
    at, before = f"{today() - 1}T07:00", f"{today() - 4}T07:00"
    story = Story().pao2(before, "75").pao2(at, "68").pao2(at, "71")
    actions.record_facts(patient=patient, facts=story.versions, by=physician, source="form")
    (line,) = read_lines([ward], physician, timezone.now()).lines
    cell = line.cells[0]
    assert (cell.doubt, cell.previous) == ("two values: 68 and 71", "75")


def test_a_look_alike_on_a_list_is_a_way_there(browser, ward, patient, twin, nurse) -> None:
    way = f'href="{reverse("patient_detail", args=[twin.pk])}">Sato Hanako (P-1X)</a>'
    reader = as_user(nurse)
    assert way in page(reader, "ward_list")
    assert way in page(reader, "ward_morning", ward=ward.code)
    actions.discharge_patient(patient=patient, by=None, at=timezone.now(), to="")
    assert way in page(reader, "off_ward_list")


def test_a_look_alike_of_a_foreign_ward_is_named_without_a_way_there(browser, physician, patient, other_ward) -> None:
    actions.change_consultant(patient=patient, by=physician, consultant=physician)
    actions.move_patient(patient=patient, by=physician, ward=other_ward)
    foreign = make_patient("W-1", None, other_ward)
    text = page(browser, "patient_detail", patient.pk)
    assert "(W-1" in text
    assert reverse("patient_detail", args=[foreign.pk]) not in text


def test_the_question_whether_it_is_somebody_known_is_asked_once(browser, ward) -> None:
    assert new_patient(browser, ward, mrn="P1").status_code == 302
    answer = new_patient(browser, ward, mrn="P2", bed="702-1")
    assert answer.status_code == 422
    assert answer.content.decode().count("Is it this person?") == 1
    assert words_of(answer).count(PERSON["family_name"]) >= 1


def test_discharged_is_a_word_and_no_label_in_japanese(patient) -> None:
    with override("ja"):
        assert discharge_in_words("") != "退院日時"
