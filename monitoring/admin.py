"""Alerts in the admin: to be read, never edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from monitoring.models import Alert, AlertEvent, LastExamination, OutboxEntry, SweepRun

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin  # generic for the type checker only


class ReadOnlyAdmin(ModelAdmin):
    """Nothing here is added, changed or deleted by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's signature
        return False


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Alerts by rule and severity."""

    list_display = ("rule", "subject", "episode", "severity", "opened_on", "closed_because", "acknowledged_at")
    list_filter = ("rule", "severity", "closed_because")
    list_select_related = True
    show_full_result_count = False


@admin.register(AlertEvent)
class AlertEventAdmin(ReadOnlyAdmin):
    """What happened to alerts."""

    list_display = ("at", "alert", "kind", "severity", "by")
    list_filter = ("kind", "severity")
    list_select_related = ("alert", "by")
    show_full_result_count = False


@admin.register(SweepRun)
class SweepRunAdmin(ReadOnlyAdmin):
    """Completed sweeps of the last day."""

    list_display = ("finished_at", "evaluated", "failed", "waiting")


admin.site.register([LastExamination, OutboxEntry], ReadOnlyAdmin)
