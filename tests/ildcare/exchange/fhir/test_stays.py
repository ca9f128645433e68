"""Stays, reports and diagnoses of another system: followed as ADT is, stored where they are exact, else asked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ildcare.exchange.fhir.arriving import take_bundle
from patients.clinical.written import reason_from_json
from patients.models import (
    Admission,
    CareOutcome,
    HrctReport,
    Measurement,
    MessagePart,
    PartState,
    Patient,
    Source,
    WaitingResult,
    Ward,
)
from patients.wording import render_all
from tests.ildcare.exchange.fhir.bundles import ferritin, patient, sent
from tests.patients.conftest import make_patient
from tests.patients.imports.test_fhir_reports import GGO, condition, ct, own, stay

pytestmark = pytest.mark.django_db
LATER = {"start": "2026-03-04T10:00:00+09:00", "end": "2026-03-20T10:00:00+09:00"}


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="ehr", title="Record of the hospital")


@pytest.fixture
def torii(physician) -> Patient:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    return make_patient("7001234", physician, **names)


def take(source: Source, *resources: dict[str, Any]) -> list[str]:
    """The status of each entry behind the patient."""
    body = take_bundle(sent(patient(), *resources), source).body
    return [x["response"]["status"].partition(" ")[0] for x in body["entry"][1:]]


def beds() -> list[tuple[str, str, bool]]:
    return [(x.ward.code, x.bed, x.discharged_at is None) for x in Admission.objects.order_by("admitted_at")]


def why() -> str:
    return render_all(reason_from_json(x) for y in MessagePart.objects.asking() for x in y.why)


def test_a_stay_on_a_ward_that_is_kept_here_admits_and_its_results_follow(source: Source, ward: Ward) -> None:
    told = take(source, ferritin(effectiveDateTime="2026-03-04T11:00:00+09:00"), *stay(ward=ward.code))
    assert told[:2] == ["201", "201"]
    assert beds() == [(ward.code, "714", True)]
    assert Measurement.objects.get().patient.mrn == "7001234"
    assert take(source, *stay(ward=ward.code), condition("hypertension"))[0] == "201"
    assert len(beds()) == 1, "the same stay in another document changes nothing"


def test_a_stay_that_has_ended_discharges(source: Source, torii: Patient, ward: Ward) -> None:
    take(source, *stay(ward=ward.code))
    take(source, *stay("finished", ward=ward.code, period=LATER))
    assert beds() == [(ward.code, "714", False)]


def test_an_older_stay_does_not_end_the_present_one(source: Source, torii: Patient, ward: Ward) -> None:
    """A document holds all stays of a person."""
    old = {"start": "2024-01-01T10:00:00+09:00", "end": "2024-02-01T10:00:00+09:00"}
    now = stay(ward=ward.code)
    take(source, *now, {**stay("finished", period=old)[0], "id": "old"})
    assert beds() == [(ward.code, "714", True)]
    assert MessagePart.objects.asking().count() == 0


@pytest.mark.parametrize("registered", [True, False])
def test_a_ward_that_is_not_kept_here(source: Source, physician, ward: Ward, registered: bool) -> None:
    """Of who was never here nothing is made; who lies here is asked about."""
    if registered:
        names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
        make_patient("7001234", physician, ward, **names)
    told = take(source, *stay(ward="west-9"))
    assert told[0] == ("202" if registered else "200")
    assert Patient.objects.count() == (1 if registered else 0)
    assert ("west-9" in why()) is registered


def test_a_ward_is_known_by_its_name_too_where_one_has_it(source: Source, torii: Patient, ward: Ward) -> None:
    take(source, *stay(location=[{"location": {"display": ward.name}}]))
    assert beds() == [(ward.code, "", True)]


def test_a_death_is_never_recorded_by_a_machine(source: Source, torii: Patient, ward: Ward) -> None:
    take(source, *stay(ward=ward.code))
    died = {"dischargeDisposition": {"coding": [{"code": "exp"}]}}
    assert take(source, *stay("finished", ward=ward.code, period=LATER, hospitalization=died))[0] == "202"
    assert "the patient died" in why()
    assert beds() == [(ward.code, "714", True)]
    assert CareOutcome.objects.count() == 0


def test_an_end_without_a_time_is_asked_about(source: Source, torii: Patient, ward: Ward) -> None:
    take(source, *stay(ward=ward.code))
    assert take(source, *stay("finished", ward=ward.code))[0] == "202"
    assert "does not say when" in why()
    assert beds() == [(ward.code, "714", True)]


def test_a_stay_of_somebody_else_under_the_number_is_asked_about(source: Source, physician, ward: Ward) -> None:
    make_patient("7001234", physician, family_name="Mori", given_name="Ken")
    assert take(source, *stay(ward=ward.code))[0] == "202"
    assert [x.state for x in MessagePart.objects.asking()] == [PartState.OTHER_PERSON]
    assert beds() == []


def test_a_report_in_own_codes_is_stored_once_and_corrected(source: Source, torii: Patient) -> None:
    assert take(source, own("hrct", **GGO)) == ["201"]
    assert take(source, own("hrct", **GGO), condition("hypertension"))[0] == "200"
    take(source, own("hrct", status="corrected", **{**GGO, "ggo": {"valueBoolean": False}}))
    assert [(x.ggo, x.status) for x in HrctReport.objects.order_by("version")] == [
        (True, "final"),
        (False, "corrected"),
    ]
    take(source, own("hrct", status="entered-in-error", **GGO))
    assert HrctReport.objects.order_by("-version")[0].status == "cancelled"


def test_a_diagnosis_and_a_report_in_words_wait_on_arrivals(
    client: Client, source: Source, torii: Patient, ward: Ward, physician
) -> None:
    take(source, *stay(ward=ward.code), condition("Dermatomyositis"), ct())
    assert WaitingResult.objects.open().count() == 2
    client.force_login(physician)
    page = client.get(reverse("arrival_list")).content.decode()
    assert "Dermatomyositis" in page
    assert "GGO in both lower lobes" in page
    assert "a person reads it and enters what it says" in page
    assert "GGO in both lower lobes" in client.get(reverse("patient_detail", args=[torii.pk])).content.decode()
