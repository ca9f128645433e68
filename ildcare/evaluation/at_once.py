"""Evaluated by whoever changes a record, inside the transaction of the change: who sees the one, sees the other.

A change that fails takes its evaluation with it; an evaluation that fails leaves the change as it is, and the mark by
which the next sweep evaluates it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from ildcare.evaluation.sweep import evaluate_now
from monitoring.receivers import evaluated_by_whoever_changes
from patients.changes import change_to
from patients.clinical.snapshot import Snapshot
from patients.models import Fact, Patient, User
from patients.queries import RecordRead, changes_of, snapshot_since

Result = TypeVar("Result")


def evaluated(change: Callable[[], Result], *patients: Patient) -> Callable[[], Result]:
    """The change, and after it, before it commits, the evaluation of these patients."""

    def change_and_evaluate() -> Result:
        with evaluated_by_whoever_changes(*(x.pk for x in patients)):
            result = change()
        for patient in patients:
            evaluate_now(patient.pk)
        return result

    return change_and_evaluate


@contextmanager
def evaluated_as_read(patient: Patient, record: RecordRead, *, by: User) -> Iterator[list[Fact]]:
    """A change of a record that was read before, evaluated in its end; what it stores is to be put into the list.

    Where nobody has changed the record since, nothing is read again and what was worked out is gone on with.
    """
    with change_to(patient, by=by):  # from here on nobody else changes it
        as_read = changes_of(patient) == record.changes
        stored: list[Fact] = []
        with evaluated_by_whoever_changes(patient.pk):
            yield stored

        def read(_ids: Sequence[int], now: datetime, _known_at: datetime) -> dict[int, Snapshot]:
            return {patient.pk: snapshot_since(record, patient, stored, now)}

        if as_read:
            evaluate_now(patient.pk, read)
        else:
            evaluate_now(patient.pk)
