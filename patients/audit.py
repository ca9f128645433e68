"""Who writes, why and about whom: handed to the database's audit triggers with every write. And the note of a read.

The triggers catch every way of writing; what only the product knows (the signed-in user, the request, the reason)
travels as settings `LOCAL` to the transaction. `attribute_writes` puts them before each writing statement, so that
neither a savepoint rolled back nor a write outside any change loses them. COPY does not pass there: `attribute_now`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.db import connection as default_connection
from django.db import transaction
from django.http import HttpRequest, HttpResponse

READS_ONLY = re.compile(
    r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SET|SHOW|DECLARE|FETCH|CLOSE|EXPLAIN)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """To whom writes are attributed: user id, hash of the session, id of the request, why, patient id."""

    actor: int | None = None
    session: str = ""
    request_id: str = ""
    reason: str = ""
    patient: int | None = None


NOBODY = Attribution()
ATTRIBUTION = (
    "SELECT set_config('ildcare.actor', %s, true), set_config('ildcare.session', %s, true),"
    " set_config('ildcare.request_id', %s, true), set_config('ildcare.reason', %s, true),"
    " set_config('ildcare.patient', %s, true)"
)
_current: ContextVar[Attribution] = ContextVar("audit_attribution", default=NOBODY)


@contextmanager
def audit_context(**known: Any) -> Iterator[None]:
    """Attribute the writes inside to `actor`, `patient`, `reason`, ...; what is not given stays as it is outside."""
    token = _current.set(replace(_current.get(), **known))
    try:
        yield
    finally:
        _current.reset(token)


def attribute_rest(**known: Any) -> None:
    """Attribute what the rest of the request under way reads and writes, as `audit_context` does: a machine is known
    only when its token was read. `AuditMiddleware` ends it."""
    _current.set(replace(_current.get(), **known))


def attribute_writes(*, connection: Any, **_: Any) -> None:
    """Receiver of `connection_created`: every writing statement of the connection is preceded by its attribution."""
    if connection.vendor == "postgresql" and _attributed not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _attributed)


def attribute_now(connection: Any = default_connection) -> None:
    """Attribute the rest of this transaction: needed only where a write is no statement (COPY)."""
    with connection.cursor() as cursor:
        cursor.execute(ATTRIBUTION, _settings())


def _settings() -> list[str]:
    known = _current.get()
    return [_text(known.actor), known.session, known.request_id, known.reason, _text(known.patient)]


def _attributed(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if _current.get() == NOBODY or (isinstance(sql, str) and READS_ONLY.match(sql)):
        return execute(sql, params, many, context)
    connection = context["connection"]
    if connection.in_atomic_block:
        return _with_attribution(execute, sql, params, many, context)
    with transaction.atomic(using=connection.alias):
        attribute_now(connection)
        return execute(sql, params, many, context)


def _with_attribution(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Both in one message, where the statement is a text: half of what a change says to the database goes that way."""
    if many or not isinstance(sql, str):
        attribute_now(context["connection"])
        return execute(sql, params, many, context)
    if isinstance(params, Mapping):
        names = [f"ildcare_{n}" for n in range(len(_settings()))]
        attribution = ATTRIBUTION % tuple(f"%({x})s" for x in names)
        found = execute(
            f"{attribution}; {sql}", {**dict(zip(names, _settings(), strict=True)), **params}, many, context
        )
    else:
        written = sql if params is not None else sql.replace("%", "%%")  # nothing would have been put into it
        found = execute(f"{ATTRIBUTION}; {written}", [*_settings(), *(params or ())], many, context)
    context["cursor"].nextset()  # from the answer to the attribution to that of the statement
    return found


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def note_read(patient_id: int | None, what: str, *, by: Any = None, reason: str = "") -> None:
    """Note in the audit log that a record (or, without a patient, a list) was read. `what` names page or export."""
    known = _current.get()
    actor = by.pk if by is not None else known.actor
    with default_connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit.note_read(%s::bigint, %s, %s, %s::bigint, %s, %s)",
            [actor, known.session, known.request_id, patient_id, what, reason or known.reason],
        )


class AuditMiddleware:
    """Attributes everything a request writes to its user. Stands after the authentication middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with audit_context(**_of_request(request)):
            return self.get_response(request)


def _of_request(request: HttpRequest) -> dict[str, Any]:
    return {
        "actor": request.user.pk,
        "session": session_hash(request),
        "request_id": request.headers.get("X-Request-ID", "")[:64] or uuid4().hex,
    }


def session_hash(request: HttpRequest) -> str:
    """A name for the session that is not its key ("" where there is none)."""
    key = request.session.session_key
    return sha256(key.encode()).hexdigest()[:16] if key else ""
