"""Records on their way out, and in again: a Bundle of everything, and what another installation reads of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from patients.clinical import facts as f
from patients.clinical.versions import Version
from patients.code_maps import bundled_map
from patients.exports.codes import LoincCodes
from patients.exports.exact_json import exact_json
from patients.exports.fhir import resources_of
from patients.exports.record import Person, Record
from patients.imports import fhir
from patients.imports.delivery import Delivery, deliveries
from patients.imports.fields import read

TOKYO = ZoneInfo("Asia/Tokyo")
PERSON = Person(
    key="7",
    mrn="0007001234",
    family_name="鳥居",
    given_name="香織",
    family_kana="トリイ",
    given_kana="カオリ",
    sex="female",
    birth_date=date(1940, 9, 14),
)


def record_of(versions: Iterable[Version], zone: ZoneInfo = TOKYO, **more: Any) -> Record:
    return Record(person=PERSON, zone=zone, versions=tuple(versions), **more)


def resources(record: Record, today: date = date(2026, 11, 30)) -> list[dict[str, Any]]:
    return list(resources_of(record, LoincCodes(bundled_map()), today=today))


def bundle(found: Iterable[dict[str, Any]], kind: str = "transaction") -> bytes:
    """A document as a sender writes it: its numbers as they are kept."""
    return exact_json({"resourceType": "Bundle", "type": kind, "entry": [{"resource": x} for x in found]})


def read_again(document: bytes, now: datetime, zone: ZoneInfo = TOKYO) -> list[Delivery]:
    """What another installation makes of a document."""
    reports = [(x, False) for x in fhir.reports_of(read(document), source="elsewhere", zone=zone)]
    return list(deliveries(reports, bundled_map(), zone=zone, now=now))


MEASURED = ("code", "quantity", "on", "fio2", "flow", "device", "route", "timing", "hours_since_dose", "kit", "name")


def measured(facts: Iterable[f.Fact]) -> list[tuple[Any, ...]]:
    """What measurements say, with their status, in an order of its own."""
    told = [x for x in facts if isinstance(x, f.Measurement)]
    return sorted([(*(getattr(x, name) for name in MEASURED), x.status) for x in told], key=repr)


TREATED = ("drug", "day", "stop", "route", "dose", "unit")


def treated(facts: Iterable[f.Fact]) -> list[tuple[Any, ...]]:
    """What treatments say."""
    return sorted([tuple(getattr(x, y) for y in TREATED) for x in facts if isinstance(x, f.Treatment)], key=repr)
