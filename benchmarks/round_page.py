"""The page of one patient in a round, against the page of an empty ward."""

from __future__ import annotations

from benchmarks.patient_page import measured
from benchmarks.population import Hospital
from benchmarks.report import Section


def measure(hospital: Hospital, address: str, rounds: int) -> Section:
    """The round page of the same patients."""
    return measured("Round page", f"/patients/{{}}/round?round={hospital.round}", hospital, address, rounds)
