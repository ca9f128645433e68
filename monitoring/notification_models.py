"""Who is told of alerts outside the pages, and each message on its way: its key, its tries, what became of it.

Of a patient no row holds more than the ids of the events that a message is about.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from monitoring.engine import Severity
from patients.models import Language, Ward


class Channel(models.TextChoices):
    """The way of a message."""

    EMAIL = "email", _("e-mail")
    PUSH = "push", _("browser")
    WEBHOOK = "webhook", _("webhook")


class Least(models.IntegerChoices):
    """From which severity somebody is told. What was passed on is told to the role that it was passed on to, always."""

    WARNING = int(Severity.WARNING), _("critical and warning")
    CRITICAL = int(Severity.CRITICAL), _("critical only")
    PASSED_ON = int(Severity.CRITICAL) + 1, _("only what was passed on, because nobody acknowledged it in time")


class NotificationState(models.TextChoices):
    """What became of a message."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    SUPERSEDED = "superseded", _("not needed any more")
    GIVEN_UP = "given_up", _("given up")
    DROPPED = "dropped", _("dropped by a person")


class NotificationChoice(models.Model):
    """How a person wants to be told. Without a row nobody is. `wards` of theirs; none: all of theirs."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="notification_choice"
    )
    email = models.BooleanField(_("e-mail"), default=False)
    least = models.PositiveSmallIntegerField(_("tell me of"), choices=Least, default=Least.CRITICAL)
    language = models.CharField(_("language"), max_length=5, choices=Language, default=Language.ENGLISH)
    wards = models.ManyToManyField(Ward, blank=True, related_name="+", verbose_name=_("wards"))
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("choice of notifications")
        verbose_name_plural = _("choices of notifications")
        constraints = [
            models.CheckConstraint(name="choice_least_known", condition=Q(least__in=Least.values)),
            models.CheckConstraint(name="choice_language_known", condition=Q(language__in=Language.values)),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PushSubscription(models.Model):
    """A browser that a person switched on: where its push service takes messages, and the keys by which it reads."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions")
    title = models.CharField(_("browser"), max_length=100)
    endpoint = models.URLField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("browser that is told")
        verbose_name_plural = _("browsers that are told")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title


class Webhook(models.Model):
    """An address to which messages go; of one ward, or of all. `inside`: it may lie in the network of the site.

    Its secret is made of `salt` and the key of the installation, and stands nowhere; after a change the secret of
    `old_salt` signs beside the new one until `old_until`.
    """

    title = models.CharField(_("title"), max_length=100)
    url = models.CharField(_("address"), max_length=500)
    inside = models.BooleanField(_("lies in the site's own network"), default=False)
    ward = models.ForeignKey(
        Ward, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("ward")
    )
    least = models.PositiveSmallIntegerField(_("tell it of"), choices=Least, default=Least.CRITICAL)
    language = models.CharField(_("language"), max_length=5, choices=Language, default=Language.ENGLISH)
    active = models.BooleanField(_("switched on"), default=True)
    salt = models.CharField(max_length=64)
    old_salt = models.CharField(max_length=64, blank=True, default="")
    old_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["title", "id"]
        constraints = [
            models.CheckConstraint(name="webhook_least_known", condition=Q(least__in=Least.values)),
            models.CheckConstraint(name="webhook_language_known", condition=Q(language__in=Language.values)),
        ]

    def __str__(self) -> str:
        return self.title


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Messages."""

    def waiting(self) -> Self:
        """Those that are still to be sent."""
        return self.filter(state=NotificationState.WAITING)


class Notification(models.Model):
    """One message to one receiver. `key` is the same at every try, so that a receiver can tell it from another one.

    wanted_at: when it should have gone at first; due_at: its next try; first_tried_at: since when nothing joins it;
    answer: what the receiver said last, in codes; counts: what it told, by severity.
    """

    key = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    channel = models.CharField(_("way"), max_length=10, choices=Channel)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    subscription = models.ForeignKey(
        PushSubscription, on_delete=models.SET_NULL, null=True, blank=True, related_name="notifications"
    )
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, null=True, blank=True, related_name="notifications")
    test = models.BooleanField(_("test"), default=False)
    urgent = models.BooleanField(_("urgent"), default=False)
    made_at = models.DateTimeField(_("made"), db_default=Now())
    wanted_at = models.DateTimeField()
    due_at = models.DateTimeField()
    first_tried_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    state = models.CharField(
        _("state"), max_length=10, choices=NotificationState, default=NotificationState.WAITING.value
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=200, blank=True, default="")
    counts = models.JSONField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-made_at"]
        indexes = [
            # what is to be sent, and how long the oldest waits: every page asks that
            models.Index(name="notification_waiting", fields=["due_at"], condition=Q(state="waiting")),
            models.Index(name="notification_given_up", fields=["wanted_at"], condition=Q(state="given_up")),
            # the last ones on the page, and what is old enough to be removed
            models.Index(name="notification_age", fields=["made_at"]),
        ]
        constraints = [
            models.CheckConstraint(name="notification_state_known", condition=Q(state__in=NotificationState.values)),
            models.CheckConstraint(
                name="notification_has_one_receiver",
                condition=Q(channel="webhook", webhook__isnull=False, user__isnull=True)
                | Q(channel__in=["email", "push"], webhook__isnull=True, user__isnull=False),
            ),
            models.CheckConstraint(
                name="notification_ends_once",
                condition=Q(state="waiting", ended_at__isnull=True) | (~Q(state="waiting") & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def receiver(self) -> str:
        """Whom it is for."""
        return str(self.webhook or self.user)

    def end(self, state: NotificationState, answer: str, now: datetime) -> None:
        """Say what became of it; the caller stores it."""
        self.state, self.answer, self.ended_at = state, answer, now


class NotificationItem(models.Model):
    """An event that a message is about."""

    notification = models.ForeignKey(
        Notification, on_delete=models.CASCADE, related_name="items", db_index=False
    )  # covered by the key below
    # indexed: who was told of an alert that was withdrawn
    event = models.ForeignKey("monitoring.AlertEvent", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("event of a notification")
        verbose_name_plural = _("events of notifications")
        constraints = [models.UniqueConstraint(name="item_once", fields=["notification", "event"])]

    def __str__(self) -> str:
        return str(self.pk)
