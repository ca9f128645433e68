"""`manage.py import_case`: whole files or nothing, twice is once, and what is stored is what the file says."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from patients.clinical.snapshot import Snapshot
from patients.imports.case import snapshot_of
from patients.imports.case_file import parse
from patients.models import FACT_TABLES, Patient
from patients.queries import take_snapshot
from tests.patients.imports.writing import PATIENT, csa, document, event, ferritin, pao2

pytestmark = pytest.mark.django_db

CASES = sorted((Path(__file__).parents[3] / "ildcare" / "demo" / "cases").glob("*.json"))


def load(*files: Path) -> str:
    out = io.StringIO()
    call_command("import_case", *map(str, files), stdout=out, stderr=io.StringIO())
    return out.getvalue()


def refusal(*files: Path) -> str:
    err = io.StringIO()
    with pytest.raises(CommandError):
        call_command("import_case", *map(str, files), stdout=io.StringIO(), stderr=err)
    return err.getvalue()


def rows() -> int:
    return sum(table._default_manager.count() for table in FACT_TABLES.values())


@pytest.fixture
def write(tmp_path):
    def write(name: str, *events: object, **top: object) -> Path:
        path = tmp_path / name
        path.write_text(document(*events, **top), "utf-8")
        return path

    return write


def plain(snapshot: Snapshot) -> list[object]:
    """The facts without the names of their versions, which differ between a file and a database."""
    return sorted((replace(fact, id="") for fact in snapshot.all_facts), key=repr)


def test_published_cases_are_stored():
    assert "18 new" in load(*CASES)
    assert Patient.objects.count() == len(CASES)


def test_the_same_file_twice_changes_nothing():
    load(*CASES)
    before = rows()
    assert "0 new, 0 corrected, 0 cancelled" in load(*CASES)
    assert rows() == before


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_stored_case_gives_the_snapshot_of_its_file(path):
    load(path)
    case = parse(path.read_bytes(), now=timezone.now())
    patient = Patient.objects.get(mrn=case.patient.mrn)
    for moment in (datetime(2024, 3, 1, 3, tzinfo=UTC), timezone.now()):
        assert plain(take_snapshot(patient, moment, moment)) == plain(snapshot_of(case, moment, moment))


def test_corrections_and_cancellations_are_stored_as_versions(write):
    path = write(
        "a.json",
        ferritin("500", id="L1", status="preliminary"),
        ferritin("520", id="L1", known="2024-03-05"),
        csa(id="L2"),
        csa(id="L2", status="cancelled", known="2024-03-06"),
        event("treatment", drug="gc", route="oral", dose=50, unit="mg/day", stop="2024-03-20"),
    )
    assert "3 new, 1 corrected, 1 cancelled" in load(path)
    case = parse(path.read_bytes(), now=timezone.now())
    patient = Patient.objects.get()
    for day in (4, 5, 6, 20):
        moment = datetime(2024, 3, day, 12, tzinfo=UTC)
        assert plain(take_snapshot(patient, moment, moment)) == plain(snapshot_of(case, moment, moment))
    assert "0 new, 0 corrected, 0 cancelled" in load(path)


def test_changed_value_in_a_newer_file_is_a_correction(write):
    load(write("a.json", ferritin("500"), pao2()))
    assert "0 new, 1 corrected, 0 cancelled, 1 known already" in load(write("b.json", ferritin("520"), pao2()))


def test_file_with_one_fault_stores_nothing_and_tells_its_event(write):
    told = refusal(write("a.json", pao2(), ferritin("abc"), ferritin(on="never")))
    assert "event 2:" in told
    assert "event 3:" in told
    assert (Patient.objects.count(), rows()) == (0, 0)


def test_other_files_are_stored_although_one_is_refused(write):
    good = write("good.json", pao2(), patient={**PATIENT, "mrn": "T-2"})
    refusal(write("bad.json", ferritin("abc")), good)
    assert [x.mrn for x in Patient.objects.all()] == ["T-2"]


@pytest.mark.parametrize(
    "changed", [{"family_name": "Other"}, {"given_name": "Other"}, {"sex": "male"}, {"birth_date": "1953-03-01"}]
)
def test_record_number_of_another_person_is_refused(write, changed):
    load(write("a.json", pao2()))
    before = rows()
    assert "T-1" in refusal(write("b.json", ferritin(), patient={**PATIENT, **changed}))
    assert rows() == before


def test_file_that_is_not_there_is_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "none.json")


def test_warnings_are_told(write):
    assert "comment" in load(write("a.json", ferritin(comment="x")))
