"""The open tasks of a plan (a taper, cycles of IVCY): which of a patient's tasks a plan of a drug made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import reduce
from operator import or_

from django.db.models import Q

from patients.models import CareTask, MergedEntry, NonceUse, Patient
from patients.wording import listed_apart, short_day

PLANS = {"taper": "gc", "cycles": "ivcy"}  # kinds of entries that plan, and the drug of each
WRITTEN_WITHIN = timedelta(minutes=5)  # of the form that planned it: it may have waited for another change


def planned_tasks(patient: Patient, drug: str) -> list[CareTask]:
    """The open tasks that plans of this drug made, the longest due first; also those that came with a merge. One query
    where nothing is open or the drug is none that is planned."""
    kinds = [kind for kind, of in PLANS.items() if of == drug]
    tasks = list(CareTask.objects.open().filter(patient=patient)) if kinds else []
    if not tasks:
        return []
    first = _as_written(x.pk for x in tasks)
    written = reduce(or_, (Q(used_at__range=(x.created_at - WRITTEN_WITHIN, x.created_at)) for x in tasks))
    uses = NonceUse.objects.filter(written, result__entry__in=kinds)
    numbers = {number for use in uses if use.result for number in use.result["tasks"]}
    return [x for x in tasks if first[x.pk] in numbers]


def _as_written(numbers: Iterable[int]) -> dict[int, int]:
    """By the number of a task, that of the task as it was written: itself, or in the record that was merged."""
    first = {x: x for x in numbers}
    while True:
        copies = MergedEntry.objects.filter(kind="task", into__in=[str(x) for x in first.values()])
        was = {int(x.into): int(x.was) for x in copies}
        if not was:
            return first
        first = {now: was.get(before, before) for now, before in first.items()}


def tasks_in_words(tasks: Iterable[CareTask]) -> str:
    """ "IVCY 3 of 6: 700 mg (3 Dec); ..."."""
    return listed_apart(f"{x.text} ({short_day(x.due)})" for x in tasks)
