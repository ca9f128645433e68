"""How long what was sent is kept as it came: messages and tables of a site, by its choice (decision 0083).

The facts stay, and the message that they came from with when, from whom and under which number: its bytes alone go.
Nothing goes of which a question waits for a person, or which is being taken; what nobody registered until then is not
read any more. Each deletion is in the audit, without content.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.models import (
    ASKING,
    OPEN_STATES,
    FileState,
    Message,
    MessagePart,
    TableDocument,
    TableFile,
    TablePart,
    WaitingResult,
)
from patients.queries import site_settings

AT_ONCE = 200  # rows of one transaction


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many messages and tables are not kept any more as they came."""

    messages: int = 0
    tables: int = 0


def prune_sent(now: datetime | None = None) -> Pruned:
    """Let go of the bytes of what is older than the site keeps it. A killed run goes on with the next one."""
    days = site_settings().keep_sent_days
    if days is None:
        return Pruned()
    now = now or timezone.now()
    before = now - timedelta(days=days)
    return Pruned(_messages(before, now), _tables(before, now))


def _messages(before: datetime, now: datetime) -> int:
    pruned = 0
    while keys := list(old_messages(before).values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            # locked and asked again: a question may have been raised meanwhile
            list(Message.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
            pruned += old_messages(before).filter(pk__in=keys).update(body=None, pruned_at=now)
    return pruned


def old_messages(before: datetime) -> QuerySet[Message]:
    """Messages of before a moment that are still kept, and that nobody has to look at."""
    waiting = WaitingResult.objects.open().filter(part__message=OuterRef("pk"))
    asking = MessagePart.objects.asking().filter(message=OuterRef("pk"))
    being_taken = TablePart.objects.filter(message=OuterRef("pk"), file__state=FileState.TAKING)
    old = Message.objects.filter(body__isnull=False, received_at__lt=before)
    return old.exclude(Exists(waiting)).exclude(Exists(asking)).exclude(Exists(being_taken)).order_by("received_at")


def _tables(before: datetime, now: datetime) -> int:
    pruned = 0
    while keys := list(old_tables(before).values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            list(TableFile.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
            files = list(old_tables(before).filter(pk__in=keys).values_list("pk", flat=True))
            why = _("Nobody took the table for as long as tables are kept.")
            untaken = TableFile.objects.filter(pk__in=files, state__in=OPEN_STATES)
            untaken.update(state=FileState.CANCELLED, ended_at=now, why=why)
            documents = TableDocument.objects.filter(file__in=files)
            pruned += documents.update(body=None, dictionary=None, pruned_at=now)
    return pruned


def old_tables(before: datetime) -> QuerySet[TableFile]:
    """Tables of before a moment that are still kept, of which nothing is being taken and no question waits."""
    parts = TablePart.objects.filter(file=OuterRef("pk"))
    waiting = parts.filter(Exists(WaitingResult.objects.open().filter(part__message=OuterRef("message"))))
    asking = parts.filter(Exists(MessagePart.objects.filter(message=OuterRef("message"), state__in=ASKING)))
    old = TableFile.objects.filter(document__body__isnull=False, sent_at__lt=before).exclude(state=FileState.TAKING)
    return old.exclude(Exists(waiting)).exclude(Exists(asking)).order_by("sent_at")
