"""Changes of who is told of alerts outside the pages: a person's own choice and browsers, the webhooks of the site.

The secret of a webhook is worked out of its salt and the key of the installation: no table, no backup and no audit log
holds it. It is shown when it is made, in the form of Standard Webhooks.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from monitoring.notification_models import NotificationChoice, PushSubscription, Webhook
from patients.changes import Refused, attributed_to
from patients.models import User, Ward

OVERLAP = timedelta(days=1)  # in which the old secret of a webhook signs beside the new one
MOST_BROWSERS = 10  # of one person
PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A webhook with its secret, which is shown this once."""

    row: Webhook
    secret: str


def choose_notifications(*, by: User, email: bool, least: int, language: str, wards: Iterable[Ward]) -> None:
    """How a person is told from now on. Raises Refused for a ward that is not theirs, or e-mail without an address."""
    chosen = {x.pk for x in wards}
    if chosen - set(by.memberships.values_list("ward", flat=True)):
        raise Refused(_("This is not one of your wards."))
    if email and not by.email:
        raise Refused(_("There is no e-mail address with your account."))
    with transaction.atomic(), attributed_to(by):
        row, _made = NotificationChoice.objects.get_or_create(user=by)
        NotificationChoice.objects.filter(pk=row.pk).update(
            email=email, least=least, language=language, version=F("version") + 1
        )
        row.wards.set(chosen)


def subscribe_browser(*, by: User, title: str, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """Tell this browser of the person, too; switched on again, it is the same one. Raises Refused for too many."""
    with transaction.atomic(), attributed_to(by):
        others = PushSubscription.objects.filter(user=by).exclude(endpoint=endpoint)
        if others.count() >= MOST_BROWSERS:
            raise Refused(_("You have switched on as many browsers as are possible: remove one first."))
        PushSubscription.objects.filter(endpoint=endpoint).exclude(user=by).delete()  # somebody else's, at this screen
        row, _made = PushSubscription.objects.update_or_create(
            endpoint=endpoint, defaults={"user": by, "title": title, "p256dh": p256dh, "auth": auth}
        )
        NotificationChoice.objects.get_or_create(user=by)
    return row


def unsubscribe_browser(*, number: int, by: User) -> None:
    """Do not tell this browser of the person any more."""
    with transaction.atomic(), attributed_to(by):
        PushSubscription.objects.filter(pk=number, user=by).delete()


def add_webhook(
    *, title: str, url: str, inside: bool, ward: Ward | None, least: int, language: str, by: User
) -> Disclosed:
    """An address that is told from now on, with its secret."""
    with transaction.atomic(), attributed_to(by):
        row = Webhook.objects.create(
            title=title, url=url, inside=inside, ward=ward, least=least, language=language, salt=_salt()
        )
    return Disclosed(row, secret_of(row.salt))


def switch_webhook(*, webhook: Webhook, active: bool, by: User) -> None:
    """Tell it, or not any more: what waits for it is then not needed."""
    with transaction.atomic(), attributed_to(by):
        Webhook.objects.filter(pk=webhook.pk).update(active=active)


def rotate_secret(*, webhook: Webhook, by: User) -> Disclosed:
    """Another secret; for a day the old one signs beside it, so that the receiver can change over."""
    with transaction.atomic(), attributed_to(by):
        row = Webhook.objects.select_for_update(of=("self",)).get(pk=webhook.pk)
        row.old_salt, row.old_until, row.salt = row.salt, timezone.now() + OVERLAP, _salt()
        row.save(update_fields=["old_salt", "old_until", "salt"])
    return Disclosed(row, secret_of(row.salt))


def secret_of(salt: str) -> str:
    """The secret that belongs to a salt, as its receiver keeps it."""
    key = hmac.digest(settings.SECRET_KEY.encode(), f"ildcare.webhook:{salt}".encode(), sha256)
    return PREFIX + b64encode(key).decode()


def _salt() -> str:
    return token_urlsafe(32)
