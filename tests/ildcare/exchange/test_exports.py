"""Export of a record and of a ward: by right, with a reason that is kept, and no cell that runs."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from ildcare.exchange.exports import EXPORTS
from ildcare.exchange.fhir.arriving import take_bundle
from ildcare.exchange.fhir.shapes import said_of
from patients.actions import record_facts, store_case
from patients.imports.case_file import parse
from patients.imports.fields import read
from patients.models import AuditEntry, Patient, Role, Source
from tests.ildcare.exchange.fhir.test_everything import renamed
from tests.ildcare.exchange.test_tables import post
from tests.ildcare.record.test_unreadable import ROWS, put_past_the_constraints
from tests.patients.conftest import make_patient, make_user
from tests.patients.imports.writing import document, event, ferritin

pytestmark = pytest.mark.django_db
EVIL = '=HYPERLINK("http://x","y")'


@pytest.fixture
def evil(ward, physician) -> Patient:
    """Somebody whose texts would run in a spreadsheet."""
    patient = make_patient("-1+2", physician, ward, family_name=EVIL, given_name="@SUM(A1)")
    note = event("judgement", improvement="worse", note="+cmd|' /C calc'!A0")
    dose = event("treatment", drug="other", name="\t=1+1")
    story = parse(document(ferritin("<5"), note, dose, event(code="temperature", value="36.5", unit="Cel")), now=NOW)
    record_facts(patient=patient, facts=list(story.versions), by=physician, source="form")
    return patient


NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def signed(client: Client, physician) -> Client:
    client.force_login(physician)
    return client


def export(client: Client, patient: Patient, form: str, reason: str = "transfer to another hospital"):
    page, address = reverse("patient_export", args=[patient.pk]), reverse("patient_export_file", args=[patient.pk])
    return post(client, page, address, format=form, reason=reason)


@pytest.mark.parametrize(
    "name", ["the year 1", "before Christ", "a value that is no number", "a drug without catalogue"]
)
@pytest.mark.parametrize("form", EXPORTS)
def test_an_entry_that_cannot_be_read_has_its_line(signed: Client, ward, physician, name: str, form: str) -> None:
    patient = make_patient("U-1", physician, ward)
    put_past_the_constraints(patient, *ROWS[name])
    answer = export(signed, patient, form)
    assert answer.status_code == 200
    if form == "csv":
        assert "this entry cannot be read" in answer.content.decode("utf-8-sig")
    if form == "fhir":
        last = json.loads(answer.content)["entry"][-1]["resource"]
        assert last["resourceType"] == "OperationOutcome"
        assert last["issue"][0]["diagnostics"] == "entries that cannot be read, and are not told: 1"


def test_an_export_needs_a_reason_and_notes_it(signed: Client, evil: Patient, physician) -> None:
    assert export(signed, evil, "csv", reason=" ").status_code == 422
    assert not AuditEntry.objects.filter(table_name="export: csv").exists()
    assert export(signed, evil, "csv").status_code == 200
    noted = AuditEntry.objects.get(op="READ", table_name="export: csv")
    assert (noted.patient, noted.actor, noted.reason) == (evil.pk, physician.pk, "transfer to another hospital")


def test_cells_of_a_csv_hold_no_formula_and_numbers_are_intact(signed: Client, evil: Patient) -> None:
    answer = export(signed, evil, "csv")
    assert answer["Content-Disposition"].startswith(f'attachment; filename="record-{evil.pk}-')
    body = answer.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(body)))
    assert len(rows) == 4
    cells = {y for x in rows for y in x.values()}
    assert [x for x in cells if x[:1] in ("=", "+", "-", "@", "\t", "\r")] == []
    assert {rows[0]["record_number"], rows[0]["family_name"]} == {"'-1+2", f"'{EVIL}"}
    (low,) = (x for x in rows if x["code"] == "ferritin")
    assert (low["comparator"], low["value"], low["unit"]) == ("<", "5", "ng/mL")
    assert all(x["exported_by"] and x["exported_at"] for x in rows)


def test_cells_of_a_workbook_are_texts_and_numbers(signed: Client, evil: Patient) -> None:
    book = load_workbook(io.BytesIO(export(signed, evil, "xlsx").content))
    rows = list(book.active.iter_rows())
    assert [x.value for x in rows[1] if x.data_type == "f"] == []
    assert rows[1][1].value == EVIL
    values = {row[6].value: row[10].value for row in rows[1:]}
    assert values["temperature"] == 36.5
    assert isinstance(values["temperature"], float)
    assert rows[1][7].is_date


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not here")
def test_libreoffice_computes_nothing_of_it(signed: Client, evil: Patient, tmp_path: Path) -> None:
    for form in ("xlsx", "csv"):
        path = tmp_path / f"x.{form}"
        path.write_bytes(export(signed, evil, form).content)
        out = tmp_path / form
        subprocess.run(
            ["soffice", "--headless", "--convert-to", "csv", "--outdir", str(out), str(path)], check=True, timeout=120
        )
        assert "HYPERLINK" in (out / "x.csv").read_text(encoding="utf-8")


def test_an_exported_case_is_imported_into_an_empty_record(signed: Client, ward, physician) -> None:
    case = json.loads(document(ferritin(), event("finding", code="cough", present=True)))
    patient = store_case(parse(json.dumps(case), now=NOW), by=physician).patient
    told = json.loads(export(signed, patient, "case").content)
    assert told["source"].startswith("Exported from ildcare by ")
    told["patient"]["mrn"] = "N-1"
    again = store_case(parse(json.dumps(told), now=timezone.now()), by=physician).patient
    assert again.measurement_set.get().value == patient.measurement_set.get().value
    assert again.finding_set.get().present


def test_an_exported_bundle_is_valid_and_taken_into_an_empty_record(signed: Client, ward, physician) -> None:
    case = document(ferritin(), event("finding", code="cough", present=True))
    patient = store_case(parse(case, now=NOW), by=physician).patient
    answer = export(signed, patient, "fhir")
    assert answer["Content-Type"] == "application/fhir+json"
    assert answer["Content-Disposition"].endswith('.fhir.json"')
    bundle = read(answer.content)
    assert (bundle["type"], bundle["meta"]["tag"][0]["display"][:22]) == ("collection", "Exported from ildcare ")
    kinds = [x["resource"]["resourceType"] for x in bundle["entry"]]
    assert kinds[0] == "Patient"
    assert "RiskAssessment" in kinds
    assert len({x["fullUrl"] for x in bundle["entry"]}) == len(kinds)
    assert [x for x in said_of(bundle) if x.refuses] == []
    here = renamed(patient)
    assert take_bundle(answer.content, Source.objects.create(name="elsewhere", title="Elsewhere")).status == 200
    assert here.measurement_set.get().value == patient.measurement_set.get().value
    assert here.finding_set.get().present


def test_a_bundle_of_a_ward_holds_everybody_once(signed: Client, evil: Patient, ward, physician) -> None:
    make_patient("B-2", physician, ward)
    answer = post(
        signed, reverse("ward_export"), reverse("ward_export_file"), ward=ward.code, format="fhir", reason="x"
    )
    told = [x["resource"] for x in json.loads(answer.content)["entry"]]
    numbers = [x["identifier"][0]["value"] for x in told if x["resourceType"] == "Patient"]
    assert numbers == ["-1+2", "B-2"]


def test_a_ward_is_exported_by_who_sees_it(signed: Client, evil: Patient, ward, other_ward, physician) -> None:
    make_patient("B-2", physician, ward)
    elsewhere = make_patient("B-3", physician, other_ward)
    page, address = reverse("ward_export"), reverse("ward_export_file")
    answer = post(signed, page, address, ward=ward.code, format="case", reason="audit of the ward")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        numbers = {json.loads(packed.read(x))["patient"]["mrn"] for x in packed.namelist()}
    assert numbers == {"-1+2", "B-2"}
    noted = AuditEntry.objects.filter(table_name="export: case", reason="audit of the ward")
    assert set(noted.values_list("patient", flat=True)) == set(
        Patient.objects.exclude(pk=elsewhere.pk).values_list("pk", flat=True)
    )
    assert post(signed, page, address, ward=other_ward.code, format="csv", reason="x").status_code == 422


def test_who_may_not_export_sees_no_way_to_it(client: Client, evil: Patient, ward) -> None:
    page = reverse("patient_export", args=[evil.pk])
    for role, there in ((Role.PHYSICIAN, True), (Role.NURSE, False)):
        client.force_login(make_user(f"x {role}", role, ward))
        assert (page in client.get(reverse("paper_list", args=[evil.pk])).content.decode()) == there
        assert (client.get(page).status_code == 200) == there
        assert ("ward/export" in client.get(f"/?ward={ward.code}").content.decode()) == there


def test_a_fact_of_every_kind_is_written(signed: Client, ward, physician) -> None:
    path = Path(__file__).parents[2] / "patients" / "imports" / "field_cases" / "everything-new.json"
    patient = store_case(parse(path.read_bytes(), now=timezone.now()), by=physician).patient
    for form in EXPORTS:
        assert export(signed, patient, form).status_code == 200
