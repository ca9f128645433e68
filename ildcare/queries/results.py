"""The results of one patient as a flow sheet, with those that are no numbers. A constant number of queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ildcare.flowsheet import Sheet, Told, flow_sheet
from patients.models import Patient
from patients.queries import site_zone, text_results, versions_of


def sheet_of(patient: Patient, known_at: datetime, **asked: Any) -> Sheet:
    """The sheet as known at a moment; `asked`: what `flow_sheet` is to show of it."""
    versions = versions_of([patient.pk], known_at, site_zone()).get(patient.pk, [])
    return flow_sheet(versions, patient.sex, told=told_of(patient, known_at), **asked)


def told_of(patient: Patient, known_at: datetime) -> list[Told]:
    """Results without a number, known by then."""
    zone = site_zone()
    return [
        Told(row.reference, row.code, row.on, row.on.astimezone(zone).date(), row.typed_value)
        for row in text_results(patient, known_at)
    ]
