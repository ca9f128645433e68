"""The interface for machines, described in OpenAPI: documents in, records and the chart's answer out.

A token opens it (`accounts`), never a session. Each answer is JSON; an error says in `detail` what is wrong and never
repeats what was sent. Other doors (FHIR) are added to the same `interface`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from ninja import Field, NinjaAPI, Schema, Status
from ninja.errors import HttpError, ValidationError
from ninja.params.functions import Header

from ildcare.exchange.accounts import MachineAccount, MachineToken, NotAllowed, TooOften
from patients.access import machines_only
from patients.actions import Receipt, take_document
from patients.changes import Refused
from patients.clinical.written import reason_from_json
from patients.imports.limits import MOST_BYTES
from patients.models import MessagePart, Scope, WaitingResult
from patients.wording import render, render_all

log = structlog.get_logger(__name__)

interface = NinjaAPI(
    title="ildcare",
    version="1",
    description="What machines send and read. A request carries an access token; times are ISO 8601 with an offset.",
    urls_namespace="interface",
    docs_url=None,  # the page that would draw it loads its script from elsewhere
    openapi_url=None,  # it is an address like the others, below
)


class MachineRequest(HttpRequest):
    """A request whose token was read."""

    auth: MachineAccount


class Problem(Schema):
    """What is wrong, in words for who runs the machine."""

    detail: str


class Waiting(Schema):
    """A result that nobody may guess: it waits for a person."""

    number: int = Field(description="The place of the result in its message, from 1.")
    code: str
    question: str
    why: str


class Part(Schema):
    """What became of what a document says of one person."""

    state: str = Field(description="taken, or why it is on nobody's record: unknown, doubtful, other_person, ...")
    why: str
    results: int
    facts: int
    waiting: list[Waiting]


class Taken(Schema):
    """What became of a document."""

    id: int
    format: str
    received: datetime
    repeated: bool = Field(description="The same document of this source was here before: nothing was changed.")
    refused: str | None = Field(description="Why nothing of it could be read; it is kept.")
    parts: list[Part]


class TakenEach(Schema):
    """What became of each message of a document that holds several; one that is damaged keeps no other back."""

    messages: list[Taken]
    left_out: list[str] = Field(description="Kinds of the messages that are not read here.")


PROBLEMS = {401: Problem, 403: Problem, 413: Problem, 422: Problem, 429: Problem}


@interface.post(
    "/messages",
    auth=MachineToken(Scope.SEND),
    response={200: Taken, 201: Taken, 207: TakenEach, **PROBLEMS},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def message_take(
    request: MachineRequest, idempotency_key: str = Header("", alias="Idempotency-Key", max_length=90)
) -> Status[dict[str, Any]]:
    """Take a document as it is: an HL7 v2 message, a FHIR bundle, a table. 201 when it is stored, after the commit.

    The same bytes sent again are answered with 200 and change nothing. An `Idempotency-Key` names one document. Of
    several HL7 v2 messages each is taken by itself, and answered with 207.
    """
    taken = take_document(source=request.auth.source, document=request.body, key=idempotency_key)
    if len(taken.receipts) == 1 and not taken.left_out:
        (receipt,) = taken.receipts
        return Status(200 if receipt.repeated else 201, _as_taken(receipt))
    return Status(207, {"messages": [_as_taken(x) for x in taken.receipts], "left_out": list(taken.left_out)})


@interface.get("/openapi.json", include_in_schema=False)
def interface_description(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - the name is ninja's
    """The description of this interface; it holds nothing of anybody."""
    beginning = reverse("interface_description").removesuffix("openapi.json")
    return dict(interface.get_openapi_schema(path_prefix=beginning))


@interface.get("/messages/{number}", auth=MachineToken(Scope.SEND), response={200: Taken, 404: Problem, **PROBLEMS})
def message_state(request: MachineRequest, number: int) -> dict[str, Any]:
    """What became of a document that this source sent, as it is now."""
    message = request.auth.source.messages.filter(pk=number).first()
    if message is None:
        raise HttpError(404, _("This source sent no such message."))
    return _as_taken(Receipt(message, tuple(message.parts.all()), repeated=True))


def _as_taken(receipt: Receipt) -> dict[str, Any]:
    message = receipt.message
    return {
        "id": message.pk,
        "format": message.format,
        "received": message.received_at,
        "repeated": receipt.repeated,
        "refused": render(reason_from_json(message.refused)) if message.refused else None,
        "parts": [_as_part(x) for x in receipt.parts],
    }


def _as_part(part: MessagePart) -> dict[str, Any]:
    waiting = WaitingResult.objects.open().filter(part=part).order_by("number")
    return {
        "state": part.state,
        "why": render_all(map(reason_from_json, part.why)),
        "results": part.results,
        "facts": part.facts.count(),
        "waiting": [
            {
                "number": x.number,
                "code": x.code,
                "question": x.question,
                "why": render(reason_from_json(x.why)),
            }
            for x in waiting
        ],
    }


# -- errors -----------------------------------------------------------------------------------------------------------


@interface.exception_handler(NotAllowed)
def _not_allowed(request: HttpRequest, _error: Any) -> HttpResponse:
    return interface.create_response(request, {"detail": _("This token may not do that.")}, status=403)


@interface.exception_handler(TooOften)
def _too_often(request: HttpRequest, error: Any) -> HttpResponse:
    response = interface.create_response(request, {"detail": _("Too many requests: wait.")}, status=429)
    response.headers["Retry-After"] = str(error.seconds)
    return response


@interface.exception_handler(Refused)
def _refused(request: HttpRequest, refused: Any) -> HttpResponse:
    return interface.create_response(request, {"detail": "; ".join(refused.faults)}, status=422)


@interface.exception_handler(ValidationError)
def _not_valid(request: HttpRequest, error: Any) -> HttpResponse:
    """Where and what, without the value that was sent."""
    told = "; ".join(f"{'.'.join(map(str, x['loc']))}: {x['msg']}" for x in error.errors)
    return interface.create_response(request, {"detail": told}, status=422)


# -- addresses --------------------------------------------------------------------------------------------------------


def addresses() -> Sequence[URLPattern]:
    """Every address of the interface: for tokens and not for sessions, no larger than is read, kept by no cache."""
    patterns = [x for x in interface.urls[0] if isinstance(x, URLPattern) and x.name != "api-root"]
    for pattern in patterns:
        pattern.callback = machines_only(_bounded(pattern.callback, str(pattern.name)))
    return patterns


def _bounded(view: Callable[..., HttpResponseBase], name: str) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def bounded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            return interface.create_response(request, {"detail": _("The document is too large.")}, status=413)
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store, private"
        return response

    bounded.__name__ = name
    return bounded
