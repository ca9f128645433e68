"""A new patient and every step of a stay, as a browser sends them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients import actions
from patients.actions import take_message
from patients.clinical import facts as f
from patients.models import (
    Admission,
    CareOutcome,
    Discharge,
    Measurement,
    Patient,
    Responsibility,
    Role,
    Source,
    StayEvent,
    Ward,
)
from tests.ildcare.admission.conftest import PERSON, as_user, new_patient, stay_token, step, take_back
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.imports.sending import message, obx
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    return response.content.decode()


def test_a_stranger_is_on_the_ward_with_one_page(browser, ward, physician) -> None:
    answer = new_patient(browser, ward, consultant=str(physician.pk))
    stay = Admission.objects.get()
    assert (stay.ward, stay.bed, stay.consultant) == (ward, "701", "physician")
    assert Responsibility.objects.get().user == physician
    assert answer.url == f"{reverse('patient_detail', args=[stay.patient_id])}?step={StayEvent.objects.get().pk}"
    page = text_of(browser.get(answer.url))
    assert "Admitted to East 7 701" in page
    assert "Undo" in page


def test_the_same_form_sent_again_is_one_patient(browser, ward) -> None:
    page = text_of(browser.get(reverse("patient_new")))
    token = page.split('name="context_token" value="')[1].split('"')[0]
    first, again = new_patient(browser, ward, token=token), new_patient(browser, ward, token=token)
    assert first.status_code == again.status_code == 302
    assert Patient.objects.count() == StayEvent.objects.count() == 1


def test_a_taken_bed_is_refused_and_what_was_typed_stays(browser, ward, patient) -> None:
    step(browser, patient, "move", place=f"{ward.pk}/701")
    answer = new_patient(browser, ward)
    assert answer.status_code == 422
    assert "Bed 701 is taken." in text_of(answer)
    assert 'value="佐藤"' in text_of(answer)
    assert Patient.objects.count() == 1


def test_a_bed_that_the_ward_does_not_have_is_refused(browser, ward) -> None:
    assert new_patient(browser, ward, bed="799").status_code == 422
    assert Patient.objects.count() == 0


def test_48_a_known_number_offers_the_known_record(browser, ward, patient) -> None:
    answer = new_patient(browser, ward, mrn="ｐ-1")
    assert answer.status_code == 422
    assert "Record number P-1 is known." in text_of(answer)
    assert f"{reverse('stay_detail', args=[patient.pk])}?do=move" in text_of(answer)


def test_48_a_known_number_of_a_foreign_ward_is_refused_without_a_name(browser, ward, other_ward) -> None:
    make_patient("P-9", None, other_ward, family_name="Ueda", given_name="Secret")
    answer = new_patient(browser, ward, mrn="P-9")
    assert answer.status_code == 422
    assert "on a ward that is not yours" in text_of(answer)
    assert "Secret" not in words_of(answer)


@pytest.mark.parametrize("change", [{"mrn": "0P1"}, {"mrn": "7777"}], ids=["almost the number", "name and birth date"])
def test_48_almost_the_same_person_is_asked_about(browser, ward, change) -> None:
    known = new_patient(browser, ward, mrn="P1", bed="701")
    assert known.status_code == 302
    answer = new_patient(browser, ward, bed="702-1", **change)
    assert answer.status_code == 422
    page = text_of(answer)
    assert "Is it this person?" in page
    question = page.split('name="another"')[1].split('value="')[1].split('"')[0]
    assert new_patient(browser, ward, bed="702-1", another="something else", **change).status_code == 422
    assert new_patient(browser, ward, bed="702-1", another=question, **change).status_code == 302
    assert Patient.objects.count() == 2


def test_another_birth_date_is_another_person(browser, ward) -> None:
    new_patient(browser, ward, mrn="P1")
    assert new_patient(browser, ward, mrn="P2", bed="702-1", birth_date="1964-03-09").status_code == 302


@pytest.mark.parametrize(
    ("field", "value"),
    [("mrn", " "), ("family_name", ""), ("birth_date", "2964-01-01"), ("place", ""), ("at", "2964-01-01T10:00")],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(browser, ward, field, value) -> None:
    assert new_patient(browser, ward, **{field: value}).status_code == 422
    assert Patient.objects.count() == 0


def test_move_discharge_readmit_and_every_step_back(browser, ward, patient, physician) -> None:
    assert step(browser, patient, "move", place=f"{ward.pk}/702-1").status_code == 302
    assert step(browser, patient, "discharge", to="home").status_code == 302
    assert Discharge.objects.get().to == "home"
    assert step(browser, patient, "admit", place=f"{ward.pk}/701", consultant=str(physician.pk)).status_code == 302
    assert [x.kind for x in StayEvent.objects.order_by("pk")] == ["admitted", "moved", "discharged", "admitted"]
    for bed in (None, "702-1", "", None):
        assert take_back(browser, patient).status_code == 302
        stay = Admission.objects.filter(patient=patient, discharged_at=None).first()
        assert (stay.bed if stay else None) == bed
    assert Discharge.objects.latest("pk").status == "cancelled"


def test_undo_is_refused_while_somebody_else_lies_in_the_bed(browser, ward, patient) -> None:
    step(browser, patient, "move", place=f"{ward.pk}/701")
    step(browser, patient, "discharge", to="home")
    new_patient(browser, ward, bed="701")
    answer = take_back(browser, patient)
    assert answer.status_code == 422
    assert "Bed 701 is taken." in text_of(answer)
    assert Discharge.objects.count() == 1


def test_a_death_closes_the_stay_and_can_be_taken_back(browser, patient) -> None:
    step(browser, patient, "outcome", what="death", cause="infection")
    assert patient.admissions.get().discharged_at is not None
    assert CareOutcome.objects.get().what == "death"
    assert "?do=" not in text_of(browser.get(reverse("stay_detail", args=[patient.pk])))  # nothing comes after it
    take_back(browser, patient)
    assert "?do=discharge" in text_of(browser.get(reverse("stay_detail", args=[patient.pk])))
    assert patient.admissions.get().discharged_at is None
    assert CareOutcome.objects.latest("pk").status == "cancelled"


def test_who_lies_on_a_ward_though_a_document_says_died_can_be_discharged(browser, patient) -> None:
    actions.record_facts(
        patient=patient, facts=Story().add(f.Outcome, today(), what="death").versions, by=None, source="letter"
    )
    assert "?do=discharge" in text_of(browser.get(reverse("stay_detail", args=[patient.pk])))
    assert step(browser, patient, "outcome", what="care_ended", cause="").status_code == 422
    assert "has died" in text_of(step(browser, patient, "outcome", what="care_ended", cause=""))


def test_a_lung_transplant_leaves_the_patient_on_the_ward(browser, patient) -> None:
    step(browser, patient, "outcome", what="lung_transplant", cause="")
    assert patient.admissions.get().discharged_at is None


def test_two_tabs_are_a_conflict(browser, ward, patient) -> None:
    tokens = {do: stay_token(browser, patient, do) for do in ("move", "discharge", "outcome", "consultant")}
    assert step(browser, patient, "move", place=f"{ward.pk}/701", token=tokens["move"]).status_code == 302
    for do, more in (("discharge", {"to": "home"}), ("outcome", {"what": "death"}), ("consultant", {"consultant": ""})):
        assert step(browser, patient, do, token=tokens[do], **more).status_code == 409
    assert StayEvent.objects.count() == 2


def test_a_step_taken_back_in_another_tab_is_a_conflict(browser, patient) -> None:
    page = text_of(browser.get(reverse("stay_detail", args=[patient.pk])))
    last = StayEvent.objects.get()
    token = page.split(f"/take-back/{last.pk}")[1].split('name="context_token" value="')[1].split('"')[0]
    step(browser, patient, "discharge", to="home")
    address = reverse("stay_take_back", args=[patient.pk, last.pk])
    assert browser.post(address, {"context_token": token}).status_code == 409


def test_a_repeated_step_is_one_step(browser, patient) -> None:
    token = stay_token(browser, patient, "discharge")
    for _ in range(2):
        assert step(browser, patient, "discharge", to="home", token=token).status_code == 302
    assert StayEvent.objects.count() == 2


def test_a_time_before_the_last_step_is_refused_in_words(browser, patient, ward) -> None:
    step(browser, patient, "move", place=f"{ward.pk}/701")
    early = (timezone.localtime() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    answer = step(browser, patient, "discharge", to="home", at=early)
    assert answer.status_code == 422
    assert "before the last step: moved" in text_of(answer)


def test_who_is_moved_away_is_no_longer_seen_and_the_mover_is_told(browser, patient, other_ward) -> None:
    answer = step(browser, patient, "move", place=str(other_ward.pk), bed="3")
    assert answer.url == reverse("ward_list")
    assert "on a ward that is not yours" in text_of(browser.get(answer.url))
    assert browser.get(reverse("stay_detail", args=[patient.pk])).status_code == 404


ALLOWED = {  # physician, senior, pharmacist, nurse
    "admit": "++-+",
    "move": "++-+",
    "consultant": "++-+",
    "discharge": "++-+",
    "outcome": "++--",
    "join": "++-+",
    "leave": "++-+",
}


@pytest.mark.parametrize("do", ALLOWED)
def test_a_step_is_refused_to_whom_it_is_not_for(ward, patient, do) -> None:
    roles = (Role.PHYSICIAN, Role.SENIOR, Role.PHARMACIST, Role.NURSE)
    for role, cell in zip(roles, ALLOWED[do], strict=True):
        answer = as_user(make_user(f"asker {role}", role, ward)).post(reverse("stay_change", args=[patient.pk, do]))
        assert (answer.status_code == 403) == (cell == "-"), role


def test_a_nurse_does_not_take_back_an_outcome(browser, nurse, patient) -> None:
    step(browser, patient, "outcome", what="care_ended", cause="")
    last = StayEvent.objects.latest("pk")
    assert as_user(nurse).post(reverse("stay_take_back", args=[patient.pk, last.pk])).status_code == 403
    page = text_of(as_user(nurse).get(reverse("stay_detail", args=[patient.pk])))
    assert "take-back" not in page


def test_a_pharmacist_reads_the_steps_and_changes_nothing(ward, patient) -> None:
    page = text_of(as_user(make_user("pharmacist", Role.PHARMACIST, ward)).get(f"/patients/{patient.pk}/stay"))
    assert "Admitted to East 7" in page
    assert "/stay/" not in page


def test_a_taken_bed_says_by_whom_on_ones_own_ward_only(browser, ward, other_ward, patient) -> None:
    step(browser, patient, "move", place=f"{ward.pk}/701")
    foreign = make_patient("P-5", None, None, family_name="Ueda", given_name="Secret")
    other_ward.beds.create(label="1")
    actions.admit_patient(patient=foreign, ward=other_ward, by=None, admitted_at=timezone.now(), bed="1")
    second = make_patient("P-6", None, ward)
    page = text_of(browser.get(reverse("stay_detail", args=[second.pk]), {"do": "move"}))
    assert "701 – taken: Sato Hanako" in page
    assert "1 – taken<" in page
    assert "Secret" not in words_of(page)


def test_the_team_comes_and_goes(browser, patient, nurse) -> None:
    assert step(browser, patient, "join", member=str(nurse.pk)).status_code == 302
    assert step(browser, patient, "leave", member=str(nurse.pk)).status_code == 302
    assert Responsibility.objects.get(user=nurse).until is not None


def test_the_address_of_a_step_that_is_not_there_is_not_found(browser, patient) -> None:
    assert browser.post(reverse("stay_change", args=[patient.pk, "fly"])).status_code == 404
    assert browser.post(reverse("stay_take_back", args=[patient.pk, 999_999])).status_code == 404


def test_nobody_is_registered_without_a_name_that_a_browser_could_forge(ward, physician) -> None:
    client = Client()
    client.force_login(physician)
    assert client.post(reverse("patient_register"), {**PERSON, "place": str(ward.pk)}).status_code == 409


# -- a bed that is written ---------------------------------------------------------------------------------------------


def test_a_bed_is_written_only_beside_a_ward_without_a_list(browser, ward, other_ward, physician) -> None:
    """The page hides the empty field by a rule of style alone: which places have a list, the choice itself says."""
    page = browser.get(reverse("patient_new")).content.decode()
    assert 'name="bed"' not in page
    physician.memberships.create(ward=other_ward)
    page = browser.get(reverse("patient_new")).content.decode()
    assert 'name="bed"' in page
    listed = re.findall(r'<option value="([^"]+)"[^>]*data-listed', page)
    assert {x.split("/")[0] for x in listed} == {str(ward.pk)}
    assert f'<option value="{other_ward.pk}">' in page


def test_a_bed_that_is_chosen_and_another_that_is_written_are_refused(browser, patient, ward, other_ward) -> None:
    answer = step(browser, patient, "move", place=f"{ward.pk}/701", bed="3")
    assert answer.status_code == 422
    assert "Bed 701 is chosen above: leave this empty." in text_of(answer)
    assert step(browser, patient, "move", place=f"{ward.pk}/701", bed="701").status_code == 302


def test_what_a_laboratory_sent_before_is_on_the_record_at_once(browser: Client, ward: Ward) -> None:
    source = Source.objects.create(name="lab", title="Laboratory", sender="LAB|EAST")
    person = f"PID|1||{PERSON['mrn']}||{PERSON['family_name']}^{PERSON['given_name']}||19640308|F"
    sent = message(obx("2276-4^Ferritin^LN", "1679", "ng/mL"), person=person)
    take_message(source=source, document=sent, form="hl7v2")
    assert Measurement.objects.count() == 0
    assert new_patient(browser, ward).status_code == 302
    assert Measurement.objects.get().patient.mrn == PERSON["mrn"]
