"""Announcements become messages, one a receiver and moment, and each message is tried until it arrived.

Nothing is lost and nothing is sent twice at the same time: a try is stored before it is made, and made while its row is
locked, which a killed process lets go of. So a message may arrive twice, under the same key (at least once).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from monitoring.announcing import nudge_sender
from monitoring.models import AlertEvent, EventKind, OutboxEntry
from monitoring.notification_models import Notification, NotificationItem, NotificationState, PushSubscription
from monitoring.receiving import (
    COUNTED,
    Content,
    Key,
    Receiver,
    content_of,
    is_urgent,
    receivers,
    receivers_of_alerts,
    wards_of_patients,
)
from patients.changes import attributed_to
from patients.models import User

AT_ONCE = 500  # announcements of one transaction
PLANNING = 0x696C_6463  # key of the lock of whoever plans: two at once would make two messages of one
# [J] half a minute after the first failure, then twice as long each time; hours later a message is of no use any more
FIRST_WAIT, LONGEST_WAIT, LAST_ATTEMPT = timedelta(seconds=30), timedelta(hours=1), 12
ANSWER_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said, in codes. `final`: it will never take it, so that nobody tries again; `gone`: it is a
    browser that is told no more."""

    arrived: bool
    words: str
    final: bool = False
    gone: bool = False


Send = Callable[[Notification, Content], Answer]


# -- announcements become messages ------------------------------------------------------------------------------------


def plan(now: datetime | None = None) -> int:
    """Make messages of what was announced; how many announcements. Nothing while another process does it."""
    planned = 0
    while True:
        with transaction.atomic():
            if not _alone():
                return planned
            waiting = OutboxEntry.objects.filter(planned_at=None).order_by("event_id")
            entries = list(waiting.select_for_update(of=("self",))[:AT_ONCE])
            if not entries:
                return planned
            events = list(
                AlertEvent.objects.filter(pk__in=[x.pk for x in entries]).select_related("alert").order_by("pk")
            )
            moment = now or timezone.now()
            _address(events, moment)
            OutboxEntry.objects.filter(pk__in=[x.pk for x in entries]).update(planned_at=moment)
        planned += len(entries)


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [PLANNING])
        return bool(cursor.fetchone()[0])


def _address(events: Sequence[AlertEvent], now: datetime) -> None:
    everybody = receivers()
    if not everybody:
        return
    wards = wards_of_patients(x.patient_id for x in events)
    told = receivers_of_alerts([x.alert for x in events if x.kind == EventKind.WITHDRAWN])
    for receiver in everybody:
        mine = [x for x in events if receiver.covers(_key(wards.get(x.patient_id))) and _is_for(receiver, x, told)]
        if mine:
            _join(receiver, mine, now)


def _key(ward: object) -> int | None:
    return getattr(ward, "pk", None)


def _is_for(receiver: Receiver, event: AlertEvent, told: dict[Key, set[object]]) -> bool:
    if event.kind == EventKind.WITHDRAWN:
        return event.alert_id in told.get(receiver.key, ())
    return receiver.wants(event) and event.alert.closed_at is None and event.alert.acknowledged_at is None


def _join(receiver: Receiver, events: Sequence[AlertEvent], now: datetime) -> None:
    """They join the message that waits for this receiver and was not tried yet; else they begin one."""
    urgent = any(map(is_urgent, events))
    mine = Notification.objects.waiting().filter(**receiver.row(), first_tried_at=None, test=False)
    row = mine.select_for_update(skip_locked=True, of=("self",)).order_by("made_at").first()
    when = now if urgent else _next_turn(receiver, now)
    if row is None:
        row = Notification.objects.create(**receiver.row(), urgent=urgent, wanted_at=when, due_at=when)
    elif when < row.due_at or urgent:
        row.urgent, row.due_at = row.urgent or urgent, min(row.due_at, when)
        row.wanted_at = min(row.wanted_at, when)
        row.save(update_fields=["urgent", "due_at", "wanted_at"])
    NotificationItem.objects.bulk_create(
        [NotificationItem(notification=row, event=x) for x in events], ignore_conflicts=True
    )


def _next_turn(receiver: Receiver, now: datetime) -> datetime:
    """When this receiver may be told of what is not critical."""
    sent = Notification.objects.filter(**receiver.row(), state=NotificationState.SENT, test=False)
    last: datetime | None = sent.aggregate(last=Max("ended_at"))["last"]
    return now if last is None else max(now, last + timedelta(minutes=settings.WARNINGS_EVERY_MINUTES))


# -- messages are tried -----------------------------------------------------------------------------------------------


def claim(now: datetime | None = None) -> UUID | None:
    """The key of a message whose time has come, its try stored: what is critical first. None where there is none."""
    now = now or timezone.now()
    with transaction.atomic():
        due = Notification.objects.waiting().filter(due_at__lte=now).order_by("-urgent", "due_at")
        row = due.select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            return None
        row.attempts += 1
        row.first_tried_at = row.first_tried_at or now
        row.due_at = now + wait_after(row.attempts)  # also where this process is killed now
        row.save(update_fields=["attempts", "first_tried_at", "due_at"])
        return row.pk


def wait_after(attempts: int) -> timedelta:
    """How long after so many tries in vain the next one is made."""
    doubled: int = 2 ** (attempts - 1)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def deliver(key: UUID, send: Send) -> NotificationState | None:
    """Make the try of a claimed message, unless what it says is over; what became of it. None: another process has it.

    The row is locked while it is sent: whoever else wants it passes it by.
    """
    with transaction.atomic():
        rows = Notification.objects.waiting().filter(pk=key).select_for_update(skip_locked=True, of=("self",))
        row = rows.select_related("user", "subscription", "webhook__ward").first()
        if row is None:
            return None
        content = Content(test=True) if row.test else content_of(row)
        if content is None:
            row.end(NotificationState.SUPERSEDED, "", timezone.now())
        else:
            _settle(row, content, send(row, content))
        row.save(update_fields=["state", "ended_at", "answer", "counts"])
    return NotificationState(row.state)


def _settle(row: Notification, content: Content, answer: Answer) -> None:
    now = timezone.now()
    if not row.test:
        row.counts = counts_of(content)
    row.answer = answer.words[:ANSWER_LENGTH]
    if answer.arrived:
        row.end(NotificationState.SENT, row.answer, now)
    elif answer.gone and row.subscription is not None:
        PushSubscription.objects.filter(pk=row.subscription.pk).delete()  # what waits for it is not needed, either
        row.subscription = None
        row.end(NotificationState.SUPERSEDED, row.answer, now)
    elif answer.final or row.test or row.attempts >= LAST_ATTEMPT:
        row.end(NotificationState.GIVEN_UP, row.answer, now)


def counts_of(content: Content) -> dict[str, int]:
    """In numbers what a message said."""
    return {x: content.total(x) for x in COUNTED if content.total(x)}


# -- what a person does about it --------------------------------------------------------------------------------------


def make_test(*, receiver: dict[str, object], language: str, by: User) -> Notification:
    """A message that tells nothing, to one receiver, tried once. `receiver`: its columns (`Receiver.row`)."""
    now, told = timezone.now(), {"language": language}
    with transaction.atomic(), attributed_to(by):
        row = Notification.objects.create(**receiver, test=True, urgent=True, wanted_at=now, due_at=now, counts=told)
        transaction.on_commit(nudge_sender, robust=True)
    return row


def retry(*, key: UUID, by: User) -> bool:
    """Try a message again that was given up; False where it was not."""
    now = timezone.now()
    rows = Notification.objects.filter(pk=key, state=NotificationState.GIVEN_UP, test=False)
    with transaction.atomic(), attributed_to(by):
        done = rows.update(state=NotificationState.WAITING, ended_at=None, attempts=0, due_at=now)
        transaction.on_commit(nudge_sender, robust=True)
    return bool(done)


def drop(*, key: UUID, by: User) -> bool:
    """Leave a message that was given up: nobody is reminded of it any more; False where it was not."""
    rows = Notification.objects.filter(pk=key, state=NotificationState.GIVEN_UP)
    with transaction.atomic(), attributed_to(by):
        return bool(rows.update(state=NotificationState.DROPPED))


def prune_notifications(now: datetime | None = None) -> int:
    """Let go of what was sent, or was not needed, longer ago than it is kept; how many. What waits or was given up
    stays until it is sent, or a person leaves it."""
    before = (now or timezone.now()) - timedelta(days=settings.NOTIFICATIONS_KEPT_DAYS)
    over = (NotificationState.SENT, NotificationState.SUPERSEDED, NotificationState.DROPPED)
    old = Q(state__in=over) | Q(test=True, state=NotificationState.GIVEN_UP)
    with transaction.atomic():
        gone, _by_table = Notification.objects.filter(old, ended_at__lt=before).delete()
        OutboxEntry.objects.filter(planned_at__lt=before).delete()
    return gone
