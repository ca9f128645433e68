"""A changed record asks for its evaluation at once: a hint only, what is owed stands in EvaluationMark. A record that
goes into another one takes its alerts off the lists, in the transaction of the merge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog
from celery import current_app
from django.db import transaction

from monitoring.actions import end_merged_alerts, return_merged_alerts

EVALUATE = "ildcare.tasks.evaluate_patient"  # by name: the task joins both wings and lives on the roof

log = structlog.get_logger(__name__)
_evaluated_at_once: ContextVar[frozenset[int]] = ContextVar("patients evaluated with their change", default=frozenset())


@contextmanager
def evaluated_by_whoever_changes(*patient_ids: int) -> Iterator[None]:
    """No worker is asked about changes inside: whoever makes them evaluates these patients before they commit."""
    token = _evaluated_at_once.set(_evaluated_at_once.get() | set(patient_ids))
    try:
        yield
    finally:
        _evaluated_at_once.reset(token)


def nudge_on_commit(*, patient_id: int, **_: Any) -> None:
    """Receiver of `record_changed`: enqueues the evaluation once the change has committed."""
    if patient_id in _evaluated_at_once.get():
        return
    transaction.on_commit(lambda: nudge(patient_id), robust=True)


def end_alerts(*, patient_id: int, **_: Any) -> None:
    """Receiver of `record_absorbed`."""
    end_merged_alerts(patient_id=patient_id)


def return_alerts(*, patient_id: int, **_: Any) -> None:
    """Receiver of `record_returned`."""
    return_merged_alerts(patient_id=patient_id)


def nudge(patient_id: int) -> bool:
    """Ask a worker to look now; False when the broker cannot be reached (the next sweep will look)."""
    try:
        current_app.send_task(EVALUATE, args=[patient_id], retry=False, expires=60)
    except Exception as error:  # a broker that is down must never fail a change, however it is down
        log.warning("nudge_lost", error=type(error).__name__)
        return False
    return True
