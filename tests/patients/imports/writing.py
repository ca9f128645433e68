"""Case files written in a line, for the tests of their reader."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from patients.imports.case import Case, CaseFaults
from patients.imports.case_file import parse

NOW = datetime(2024, 6, 1, 3, 0, tzinfo=UTC)  # noon at the site
PATIENT = {"mrn": "T-1", "family_name": "Case", "given_name": "Test", "sex": "female", "birth_date": "1952-03-01"}
ABSENT = object()


def event(kind: str = "measurement", on: object = "2024-03-04", **content: Any) -> dict[str, Any]:
    """One event; a key given as ABSENT is left out."""
    full = {"on": on, "kind": kind, **content}
    return {key: value for key, value in full.items() if value is not ABSENT}


def ferritin(value: object = "1679", unit: object = "ng/mL", **more: Any) -> dict[str, Any]:
    return event(code="ferritin", value=value, unit=unit, **more)


def pao2(value: str = "58.1", fio2: object = 0.21, **more: Any) -> dict[str, Any]:
    return event(code="pao2", value=value, unit="mmHg", fio2=fio2, **more)


def csa(value: str = "182", route: object = "iv", timing: object = "trough", **more: Any) -> dict[str, Any]:
    return event(code="csa", value=value, unit="ng/mL", route=route, timing=timing, **more)


def document(*events: object, **top: Any) -> str:
    """The document with these events; `top` replaces what stands beside them."""
    full = {"format": "ildcare-case/1", "source": "test", "patient": PATIENT, "events": list(events), **top}
    return json.dumps({key: value for key, value in full.items() if value is not ABSENT})


def case(*events: object, zone: str = "Asia/Tokyo", **top: Any) -> Case:
    """The case, read."""
    return parse(document(*events, **top), zone=zone, now=NOW)


def faults(*events: object, **top: Any) -> list[tuple[int | None, str]]:
    """The faults of a document, as (event, message)."""
    return faults_of(document(*events, **top))


def faults_of(text: str | bytes) -> list[tuple[int | None, str]]:
    """The faults of a document given as text; empty when it is accepted."""
    try:
        parse(text, now=NOW)
    except CaseFaults as refused:
        return [(fault.event, fault.message) for fault in refused.faults]
    return []


def only_fault(*events: object, **top: Any) -> str:
    """The message of the one fault, which must be in the last event (or in the document when there is none)."""
    ((number, message),) = faults(*events, **top)
    assert number == (len(events) or None)
    return message
