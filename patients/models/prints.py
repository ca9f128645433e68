"""Which sheets of a record were printed: a paper lives on in a pocket after what it says was overtaken."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from patients.models.records import Patient


class SheetKind(models.TextChoices):
    """What was printed of a patient."""

    ROUND = "round", _("Round sheet")
    SUMMARY = "summary", _("Summary")
    HANDOVER = "handover", _("Handover list")


class SheetPrint(models.Model):
    """A sheet was made for printing. `at`: the moment of its data, which with the patient makes the code on it.

    Only ever appended (triggers refuse the rest).
    """

    # indexed with the time: the newest prints of a record
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="prints", db_index=False, verbose_name=_("patient")
    )
    kind = models.CharField(_("sheet"), max_length=10, choices=SheetKind)
    at = models.DateTimeField(_("data as of"))
    printed_at = models.DateTimeField(_("printed"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("printed sheet")
        verbose_name_plural = _("printed sheets")
        ordering = ["id"]
        indexes = [models.Index(name="sheetprint_of_patient", fields=["patient", "-printed_at"])]
        constraints = [models.CheckConstraint(name="sheetprint_kind_known", condition=Q(kind__in=SheetKind.values))]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
