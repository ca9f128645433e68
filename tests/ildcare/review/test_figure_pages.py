"""The figures of agreement as a page, on paper, as a table and as a workbook."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from ildcare.evaluation.sweep import evaluate_patients
from ildcare.review.figure_reads import agreement, read_for, table_of
from patients.actions import record_facts
from patients.clinical import facts as f
from patients.models import Admission, Role, Ward
from tests.monitoring.stored import today
from tests.patients.conftest import make_patient, make_user
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.reading import words_of
from tests.story import Story

pytestmark = pytest.mark.django_db
EVIL = "=HYPERLINK(0)"


@pytest.fixture
def senior(ward):
    return make_user("senior", Role.SENIOR, ward)


@pytest.fixture
def decided(physician, ward):
    """Three decisions, one of them against the chart; the ward has the name of a formula."""
    Ward.objects.filter(pk=ward.pk).update(name=EVIL, name_ja="")
    patient = make_patient("F-00071", physician, ward, family_name="Nameofone")
    story = Story().add(f.Decision, today() - 5, step="T2", accepted=True)
    story.add(f.Decision, today() - 4, step="T3", accepted=False, code="infection")
    story.add(f.Decision, today() - 3, step="T3", accepted=True)
    record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    evaluate_patients([patient.pk])
    return patient


def test_the_page_shows_every_figure_with_its_number(client, senior, decided) -> None:
    client.force_login(senior)
    text = words_of(client.get(reverse("review_figures")))
    assert "Decisions that followed the chart 2 of 3" in text
    assert "not followed: infection must be treated or excluded first 1 of 1" in text
    assert "Nameofone" not in text


def test_a_period_before_which_all_of_it_was_has_none(client, senior, decided) -> None:
    Admission.objects.filter(patient=decided).update(discharged_at=timezone.now() - timedelta(days=20))
    rows = dict(table_of(agreement(senior, 30, timezone.now())))
    assert rows["Decisions that followed the chart"] == ["0 of 0", "0 of 0"]


def test_tables_hold_no_formula_and_no_name(client, senior, decided) -> None:
    client.force_login(senior)
    table = client.get(reverse("review_figures_file", args=["csv"])).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    followed = [x for x in rows if x["code"] == "followed"]
    assert [(x["n"], x["of"]) for x in followed] == [("2", "3"), ("2", "3")]
    assert [x["ward"] for x in followed][1].lstrip("'") == EVIL
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert "Nameofone" not in table
    assert "F-00071" not in table


def workbook(client) -> bytes:
    return client.get(reverse("review_figures_file", args=["xlsx"])).content


def test_the_workbook_has_numbers_as_numbers_and_texts_as_texts(client, senior, decided) -> None:
    client.force_login(senior)
    sheet = load_workbook(io.BytesIO(workbook(client))).active
    heads, *rows = [[x.value for x in row] for row in sheet.iter_rows()]
    held = [dict(zip(heads, row, strict=True)) for row in rows]
    assert [(x["n"], x["of"]) for x in held if x["code"] == "followed"] == [(2, 3), (2, 3)]
    assert {x.data_type for row in sheet.iter_rows() for x in row} <= {"s", "inlineStr", "n", "d"}, "no formula"
    assert EVIL in {x["ward"] for x in held}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice on this machine")
def test_the_workbook_opens_in_a_spreadsheet(client, senior, decided, tmp_path) -> None:
    client.force_login(senior)
    file = tmp_path / "figures.xlsx"
    file.write_bytes(workbook(client))
    command = ["soffice", "--headless", "--convert-to", "csv", "--outdir", str(tmp_path), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    rows = list(csv.DictReader((tmp_path / "figures.csv").open(encoding="utf-8")))
    assert [x["n"] for x in rows if x["code"] == "followed"] == ["2", "2"]
    assert EVIL in {x["ward"] for x in rows}


def test_a_kind_of_file_that_there_is_not(client, senior) -> None:
    client.force_login(senior)
    assert client.get(reverse("review_figures_file", args=["doc"])).status_code == 404


def test_the_sheet_is_a_pdf(client, senior, decided) -> None:
    client.force_login(senior)
    answer = client.get(reverse("review_figures_pdf"))
    assert answer.content.startswith(b"%PDF")
    assert "Nameofone" not in answer.headers["Content-Disposition"]


def test_it_is_read_in_a_constant_number_of_queries(physician, ward, decided) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            read_for([ward], timezone.now() - timedelta(days=30), timezone.now())
        return len(seen)

    one = queries()
    for n in range(4):
        patient = make_patient(f"F-{n + 2}", physician, ward)
        story = Story().add(f.Decision, today() - 4, step="T3", accepted=True)
        record_facts(patient=patient, facts=story.versions, by=physician, source="test")
    assert queries() == one <= 9
