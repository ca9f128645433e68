"""The open tasks of a plan (a taper, cycles of IVCY): which of a patient's tasks name a dose of a drug."""

from __future__ import annotations

from collections.abc import Iterable

from patients.models import CareTask, Patient
from patients.wording import listed_apart, short_day


def planned_tasks(patient: Patient, drug: str) -> list[CareTask]:
    """The open tasks of doses of this drug, the longest due first; also those that came with a merge. One query."""
    return list(CareTask.objects.open().filter(patient=patient, drug=drug)) if drug else []


def tasks_in_words(tasks: Iterable[CareTask]) -> str:
    """ "IVCY 3 of 6: 700 mg (3 Dec); ..."."""
    return listed_apart(f"{x.text} ({short_day(x.due)})" for x in tasks)
