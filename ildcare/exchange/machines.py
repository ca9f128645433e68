"""The machines of the site for who runs it: when each was last heard, how much it sent, which tokens it has; and the
messages of each that could not be read, without a word of their content."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Prefetch, Q, Window
from django.db.models.functions import RowNumber

from patients.clinical.reasons import Reason
from patients.clinical.written import reason_from_json
from patients.imports.documents import MESSAGE_FORMATS
from patients.models import AccessToken, Message, Source
from patients.wording import translated

DAY = timedelta(days=1)
MOST_REFUSED = 50  # of a source on the page
# what a sender wrote and no person is named by: the kind of a message, a number of it
A_KIND = re.compile(r"[A-Z][A-Z0-9]{2}\^(?:[A-Z]\d{2})?", re.ASCII)
A_NUMBER = re.compile(r"(?=\D*\d)[A-Za-z0-9._-]{1,40}", re.ASCII)
OWN_WORDS = ("codec", "format", "allowed")  # parts of a reason that are this product's
HIDDEN = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A source: when it was last heard, what it sent in a day and how much of that could not be read; its tokens."""

    source: Source
    last: datetime | None
    messages: int
    refused: int
    tokens: tuple[AccessToken, ...]


def machines(now: datetime) -> tuple[Machine, ...]:
    """Every source, by title, with the tokens that open something now. Four queries, however many there are."""
    lately = Q(messages__received_at__gte=now - DAY)
    valid = AccessToken.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now)).prefetch_related("wards")
    sources = Source.objects.annotate(
        last=Max("messages__received_at"),
        lately=Count("messages", filter=lately),
        unread=Count("messages", filter=lately & Q(messages__refused__isnull=False)),
    ).prefetch_related(Prefetch("tokens", valid, to_attr="valid_tokens"))
    sources = sources.order_by("title", "pk")  # counted by source, so that the model's own order does not hold
    return tuple(
        Machine(
            source=x,
            last=x.last,
            messages=x.lately,
            refused=x.unread,
            tokens=tuple(x.valid_tokens),
        )
        for x in sources
    )


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """A message that could not be read: when it came, as what, its number and why; nothing of a person."""

    received_at: datetime
    format: str
    control_id: str
    why: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedOf:
    """What of a source could not be read: how much, since when, and the last ones."""

    source: Source
    number: int
    first: datetime
    messages: tuple[RefusedMessage, ...]


def refused_messages() -> tuple[RefusedOf, ...]:
    """By source what could not be read, the last first; a source of which everything was read is not among them. Two
    queries, however many there are."""
    refused = Q(messages__refused__isnull=False)
    sources = (
        Source.objects.annotate(
            unread=Count("messages", filter=refused), first=Min("messages__received_at", filter=refused)
        )
        .filter(unread__gt=0)
        .order_by("title", "pk")
    )
    last = _last_refused()
    return tuple(
        RefusedOf(source=x, number=x.unread, first=x.first, messages=tuple(map(_without_content, last.get(x.pk, ()))))
        for x in sources
    )


def _last_refused() -> dict[int, list[Message]]:
    """By source its last refused messages."""
    place = Window(RowNumber(), partition_by=F("source"), order_by=F("id").desc())
    rows = Message.objects.filter(refused__isnull=False).defer("body").annotate(place=place)
    found: dict[int, list[Message]] = {}
    for x in rows.filter(place__lte=MOST_REFUSED).order_by("-id"):
        found.setdefault(x.source_id, []).append(x)
    return found


def _without_content(message: Message) -> RefusedMessage:
    form = MESSAGE_FORMATS.get(message.format)
    return RefusedMessage(
        received_at=message.received_at,
        format=translated(form.title) if form else message.format,
        control_id=message.control_id if A_NUMBER.fullmatch(message.control_id) else "",
        why=_hidden(reason_from_json(message.refused or {})),
    )


def _hidden(why: Reason) -> Reason:
    """A reason without what its sender wrote: of a damaged message any field may hold a name."""
    return why._replace(parts=tuple((name, _part(name, x)) for name, x in why.parts))


def _part(name: str, part: Any) -> Any:
    if not isinstance(part, str) or name in OWN_WORDS or A_KIND.fullmatch(part):
        return part
    return HIDDEN
