"""Whoever sends: what was announced becomes messages, and each whose time has come is tried."""

from __future__ import annotations

from time import monotonic

import structlog
from django.utils import translation

from ildcare.notifying.mail import send_mail
from ildcare.notifying.push import send_push
from ildcare.notifying.webhooks import send_webhook
from ildcare.notifying.wording import message_of
from monitoring.notification_models import Channel, Notification
from monitoring.notifying import Answer, claim, deliver, plan
from monitoring.receiving import Content, receiver_of
from patients.queries import site_clock

BUDGET_SECONDS = 45.0  # then it is the turn of the next tick, which plans anew: what is critical goes first

log = structlog.get_logger(__name__)


def send_notifications(budget: float = BUDGET_SECONDS) -> int:
    """Plan, and send what is due until done or the budget (seconds) is spent; how many tries were made."""
    start, tries = monotonic(), 0
    with site_clock():
        plan()
        while monotonic() - start < budget and (key := claim()) is not None:
            state = deliver(key, send)
            tries += 1
            log.info("notification_tried", key=str(key), state=state)
    return tries


def send(row: Notification, content: Content) -> Answer:
    """Make one try by its way, in the receiver's language; never raises."""
    language = _language(row)
    try:
        with translation.override(language):
            message = message_of(content, language)
            if row.channel == Channel.EMAIL:
                return send_mail(row, message)
            return send_push(row, message) if row.channel == Channel.PUSH else send_webhook(row, content, message)
    except Exception as error:  # whatever breaks for one receiver, the others are told
        log.exception("notification_broke", key=str(row.key), channel=row.channel, error=type(error).__name__)
        return Answer(False, type(error).__name__)


def _language(row: Notification) -> str:
    if row.test:
        return str((row.counts or {}).get("language", "en"))
    receiver = receiver_of(row)
    return receiver.language if receiver else "en"
