"""What every measurement is told: the hospital, where it runs, and how often to measure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.population import Hospital


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`folder`: of the installation; `address`: of its web processes, "" while none run; `rounds`: of each page;
    `seconds`: of each measurement under load."""

    hospital: Hospital
    folder: Path
    address: str
    rounds: int
    seconds: float

    @property
    def patients(self) -> int:
        """Of the whole hospital."""
        return self.hospital.patients
