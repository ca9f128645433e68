"""One record of ten thousand results against one of a thousand: no step may cost more than the facts grow.

Both come as case files, twelve results a sample, and take the way of any file: read, stored, evaluated, shown.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

from django.utils import timezone

from benchmarks.inside import reader
from benchmarks.population import Hospital
from benchmarks.report import Section, at_most
from benchmarks.run_of import Run
from ildcare.evaluation.sweep import evaluate_patients
from patients.actions import admit_patient, store_case
from patients.imports import read_case
from patients.imports.case import Case
from patients.models import Patient, WardMembership
from patients.queries import site_zone

SMALL, LARGE = 1_000, 10_000  # results
TURNS = 2
YEARS = 5
MOST = 1.5  # times the growth of the facts
TESTS = (
    ("ferritin", "ng/mL", 200, 1800), ("ldh", "U/L", 150, 500), ("crp", "mg/dL", 1, 9), ("kl6", "U/mL", 300, 1500),
    ("spo2", "%", 88, 99), ("pao2", "mmHg", 55, 95), ("creatinine", "mg/dL", 1, 2), ("wbc", "/uL", 3000, 9000),
    ("alt", "U/L", 10, 80), ("vc", "L", 2, 3), ("fvc", "L", 2, 3), ("csa", "ng/mL", 80, 250),
)  # fmt: skip
QUALIFIED: dict[str, dict[str, Any]] = {
    "spo2": {"fio2": "0.21"},
    "pao2": {"fio2": "0.21"},
    "csa": {"route": "oral", "timing": "trough"},
}


def document(results: int) -> bytes:
    """A case file of so many results in five years, with a course and its treatment."""
    roll, begun = random.Random(results), datetime(2020, 1, 1, 6, tzinfo=UTC)  # noqa: S311 - invented values
    events: list[dict[str, Any]] = [
        {"kind": "respiratory_onset", "on": "2020-01-01"},
        {"kind": "diagnosis", "on": "2020-01-02", "myositis": "DM"},
        {"kind": "treatment", "on": "2020-01-03", "drug": "gc", "dose": 40, "unit": "mg/day"},
        {"kind": "treatment", "on": "2020-01-04", "drug": "csa", "dose": 200, "unit": "mg/day", "route": "oral"},
    ]
    step = timedelta(days=YEARS * 365) * len(TESTS) / results
    for n in range(results):
        code, unit, low, high = TESTS[n % len(TESTS)]
        at = (begun + step * (n // len(TESTS))).isoformat(timespec="minutes")
        value = f"{roll.randint(low * 100, high * 100) / 100:.2f}"
        told = {"kind": "measurement", "on": at, "code": code, "value": value, "unit": unit}
        events.append({**told, **QUALIFIED.get(code, {})})
    person = {"mrn": uuid4().hex[:12], "family_name": "Large", "given_name": str(results), "birth_date": "1950-01-01"}
    return json.dumps({"format": "ildcare-case/1", "source": "benchmark", "patient": person, "events": events}).encode()


def measure(run: Run) -> list[Section]:
    """In turns, each record once; the median of each step."""
    section = Section(f"A record of {LARGE:,} results against one of {SMALL:,}")
    small, large = [], []
    for _ in range(TURNS):
        small.append(steps(run.hospital, SMALL))
        large.append(steps(run.hospital, LARGE))
    for name in small[0]:
        ratio = median(x[name] for x in large) / median(x[name] for x in small)
        section.ratio(f"{name} : {name}", ratio, at_most(MOST * LARGE / SMALL))
    return [section]


def steps(hospital: Hospital, results: int) -> dict[str, float]:
    """Seconds of each step of one record."""
    text, found = document(results), {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        begun = perf_counter()
        made = work()
        found[name] = perf_counter() - begun
        return made

    case: Case = timed("read", lambda: read_case(text, zone=str(site_zone()), now=timezone.now()))
    patient: Patient = timed("store", lambda: store_case(case, by=None)).patient
    membership = WardMembership.objects.filter(user=hospital.full).select_related("ward").first()
    assert membership is not None
    admit_patient(patient=patient, ward=membership.ward, by=None, admitted_at=timezone.now())
    timed("evaluate", lambda: evaluate_patients([patient.pk]))
    client = reader(hospital.full)
    for name, place in {"patient page": "", "results": "results", "round page": "round"}.items():
        answer = timed(name, partial(client.get, f"/patients/{patient.pk}/{place}"))
        if answer.status_code != 200:
            raise RuntimeError(f"{name} was answered with {answer.status_code}")
    return found
