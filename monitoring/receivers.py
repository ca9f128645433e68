"""A changed record asks for its evaluation at once. A hint only: what is owed stands in EvaluationMark."""

from __future__ import annotations

from typing import Any

import structlog
from celery import current_app
from django.db import transaction

EVALUATE = "ildcare.tasks.evaluate_patient"  # by name: the task joins both wings and lives on the roof

log = structlog.get_logger(__name__)


def nudge_on_commit(*, patient_id: int, **_: Any) -> None:
    """Receiver of `record_changed`: enqueues the evaluation once the deed has committed."""
    transaction.on_commit(lambda: nudge(patient_id), robust=True)


def nudge(patient_id: int) -> bool:
    """Ask a worker to look now; False when the broker cannot be reached (the next sweep will look)."""
    try:
        current_app.send_task(EVALUATE, args=[patient_id], retry=False, expires=60)
    except Exception as error:  # a broker that is down must never fail a deed, however it is down
        log.warning("nudge_lost", error=type(error).__name__)
        return False
    return True
