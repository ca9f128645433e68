"""FHIR and CDS Hooks by HTTP: tokens, the patients of a machine's wards and nobody else, errors as resources."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.exchange import accounts
from ildcare.exchange.fhir.shapes import said_of
from patients.actions import Issued, issue_token, switch_source
from patients.imports.fields import read
from patients.models import AuditEntry, Measurement, Message, Patient, Scope, Source
from tests.ildcare.exchange.fhir.bundles import bundle, ferritin, observation, patient, sent
from tests.patients.conftest import make_patient
from tests.reading import words_of

pytestmark = [pytest.mark.django_db, pytest.mark.shared]
FHIR_JSON = "application/fhir+json"
READS = (
    "Patient/{}",
    "Patient/{}/$everything",
    "Observation?patient={}",
    "DetectedIssue?patient={}",
    "RiskAssessment?patient={}",
)
HOOK = "/cds-services/ildcare-patient-view"


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="ehr", title="Record of the hospital")


@pytest.fixture
def token(source: Source, administrator, ward) -> str:
    scopes = [Scope.SEND, Scope.READ, Scope.ASK]
    issued: Issued = issue_token(source=source, title="all", scopes=scopes, wards=[ward], by=administrator)
    return issued.text


@pytest.fixture
def torii(ward, physician) -> Patient:
    names = {"family_name": "Torii", "given_name": "Kaori", "birth_date": date(1962, 9, 14)}
    return make_patient("7001234", physician, ward, **names)


@pytest.fixture
def stranger(other_ward) -> Patient:
    return make_patient("9999", None, other_ward, family_name="Elsewhere")


def asked(token: str, address: str, **more: Any) -> Any:
    return Client().get(f"/fhir/{address}", headers={"Authorization": f"Bearer {token}"}, **more)


def posted(token: str, document: bytes, address: str = "/fhir/", form: str = FHIR_JSON) -> Any:
    return Client().post(address, document, content_type=form, headers={"Authorization": f"Bearer {token}"})


def is_outcome(response: Any) -> bool:
    return (
        response.headers["Content-Type"].startswith(FHIR_JSON) and response.json()["resourceType"] == "OperationOutcome"
    )


def matches(response: Any) -> list[dict[str, Any]]:
    return [x for x in response.json()["entry"] if x["search"]["mode"] == "match"]


def test_that_nothing_is_known_of_alerts_is_said(token: str, torii: Patient) -> None:
    """No sweep ran, and a result waits: an empty list of alerts is not "all is well"."""
    posted(token, sent(patient(), observation("g", "2703-7", valueQuantity={"value": 58, "code": "mm[Hg]"})))
    told = asked(token, f"DetectedIssue?patient={torii.pk}").json()
    (note,) = [x["resource"] for x in told["entry"] if x["search"]["mode"] == "outcome"]
    words = " ".join(x["diagnostics"] for x in note["issue"])
    assert "alerts may be missing" in words
    assert "wait for a person: 1" in words


def test_a_bundle_comes_in_and_the_record_goes_out(token: str, torii: Patient) -> None:
    taken = posted(token, sent(patient(), ferritin(), kind="transaction"))
    assert (taken.status_code, taken.json()["type"]) == (200, "transaction-response")
    assert posted(token, sent(patient(), ferritin(), kind="transaction"), "/fhir").json() != taken.json(), "known now"
    evaluate_patients([torii.pk])
    (found,) = asked(token, "Patient?identifier=urn:x|7001234").json()["entry"]
    key = found["resource"]["id"]
    (value,) = matches(asked(token, f"Observation?patient=Patient/{key}"))
    assert value["resource"]["valueQuantity"]["value"] == 1679
    kinds = [x["resource"]["resourceType"] for x in asked(token, f"Patient/{key}/$everything").json()["entry"]]
    assert {"Patient", "Encounter", "Observation", "RiskAssessment"} <= {*kinds}
    (risk,) = matches(asked(token, f"RiskAssessment?patient={key}"))
    assert risk["resource"]["extension"]


def test_a_number_of_a_system_that_is_not_this_hospitals_finds_nobody(token: str, torii: Patient) -> None:
    Source.objects.update(authorities=["http://east/mrn"])
    for system, found in (("http://east/mrn", 1), ("http://west/mrn", 0), ("urn:ildcare:record-number", 1)):
        assert asked(token, f"Patient?identifier={system}|7001234").json()["total"] == found
    assert asked(token, "Patient?identifier=7001234").json()["total"] == 1


def test_pages_of_a_search_follow_each_other(token: str, torii: Patient) -> None:
    posted(token, sent(patient(), *(ferritin(f"o{n}", 1000 + n) for n in range(5))))
    values, address = [], f"/fhir/Observation?patient={torii.pk}&_count=2"
    while address:
        page = Client().get(address, headers={"Authorization": f"Bearer {token}"}).json()
        values += [x["resource"]["valueQuantity"]["value"] for x in page["entry"] if x["search"]["mode"] == "match"]
        address = next((x["url"] for x in page["link"] if x["relation"] == "next"), "")
        assert page["total"] == 5
    assert sorted(values) == [1000, 1001, 1002, 1003, 1004]


@pytest.mark.parametrize("address", READS)
def test_a_machine_sees_the_patients_of_its_wards_alone(token: str, stranger: Patient, address: str) -> None:
    response = asked(token, address.format(stranger.pk))
    assert (response.status_code, is_outcome(response)) == (404, True)
    assert "Elsewhere" not in response.content.decode()
    assert asked(token, address.format(2**40)).content == response.content, "as one who does not exist"
    assert asked(token, "Patient?identifier=9999").json()["total"] == 0


@pytest.mark.parametrize("address", READS)
def test_R34_every_read_is_noted(token: str, torii: Patient, address: str) -> None:
    assert asked(token, address.format(torii.pk)).status_code == 200
    (entry,) = AuditEntry.objects.filter(op="READ", patient=torii.pk)
    assert (entry.session[:12], entry.table_name[:10]) == ("machine:ehr:", "api: fhir ")


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_does_what_it_was_issued_for(source: Source, administrator, ward, torii: Patient, scope: str) -> None:
    text = issue_token(source=source, title=scope, scopes=[scope], wards=[ward], by=administrator).text
    statuses = {
        Scope.SEND: posted(text, sent(patient(), ferritin())).status_code,
        Scope.READ: asked(text, f"Patient/{torii.pk}").status_code,
        Scope.ASK: posted(text, b'{"hook": "patient-view"}', HOOK, "application/json").status_code,
    }
    opened = {Scope.SEND: 200, Scope.READ: 200, Scope.ASK: 412}
    assert statuses == {x: opened[x] if x == scope else 403 for x in Scope}


def test_no_token_opens_nothing(torii: Patient) -> None:
    for response in (
        posted("", sent(patient(), ferritin())),
        asked("x", f"Patient/{torii.pk}"),
        posted("x", b"{}", HOOK),
    ):
        assert (response.status_code, is_outcome(response)) == (401, True)
    assert Message.objects.count() == 0


def test_a_source_that_may_not_send_opens_nothing(token: str, source: Source, torii: Patient, administrator) -> None:
    switch_source(source=source, active=False, by=administrator)
    assert posted(token, sent(patient(), ferritin())).status_code == 401


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("Patient", 400),
        ("Observation", 400),
        ("Observation?patient=1&code=2276-4", 400),
        ("Observation?patient=1&_count=x", 404),
        ("Patient/abc", 404),
        ("Medication/1", 404),
        ("Observation?patient=1&_format=xml", 406),
    ],
)
def test_what_cannot_be_answered_is_said_as_a_resource(token: str, address: str, status: int) -> None:
    response = asked(token, address)
    assert (response.status_code, is_outcome(response)) == (status, True)


def test_other_ways_of_asking_are_refused_as_a_resource(token: str, torii: Patient) -> None:
    answers = [
        (posted(token, sent(patient(), ferritin()), form="text/plain"), 415),
        (posted(token, b"{", form=FHIR_JSON), 400),
        (posted(token, sent(patient()), "/fhir/Observation"), 405),
        (posted(token, b" " * 2_000_001), 413),
    ]
    for response, status in answers:
        assert (response.status_code, is_outcome(response)) == (status, True)
    assert Message.objects.count() == 0


def test_who_asks_too_often_waits(token: str, torii: Patient, monkeypatch) -> None:
    monkeypatch.setattr(accounts, "seconds_to_wait", lambda account: 7)
    for response in (asked(token, f"Patient/{torii.pk}"), posted(token, b"{}", HOOK)):
        assert (response.status_code, response.headers["Retry-After"], is_outcome(response)) == (429, "7", True)


def test_an_error_tells_nothing_of_what_was_sent(token: str, torii: Patient, monkeypatch) -> None:
    def break_down(*_: Any) -> None:
        raise ValueError("Torii")

    monkeypatch.setattr("ildcare.exchange.fhir.doors.take_bundle", break_down)
    response = posted(token, sent(patient(), ferritin()))
    assert (response.status_code, is_outcome(response)) == (500, True)
    assert "Torii" not in words_of(response)


def test_what_is_here_is_described(db) -> None:
    response = Client().get("/fhir/metadata")
    told = response.json()
    assert (response.status_code, told["fhirVersion"]) == (200, "4.0.1")
    assert [x for x in said_of(read(response.content)) if x.refuses or x.code == "structure"] == []
    (service,) = Client().get("/cds-services").json()["services"]
    assert service["id"] == HOOK.rpartition("/")[2]


def hooked(*observations: dict[str, Any], **more: Any) -> bytes:
    prefetch = {"patient": patient(), "observations": bundle(*observations, kind="searchset")}
    told = {"hook": "patient-view", "hookInstance": "1", "context": {"patientId": "p"}, "prefetch": prefetch, **more}
    return json.dumps(told).encode()


def test_cards_come_from_the_prefetch_alone_and_nothing_is_stored(token: str, torii: Patient) -> None:
    """The patient is here by the same number, with a value that would be another answer."""
    posted(token, sent(patient(), ferritin(value=5000)))
    before = (Message.objects.count(), Measurement.objects.count(), AuditEntry.objects.filter(patient=torii.pk).count())
    response = posted(token, hooked(observation("x", "1988-5", valueQuantity={"value": 1, "code": "mg/dL"})), HOOK)
    assert response.status_code == 200
    card, overdue, last = response.json()["cards"]
    assert card["indicator"] == "info"
    assert "CRP" in overdue["detail"], "tests are asked for while the course is not known too"
    assert "5,000" not in card["detail"]
    assert "medications" in last["detail"], "not sent"
    after = (Message.objects.count(), Measurement.objects.count(), AuditEntry.objects.filter(patient=torii.pk).count())
    assert after == before


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (b"{", 400),
        (hooked(hook="order-select"), 400),
        (hooked(prefetch={}), 412),
        (hooked(prefetch=None), 412),
        (hooked(prefetch={"patient": patient(gender="x"), "observations": bundle()}), 412),
    ],
)
def test_a_hook_that_cannot_be_answered_is_told_why(token: str, document: bytes, status: int) -> None:
    response = posted(token, document, HOOK, "application/json")
    assert (response.status_code, is_outcome(response)) == (status, True)
