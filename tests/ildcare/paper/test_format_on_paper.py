"""On paper: oxygen by flow, tests and drugs outside the catalogue, the target of an order, stays, a month, no value."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.paper.round_sheet import round_sheet_pdf
from ildcare.paper.summary_sheet import summary_pdf
from patients.actions import record_facts
from patients.clinical import facts as f
from patients.clinical.absence import without_value
from patients.clinical.versions import Version
from tests.ildcare.paper.sheets import texts
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.story import Story

pytestmark = pytest.mark.django_db
GAS = {"flow": Decimal(3), "device": "nasal_cannula"}
ORDER = {"dose": Decimal(150), "unit": "mg/day", "indication": "ild"}
TARGET = {"target_timing": "c2", "target_low": Decimal(800), "target_high": Decimal(1200)}


def facts() -> list[Version]:
    now = today()
    story = Story().onset(now - 20, month=True).diagnosis(now - 9, "ASyS").pao2(now - 2, "62", None, **GAS)
    story.test(now - 2, "other", "17.6", name="aldolase", typed="17.6 U/L").test(now - 2, "hbsag", ">=1")
    story.drug(now - 3, "csa", route="oral", **ORDER, **TARGET).drug(now - 2, "other", name="daratumumab")
    story.add(f.HospitalAdmission, now - 8).add(f.Discharge, now - 1, to="home")
    absent = Story().test(now - 2, "potassium", "0", typed="haemolysed mmol/L", id="absent")
    silent = replace(absent.versions[0], details=without_value("haemolysed", "mmol/L"))
    return [*story.versions, silent]


@pytest.fixture
def told(ward, physician):
    """A course with everything that the case format newly says."""
    patient = make_patient("F-1", physician, ward)
    record_facts(patient=patient, facts=facts(), by=physician, source="test")
    evaluate_patients([patient.pk])
    return patient


def words(pdf: bytes) -> str:
    return " ".join(" ".join(texts(pdf)).split())


def test_the_summary_says_it(told, physician) -> None:
    with translation.override("en"):
        text = words(summary_pdf(told, physician, timezone.now()))
    for said in (
        "3 L/min nasal cannula",
        "P/F about 148 to 214",
        "aldolase U/L",
        "17.6",
        "positive",
        "not measured: haemolysed",
        "target of the order: 800 to 1,200 ng/mL",
        "given for interstitial lung disease",
        "daratumumab",
        "came into the hospital",
        "home",
        "antisynthetase syndrome without myositis",
    ):
        assert said in text, said
    assert "mmHg room air" not in text


def test_the_round_sheet_says_it(told, physician) -> None:
    with translation.override("en"):
        text = words(round_sheet_pdf(told, physician, timezone.now()))
    for said in ("3 L/min nasal cannula", "aldolase U/L", "positive", "not measured: haemolysed"):
        assert said in text, said


def test_the_ward_cell_says_flow_and_device(client, told, physician) -> None:
    client.force_login(physician)
    page = client.get("/", headers={"accept-language": "en"}).content.decode()
    assert "3 L/min nasal cannula" in page
    assert "FiO2 not known" not in page
