"""Work on everybody of the site at once: when it was asked for, how far it is, and what came out, without a name."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    """How far a run is."""

    RUNNING = "running", _("is being worked out")
    DONE = "done", _("worked out")
    CANCELLED = "cancelled", _("cancelled")
    STOPPED = "stopped", _("stopped")


class CohortRun(models.Model):
    """A look at everybody of the site as known at a moment.

    with_rules: the rules are tried on every record too. total, done: persons, and of how many it is done. taken_at:
    since when a process goes on with it, None while none does; failures: how often it could not; why: what stopped
    it. result: persons without a name or a day of the calendar, and what the rules told of them
    (`ildcare.cohort.job`); in part until it is done.
    """

    known_at = models.DateTimeField(_("with what was known at"))
    with_rules = models.BooleanField(_("try the rules on every record"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.RUNNING)
    total = models.PositiveIntegerField(_("persons"), default=0)
    done = models.PositiveIntegerField(_("persons done"), default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    why = models.TextField(_("why"), blank=True, default="")
    result = models.JSONField(_("result"), default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(_("asked for"), db_default=Now(), editable=False)
    taken_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("run on the cohort")
        verbose_name_plural = _("runs on the cohort")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="cohortrun_done_within_total", condition=Q(done__lte=models.F("total"))),
            models.CheckConstraint(
                name="cohortrun_ended",
                condition=Q(state="running", ended_at=None) | (~Q(state="running") & Q(ended_at__isnull=False)),
            ),
            # one at a time; and what has to go on is found by it
            models.UniqueConstraint(name="cohortrun_one_running", fields=["state"], condition=Q(state="running")),
        ]

    def __str__(self) -> str:
        return f"{self.known_at:%Y-%m-%d}"

    @property
    def percent(self) -> int:
        """How much of it is done."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def ended(self) -> bool:
        """Does nothing go on by itself any more?"""
        return self.state != RunState.RUNNING
