"""Web push: encrypted so that the browser reads it, signed so that the push service takes it, over a real socket.

What a browser does is written here a second time, from RFC 8188 and RFC 8291; the published example holds for both.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone

from ildcare.notifying.push import encrypted, new_key, padded_off, public_key, unpadded
from ildcare.notifying.sending import send_notifications
from monitoring.notification_models import (
    Channel,
    Notification,
    NotificationChoice,
    NotificationState,
    PushSubscription,
)
from patients.models import User, Ward
from tests.ildcare.notifying.raising import critical
from tests.ildcare.notifying.servers import Sent, WebServer

S = NotificationState
CURVE = ec.SECP256R1()


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(unpadded(text), "big"), CURVE)


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def derived(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(material)


def decrypted(message: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """As the browser does: RFC 8188, 2; RFC 8291, 3."""
    salt, length = message[:16], message[20]
    sender, content = message[21 : 21 + length], message[21 + length :]
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
    material = derived(shared, auth, b"WebPush: info\x00" + point(private) + sender, 32)
    key = derived(material, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = derived(material, salt, b"Content-Encoding: nonce\x00", 12)
    plain = AESGCM(key).decrypt(nonce, content, None).rstrip(b"\x00")
    assert plain.endswith(b"\x02"), "the last record says so"
    return plain[:-1]


def test_the_published_example() -> None:
    """RFC 8291, 5."""
    browser = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    private = ec.derive_private_key(
        int.from_bytes(unpadded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), CURVE
    )
    message = encrypted(
        b"When I grow up, I want to be a watermelon",
        unpadded(browser),
        unpadded("BTBZMqHH6r4Tts7J_aSIgg"),
        private=private,
        salt=unpadded("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert padded_off(message) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_the_browser_of_the_test_reads_the_published_example() -> None:
    message = unpadded(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    private = ec.derive_private_key(
        int.from_bytes(unpadded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big"), CURVE
    )
    assert (
        decrypted(message, private, unpadded("BTBZMqHH6r4Tts7J_aSIgg")) == b"When I grow up, I want to be a watermelon"
    )


# -- a browser that is told -------------------------------------------------------------------------------------------


@pytest.fixture
def keys(settings) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    settings.PUSH_KEY, settings.PUSH_SERVICES = new_key(), ["127.0.0.1"]
    return ec.generate_private_key(CURVE), os.urandom(16)


@pytest.fixture
def browser(physician: User, web: WebServer, keys) -> PushSubscription:
    NotificationChoice.objects.create(user=physician, language="ja")
    private, auth = keys
    return PushSubscription.objects.create(
        user=physician,
        title="Phone",
        endpoint=web.url,
        p256dh=padded_off(point(private)),
        auth=padded_off(auth),
    )


def claims(sent: Sent, key: str) -> dict:
    """Those of a message whose signature holds, by the key that the browser knows (RFC 8292, 2 and 3)."""
    scheme, _space, rest = sent.headers["authorization"].partition(" ")
    parts = dict(x.strip().split("=", 1) for x in rest.split(","))
    assert (scheme, parts["k"]) == ("vapid", key)
    head, body, signature = parts["t"].split(".")
    raw = unpadded(signature)
    both = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    verifier = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, unpadded(key))
    verifier.verify(both, f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
    assert json.loads(unpadded(head))["alg"] == "ES256"
    return json.loads(unpadded(body))


@pytest.mark.django_db
def test_a_message_that_only_this_browser_reads(
    browser: PushSubscription, keys, web: WebServer, physician: User, ward: Ward, settings
) -> None:
    critical("P-1", physician, ward)
    send_notifications()
    (sent,) = web.sent
    row = Notification.objects.get()
    assert (row.state, row.channel, row.user) == (S.SENT, Channel.PUSH, physician)
    said = json.loads(decrypted(sent.body, *keys))
    assert said == {
        "title": "ildcare: 重大なアラート1件",
        "body": "東7病棟：重大なアラート1件",
        "url": "http://127.0.0.1:8000/?ward=east-7",
        "tag": str(row.key),
    }
    assert "重大".encode() not in sent.body
    told = claims(sent, public_key(settings.PUSH_KEY))
    assert told["aud"] == web.url.removesuffix("/hook")
    assert told["sub"].startswith("mailto:")
    assert timezone.now() < timezone.datetime.fromtimestamp(told["exp"], timezone.get_current_timezone())
    assert told["exp"] < (timezone.now() + timedelta(hours=24)).timestamp(), "RFC 8292, 2"
    names = ("content-encoding", "ttl", "urgency", "topic", "idempotency-key")
    assert [sent.headers[x] for x in names] == ["aes128gcm", "21600", "high", row.key.hex, str(row.key)]


@pytest.mark.django_db
@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_told_no_more(
    browser: PushSubscription, web: WebServer, physician: User, ward: Ward, status: int
) -> None:
    web.script = [status]
    critical("P-1", physician, ward)
    send_notifications()
    row = Notification.objects.get()
    assert (row.state, row.answer, row.subscription) == (S.SUPERSEDED, f"HTTP {status}", None)
    assert not PushSubscription.objects.exists()
    critical("P-2", physician, ward)
    assert send_notifications() == 0


@pytest.mark.django_db
def test_a_push_service_that_the_site_does_not_name_is_never_asked(
    browser: PushSubscription, web: WebServer, physician: User, ward: Ward, settings
) -> None:
    settings.PUSH_SERVICES = ["fcm.googleapis.com", "*.push.apple.com"]
    critical("P-1", physician, ward)
    send_notifications()
    assert (web.sent, Notification.objects.get().answer) == ([], "service")


@pytest.mark.django_db
def test_without_a_key_of_the_site_no_browser_is_told(
    browser: PushSubscription, web: WebServer, physician: User, ward: Ward, settings
) -> None:
    settings.PUSH_KEY = ""
    critical("P-1", physician, ward)
    assert (send_notifications(), web.sent) == (0, [])
