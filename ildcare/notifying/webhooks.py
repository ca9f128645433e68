"""A message as a webhook: JSON, signed as Standard Webhooks has it (HMAC-SHA256 over id, time and body).

A receiver refuses a signature whose time is more than some minutes away, and an id that it knows.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from hashlib import sha256

from django.utils import timezone

from ildcare.notifying.outgoing import BadAddress, post, target_of
from ildcare.notifying.wording import Message, address, ward_link
from monitoring.notification_choices import PREFIX, secret_of
from monitoring.notification_models import Notification, Webhook
from monitoring.notifying import Answer
from monitoring.receiving import COUNTED, Content

GONE = 410  # the receiver says that it will never take anything again


def send_webhook(row: Notification, content: Content, message: Message) -> Answer:
    """Post it; what came back."""
    hook = row.webhook
    assert hook is not None
    try:
        target = target_of(hook.url, inside=hook.inside)
    except BadAddress as error:
        return Answer(False, error.why)
    body = json.dumps(_json(row, content, message), ensure_ascii=False).encode()
    reply = post(target, body=body, headers=_headers(str(row.key), body, hook))
    return Answer(reply.taken, reply.words, final=reply.status == GONE)


def _json(row: Notification, content: Content, message: Message) -> dict[str, object]:
    return {
        "id": str(row.key),
        "type": "test" if content.test else "alerts",
        "text": "\n".join((message.title, *message.lines, message.link)),
        "link": address(),
        "counts": {x: content.total(x) for x in COUNTED},
        "wards": [
            {
                "code": x.ward.code if x.ward else None,
                "link": ward_link(x),
                "counts": {name: getattr(x, name) for name in COUNTED},
            }
            for x in content.wards
        ],
    }


def _headers(key: str, body: bytes, hook: Webhook) -> dict[str, str]:
    now = timezone.now()
    seconds = str(int(now.timestamp()))
    salts = [hook.salt, *([hook.old_salt] if hook.old_until is not None and now < hook.old_until else [])]
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "webhook-id": key,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{signature(secret_of(x), key, seconds, body)}" for x in salts),
    }


def signature(secret: str, key: str, seconds: str, body: bytes) -> str:
    """By which the receiver knows that a message is ours, and of when."""
    signed = b".".join((key.encode(), seconds.encode(), body))
    return b64encode(hmac.digest(b64decode(secret.removeprefix(PREFIX)), signed, sha256)).decode()
