"""The results of one patient as a flow sheet, with those that are no numbers. A constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ildcare.flowsheet import Sheet, Told, beyond, expected, flow_sheet, position
from patients.clinical.facts import Measurement
from patients.clinical.measurements import MEASUREMENTS, PANELS
from patients.clinical.snapshot import Snapshot
from patients.models import Measurement as MeasurementRow
from patients.models import Patient
from patients.queries import site_zone, text_results, versions_of


def sheet_of(patient: Patient, known_at: datetime, **asked: Any) -> Sheet:
    """The sheet as known at a moment; `asked`: what `flow_sheet` is to show of it."""
    versions = versions_of([patient.pk], known_at, site_zone()).get(patient.pk, [])
    return flow_sheet(versions, patient.sex, told=told_of(patient, known_at), **asked)


def told_of(patient: Patient, known_at: datetime) -> list[Told]:
    """Results without a number, known by then."""
    return as_told(text_results(patient, known_at))


def as_told(rows: Iterable[MeasurementRow]) -> list[Told]:
    """Stored results without a number, as the flow sheet takes them."""
    zone = site_zone()
    return [Told(x.reference, x.code, x.on, x.on.astimezone(zone).date(), x.typed_value) for x in rows]


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest result of a test and the one before, whatever their age; a result without a number is one too.

    `position` and `beyond` (see `flowsheet.Value`) are those of the newest if it is a number.
    """

    code: str
    newest: Measurement | Told
    before: Measurement | Told | None
    position: str
    beyond: bool


def latest_results(snapshot: Snapshot, told: Iterable[Told], sex: str) -> list[Latest]:
    """Every test that was ever made, in the order of the panels."""
    texts: dict[str, list[Told]] = {}
    for text in told:
        texts.setdefault(text.code, []).append(text)
    panels = list(PANELS)
    codes = sorted(MEASUREMENTS, key=lambda code: panels.index(MEASUREMENTS[code].panel))
    found = (_latest(code, [*snapshot.series(code), *texts.get(code, ())], sex) for code in codes)
    return [x for x in found if x is not None]


def _latest(code: str, results: list[Measurement | Told], sex: str) -> Latest | None:
    if not results:
        return None
    newest, *before = sorted(results, key=lambda x: (x.on, x.id), reverse=True)
    number = newest if isinstance(newest, Measurement) else None
    place = position(number, expected(number, sex)) if number else ""
    return Latest(code, newest, before[0] if before else None, place, beyond(number) if number else False)
