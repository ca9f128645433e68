"""The page of the identity: correct it, put it back, a number that is taken; and pages of the past that say so."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone

from ildcare.moment.state_code import code_of
from ildcare.paper.head import identity_of
from patients import actions
from patients.models import IdentityChange, Patient
from tests.ildcare.admission.pages import token
from tests.patients.conftest import make_patient
from tests.reading import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, physician) -> Any:
    client.force_login(physician)
    return client


def page(client: Any, patient: Patient, **query: Any) -> Any:
    return client.get(reverse("identity_form", args=[patient.pk]), query)


def sent(patient: Patient, answer: Any, **more: Any) -> dict[str, Any]:
    fields = ("mrn", "family_name", "given_name", "family_kana", "given_kana", "sex")
    stood = {name: getattr(patient, name) for name in fields} | {"birth_date": patient.birth_date or ""}
    return {**stood, "reason": "misspelt", "context_token": token(answer), **more}


def correct(client: Any, patient: Patient, answer: Any, **more: Any) -> Any:
    return client.post(reverse("identity_correct", args=[patient.pk]), sent(patient, answer, **more))


def test_a_correction_is_stored_and_what_stood_before_is_shown(signed_in, patient) -> None:
    answer = correct(signed_in, patient, page(signed_in, patient), family_name="Saito", birth_date="1953-04-02")
    assert (answer.status_code, answer.url) == (302, reverse("identity_form", args=[patient.pk]) + "?saved=1")
    patient.refresh_from_db()
    assert (patient.family_name, patient.birth_date) == ("Saito", date(1953, 4, 2))
    text = signed_in.get(answer.url).content.decode()
    assert "Saved. What stood before is kept below." in text
    for shown in ("Sato Hanako", "Saito Hanako", "1 Mar 1952", "2 Apr 1953", "misspelt"):
        assert shown in text


def test_an_earlier_birth_date_than_the_one_that_stood_is_possible(signed_in, patient) -> None:
    assert correct(signed_in, patient, page(signed_in, patient), birth_date="1949-01-01").status_code == 302


def test_put_back_fills_the_form_with_what_stood_before(signed_in, patient, physician) -> None:
    actions.correct_identity(patient=patient, by=physician, expected_version=1, reason="x", birth_date=date(1950, 1, 1))
    change = IdentityChange.objects.get()
    fields = page(signed_in, patient, back=change.pk).context["form"].initial
    assert (fields["birth_date"], fields["family_name"]) == (date(1952, 3, 1), "Sato")
    assert page(signed_in, patient, back="9" * 30).status_code == 200


def test_a_taken_number_keeps_what_was_typed_and_offers_the_merge(signed_in, patient, physician, ward) -> None:
    other = make_patient("P-2", physician, ward, family_name="Sato")
    answer = correct(signed_in, patient, page(signed_in, patient), mrn="P-2", family_name="Saito")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Record number P-2 exists already." in text
    assert reverse("merge_check", args=[other.pk, patient.pk]) in text
    assert 'value="Saito"' in text
    assert "P-1" in text  # the head names the patient as he is
    assert not IdentityChange.objects.exists()


def test_a_number_of_another_ward_offers_no_merge(signed_in, patient, physician, other_ward) -> None:
    other = make_patient("P-2", None, other_ward, family_name="Secret")
    text = correct(signed_in, patient, page(signed_in, patient), mrn="P-2").content.decode()
    assert "Record number P-2 exists already." in text
    assert "Secret" not in words_of(text)
    assert reverse("merge_check", args=[other.pk, patient.pk]) not in text


def test_a_correction_without_a_reason_comes_back(signed_in, patient) -> None:
    assert correct(signed_in, patient, page(signed_in, patient), family_name="Saito", reason="").status_code == 422
    assert not IdentityChange.objects.exists()


def test_two_tabs_the_second_is_told(signed_in, patient) -> None:
    first, second = page(signed_in, patient), page(signed_in, patient)
    assert correct(signed_in, patient, first, given_name="Hana").status_code == 302
    answer = correct(signed_in, patient, second, given_name="Haruko")
    assert answer.status_code == 409
    assert "Hana" in answer.content.decode()
    assert IdentityChange.objects.count() == 1


def test_sent_twice_is_stored_once(signed_in, patient) -> None:
    shown = page(signed_in, patient)
    answers = [correct(signed_in, patient, shown, given_name="Hana") for _ in range(2)]
    assert [x.status_code for x in answers] == [302, 302]
    assert IdentityChange.objects.count() == 1


def test_a_page_of_the_past_and_the_code_of_an_old_sheet_say_the_name_that_stood(signed_in, patient, physician) -> None:
    then = timezone.now()
    actions.correct_identity(patient=patient, by=physician, expected_version=1, reason="x", family_name="Saito")
    at = f"?at={quote(then.isoformat())}"
    said = "Name then: <strong>Sato Hanako</strong>. Corrected since: Saito Hanako."
    for name in ("patient_detail", "result_list", "treatment_list", "trend_list"):
        assert said in signed_in.get(reverse(name, args=[patient.pk]) + at).content.decode(), name
    assert said not in signed_in.get(reverse("patient_detail", args=[patient.pk])).content.decode()
    answer = signed_in.post(reverse("ward_search"), {"words": code_of(patient.pk, then)}, follow=True)
    assert said in answer.content.decode()


def test_sheets_follow_a_corrected_name(patient, physician) -> None:
    actions.correct_identity(
        patient=patient, by=physician, expected_version=1, reason="x", family_name="Saito", mrn="P-77"
    )
    head = identity_of(Patient.objects.get(pk=patient.pk))
    assert (head["name"], head["number"]) == ("Saito Hanako", "P-77")
