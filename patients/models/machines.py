"""Who may come as a machine: access tokens, each of one source, with what it may do, from where, and to whom.

A token is kept as a digest only. What it may is never changed: a token is ended, and another one issued.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from patients.models.deliveries import Source
from patients.models.people import Ward


class Scope(models.TextChoices):
    """What a machine may do."""

    SEND = "send", _("send results and movements")
    READ = "read", _("read records of its wards")
    ASK = "ask", _("ask what the chart says of facts that it brings")


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    """Tokens."""

    def valid(self, now: datetime) -> Self:
        """Those that open something at a moment."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now), source__active=True)


class AccessToken(models.Model):
    """A token of a source. `digest` names it; `hint`: its first characters, by which people know it again.

    `addresses`: networks from which it is taken (none: from anywhere); `wards`: whose patients it reads;
    `ends_at`: since when it opens nothing.
    """

    # covered by the index below
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="tokens", db_index=False)
    title = models.CharField(_("title"), max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(_("begins with"), max_length=12)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices), verbose_name=_("rights"))
    addresses = ArrayField(models.CharField(max_length=50), default=list, blank=True, verbose_name=_("networks"))
    wards = models.ManyToManyField(Ward, blank=True, related_name="+", verbose_name=_("wards"))
    issued_at = models.DateTimeField(_("issued"), db_default=Now(), editable=False)
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        ordering = ["-id"]
        # the tokens of a source: the page of machines
        indexes = [models.Index(name="accesstoken_of_source", fields=["source"])]
        constraints = [
            models.CheckConstraint(name="accesstoken_may_something", condition=~Q(scopes=[])),
            models.CheckConstraint(
                name="accesstoken_ends_after_issue", condition=Q(ends_at=None) | Q(ends_at__gte=F("issued_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.hint}…)"

    @property
    def called(self) -> str:
        """How the audit names it."""
        return f"machine:{self.source.name}:{self.hint}"


# how often the last use of a token is written down: not with every request
USE_NOTED_EVERY = timedelta(minutes=1)
