"""Who asks, when a machine does: its token, what it may, from where, whose records it reads, and how often.

A token is taken from the header `Authorization: Bearer` only. What a machine reads and writes is noted in the audit
under its name. The rate is counted in the broker, for all web processes together; without the broker nothing is
counted, because a ward that waits for results is worse off than a busy server.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from time import time

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer
from redis import Redis, RedisError

from patients.actions import digest_of, note_use
from patients.audit import attribute_rest, note_read
from patients.models import AccessToken, Patient, PatientQuerySet, Scope, Source

log = structlog.get_logger(__name__)
MINUTE = 60
BROKER_SECONDS = 0.25  # how long a request waits for the counter


@dataclass(frozen=True, slots=True)
class MachineAccount:
    """The machine that asks."""

    token: AccessToken

    @property
    def source(self) -> Source:
        """Who sends."""
        return self.token.source

    def may(self, scope: Scope) -> bool:
        """Has it this right?"""
        return scope in self.token.scopes

    def patients(self) -> PatientQuerySet:
        """Whose records it reads: of patients who lie on its wards, or lay there last."""
        return Patient.objects.of_wards(self.token.wards.all())

    def note_read(self, patient: Patient, what: str) -> None:
        """Note that it was shown a record; `what`: which part."""
        note_read(patient.pk, f"api: {what}")


class MachineToken(HttpBearer):
    """Opens an address of the interface to machines with one of these rights; without any to every valid token.

    401 for no token, or one that opens nothing (any more, from there); 403 for one without the right; 429 for one that
    asks too often.
    """

    def __init__(self, *scopes: Scope) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(self, request: HttpRequest, token: str) -> MachineAccount | None:
        """The account of a token, noted as used."""
        rows = AccessToken.objects.valid(timezone.now()).select_related("source")
        row = rows.filter(digest=digest_of(token)).first()
        if row is None or not _from_there(row, request):
            log.warning("token_refused", known=row is not None)
            return None
        attribute_rest(session=row.called)
        note_use(row)
        account = MachineAccount(row)
        if self.scopes and not any(account.may(x) for x in self.scopes):
            raise NotAllowed
        if seconds := seconds_to_wait(account):
            raise TooOften(seconds)
        return account


class TooOften(Exception):  # noqa: N818 - the same
    """The machine asks more often than is allowed; `seconds` until it may ask again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class NotAllowed(Exception):  # noqa: N818 - what the answer says
    """The token is valid and lacks the right."""


def _from_there(row: AccessToken, request: HttpRequest) -> bool:
    if not row.addresses:
        return True
    try:
        address = ip_address(client_address(request))
    except ValueError:
        return False
    return any(address in ip_network(x) for x in row.addresses)


def client_address(request: HttpRequest) -> str:
    """Where a request comes from: behind proxies of the site as the first of them saw it, else the other end.

    What a client writes into the header itself stands before what the proxies add, and is not believed.
    """
    proxies: int = settings.ILDCARE_PROXIES
    seen = [x.strip() for x in request.headers.get("X-Forwarded-For", "").split(",") if x.strip()]
    return seen[-proxies] if proxies and len(seen) >= proxies else str(request.META.get("REMOTE_ADDR", ""))


def seconds_to_wait(account: MachineAccount) -> int:
    """0, or in how many seconds a machine that asks too often may ask again."""
    now = int(time())
    key = f"ildcare:rate:{account.token.pk}:{now // MINUTE}"
    try:
        with Redis.from_url(
            settings.CELERY_BROKER_URL.removeprefix("redis+").replace("socket://", "unix://"),
            socket_timeout=BROKER_SECONDS,
            socket_connect_timeout=BROKER_SECONDS,
        ) as broker:
            asked, _expires = broker.pipeline().incr(key).expire(key, 2 * MINUTE).execute()
    except RedisError:
        return 0
    return 0 if asked <= settings.ILDCARE_MACHINE_RATE else MINUTE - now % MINUTE
