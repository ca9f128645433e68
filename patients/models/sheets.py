"""What somebody has typed into a sheet of values and not stored yet: one draft of each open page."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from patients.models.records import Patient


class SheetDraft(models.Model):
    """The boxes of a sheet as they were typed, by name. `page` names the page that keeps it, so that two open pages of
    one user never write over each other."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    page = models.CharField(max_length=64)
    typed = models.JSONField(_("typed"))
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("draft of a sheet")
        verbose_name_plural = _("drafts of sheets")
        ordering = ["-changed_at", "-id"]
        # one draft a page; the drafts of a patient and user, as the page opens (`drafts_of`)
        constraints = [models.UniqueConstraint(name="sheetdraft_once", fields=["patient", "user", "page"])]

    def __str__(self) -> str:
        return f"{self.pk}"
