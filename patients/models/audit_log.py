"""The audit log, readable through the ORM. Its table belongs to another role; nothing here can write it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One write, noted by a database trigger, or one read of a patient's record. Never edited, never deleted."""

    txid = models.BigIntegerField()
    at = models.DateTimeField(_("time"))
    db_user = models.TextField(_("database user"))
    actor = models.BigIntegerField(_("user"), null=True)
    session = models.TextField(blank=True)
    request_id = models.TextField(blank=True)
    reason = models.TextField(_("reason"), blank=True)
    op = models.TextField(_("deed"))
    table_name = models.TextField(_("table or page"))
    pk_text = models.TextField(db_column="pk", blank=True)
    patient = models.BigIntegerField(_("patient"), null=True)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = '"audit"."log"'
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.op} {self.table_name} {self.pk_text or ''}".strip()
