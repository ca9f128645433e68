"""Background tasks: ids only, and only "look now". Losing every one of them delays, and loses nothing."""

from __future__ import annotations

from celery import shared_task

from ildcare import evaluation


@shared_task  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Evaluate everybody who is owed an evaluation."""
    evaluation.sweep()


@shared_task  # type: ignore[untyped-decorator]
def evaluate_patient(patient_id: int) -> None:
    """A patient's record changed: look at once."""
    evaluation.evaluate_patients([patient_id])
