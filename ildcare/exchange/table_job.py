"""Taking a table: one person after the other, until it is done, cancelled, or its sender may not any more.

Whoever runs it (a request for a short file, a worker for a long one) may be killed anywhere: what was taken is stored
with how far the file is, and the next one goes on there.
"""

from __future__ import annotations

import structlog
from celery import current_app
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ildcare.exchange.table_files import forgotten_files
from ildcare.exchange.table_reading import body_of, parted_file, table_of
from patients.access import may
from patients.actions import count_table, note_failure, stop_table, take_part
from patients.changes import Refused
from patients.imports.case import CaseFaults
from patients.imports.table_parts import documents_of, map_of_form
from patients.models import FileState, TableFile, User
from patients.wording import render_all

log = structlog.get_logger(__name__)
RIGHT = "import_tables"
TASK = "ildcare.tasks.take_table"
SHORT = 200  # lines of a file that is taken in the request that asks for it


def is_short(file: TableFile) -> bool:
    """Is a file taken in the request that asks for it? One that cannot be read is: it stops at once, and says why."""
    try:
        return len(table_of(body_of(file), map_of_form(file.content or {})).lines) <= SHORT
    except CaseFaults:
        return True


def ask_to_take(number: int) -> None:
    """Ask a worker to take a file now; where the broker is away, the next look for files that nobody takes does it."""
    transaction.on_commit(lambda: _ask(number), robust=True)


def _ask(number: int) -> None:
    try:
        current_app.send_task(TASK, args=[number], retry=False, expires=60)
    except Exception as error:  # however the broker is down, the file waits
        log.warning("nudge_lost", error=type(error).__name__)


def take_file(number: int) -> None:
    """Take what is left of a file. Never raises: what goes wrong is said of the file, or tried again later."""
    file = TableFile.objects.select_related("by", "source").filter(pk=number, state=FileState.TAKING).first()
    if file is None:
        return
    try:
        _take(file)
    except CaseFaults as faults:
        stop_table(file=file, why=render_all(x.reason for x in faults.faults))
    except Refused as refused:
        stop_table(file=file, why=" ".join(refused.faults))
    except DatabaseError as error:
        log.error("table_not_taken", file=file.pk, error=type(error).__name__)
        note_failure(file=file)


def take_forgotten() -> None:
    """Go on with files that a process left."""
    for file in forgotten_files(timezone.now()):
        take_file(file.pk)


def _take(file: TableFile) -> None:
    table = parted_file(file)
    count_table(file=file, total=len(table.people), lines=table.lines, refused=len(table.refused))
    for place, (_part, document) in enumerate(documents_of(table)):
        if place < file.done:
            continue
        if file.by_id is not None and not may(User.objects.get(pk=file.by_id), RIGHT):
            raise Refused(_("Who sent the file may not import tables any more."))
        if not take_part(file=file, place=place, document=document):
            return
