"""Tables that people send: how each is read (a mapping, kept by name), the file as it came, and how far it was taken.

A mapping is only ever appended: the last one of a name stands. What a file says of one person is a message like any
other; the file itself says which messages it became, so that nothing of it is taken twice or forgotten.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from patients.models.deliveries import Message, Source


class TableMapping(models.Model):
    """How a table is read, by name: since when, by whom. The last one of a name stands."""

    name = models.CharField(_("name"), max_length=60)
    content = models.JSONField(_("mapping"))
    since = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("mapping of a table")
        verbose_name_plural = _("mappings of tables")
        ordering = ["id"]
        constraints = [models.CheckConstraint(name="tablemapping_named", condition=~Q(name=""))]
        # the standing one of a name
        indexes = [models.Index(name="tablemapping_of_name", fields=["name", "-id"])]

    def __str__(self) -> str:
        return self.name


def standing_mappings() -> models.QuerySet[TableMapping]:
    """Of each name the mapping that was saved last, by name."""
    last: Any = TableMapping.objects.order_by("name", "-id").distinct("name").values("pk")
    return TableMapping.objects.filter(pk__in=last).order_by("name")


class FileState(models.TextChoices):
    """How far a file is."""

    SENT = "sent", _("to be mapped")
    MAPPED = "mapped", _("to be taken")
    TAKING = "taking", _("is being taken")
    DONE = "done", _("taken")
    CANCELLED = "cancelled", _("cancelled")
    STOPPED = "stopped", _("stopped")


OPEN_STATES = (FileState.SENT, FileState.MAPPED)


class TableFile(models.Model):
    """A table that somebody sent. `content`: the mapping it is read by; `total`, `done`: persons in it, and of how many
    what it says was taken; `touched_at`: when that last went on; `failures`: how often it could not; `why`: what
    stopped it."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    mapping = models.ForeignKey(
        TableMapping, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(max_length=64)
    content = models.JSONField(_("mapping"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=FileState.choices, default=FileState.SENT)
    total = models.PositiveIntegerField(_("persons"), default=0)
    done = models.PositiveIntegerField(_("persons taken"), default=0)
    lines = models.PositiveIntegerField(_("lines"), default=0)
    refused = models.PositiveIntegerField(_("refused lines"), default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    why = models.TextField(_("why"), blank=True, default="")
    # nobody: by a command, or out of the watched folder
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    sent_at = models.DateTimeField(_("sent"), db_default=Now(), editable=False)
    begun_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("table")
        verbose_name_plural = _("tables")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="tablefile_done_within_total", condition=Q(done__lte=models.F("total")))
        ]
        indexes = [
            # somebody's own files
            models.Index(name="tablefile_of_sender", fields=["by", "-id"]),
            # what has to go on; mostly nothing
            models.Index(name="tablefile_going_on", fields=["touched_at"], condition=Q(state="taking")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def percent(self) -> int:
        """How much of it was taken."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def ended(self) -> bool:
        """Does nothing go on by itself any more?"""
        return self.state in (FileState.DONE, FileState.CANCELLED, FileState.STOPPED)


class TableDocument(models.Model):
    """The bytes of a file as it came, and those of the data dictionary beside it; apart, so that a step of its progress
    does not touch them. They change once: when they are not kept any more (`pruned_at`)."""

    file = models.OneToOneField(TableFile, on_delete=models.PROTECT, related_name="document")
    body = models.BinaryField(_("as it came"), null=True, blank=True)
    dictionary = models.BinaryField(_("data dictionary"), null=True, blank=True)
    pruned_at = models.DateTimeField(_("file pruned"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("document of a table")
        verbose_name_plural = _("documents of tables")
        constraints = [
            models.CheckConstraint(
                name="tabledocument_kept_or_pruned",
                condition=Q(body__isnull=False, pruned_at=None)
                | Q(body=None, dictionary=None, pruned_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.file_id)


class TablePart(models.Model):
    """Which message the part of a person became; `repeated`: it was here before."""

    file = models.ForeignKey(TableFile, on_delete=models.PROTECT, related_name="parts", db_index=False)
    place = models.PositiveIntegerField()
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+", db_index=False)
    repeated = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("part of a table")
        verbose_name_plural = _("parts of tables")
        constraints = [models.UniqueConstraint(name="tablepart_once", fields=["file", "place"])]

    def __str__(self) -> str:
        return f"{self.file_id}.{self.place}"
