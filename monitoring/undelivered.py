"""What was announced and did not arrive: for the banner, the health pages, the figures and the page of deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from monitoring.models import Alert, AlertEvent, OutboxEntry
from monitoring.notification_models import Notification, NotificationChoice, NotificationItem, PushSubscription, Webhook

_MESSAGE = Notification._meta.db_table
_SOMEBODY = f"""(EXISTS (SELECT FROM {Webhook._meta.db_table} WHERE active)
    OR EXISTS (SELECT FROM {NotificationChoice._meta.db_table} WHERE email)
    OR EXISTS (SELECT FROM {PushSubscription._meta.db_table}))"""  # noqa: S608 - the same text always
# of what was given up: what it told still waits for somebody
_STILL_TRUE = f"""EXISTS (SELECT FROM {NotificationItem._meta.db_table} AS item
    JOIN {AlertEvent._meta.db_table} AS event ON event.id = item.event_id
    JOIN {Alert._meta.db_table} AS alert ON alert.id = event.alert_id
    WHERE item.notification_id = message.key AND alert.closed_at IS NULL AND alert.acknowledged_at IS NULL)"""

# since when the oldest message that should have arrived did not: one that waits, one that was given up while what it
# told is still true, an announcement that nobody made into messages although somebody is to be told; NULL for none
UNSENT_SQL = f"""(SELECT least(
    (SELECT min(wanted_at) FROM {_MESSAGE} WHERE state = 'waiting' AND NOT test),
    (SELECT min(message.wanted_at) FROM {_MESSAGE} AS message
        WHERE message.state = 'given_up' AND NOT message.test AND {_STILL_TRUE}),
    (SELECT min(written_at) FROM {OutboxEntry._meta.db_table} WHERE planned_at IS NULL AND {_SOMEBODY})
))"""  # noqa: S608 - the same text always

STATE_SQL = f"""
SELECT
    (SELECT count(*) FROM {_MESSAGE} WHERE state = 'waiting' AND NOT test),
    (SELECT min(wanted_at) FROM {_MESSAGE} WHERE state = 'waiting' AND NOT test),
    (SELECT count(*) FROM {_MESSAGE} WHERE state = 'waiting' AND NOT test AND attempts > 0),
    (SELECT count(*) FROM {_MESSAGE} WHERE state = 'given_up' AND NOT test),
    (SELECT count(*) FROM {_MESSAGE} WHERE state = 'sent' AND NOT test AND made_at > now() - interval '1 day'),
    (SELECT count(*) FROM {OutboxEntry._meta.db_table} WHERE planned_at IS NULL),
    {UNSENT_SQL}
"""  # noqa: S608 - the same text always


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryState:
    """How many messages wait (and since when the oldest should have gone), failed and will be tried again, were given
    up, were sent of a day; how many announcements are no messages yet; since when something did not arrive."""

    waiting: int
    oldest: datetime | None
    failing: int
    given_up: int
    sent: int
    unplanned: int
    unsent_since: datetime | None


def delivery_state() -> DeliveryState:
    """How it stands now. One query."""
    with connection.cursor() as cursor:
        cursor.execute(STATE_SQL)
        waiting, oldest, failing, given_up, sent, unplanned, unsent = cursor.fetchone()
    return DeliveryState(
        waiting=waiting,
        oldest=oldest,
        failing=failing,
        given_up=given_up,
        sent=sent,
        unplanned=unplanned,
        unsent_since=unsent,
    )


def is_stuck(unsent_since: datetime | None, now: datetime) -> bool:
    """Has a message not arrived for so long that nobody may count on it?"""
    return unsent_since is not None and now - unsent_since > timedelta(minutes=settings.UNSENT_MINUTES)
