"""How large a document may be: said with both numbers, before anything is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ildcare.exchange.files import document_in
from patients.imports import read_case
from patients.imports.case import CaseFaults
from patients.imports.limits import MOST_BYTES, MOST_EVENTS
from tests.patients.imports.writing import NOW, document, faults, ferritin


def test_a_document_of_too_many_bytes_is_refused_unread() -> None:
    for padded in (MOST_BYTES, MOST_BYTES + 1):
        text = document(ferritin()).encode()
        text += b" " * (padded - len(text))
        if padded == MOST_BYTES:
            assert len(read_case(text, zone="Asia/Tokyo", now=NOW).events) == 1
            continue
        with pytest.raises(CaseFaults, match="2,000,001 bytes and at most 2,000,000 are read"):
            read_case(text, zone="Asia/Tokyo", now=NOW)


def test_a_document_of_too_many_events_is_refused_with_one_fault() -> None:
    assert [x for _, x in faults(*[{}] * (MOST_EVENTS + 1))] == [
        "the file has 20,001 events and at most 20,000 are read: divide it, each part with the patient"
    ]


def test_a_file_that_is_too_large_is_not_even_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.json"
    path.write_bytes(b" " * (MOST_BYTES + 1))
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("read"))
    with pytest.raises(CaseFaults, match="at most 2,000,000"):
        document_in(path)
    with pytest.raises(CommandError, match="at most 2,000,000"):
        call_command("replay", str(path))


def test_most_events_fit_into_most_bytes() -> None:
    """The two limits are of one size: a plain event has about a hundred bytes."""
    assert 50 * MOST_EVENTS < MOST_BYTES < 200 * MOST_EVENTS
    assert len(json.dumps(ferritin())) < 200
