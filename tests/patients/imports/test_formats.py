"""A new format is one file and one line: page and commands take it from the registry."""

from __future__ import annotations

import importlib
import io
import json
from datetime import datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils.translation import override

import patients.imports
from patients.imports import FORMATS, format_of, read_case
from patients.imports.case import Case, CaseEvent, CaseFaults, CasePatient, Format
from patients.models import Finding, Measurement
from patients.wording import translated
from tests.patients.imports.writing import NOW, document, ferritin
from tests.story import Story, moment

FILES = sorted(x.stem for x in Path(patients.imports.__file__).parent.glob("*.py") if x.stem != "__init__")


def lines(document: bytes, *, zone: str, now: datetime) -> Case:
    """A format of another sender: "LINES|record number|finding", in a Japanese encoding of its own."""
    _head, mrn, finding = document.decode("shift_jis").split("|")
    (version,) = Story(zone).finding(1, finding, True).versions
    return Case(
        patient=CasePatient(mrn=mrn, family_name="佐藤"),
        source="ward system",
        format="lines",
        events=(CaseEvent(1, version),),
        zone=zone,
    )


@pytest.fixture
def with_lines(monkeypatch) -> None:
    another = Format(
        title="Lines",
        endings=(".txt",),
        media_types=("text/plain",),
        recognises=lambda document: document.startswith(b"LINES|"),
        parse=lines,
    )
    monkeypatch.setitem(FORMATS, "lines", another)


def test_every_file_that_is_a_format_is_registered_under_its_name() -> None:
    modules = {name: importlib.import_module(f"patients.imports.{name}") for name in FILES}
    formats = {
        name: module.FORMAT for name, module in modules.items() if isinstance(getattr(module, "FORMAT", 0), Format)
    }
    assert formats == FORMATS


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_what_it_is(name) -> None:
    of = FORMATS[name]
    assert of.title
    assert all(x.startswith(".") for x in of.endings)
    assert all("/" in x for x in of.media_types)
    with override("ja"):
        assert translated(of.title) != of.title


def test_a_case_file_is_recognised_and_says_under_what_name_it_is_stored() -> None:
    content = document(ferritin()).encode()
    assert format_of(content) is FORMATS["case_file"]
    assert read_case(content, zone="Asia/Tokyo", now=NOW).format == "case_file"


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b"[1]", b'{"format": "other/1"}'])
def test_what_no_format_recognises_is_refused_with_the_faults_of_the_first(content) -> None:
    with pytest.raises(CaseFaults) as refused:
        read_case(content, zone="Asia/Tokyo", now=NOW)
    assert refused.value.faults


CONTENT = "LINES|L-1|cough".encode("shift_jis")


def test_another_format_is_read_beside_the_first(with_lines) -> None:
    assert read_case(CONTENT, zone="Asia/Tokyo", now=NOW).patient.mrn == "L-1"
    assert read_case(document(ferritin()).encode(), zone="Asia/Tokyo", now=NOW).patient.mrn == "T-1"


@pytest.mark.django_db
def test_commands_take_another_format(with_lines, tmp_path) -> None:
    path = tmp_path / "course.txt"
    path.write_bytes(CONTENT)
    call_command("import_case", str(path), stdout=io.StringIO())
    row = Finding.objects.get()
    assert (row.patient.mrn, row.code, row.source, row.on) == ("L-1", "cough", "lines", moment(1))
    out = io.StringIO()
    call_command("replay", str(path), "--json", stdout=out)
    assert json.loads(out.getvalue())["steps_possible"]


@pytest.mark.django_db
def test_page_takes_another_format(with_lines, client, physician) -> None:
    client.force_login(physician)
    page = client.get(reverse("case_import")).content.decode()
    assert "Case file (JSON) / Lines" in page
    assert 'accept=".json,application/json,.txt,text/plain"' in page
    token = page.partition('name="context_token" value="')[2].partition('"')[0]
    checked = client.post(reverse("case_check"), {"context_token": token, "file": SimpleUploadedFile("x.txt", CONTENT)})
    form = checked.context["form"]
    sent = {"context_token": form["context_token"].value(), "text": form["text"].value()}
    client.post(reverse("case_store"), sent)
    assert Finding.objects.get().source == "lines"
    assert not Measurement.objects.exists()
