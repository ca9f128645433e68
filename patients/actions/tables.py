"""Changes about tables that people send: the file, how it is read, and what it says of one person after the other.

Each person's part is one transaction: the message, its facts and questions, and how far the file is. A process that is
killed between two leaves the file where it was, and the next one goes on; two at once wait for each other.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from patients.actions.deliveries import take_message
from patients.actions.machines import name_source
from patients.changes import Refused, attributed_to, repeated_on_deadlock
from patients.models import (
    OPEN_STATES,
    FileState,
    Source,
    TableDocument,
    TableFile,
    TableMapping,
    TablePart,
    User,
)

FORM = "table_part"
MOST_FAILURES = 3
LONGEST_FILE_NAME = 200


def add_source(*, title: str, by: User) -> Source:
    """A source of tables by its title. Raises Refused where another one has the name."""
    name = slugify(title)[:30] or f"tables-{sha256(title.encode()).hexdigest()[:8]}"
    return name_source(name=name, title=title[:100], by=by)


def send_table(
    *,
    source: Source,
    name: str,
    body: bytes,
    by: User | None,
    dictionary: bytes | None = None,
    mapping: TableMapping | None = None,
    content: dict[str, Any] | None = None,
) -> TableFile:
    """Keep a file as it came. Nothing of it is taken. `mapping`, `content`: a saved mapping, or how else it is read."""
    if not source.active:
        raise Refused(_("%(source)s may not send.") % {"source": source.title})
    with transaction.atomic(), attributed_to(by):
        file = TableFile.objects.create(
            source=source,
            name=name[-LONGEST_FILE_NAME:],
            digest=sha256(body).hexdigest(),
            mapping=mapping,
            content=mapping.content if mapping else content,
            state=FileState.MAPPED if mapping or content else FileState.SENT,
            by=by,
        )
        TableDocument.objects.create(file=file, body=body, dictionary=dictionary)
    return file


def save_mapping(*, file: TableFile, name: str, content: dict[str, Any], by: User) -> TableMapping:
    """Say how a file is read, under a name by which the next one is read too. The same again adds nothing."""
    with transaction.atomic(), attributed_to(by):
        row = _locked(file, *OPEN_STATES)
        last = TableMapping.objects.filter(name=name).order_by("-id").first()
        same = last is not None and last.content == content
        mapping = last if same and last else TableMapping.objects.create(name=name, content=content, by=by)
        row.mapping, row.content, row.state = mapping, content, FileState.MAPPED
        row.save(update_fields=["mapping", "content", "state"])
    return mapping


def begin_table(*, file: TableFile, by: User | None) -> TableFile:
    """Say that a file is to be taken; once. Raises Refused for one that is not mapped, or was begun."""
    with transaction.atomic(), attributed_to(by):
        row = _locked(file, FileState.MAPPED)
        row.state, row.begun_at = FileState.TAKING, timezone.now()
        row.save(update_fields=["state", "begun_at"])
    return row


def count_table(*, file: TableFile, total: int, lines: int, refused: int) -> None:
    """Say how many persons, lines and refused lines a file has; a file without any person is done."""
    with transaction.atomic():
        row = _locked(file, FileState.TAKING)
        row.total, row.lines, row.refused, row.touched_at = total, lines, refused, timezone.now()
        if row.done >= total:
            row.state, row.ended_at = FileState.DONE, timezone.now()
        row.save(update_fields=["total", "lines", "refused", "touched_at", "state", "ended_at"])


@repeated_on_deadlock
def take_part(*, file: TableFile, place: int, document: bytes) -> bool:
    """Take what a file says of the person at a place, from 0. False where the file is not taken any more, or another
    process was first: nothing was changed then."""
    with transaction.atomic(), attributed_to(file.by):
        row = TableFile.objects.select_for_update(of=("self",)).select_related("source").get(pk=file.pk)
        if row.state != FileState.TAKING or row.done != place:
            return False
        receipt = take_message(source=row.source, document=document, form=FORM)
        TablePart.objects.create(file=row, place=place, message=receipt.message, repeated=receipt.repeated)
        row.done, row.touched_at, row.failures = place + 1, timezone.now(), 0
        if row.done >= row.total:
            row.state, row.ended_at = FileState.DONE, timezone.now()
        row.save(update_fields=["done", "touched_at", "failures", "state", "ended_at"])
    return True


def cancel_table(*, file: TableFile, by: User) -> TableFile:
    """Take no more of a file; what was taken stays. Raises Refused for one that has ended."""
    with transaction.atomic(), attributed_to(by):
        row = _locked(file, *OPEN_STATES, FileState.TAKING)
        row.state, row.ended_at = FileState.CANCELLED, timezone.now()
        row.save(update_fields=["state", "ended_at"])
    return row


def stop_table(*, file: TableFile, why: str) -> None:
    """The file cannot be taken further; what was taken stays."""
    with transaction.atomic():
        row = TableFile.objects.select_for_update().get(pk=file.pk)
        if row.state == FileState.TAKING:
            row.state, row.why, row.ended_at = FileState.STOPPED, why, timezone.now()
            row.save(update_fields=["state", "why", "ended_at"])


def note_failure(*, file: TableFile) -> None:
    """The part that comes next could not be stored now: it is tried again, and the third time the file stops."""
    with transaction.atomic():
        row = TableFile.objects.select_for_update().get(pk=file.pk)
        if row.state != FileState.TAKING:
            return
        row.failures, row.touched_at = row.failures + 1, timezone.now()
        if row.failures >= MOST_FAILURES:
            row.state, row.ended_at = FileState.STOPPED, timezone.now()
            row.why = _("What it says of a person could not be stored. Tell the administrator.")
        row.save(update_fields=["failures", "touched_at", "state", "ended_at", "why"])


def _locked(file: TableFile, *states: str) -> TableFile:
    row = TableFile.objects.select_for_update().get(pk=file.pk)
    if row.state not in states:
        raise Refused(_("The file is %(state)s meanwhile.") % {"state": row.get_state_display()})
    return row
