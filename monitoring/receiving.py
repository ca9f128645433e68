"""Who is told of alerts outside the pages, and of which: by ward, severity and role. Nobody is who did not ask for it.

A person is told of wards of theirs, while the account is switched on and its role sees wards. Failed attempts to sign
in take nothing away: otherwise whoever tries passwords could silence a ward.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F, QuerySet

from monitoring.engine import Severity
from monitoring.models import Alert, AlertEvent, EventKind
from monitoring.notification_models import (
    Channel,
    Notification,
    NotificationChoice,
    NotificationItem,
    NotificationState,
    PushSubscription,
    Webhook,
)
from monitoring.rules import group_of
from patients.access import RIGHTS
from patients.models import Admission, User, Ward

COUNTED = ("critical", "warning", "passed_on", "withdrawn")  # fields of `WardCounts`
Key = tuple[str, int]  # way, and id of the person, browser or webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Who is told by one way. `wards`: of which, None of all; `least`: from which severity; `role`: of a person."""

    channel: Channel
    user: User | None = None
    subscription: PushSubscription | None = None
    webhook: Webhook | None = None
    wards: frozenset[int] | None
    least: int
    language: str
    role: str = ""

    @property
    def key(self) -> Key:
        """By which a message of one is told from that of another."""
        row = self.webhook or self.subscription or self.user
        assert row is not None
        return (str(self.channel), row.pk)

    def covers(self, ward: int | None) -> bool:
        """Is it told of this ward? None: of a patient who never lay on one."""
        return self.wards is None or (ward is not None and ward in self.wards)

    def wants(self, event: AlertEvent) -> bool:
        """Is it told of such an event at all? What was passed on is for the role it was passed on to, and webhooks."""
        if event.kind == EventKind.ESCALATED:
            return self.webhook is not None or self.role == event.note
        return self.least <= event.alert.severity

    def row(self) -> dict[str, object]:
        """The columns of a message to it."""
        return {
            "channel": self.channel,
            "user": self.user,
            "subscription": self.subscription,
            "webhook": self.webhook,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WardCounts:
    """Of one ward how many cards of each kind: numbers, and nothing of a patient."""

    ward: Ward | None
    critical: int = 0
    warning: int = 0
    passed_on: int = 0
    withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says."""

    wards: tuple[WardCounts, ...] = ()
    test: bool = False

    def total(self, name: str) -> int:
        """Of all wards together."""
        return sum(getattr(x, name) for x in self.wards)


def receivers() -> list[Receiver]:
    """Everybody who is told now, by each of their ways. A constant number of queries."""
    people = _people()
    hooks = [receiver_of_webhook(x) for x in Webhook.objects.filter(active=True).select_related("ward")]
    mail = [_of(x, Channel.EMAIL) for x in people if x.email and x.user.email] if settings.MAIL_OFFERED else []
    choices = {x.user_id: x for x in people}
    browsers = PushSubscription.objects.filter(user__in=choices) if settings.PUSH_KEY else ()
    return [*hooks, *mail, *(_of(choices[x.user_id], Channel.PUSH, x) for x in browsers)]


def receiver_of(row: Notification) -> Receiver | None:
    """Whom a message is for, as it is now; None for who is not told any more."""
    if row.webhook is not None:
        return receiver_of_webhook(row.webhook) if row.webhook.active else None
    assert row.user_id is not None
    choice = next(iter(_people(row.user_id)), None)
    if choice is None or (row.channel == Channel.EMAIL and not (choice.email and choice.user.email)):
        return None
    if row.channel == Channel.PUSH and row.subscription is None:
        return None
    return _of(choice, Channel(row.channel), row.subscription)


def receiver_of_webhook(hook: Webhook) -> Receiver:
    """A webhook, as who is told."""
    wards = None if hook.ward_id is None else frozenset([hook.ward_id])
    return Receiver(channel=Channel.WEBHOOK, webhook=hook, wards=wards, least=hook.least, language=hook.language)


def _people(*only: int) -> list[NotificationChoice]:
    roles = [str(x) for x in RIGHTS["see_ward"]]
    rows = NotificationChoice.objects.filter(user__is_active=True, user__role__in=roles)
    if only:
        rows = rows.filter(pk__in=only)
    return list(rows.select_related("user").prefetch_related("wards", "user__memberships"))


def _of(choice: NotificationChoice, channel: Channel, subscription: PushSubscription | None = None) -> Receiver:
    theirs = {x.ward_id for x in choice.user.memberships.all()}
    chosen = {x.pk for x in choice.wards.all()}
    return Receiver(
        channel=channel,
        user=choice.user,
        subscription=subscription,
        wards=frozenset(theirs & chosen if chosen else theirs),
        least=choice.least,
        language=choice.language,
        role=choice.user.role,
    )


def wards_of_patients(patient_ids: Iterable[int]) -> dict[int, Ward]:
    """By patient the ward where they lie, or lay last; of whom never lay on one there is none. One query."""
    stays = Admission.objects.filter(patient__in=set(patient_ids)).select_related("ward")
    stays = stays.order_by("patient_id", F("discharged_at").desc(nulls_first=True), "-id").distinct("patient_id")
    return {x.patient_id: x.ward for x in stays}


def receivers_of_alerts(alerts: Sequence[Alert]) -> dict[Key, set[object]]:
    """Who was sent a message about which of these alerts: of their withdrawal nobody else is told."""
    items = NotificationItem.objects.filter(
        event__alert__in=alerts, notification__state=NotificationState.SENT
    ).select_related("notification", "event")
    told: dict[Key, set[object]] = {}
    for x in items:
        row = x.notification
        key = (row.channel, row.webhook_id or row.subscription_id or row.user_id or 0)
        told.setdefault(key, set()).add(x.event.alert_id)
    return told


def content_of(row: Notification) -> Content | None:
    """What a message says now: of its events those that still hold, by ward, each card once. None: nothing is left."""
    receiver = receiver_of(row)
    if receiver is None:
        return None
    events = [x for x in _events(row) if _holds(x, receiver)]
    wards = wards_of_patients(x.patient_id for x in events)
    by_ward: dict[int | None, list[AlertEvent]] = {}
    for event in events:
        ward = wards.get(event.patient_id)
        if receiver.covers(ward.pk if ward else None):
            by_ward.setdefault(ward.pk if ward else None, []).append(event)
    named: Mapping[int | None, Ward] = {x.pk: x for x in wards.values()}
    counts = [_counts(named.get(pk), found) for pk, found in by_ward.items()]
    return Content(tuple(sorted(counts, key=lambda x: x.ward.code if x.ward else ""))) if counts else None


def _events(row: Notification) -> QuerySet[AlertEvent]:
    keys = row.items.values("event")
    return AlertEvent.objects.filter(pk__in=keys).select_related("alert").order_by("pk")


def _holds(event: AlertEvent, receiver: Receiver) -> bool:
    """A new state of the alert supersedes the announcement of an old one."""
    alert = event.alert
    if event.kind == EventKind.WITHDRAWN:
        return alert.closed_at is not None
    if alert.closed_at is not None or alert.acknowledged_at is not None or alert.snoozed_until is not None:
        return False
    return receiver.wants(event)


def _counts(ward: Ward | None, events: Sequence[AlertEvent]) -> WardCounts:
    cards: dict[tuple[int, str], int] = {}
    passed: set[tuple[int, str]] = set()
    withdrawn: set[tuple[int, str]] = set()
    for x in events:
        card = (x.patient_id, str(group_of(x.alert.rule)))
        if x.kind == EventKind.WITHDRAWN:
            withdrawn.add(card)
            continue
        cards[card] = max(cards.get(card, 0), x.alert.severity)
        passed |= {card} if x.kind == EventKind.ESCALATED else set()
    return WardCounts(
        ward=ward,
        critical=sum(x == Severity.CRITICAL for x in cards.values()),
        warning=sum(x == Severity.WARNING for x in cards.values()),
        passed_on=len(passed),
        withdrawn=len(withdrawn),
    )


def is_urgent(event: AlertEvent) -> bool:
    """Does its message go at once? What is critical; the rest waits for the rest."""
    return event.alert.severity == Severity.CRITICAL
