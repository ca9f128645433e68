"""The way out: everything of a patient, with what chart and rules say; and what another installation makes of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.exchange.fhir.arriving import take_bundle
from ildcare.exchange.fhir.everything import Everything
from ildcare.exchange.fhir.shapes import said_of
from monitoring.models import Alert
from patients import actions
from patients.exports.exact_json import exact_json
from patients.imports.case_file import parse
from patients.imports.fields import read
from patients.models import Measurement, Patient, Source
from patients.queries import take_snapshot
from tests.ildcare.exchange.fhir.bundles import ferritin, sent
from tests.patients.conftest import make_patient
from tests.patients.exports.going_out import measured, treated

pytestmark = pytest.mark.django_db
CASES = sorted((Path(__file__).parents[4] / "ildcare" / "demo" / "cases").glob("*.json"))


def stored(path: Path) -> Patient:
    now = timezone.now()
    patient = actions.store_case(parse(path.read_bytes(), now=now), by=None).patient
    evaluate_patients([patient.pk])
    return patient


def renamed(patient: Patient) -> Patient:
    """The record gets another number, and an empty one the old number: another installation."""
    number = patient.mrn
    Patient.objects.filter(pk=patient.pk).update(mrn=f"was-{number}", number_key=f"was{number}", number_core="was")
    names = {"family_name": patient.family_name, "given_name": patient.given_name}
    return actions.register_patient(by=None, mrn=number, sex=patient.sex, birth_date=patient.birth_date, **names)


@pytest.mark.parametrize("path", CASES, ids=lambda x: x.stem)
def test_everything_says_the_same_in_an_empty_installation(path: Path) -> None:
    patient = stored(path)
    told = list(Everything(patient, timezone.now()).all())
    for x in told:
        assert [y for y in said_of(read(exact_json(x))) if y.refuses or y.code == "structure"] == []
    document = exact_json({"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": x} for x in told]})
    here = renamed(patient)
    answer = take_bundle(document, Source.objects.create(name="elsewhere", title="Elsewhere"))
    assert answer.status == 200, answer.body
    now = timezone.now()
    before, after = take_snapshot(patient, now, now), take_snapshot(here, now, now)
    assert measured(after.measurements) == measured(before.measurements)
    assert treated(after.treatments) == treated(before.treatments)
    answers = [(x.code, x.result, x.on) for x in before.antibodies if x.result != "pending"]
    assert [(x.code, x.result, x.on) for x in after.antibodies] == answers
    assert after.measurements or after.treatments or after.antibodies
    again = take_bundle(document.replace(b'"transaction"', b'"batch"'), Source.objects.get(name="elsewhere"))
    assert "201 Created" not in {x["response"]["status"] for x in again.body["entry"]}


def test_alerts_name_what_they_rest_on() -> None:
    patient = stored(CASES[0])
    everything = Everything(patient, timezone.now())
    names = {f"{x['resourceType']}/{x['id']}" for x in everything.facts}
    issues = everything.of_kind("DetectedIssue")
    alerts = {f"alert-{x.pk}": x for x in Alert.objects.open().filter(patient=patient)}
    assert issues
    assert {x["id"] for x in issues} == set(alerts)
    for x in issues:
        alert = alerts[x["id"]]
        assert x["code"]["coding"][0]["code"] == alert.rule
        assert x["severity"] == {1: "low", 2: "moderate", 3: "high"}[alert.severity]
        assert {y["reference"] for y in x.get("implicated", [])} <= names
        assert len(x.get("implicated", [])) == len({*alert.facts})


def test_the_answer_names_chart_step_and_what_is_missing() -> None:
    patient = stored(CASES[0])
    (risk,) = Everything(patient, timezone.now()).of_kind("RiskAssessment")
    assert risk["method"]["coding"][0]["version"] == "2"
    systems = {y["system"] for x in risk["prediction"] for y in x["outcome"]["coding"]}
    assert systems == {"urn:ildcare:step", "urn:ildcare:subtype"}


def test_a_correction_keeps_its_name_and_a_withdrawal_is_told(ward, physician) -> None:
    patient = make_patient("P-1", physician, ward)
    source = Source.objects.create(name="lab", title="Laboratory")

    def send(**more: Any) -> None:
        person = {"resourceType": "Patient", "id": "p", "identifier": [{"value": patient.mrn}]}
        assert take_bundle(sent(person, ferritin(**more)), source).status == 200

    def out() -> tuple[str, str, object]:
        (x,) = Everything(patient, timezone.now() + timedelta(seconds=1)).of_kind("Observation")
        return x["id"], x["status"], x["valueQuantity"]["value"]

    send()
    name, status, value = out()
    assert (status, value) == ("final", 1679)
    send(value=1700, status="corrected")
    assert out() == (name, "corrected", 1700)
    send(value=1700, status="entered-in-error")
    assert out() == (name, "entered-in-error", 1700)
    assert Measurement.objects.filter(patient=patient).count() == 3
