"""Events that are announced outside: stored with their event, in its transaction; whoever sends is asked to look."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from celery import current_app
from django.db import transaction

from monitoring.models import AlertEvent, OutboxEntry

SEND = "ildcare.tasks.send_notifications"  # by name: what sends lives on the roof

log = structlog.get_logger(__name__)


def announce(events: Iterable[AlertEvent]) -> None:
    """Store that these events are to be announced; once they are committed whoever sends looks."""
    entries = [OutboxEntry(event=x) for x in events]
    if entries:
        OutboxEntry.objects.bulk_create(entries)
        transaction.on_commit(nudge_sender, robust=True)


def nudge_sender() -> bool:
    """Ask whoever sends to look now; False when the broker cannot be reached (the next tick looks)."""
    try:
        current_app.send_task(SEND, retry=False, expires=60)
    except Exception as error:  # a broker that is down must never fail a change, however it is down
        log.warning("nudge_lost", error=type(error).__name__)
        return False
    return True
