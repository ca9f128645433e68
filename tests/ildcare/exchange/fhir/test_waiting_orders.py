"""An order that leaves a doubt: on the page of arrivals and of the patient, until a person settles it."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from ildcare.exchange.fhir.arriving import take_bundle
from patients.actions import refuse_result
from patients.models import MedicationCourse, Role, Source, WaitingResult
from tests.ildcare.exchange.fhir.bundles import order, patient, sent
from tests.patients.conftest import make_patient, make_user

pytestmark = pytest.mark.django_db


def test_an_order_that_waits_is_shown_and_can_be_settled(client: Client, ward, physician) -> None:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    torii = make_patient("7001234", physician, ward, **names)
    source = Source.objects.create(name="ehr", title="Record of the hospital")
    take_bundle(sent(patient(), order(dosageInstruction=[{"text": "3 tablets after breakfast"}])), source)
    client.force_login(make_user("pharmacist", Role.PHARMACIST, ward))
    page = client.get(reverse("arrival_list")).content.decode()
    assert "プレドニン錠5mg 3 tablets after breakfast" in page
    assert "since when it is given is not told" in page
    assert "プレドニン錠5mg" in client.get(reverse("patient_detail", args=[torii.pk])).content.decode()
    (waiting,) = WaitingResult.objects.open()
    refuse_result(waiting=waiting, reason="entered by hand", by=physician)
    answer = take_bundle(sent(patient(), order(dosageInstruction=[{"text": "3 tablets after breakfast"}])), source)
    assert "a person has decided not to take it" in str(answer.body)
    assert MedicationCourse.objects.count() == 0
