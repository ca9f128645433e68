"""Specification 12 (48): the dry run says whose record it is and asks where there is a doubt; just that is stored."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from patients.models import Measurement, Patient
from patients.persons import ANOTHER
from tests.patients.conftest import make_patient
from tests.patients.conftest import physician as physician
from tests.patients.conftest import ward as ward
from tests.patients.imports.writing import PATIENT, document, ferritin

pytestmark = pytest.mark.django_db

PERSONS = Path(__file__).parents[2] / "cases" / "persons"


@pytest.fixture
def signed_in(client, physician):
    client.force_login(physician)
    return client


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the last form of the page."""
    inputs = re.findall(r'<input type="hidden" name="(\w+)"(?: value="([^"]*)")?', page)
    return dict(inputs)


def check(client, content: str):
    token = fields(client.get("/cases/import").content.decode())["context_token"]
    file = SimpleUploadedFile("case.json", content.encode(), content_type="application/json")
    return client.post("/cases/check", {"context_token": token, "file": file})


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def store(client, checked, **answer: str):
    return client.post("/cases/store", {**fields(checked.content.decode()), **answer})


def told(**patient: str) -> str:
    return document(ferritin("500"), patient={**PATIENT, **patient})


def test_48_dry_run_says_whose_record_it_is_and_stores_nothing(signed_in) -> None:
    checked = check(signed_in, told())
    assert "New patient with record number T-1." in text_of(checked)
    assert "1 new, 0 corrected, 0 cancelled, 0 known already." in text_of(checked)
    assert (Patient.objects.count(), Measurement.objects.count()) == (0, 0)
    assert store(signed_in, checked).status_code == 302
    again = text_of(check(signed_in, told(mrn="ｔ-1")))
    assert "record number T-1. The document writes the record number as ｔ-1." in again
    assert "0 new, 0 corrected, 0 cancelled, 1 known already." in again


def test_48_a_refusal_that_depends_on_the_record_number_is_told_by_the_dry_run(signed_in) -> None:
    make_patient("T-1", **{**PATIENT_COLUMNS, "family_name": "Other"})
    checked = check(signed_in, told())
    assert checked.status_code == 422
    assert "Record number T-1 exists with another family name. Nothing was stored." in text_of(checked)
    assert "Store this case" not in text_of(checked)


def test_48_almost_the_same_number_is_a_question_with_both_answers(signed_in) -> None:
    known = make_patient("T-001", **PATIENT_COLUMNS)
    checked = check(signed_in, told(mrn="T-1"))
    assert "Whose record is it?" in text_of(checked)
    assert "The same person: store it on record T-001" in text_of(checked)
    assert "Another person: a new record with number T-1" in text_of(checked)
    assert "Store this case" not in text_of(checked)
    unanswered = store(signed_in, checked)
    assert unanswered.status_code == 422
    assert "Whose record is it?" in text_of(unanswered)
    assert Measurement.objects.count() == 0
    assert store(signed_in, check(signed_in, told(mrn="T-1")), answer=str(known.pk)).status_code in {200, 302}
    assert Measurement.objects.get().patient == known
    other = told(mrn="T-01")
    assert store(signed_in, check(signed_in, other), answer=ANOTHER).status_code == 302
    assert sorted(Patient.objects.values_list("mrn", flat=True)) == ["T-001", "T-01"]


def test_48_what_was_registered_since_the_dry_run_is_not_written_to(signed_in) -> None:
    checked = check(signed_in, told())
    make_patient("T-1", **PATIENT_COLUMNS)
    late = store(signed_in, checked)
    assert late.status_code == 422
    assert "another record fits it. Check it again. Nothing was stored." in text_of(late)
    assert Measurement.objects.count() == 0


PATIENT_COLUMNS = {name: PATIENT[name] for name in ("family_name", "given_name", "sex", "birth_date")}


# -- the command ------------------------------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("import_case", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def refused(*arguments: str) -> str:
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("import_case", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_48_the_command_tries_a_file_and_says_the_same(tmp_path) -> None:
    file = tmp_path / "a.json"
    file.write_text(told(), "utf-8")
    tried = run("--dry-run", str(file))
    assert Patient.objects.count() == 0
    assert run(str(file)) == tried.replace("would be stored: ", "")
    file.write_text(told(sex="male"), "utf-8")
    assert refused("--dry-run", str(file)) == refused(str(file))


def test_48_the_command_puts_nothing_on_a_record_without_a_word(tmp_path) -> None:
    make_patient("T-001", **PATIENT_COLUMNS)
    file = tmp_path / "a.json"
    file.write_text(told(mrn="T-1"), "utf-8")
    assert "is almost that of" in refused(str(file))
    assert "record number T-001" in run("--dry-run", "--same-person", str(file))
    assert "New patient with record number T-1" in run("--dry-run", "--another-person", str(file))
    assert Measurement.objects.count() == 0
    assert "record number T-001" in run("--same-person", str(file))
    assert Patient.objects.count() == 1


@pytest.mark.parametrize("kind", ["number-1-*", "person-2-*"])
def test_48_files_of_one_person_make_one_patient(kind) -> None:
    files = sorted(map(str, PERSONS.glob(f"{kind}.json")))
    assert len(files) > 1
    run(*files)
    assert Patient.objects.count() == 1
