"""A message to a browser through its push service: encrypted for that browser (RFC 8291), its sender signed (RFC 8292).

The address of the push service comes from a browser, and so from anybody who signs in: only services that the site
names are sent to. No package does the encryption: the one that is usual is delivered as source only, and brings two
HTTP clients with it; the published example of RFC 8291 is a test of what stands here.
"""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from fnmatch import fnmatch
from functools import cache
from time import time

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from py_vapid import Vapid02

from ildcare.notifying.outgoing import BadAddress, Target, post, target_of
from ildcare.notifying.wording import Message
from monitoring.notification_models import Notification, PushSubscription
from monitoring.notifying import Answer

OVER = (404, 410)  # the subscription is over, for ever (RFC 8030, 7.3)
KEPT_SECONDS = 6 * 3600  # the push service keeps it so long for a browser that is away [J]
SIGNED_SECONDS = 3600
RECORD = 4096
POINT, SECRET = 65, 16  # bytes of the two keys of a browser


def send_push(row: Notification, message: Message) -> Answer:
    """Hand it to the push service; what that said."""
    browser = row.subscription
    assert browser is not None
    try:
        target = push_target(browser.endpoint)
    except BadAddress as error:
        return Answer(False, error.why, final=True)
    text = {"title": message.title, "body": "\n".join(message.lines), "url": message.link, "tag": str(row.key)}
    body = encrypted(json.dumps(text, ensure_ascii=False).encode(), unpadded(browser.p256dh), unpadded(browser.auth))
    reply = post(target, body=body, headers=_headers(row, target))
    return Answer(reply.taken, reply.words, gone=reply.status in OVER)


def push_target(endpoint: str) -> Target:
    """An endpoint of a push service that the site lets messages go to. Raises BadAddress, "service" for another."""
    target = target_of(endpoint)
    if not any(fnmatch(target.host, x) for x in settings.PUSH_SERVICES):
        raise BadAddress("service")
    return target


def is_key(subscription: PushSubscription) -> bool:
    """Are these the keys of a browser?"""
    try:
        point, secret = unpadded(subscription.p256dh), unpadded(subscription.auth)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return len(point) == POINT and len(secret) == SECRET


def _headers(row: Notification, target: Target) -> dict[str, str]:
    signer = _signer(settings.PUSH_KEY)
    claims = {"aud": target.origin, "exp": int(time()) + SIGNED_SECONDS, "sub": settings.PUSH_CONTACT}
    return {
        **signer.sign(claims),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "Idempotency-Key": str(row.key),
        "Topic": row.key.hex,  # of two with one key the service keeps the later one
        "TTL": str(KEPT_SECONDS),
        "Urgency": "high" if row.urgent else "normal",
    }


@cache
def _signer(key: str) -> Vapid02:
    return Vapid02.from_string(key)


def public_key(key: str) -> str:
    """The public half of the site's key, by which a browser knows who may send to it."""
    return padded_off(_point(_signer(key).private_key.public_key()))


def new_key() -> str:
    """Another private key for the site."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return padded_off(number.to_bytes(32, "big"))


def encrypted(
    content: bytes,
    browser: bytes,
    secret: bytes,
    *,
    private: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """For one browser, by its public point and its secret; `private` and `salt` are new ones but for the published
    example."""
    private = private or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), browser)
    ours = _point(private.public_key())
    shared = private.exchange(ec.ECDH(), theirs)
    material = _derived(shared, secret, b"WebPush: info\0" + browser + ours, 32)
    key = _derived(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(material, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return head + AESGCM(key).encrypt(nonce, content + b"\2", None)  # 2: the last record


def _derived(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(material)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def padded_off(data: bytes) -> str:
    """As keys are written in addresses: base64url without its end."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unpadded(text: str) -> bytes:
    """The bytes of such a text. Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
