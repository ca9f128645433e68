"""Tables that somebody sent: his own files, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, Sum

from patients.models import (
    DeliveredFact,
    FileState,
    Message,
    MessagePart,
    PartState,
    TableDocument,
    TableFile,
    TablePart,
    User,
    WaitingResult,
)

MOST_FILES = 50
SILENCE = timedelta(seconds=30)  # after which a file that is being taken is nobody's any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a file: facts that it brought, results that wait for a person, those of numbers that nobody here
    has, persons that somebody has to look at, parts that were here before."""

    facts: int
    waiting: int
    strangers: int
    asking: int
    repeated: int
    kept: bool


def own_files(user: User) -> list[TableFile]:
    """The files that somebody sent, the last first."""
    return list(TableFile.objects.filter(by=user).select_related("source", "mapping")[:MOST_FILES])


def own_file(user: User, number: int) -> TableFile | None:
    """One of them; nobody sees another's."""
    return TableFile.objects.filter(by=user, pk=number).select_related("source", "mapping", "by").first()


def forgotten_files(now: datetime) -> list[TableFile]:
    """Files that are being taken and that no process has touched for a while."""
    silent = Q(touched_at=None, begun_at__lt=now - SILENCE) | Q(touched_at__lt=now - SILENCE)
    return list(TableFile.objects.filter(silent, state=FileState.TAKING).order_by("pk"))


def outcome_of(file: TableFile) -> Outcome:
    """What became of what was taken of a file so far."""
    parts = TablePart.objects.filter(file=file)
    messages = Message.objects.filter(pk__in=parts.values("message"))
    own = MessagePart.objects.filter(message__in=messages)
    return Outcome(
        facts=DeliveredFact.objects.filter(part__message__in=parts.filter(repeated=False).values("message")).count(),
        waiting=WaitingResult.objects.open().filter(part__in=own).count(),
        strangers=own.filter(state=PartState.UNKNOWN).aggregate(n=Sum("results"))["n"] or 0,
        asking=own.asking().count(),
        repeated=parts.filter(repeated=True).count(),
        kept=TableDocument.objects.filter(file=file, pruned_at=None).exists(),
    )
