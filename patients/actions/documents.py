"""A document that came by a door where no format is told: it is recognised, and then taken as messages."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from django.db import connection, transaction
from django.utils.translation import gettext as _

from patients.actions.deliveries import Receipt, take_message
from patients.changes import Refused, repeated_on_deadlock
from patients.imports.documents import MESSAGE_FORMATS, message_format_of
from patients.imports.hl7v2 import kind_if_foreign, messages_of
from patients.imports.limits import too_many_bytes
from patients.models import Message, Source
from patients.wording import listed, translated

HL7 = "hl7v2"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a document: a receipt for each message in it, and the kinds of those that are not read here.

    A receipt whose message is refused says why in it; the other messages of the document are taken all the same.
    """

    receipts: tuple[Receipt, ...]
    left_out: tuple[str, ...] = ()


def take_document(*, source: Source, document: bytes, key: str = "") -> Taken:
    """Take a document of whatever format recognises it. `key`: by which its sender names it, once for one document.

    Of several HL7 messages each is taken by itself, with the key and its place. Raises Refused for a document that is
    too large, that no format recognises, or whose key names another document.
    """
    why = too_many_bytes(len(document))
    if why is not None:
        raise Refused(why)
    form = message_format_of(document)
    if form is None:
        known = listed(translated(x.title) for x in MESSAGE_FORMATS.values() if x.endings)
        raise Refused(_("The document is none of these: %(formats)s.") % {"formats": known})
    messages = messages_of(document) if form == HL7 else []
    if len(messages) < 2:  # also of a document that is damaged: it is kept as it came, with why
        return Taken((_take_one(source, document, form, key),))
    kinds = [kind_if_foreign(x) for x in messages]
    numbered = [(n, x) for n, (x, kind) in enumerate(zip(messages, kinds, strict=True), start=1) if not kind]
    receipts = (_take_one(source, x, form, f"{key}/{n}" if key else "") for n, x in numbered)
    return Taken(tuple(receipts), tuple(x for x in kinds if x))


@repeated_on_deadlock
def _take_one(source: Source, document: bytes, form: str, key: str) -> Receipt:
    with transaction.atomic():
        if key:
            _refuse_another(source, document, key)
        return take_message(source=source, document=document, form=form, control_id=key)


def _refuse_another(source: Source, document: bytes, key: str) -> None:
    """Two requests with one key do not look in the same moment: the second finds what the first stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [key, source.pk])
    named = Message.objects.filter(source=source, control_id=key)
    if named.exclude(digest=sha256(document).hexdigest()).exists():
        raise Refused(_("This idempotency key was used for another document."))
