"""Changes of who may come as a machine: sources, and the tokens with which they open the interface.

A token is shown once, when it is issued; what is stored is its digest. It is long and random, so that a plain digest
cannot be guessed back (OWASP ASVS 5.0, 11.4). A rotation leaves the old token open for a while, so that the machine can
change over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_network
from secrets import token_urlsafe

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.actions.deliveries import take_again
from patients.audit import audit_context
from patients.changes import Refused, attributed_to
from patients.models import (
    OF_NO_CLEAR_NUMBER,
    USE_NOTED_EVERY,
    AccessToken,
    Message,
    MessagePart,
    Scope,
    Source,
    User,
    Ward,
)

PREFIX = "ildcare_"  # by which tools find a token that was committed or mailed by mistake
BYTES = 32
HINT = len(PREFIX) + 4
OVERLAP = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Issued:
    """A token that was issued: its row, and its text, which is nowhere else."""

    row: AccessToken
    text: str


def name_source(*, name: str, title: str, by: User | None, sender: str = "") -> Source:
    """A machine that may send. Raises Refused for a name, or a name in messages, that another one has."""
    if Source.objects.filter(name=name).exists():
        raise Refused(_("There is a source of this name already."))
    if sender and Source.objects.filter(sender=sender).exists():
        raise Refused(_("Another source calls itself so in its messages."))
    with transaction.atomic(), attributed_to(by):
        return Source.objects.create(name=name, title=title, sender=sender or None)


def switch_source(*, source: Source, active: bool, by: User) -> None:
    """Let a machine send, or not any more: its messages are refused, and its tokens open nothing."""
    with transaction.atomic(), attributed_to(by):
        Source.objects.filter(pk=source.pk).update(active=active)


def allow_silence(*, source: Source, length: timedelta | None, by: User) -> None:
    """Say after how long a machine is called silent; None: its own rhythm tells."""
    with transaction.atomic(), attributed_to(by):
        Source.objects.filter(pk=source.pk).update(silent_after=length)


def allow_networks(*, source: Source, networks: Iterable[str], by: User) -> None:
    """Say from which networks the listener takes messages of a machine; none: from anywhere. Raises Refused for what is
    no network."""
    wanted = list(dict.fromkeys(_network(x) for x in networks))
    with transaction.atomic(), attributed_to(by):
        source.networks = wanted
        source.save(update_fields=["networks"])


def count_numbers_of(*, source: Source, authorities: Iterable[str], by: User) -> int:
    """Say whose numbers, in messages of a machine, are record numbers of this hospital; none: its only number counts.
    What waits because nobody had said is read again. Returns how many messages that were."""
    wanted = list(dict.fromkeys(y for x in authorities if (y := x.strip())))
    with transaction.atomic(), attributed_to(by):
        source.authorities = wanted
        source.save(update_fields=["authorities"])
        waiting = MessagePart.objects.filter(state__in=OF_NO_CLEAR_NUMBER, message__source=source)
        messages = list(Message.objects.filter(parts__in=waiting, body__isnull=False).distinct().order_by("pk"))
        for message in messages:
            take_again(message=message)
    return len(messages)


def issue_token(
    *,
    source: Source,
    title: str,
    scopes: Iterable[str],
    by: User,
    wards: Iterable[Ward] = (),
    addresses: Iterable[str] = (),
    ends_at: datetime | None = None,
) -> Issued:
    """A new token. Raises Refused for what no token may be: without a right, reading nobody, from no network."""
    may, readable = sorted(set(scopes)), list(wards)
    if not may or set(may) - set(Scope.values):
        raise Refused(_("Say what the machine may do."))
    if Scope.READ in may and not readable:
        raise Refused(_("Say whose patients the machine may read."))
    if ends_at is not None and ends_at <= timezone.now():
        raise Refused(_("This time lies in the past."))
    networks = [_network(x) for x in addresses]
    text = PREFIX + token_urlsafe(BYTES)
    with transaction.atomic(), attributed_to(by):
        row = AccessToken.objects.create(
            source=source,
            title=title,
            digest=digest_of(text),
            hint=text[:HINT],
            scopes=may,
            addresses=networks,
            ends_at=ends_at,
            issued_by=by,
        )
        row.wards.set(readable)
    return Issued(row, text)


def rotate_token(*, token: AccessToken, by: User, overlap: timedelta = OVERLAP) -> Issued:
    """Another token that may the same; the old one ends after the overlap. Raises Refused for one that has ended."""
    now = timezone.now()
    with transaction.atomic(), attributed_to(by):
        old = AccessToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
        if old.ends_at is not None and old.ends_at <= now:
            raise Refused(_("This token has ended: issue another one."))
        issued = issue_token(
            source=old.source,
            title=old.title,
            scopes=old.scopes,
            by=by,
            wards=old.wards.all(),
            addresses=old.addresses,
            ends_at=old.ends_at,
        )
        old.ends_at = min(x for x in (old.ends_at, now + overlap) if x is not None)
        old.ended_by = by
        old.save(update_fields=["ends_at", "ended_by"])
    return issued


def end_token(*, token: AccessToken, by: User) -> None:
    """End a token now."""
    now = timezone.now()
    with transaction.atomic(), attributed_to(by):
        AccessToken.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), pk=token.pk).update(ends_at=now, ended_by=by)


def note_use(token: AccessToken) -> None:
    """Note that a token was used, once a minute; the requests themselves are in the audit and the log."""
    now = timezone.now()
    if token.used_at is None or now - token.used_at >= USE_NOTED_EVERY:
        with audit_context(session=token.called):
            AccessToken.objects.filter(pk=token.pk).update(used_at=now)


def digest_of(text: str) -> str:
    """Under which a token is stored."""
    return sha256(text.encode()).hexdigest()


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip()))
    except ValueError:
        raise Refused(_("%(text)s is no address or network.") % {"text": text}) from None
