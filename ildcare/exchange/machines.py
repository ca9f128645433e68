"""The machines of the site for who runs it: when each was last heard, how much it sent, which tokens it has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Prefetch, Q

from patients.models import AccessToken, Source

DAY = timedelta(days=1)


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
