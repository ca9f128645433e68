"""A document that came by a door where no format is told: it is recognised, and then taken as a message."""

from __future__ import annotations

from hashlib import sha256

from django.db import connection, transaction
from django.utils.translation import gettext as _

from patients.actions.deliveries import Receipt, take_message
from patients.changes import Refused, repeated_on_deadlock
from patients.imports.documents import MESSAGE_FORMATS, message_format_of
from patients.imports.limits import too_many_bytes
from patients.models import Message, Source
from patients.wording import listed, translated


@repeated_on_deadlock
def take_document(*, source: Source, document: bytes, key: str = "") -> Receipt:
    """Take a document of whatever format recognises it. `key`: by which its sender names it, once for one document.

    Raises Refused for one that is too large, that no format recognises, or whose key names another document.
    """
    why = too_many_bytes(len(document))
    if why is not None:
        raise Refused(why)
    form = message_format_of(document)
    if form is None:
        known = listed(translated(x.title) for x in MESSAGE_FORMATS.values() if x.endings)
        raise Refused(_("The document is none of these: %(formats)s.") % {"formats": known})
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
